"""Coming in when the password is gone, and showing again who one is before what matters."""

import re
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from node import accounts, limits
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, Answer, Visitor, add_account, just_signed_in, stranger

NEW = "another three teapots"


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    """An admin with a password, signed in just now."""
    async with just_signed_in(coop, "rosa", "admin") as visitor:
        yield visitor


async def codes_of(visitor: Visitor) -> list[str]:
    page = await visitor.post("/account/codes")
    assert page.status == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    return re.findall(r"\d-\w{4}-\w{4}-\w{4}", page.text)


async def by_code(visitor: Visitor, code: str, handle: str = "rosa", password: str = NEW) -> Answer:
    return await visitor.post(
        "/sign-in/code", {"handle": handle, "code": code, "password": password}
    )


async def test_a_name_in_ones_own_script_lets_in_however_it_is_typed(coop: Coop) -> None:
    link = await coop.write(
        accounts.issue_link, purpose=accounts.Purpose.INVITE, roles={accounts.Role.MEMBER}
    )
    async with stranger(coop) as nadia:
        given = {"name": "نادية", "handle": "نادية٧", "password": PASSWORD}
        assert (await nadia.post(link.path, given)).status == 303
    async with stranger(coop) as phone:
        for typed in ("ناديه7", "nadia7"):
            guess = {"handle": typed, "password": "wrong"}
            assert (await phone.post("/sign-in", guess)).status == 422
        typed = {"handle": " ناديه7 ", "password": PASSWORD}
        assert (await phone.post("/sign-in", typed)).status == 303
        assert "You sign in as نادية٧." in (await phone.get("/account")).text


async def test_spellings_of_one_name_are_guessed_at_as_one(coop: Coop, rosa: Visitor) -> None:
    async with stranger(coop) as guesser:
        texts = [
            (await guesser.post("/sign-in", {"handle": handle, "password": "x"})).text
            for handle in ["rosa", *["rosá"] * (limits.ATTEMPTS_PER_ACCOUNT - 1), "r\u043esa"]
        ]
    assert ["Too many tries" in text for text in texts] == [False] * 10 + [True]


async def test_a_code_lets_its_owner_in_once_with_a_new_password(coop: Coop, rosa: Visitor) -> None:
    codes = await codes_of(rosa)
    assert len(codes) == limits.RECOVERY_CODES
    assert codes[3] not in (await rosa.get("/account")).text
    async with stranger(coop) as phone:
        assert (await by_code(phone, codes[3], password="short")).status == 422
        assert (await by_code(phone, codes[3].upper().replace("-", " "))).location == (
            "/account?told=recovered"
        )
        assert "9 codes are left" in (await phone.get("/account")).text
        assert (await by_code(phone, codes[3])).status == 422
    assert (await rosa.get("/account")).status == 303
    assert (await rosa.sign_in("rosa")).status == 422
    assert (await rosa.sign_in("rosa", NEW)).status == 303


async def test_no_answer_tells_whether_there_is_such_an_account(coop: Coop, rosa: Visitor) -> None:
    made = await codes_of(rosa)
    await add_account(coop, "femi")
    async with stranger(coop) as guesser:
        answers = {
            (answer.status, re.sub(r"femi|rosa|nobody|(no code: )?\d-[\w-]+", "", answer.text))
            for handle, code in (
                ("rosa", "3-0000-0000-0000"),
                ("rosa", "no code: 7-xyz"),
                ("femi", made[0]),
                ("nobody", made[0]),
            )
            for answer in [await by_code(guesser, code, handle)]
        }
    assert len(answers) == 1


async def test_guessing_codes_is_slowed_down_like_guessing_passwords(
    coop: Coop, rosa: Visitor
) -> None:
    async with stranger(coop) as guesser:
        texts = [
            (await by_code(guesser, "3-0000-0000-0000", "femi")).text
            for _guess in range(limits.ATTEMPTS_PER_ACCOUNT + 1)
        ]
    assert ["Too many tries" in text for text in texts] == [False] * 10 + [True]


