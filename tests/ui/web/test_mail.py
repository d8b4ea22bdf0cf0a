"""Letters by e-mail on pages: an address, which letters, one click to end them, a way in."""

import re
from collections.abc import AsyncGenerator

import pytest

from node import accounts, mail, notices
from node.notices import NoticeKind
from tests.support.postbox import Postbox, letters_of
from tests.support.town import Coop
from tests.ui.web.visitor import FROM_OURS, Visitor, add_account, signed_in, stranger


@pytest.fixture
async def box(coop: Coop) -> AsyncGenerator[Postbox]:
    async with letters_of(coop) as box:
        yield box


async def link(coop: Coop, box: Postbox, path: str) -> str:
    await coop.node.mail.settle()
    return re.findall(rf"({path}[\w-]+)", box.text())[0]


async def confirmed(rosa: Visitor, coop: Coop, box: Postbox) -> None:
    asked = await rosa.post("/account/mail", {"do": "address", "address": "rosa@example.org"})
    assert asked.location == "/account/mail?told=mail-asked"
    confirm = await link(coop, box, "/mail/confirm/")
    async with stranger(coop) as reads_mail:
        assert "It is my address" in (await reads_mail.get(confirm)).text
        assert "Confirmed" in (await reads_mail.post(confirm)).text
        assert (await reads_mail.get(confirm)).status == 410


async def test_an_address_is_given_confirmed_set_and_deleted(coop: Coop, box: Postbox) -> None:
    async with signed_in(coop, "rosa") as rosa:
        assert 'href="/account/mail"' in (await rosa.get("/account")).text
        wrong = await rosa.post("/account/mail", {"do": "address", "address": "rosa@@x"})
        assert (wrong.status, "like rosa@example.org" in wrong.text) == (422, True)
        await confirmed(rosa, coop, box)
        chosen = {"how": "daily", "quiet_from": "22", "quiet_until": "6", "zone": "Europe/Rome"}
        zone = await rosa.post("/account/mail", {"do": "hours", **chosen, "zone": "Mars"})
        assert zone.status == 422
        saved = await rosa.post("/account/mail", {"do": "hours", **chosen})
        assert saved.location.endswith("told=saved")
        page = (await rosa.get("/account/mail")).text
        assert re.search(r'<input checked id="how-1"[^>]* value="daily">', page)
        assert "Europe/Rome" in page
        assert "rosa@example.org" in page
        known = (await rosa.get("/account/data")).text
        assert "The e-mail address that you gave for news" in known
        await rosa.post("/account/mail", {"do": "remove"})
        assert "rosa@example.org" not in (await rosa.get("/account/mail")).text
        await rosa.post("/account/mail", {"do": "address", "address": "rosa@example.org"})
        assert 'value="rosa@example.org"' in (await rosa.get("/account/mail")).text
        who = await coop.read(accounts.by_handle, "rosa")
        await add_account(coop, "femi", "admin")
        left = await rosa.post("/account/leave", {"offers": "gone", "sure": "y"})
        assert left.location.startswith("/left/")
        assert await coop.read(mail.mail_of, who.id) is None


async def test_letters_are_in_the_language_of_the_page_on_which_the_address_was_given(
    coop: Coop, box: Postbox
) -> None:
    given = {"do": "address", "address": "rosa@example.org"}
    arabic = FROM_OURS | {"Accept-Language": "ar"}
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "maya") as maya:
        await rosa.post("/account/mail", given, headers=arabic)
        await maya.post("/language", {"language": "es"})
        await maya.post("/account/mail", given, headers=arabic)
        await coop.node.mail.settle()
    assert sorted(one["Content-Language"] for one in box.letters) == ["ar", "es"]


async def test_one_click_of_a_mail_program_ends_letters(coop: Coop, box: Postbox) -> None:
    async with signed_in(coop, "rosa", "admin") as rosa, stranger(coop) as program:
        await confirmed(rosa, coop, box)
        who = await coop.read(accounts.by_handle, "rosa")
        await coop.write(notices.give, NoticeKind.CODES_MADE, who.id, to_account=who.id)
        await coop.write(notices.give, NoticeKind.PEER_ASKS, "portici", name="Portici")
        coop.node.clock.advance(180)  # type: ignore[attr-defined]
        stop = await link(coop, box, "/mail/stop/")
        assert "No more such letters?" in (await rosa.get(stop)).text
        click = {"List-Unsubscribe": "One-Click"}
        assert (await program.post(stop, click, headers={})).status == 200
        assert (await program.post(stop, click, headers={})).status == 200, "again is no error"
        assert "None, but about who" in (await rosa.get("/account")).text
        assert (await program.post("/mail/stop/nothing", click, headers={})).status == 404
        box.scripted["RCPT"] = ["550 5.1.1 <rosa@example.org> is unknown"]
        await coop.write(notices.give, NoticeKind.PASSKEY_ADDED, who.id, to_account=who.id)
        await coop.node.mail.settle()
        for path in ("/upkeep", "/account/mail"):
            assert "550 5.1.1 &lt;…&gt; is unknown" in (await rosa.get(path)).text
        headers = (await program.get(stop)).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "private, no-store"


async def test_the_answer_never_says_whether_there_is_an_account(coop: Coop, box: Postbox) -> None:
    async with signed_in(coop, "rosa") as rosa, stranger(coop) as guesser:
        await confirmed(rosa, coop, box)
        assert 'href="/sign-in/mail"' in (await guesser.get("/sign-in")).text
        answers = {
            (answer.status, answer.location)
            for handle in ("rosa", "nobody")
            for answer in [await guesser.post("/sign-in/mail", {"handle": handle})]
        }
        assert answers == {(303, "/sign-in/mail?told=way-in-sent")}
        way_in = await link(coop, box, "/in/")
        assert "Choose how you come in" in (await guesser.get(way_in)).text
        came = await guesser.post(way_in, {"password": "another three teapots"})
        assert came.location.startswith("/account?told=let-in")
        statuses = {
            (await guesser.post("/sign-in/mail", {"handle": "nobody"})).status for _ in range(9)
        }
        assert statuses == {303, 429}
        refused = await guesser.post("/sign-in/mail", {"handle": "nobody"})
        assert 'value="nobody"' in refused.text
        coop.node.database.is_silent = True
        assert (await guesser.post("/sign-in/mail", {"handle": "rosa"})).status == 503
        coop.node.database.is_silent = False


async def test_a_node_without_mail_asks_for_nothing(coop: Coop) -> None:
    async with signed_in(coop, "rosa", "admin") as rosa, stranger(coop) as guest:
        assert "/account/mail" not in (await rosa.get("/account")).text
        assert "sends no mail" in (await rosa.get("/account/mail")).text
        assert "/sign-in/mail" not in (await guest.get("/sign-in")).text
        assert (await guest.post("/sign-in/mail", {"handle": "rosa"})).status == 422
        await rosa.post("/account/mail", {"do": "address", "address": "rosa@example.org"})
        assert "rosa@example.org" not in (await rosa.get("/account/mail")).text
