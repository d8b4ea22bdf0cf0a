"""One's own account by API: only for a token that names the scope, or a session just proven."""

import io
import json
import re
import zipfile

import pytest

from node import accounts, limits, mail
from node.accounts.webauthn import Credential
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program
from tests.ui.web.visitor import add_account, stranger
from ui.web import entering, pages


async def a_token(coop: Coop, account_id: str, *scopes: str) -> str:
    made = await coop.write(accounts.create_token, account_id, label="x", scopes=frozenset(scopes))
    secret: str = made.secret
    return secret


async def a_passkey(coop: Coop, account_id: str) -> str:
    challenge = await coop.write(accounts.new_challenge, account_id)
    made = Credential(b"known", b"public half", 0)
    await coop.write(accounts.add_passkey, account_id, challenge, made, "Phone")
    [passkey] = await coop.read(accounts.passkeys, account_id)
    passkey_id: str = passkey.id
    return passkey_id


async def test_codes_passkeys_and_data_are_for_a_token_that_names_the_account(coop: Coop) -> None:
    rosa = await add_account(coop, "rosa", "admin")
    passkey = f"{API}/account/passkeys/{await a_passkey(coop, rosa.id)}"
    codes, data = f"{API}/account/recovery-codes", f"{API}/account/data"
    async with stranger(coop) as visitor:
        admin = Program(visitor, await a_token(coop, rosa.id, "admin", "read"))
        for method, path in (("POST", codes), ("GET", data), ("DELETE", passkey)):
            refused = await admin.call(method, path)
            assert (refused.status, refused.body["code"]) == (403, "token-scope")

        own = Program(visitor, await a_token(coop, rosa.id, "account"))
        made = await own.call("POST", codes)
        assert (made.status, len(made.body["codes"])) == (201, limits.RECOVERY_CODES)
        assert await coop.read(accounts.recovery_codes_left, rosa.id) == limits.RECOVERY_CODES
        assert (await own.call("PATCH", passkey, {"name": " Old  phone "})).status == 204
        assert (await own.call("PATCH", passkey, {"name": "\n"})).status == 422
        [item] = (await own.get("/account/passkeys")).body["items"]
        assert (item["name"], item["doubted"]) == ("Old phone", False)
        assert (await own.call("DELETE", passkey)).status == 204
        assert (await own.call("DELETE", passkey)).status == 404

        bearer = {"Authorization": f"Bearer {own.token}"}
        async with visitor.session.get(
            f"http://127.0.0.1:{coop.address.rpartition(':')[2]}{data}",
            headers=bearer | {"Host": coop.node.config.authority},
        ) as answer:
            assert answer.headers["Content-Type"] == "application/zip"
            with zipfile.ZipFile(io.BytesIO(await answer.read())) as file:
                known = json.loads(file.read("about-you.json"))["known"]
    assert {"account", "deeds"} <= {one["key"] for one in known}


async def test_a_program_chooses_which_letters_come_and_when_and_never_where(coop: Coop) -> None:
    rosa = await add_account(coop, "rosa", "admin")
    path = f"{API}/account/mail"
    daily = {"how": "daily", "quiet_from": 22, "quiet_until": 6, "zone": "Europe/Rome"}
    async with stranger(coop) as visitor:
        admin = Program(visitor, await a_token(coop, rosa.id, "admin", "messages"))
        own = Program(visitor, await a_token(coop, rosa.id, "account"))
        for method in ("GET", "PUT"):
            assert (await admin.call(method, path, daily)).body["code"] == "token-scope"
        nothing = {"address": None, "not_confirmed": None, "refused_at": None, "chosen": None}
        assert (await own.get("/account/mail")).body == nothing
        assert (await own.call("PUT", path, daily)).status == 404
        await coop.write(mail.set_address, rosa.id, "rosa@example.org", zone="Europe/London")
        chosen = await own.call("PUT", path, daily)
        assert chosen.body == nothing | {"not_confirmed": "rosa@example.org", "chosen": daily}
        elsewhere = {"address": "thief@example.org"}
        for wrong in ({"quiet_from": 24}, {"zone": "Mars"}, {"how": "hourly"}, elsewhere):
            assert (await own.call("PUT", path, daily | wrong)).status == 422
        assert (await own.get("/account/mail")).body == chosen.body


async def test_a_passkey_is_renamed_on_the_page_and_removed_only_with_a_proof(coop: Coop) -> None:
    rosa = await add_account(coop, "rosa")
    path = f"/account/passkeys/{await a_passkey(coop, rosa.id)}"
    async with stranger(coop) as visitor:
        await visitor.sign_in("rosa")
        wrong = await visitor.post(path, {"do": "rename", "name": "x" * 61})
        assert (wrong.status, "x" * 61 in wrong.text) == (422, True)
        assert (await visitor.post(path, {"do": "rename", "name": "Blue phone"})).status == 303
        page = (await visitor.get("/account")).text
        assert re.search(r"<strong><bdi>Blue phone</bdi></strong>", page)
        assert (await visitor.post(path)).status == 400
        assert (await visitor.post(path, {"do": "remove"})).status == 303
    assert await coop.read(accounts.passkeys, rosa.id) == []


@pytest.mark.parametrize(
    ("path", "form"),
    [("/account/password", {"password": "four green kettles"}), ("/account/codes", {})],
)
async def test_who_is_signed_out_while_a_way_in_is_made_gets_none(
    coop: Coop, monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str]
) -> None:
    """Whoever found a signed-in phone asks for codes, its owner ends all visits: the codes were
    good all the same."""
    rosa = await add_account(coop, "rosa", "member")
    async with stranger(coop) as thief:
        await thief.sign_in("rosa")
        before = await coop.read(accounts.by_handle_with_hash, "rosa")
        await _sign_out_while_hashing(coop, monkeypatch, rosa.id)
        assert (await thief.post(path, form)).location.startswith("/sign-in?")
    assert await coop.read(accounts.recovery_codes_left, rosa.id) == 0
    assert await coop.read(accounts.by_handle_with_hash, "rosa") == before


async def test_a_program_whose_token_ends_while_it_asks_for_codes_gets_none(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = await add_account(coop, "rosa", "member")
    async with stranger(coop) as visitor:
        own = Program(visitor, await a_token(coop, rosa.id, "account"))
        await _sign_out_while_hashing(coop, monkeypatch, rosa.id)
        assert (await own.call("POST", f"{API}/account/recovery-codes")).status == 401
    assert await coop.read(accounts.recovery_codes_left, rosa.id) == 0


async def _sign_out_while_hashing(
    coop: Coop, monkeypatch: pytest.MonkeyPatch, account_id: str
) -> None:
    async def slowly(text: str) -> str:
        await coop.write(accounts.sign_out_everywhere, account_id)
        return await accounts.hashed(text)

    for module in (pages.account, entering):
        monkeypatch.setattr(module, "hashed", slowly)