async def test_two_officers_hand_a_link_to_whoever_lost_everything(
    coop: Coop, rosa: Visitor, clock: FixedClock
) -> None:
    await add_account(coop, "ada")
    await add_account(coop, "sam", "treasurer")
    clock.advance(limits.VOUCHING_OFFICE_HELD)
    await rosa.sign_in("rosa")
    ask = {"handle": "ada", "words": "Ada; my phone drowned"}
    async with stranger(coop) as ada, stranger(coop) as sam, stranger(coop) as phone:
        await phone.sign_in("ada")
        assert 'href="/sign-in/lost"' in (await ada.get("/sign-in/code")).text
        asked = await ada.post("/sign-in/lost", ask)
        assert asked.location == "/sign-in/lost?told=lost-asked"
        assert "Now speak with two of them" in (await ada.get(asked.location)).text
        page = await phone.get("/account")
        assert "Somebody asks for a new way into your account" in page.text
        path = re.findall(r"/vouching/\w+", (await rosa.get("/vouching")).text)[0]
        assert (await phone.get(path)).status == 403
        assert "my phone drowned" in (await rosa.get(path)).text
        assert (await rosa.post(path, {"do": "vouch"})).status == 422
        assert (await rosa.post(path, {"do": "vouch", "sure": "y"})).status == 303
        assert (await rosa.post(path, {"do": "vouch", "sure": "y"})).status == 403
        assert "You have vouched already." in (await rosa.get(path)).text
        await sam.sign_in("sam")
        await sam.post(path, {"do": "vouch", "sure": "y"})
        handed = await sam.post(path, {"do": "hand-out"})
        link = re.findall(r"/in/[\w-]+", handed.text)[0]
        assert 'class="qr"' in handed.text
        seen = await ada.get(link, **{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"})
        assert (seen.status, "Choose how you come in" in seen.text) == (200, True)
        assert (await ada.post(link, {"password": "short"})).status == 422
        assert (await ada.post(link, {"password": NEW})).status == 303
        assert (await ada.get("/account")).status == 200
        assert (await phone.get("/account")).status == 303
        assert (await stranger_at(coop, link)).status == 410


async def stranger_at(coop: Coop, path: str) -> Answer:
    async with stranger(coop) as passer:
        return await passer.get(path)


async def test_asking_in_public_does_not_say_whether_there_is_an_account(
    coop: Coop, rosa: Visitor
) -> None:
    words = {"words": "It is me"}
    async with stranger(coop) as passer:
        answers = [
            await passer.post("/sign-in/lost", {"handle": handle} | words)
            for handle in ("rosa", "nobody", "rosa", "rosa", "rosa")
        ]
        assert {(one.status, one.location, one.text) for one in answers} == {
            (303, "/sign-in/lost?told=lost-asked", "")
        }
        assert (await passer.post("/sign-in/lost", {"handle": "ada"} | words)).status == 429


async def test_who_holds_an_office_for_a_few_days_reads_why_they_cannot_vouch(
    coop: Coop, rosa: Visitor
) -> None:
    await add_account(coop, "ada")
    async with stranger(coop) as ada:
        await ada.post("/sign-in/lost", {"handle": "ada", "words": "It is me"})
    path = re.findall(r"/vouching/\w+", (await rosa.get("/vouching")).text)[0]
    page = (await rosa.get(path)).text
    assert "Your right to vouch is less than a week old." in page
    assert 'value="vouch"' not in page


async def test_where_too_few_can_vouch_the_page_names_the_operators_way(
    coop: Coop, rosa: Visitor, clock: FixedClock
) -> None:
    await add_account(coop, "ada")
    await add_account(coop, "sam", "treasurer")
    async with stranger(coop) as ada:
        await ada.post("/sign-in/lost", {"handle": "ada", "words": "It is me"})
    path = re.findall(r"/vouching/\w+", (await rosa.get("/vouching")).text)[0]
    assert "account way-in ada" in (await rosa.get(path)).text
    clock.advance(limits.VOUCHING_OFFICE_HELD - timedelta(minutes=1))
    await rosa.sign_in("rosa")
    assert "account way-in ada" in (await rosa.get(path)).text
    clock.advance(timedelta(minutes=1))
    assert "account way-in ada" not in (await rosa.get(path)).text


async def test_a_refused_passkey_is_not_sent_again(rosa: Visitor) -> None:
    refused = await rosa.post("/account/passkeys", {"name": "My phone", "made": "what it said"})
    assert (refused.status, "This passkey does not open" in refused.text) == (422, True)
    assert "My phone" in refused.text
    assert "what it said" not in refused.text
    unnamed = await rosa.post("/account/passkeys", {"name": "", "made": "what it said"})
    assert "what it said" in unnamed.text


async def test_the_account_refuses_what_it_did_not_ask_for(coop: Coop, rosa: Visitor) -> None:
    async with stranger(coop) as thief:
        await thief.post("/sign-in/lost", {"handle": "rosa", "words": "It is me"})
    path = re.findall(r"/account/requests/\w+", (await rosa.get("/account")).text)[0]
    assert (await rosa.post(path)).location == "/account?told=refused"
    assert "asks for a new way" not in (await rosa.get("/account")).text
