"""Whoever is invited comes in by a passkey, and has no password then."""

import json
from typing import Any

import pytest
from fido2.utils import websafe_decode

from node import accounts, limits, notices
from node.notices import NoticeKind
from tests.support.authenticator import Authenticator
from tests.support.town import Coop
from tests.ui.web.visitor import (
    FROM_OURS,
    Answer,
    Visitor,
    add_account,
    alert,
    link_for,
    stranger,
)

ADA = {"name": "Ada", "handle": "ada"}


async def invited(coop: Coop) -> str:
    link = await coop.write(
        accounts.issue_link, purpose=accounts.Purpose.INVITE, roles={accounts.Role.MEMBER}
    )
    return link.path


async def made_for(coop: Coop, visitor: Visitor, path: str, asks: str = "passkey") -> str:
    """What the browser says of a passkey that it made for a page."""
    asked = await visitor.post(f"{path}/{asks}")
    options: dict[str, Any] = json.loads(asked.text)["publicKey"]
    phone = Authenticator(coop.address, options["rp"]["id"])
    return phone.make(websafe_decode(options["challenge"]))


async def come_in(visitor: Visitor, path: str, said: str, **headers: str) -> Answer:
    form = ADA | {"password": "", "made": said}
    return await visitor.post(path, form, FROM_OURS | headers)


async def test_a_link_opens_once_by_a_passkey_and_the_account_has_no_password(coop: Coop) -> None:
    path = await invited(coop)
    async with stranger(coop) as ada:
        said = await made_for(coop, ada, path)
        assert (await come_in(ada, path, said)).location == "/?told=welcome"
        assert (await ada.get("/account")).status == 200
        assert (await come_in(ada, path, said)).status == 410
        who, stored = await coop.read(accounts.by_handle_with_hash, "ada")
        assert who is not None
        assert stored is None
        [passkey] = await coop.read(accounts.passkeys, who.id)
        refused = await ada.post(f"/account/passkeys/{passkey.id}", {"do": "remove"})
        assert (refused.status, "Nothing else opens" in alert(refused.text)) == (409, True)
    assert await coop.read(accounts.passkeys, who.id) == [passkey]


async def test_a_second_one_too_many_leaves_the_name_that_was_typed(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PASSKEYS_PER_ACCOUNT", 1)
    path = await invited(coop)
    async with stranger(coop) as ada:
        await come_in(ada, path, await made_for(coop, ada, path))
        said = await made_for(coop, ada, "/account/passkeys", "options")
        answer = await ada.post("/account/passkeys", {"name": "Blue tablet", "made": said})
    assert (answer.status, "too many passkeys" in answer.text) == (422, True)
    assert ("Blue tablet" in answer.text, said in answer.text) == (True, False)


async def test_it_is_named_in_words_from_the_right_too(coop: Coop) -> None:
    path = await invited(coop)
    arabic = {"Accept-Language": "ar", "User-Agent": "Mozilla/5.0 (Android 14) Firefox/142.0"}
    async with stranger(coop) as ada:
        said = await made_for(coop, ada, path)
        assert (await come_in(ada, path, said, **arabic)).location == "/?told=welcome"
    who, _stored = await coop.read(accounts.by_handle_with_hash, "ada")
    assert who is not None
    [passkey] = await coop.read(accounts.passkeys, who.id)
    assert ("Firefox" in passkey.name, passkey.name.isprintable()) == (True, True)
    assert " on " not in passkey.name


async def test_a_passkey_that_signed_no_challenge_of_ours_lets_nobody_in(coop: Coop) -> None:
    path = await invited(coop)
    async with stranger(coop) as ada:
        for said in ("what it said", Authenticator(coop.address, "127.0.0.1").make(b"a guess")):
            refused = await come_in(ada, path, said)
            assert (refused.status, "does not open an account" in refused.text) == (422, True)
            assert said not in refused.text
        assert (await ada.get(path)).status == 200
        assert (await ada.get("/account")).status == 303
    assert await coop.read(accounts.by_handle_with_hash, "ada") == (None, None)


async def test_who_lost_every_way_in_chooses_a_passkey_and_what_was_before_opens_nothing(
    coop: Coop,
) -> None:
    rosa = await add_account(coop, "rosa")
    async with stranger(coop) as phone, stranger(coop) as anew, stranger(coop) as other:
        await phone.enter(rosa)
        assert (await phone.get("/account")).status == 200
        lost = await coop.write(
            accounts.issue_link, purpose=accounts.Purpose.RECOVERY, account_id=rosa.id
        )
        nothing = await anew.post(lost.path, {"password": "", "made": ""}, FROM_OURS)
        assert (nothing.status, "Write the new password" in nothing.text) == (422, True)
        said = await made_for(coop, anew, lost.path)
        theirs = await invited(coop)
        assert (await come_in(other, theirs, said)).status == 422
        came = await anew.post(lost.path, {"password": "", "made": said}, FROM_OURS)
        assert came.location == "/account?told=let-in"
        assert "You sign in as rosa" in (await anew.get("/account")).text
        assert (await phone.get("/account")).status == 303
        assert (await anew.post(f"{lost.path}/passkey")).status == 404
    _rosa, stored = await coop.read(accounts.by_handle_with_hash, "rosa")
    assert (stored, len(await coop.read(accounts.passkeys, rosa.id))) == (None, 1)
    kinds = [one.kind for one in await coop.read(notices.notices, rosa)]
    assert NoticeKind.PASSKEY_ADDED in kinds


async def test_only_a_link_that_makes_an_account_asks_for_a_first_passkey(coop: Coop) -> None:
    theirs = await link_for(coop, await add_account(coop, "rosa"))
    async with stranger(coop) as passer:
        assert (await passer.post("/in/unknown/passkey")).status == 404
        assert (await passer.post(f"{theirs}/passkey")).status == 404
        assert "Make a passkey" not in (await passer.get(theirs)).text
