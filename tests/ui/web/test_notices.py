"""What somebody was told, in a news reader: their sentences, a secret address, and its end."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from node import accounts, clearing, members, notices, offices
from node.accounts import Duty, Role
from node.members import Event
from node.money import Money
from node.notices import NoticeKind, NoticeView
from node.offices import Given, Office
from tests.stories.council import Council
from tests.support.clock import START, FixedClock
from tests.support.town import Coop, TownFounder
from tests.ui.web.booking import booked, by_the_hour
from tests.ui.web.visitor import Visitor, add_account, just_signed_in, signed_in, stranger
from ui.web.noticing import each_once, page_of

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = ("/owed/5", "/peers")
OWED = {"name": "Portici", "sum": "5", "currency": "EUR"}


@pytest.fixture
async def rosa(coop: Coop) -> AsyncGenerator[Visitor]:
    """Signed in; she looks after the node and the books."""
    account = await add_account(coop, "rosa", "admin")
    both = {Role.MEMBER, Role.ADMIN, Role.TREASURER}
    await coop.write(accounts.set_roles, account.id, both, by=account.id)
    async with stranger(coop) as visitor:
        await visitor.sign_in("rosa")
        yield visitor


async def made(rosa: Visitor) -> tuple[str, str]:
    """The path of a new feed, and of the button that ends the newest."""
    page = (await rosa.post("/notices/feeds")).text
    [link] = re.findall(rf"{rosa.coop.address}(/news/[\w-]+\.atom)", page)
    return link, re.findall(r'action="(/notices/feeds/\w+/end)"', page)[-1]


def test_every_notice_leads_to_a_page_of_its_own() -> None:
    now = datetime(2027, 1, 5, tzinfo=UTC)
    for kind in NoticeKind:
        told = NoticeView("1", kind, "01subject|EUR", "…", now, read=False)
        assert page_of(told) != "/notices", kind


async def entries(passer: Visitor, path: str) -> list[dict[str, Any]]:
    feed = ElementTree.fromstring((await passer.get(path)).text)
    return [
        {
            "id": one.findtext(f"{ATOM}id"),
            "title": one.findtext(f"{ATOM}title"),
            "leads": one.find(f"{ATOM}link").get("href"),  # type: ignore[union-attr]
        }
        for one in feed.iter(f"{ATOM}entry")
    ]


async def test_a_news_reader_finds_ones_own_notices_in_ones_language(
    coop: Coop, rosa: Visitor, passer: Visitor, clock: FixedClock
) -> None:
    link, _end = await made(rosa)
    assert link not in (await rosa.get("/notices")).text
    [first] = await entries(passer, link)
    assert first["title"].startswith("Your account has a new password.")
    who = await coop.read(accounts.by_handle, "rosa")
    clock.advance(1)
    await coop.write(notices.give, NoticeKind.PEER_ASKS, "portici", name="A & <b>")
    clock.advance(1)
    await coop.write(notices.give, NoticeKind.MESSAGE, "7", to_account="nobody", name="Private")
    await coop.write(notices.give_each, NoticeKind.OBLIGATION_CONTESTED, "5", Duty.BOOKS, **OWED)
    found = await entries(passer, link)
    assert found[2:] == [first]
    assert [one["leads"] for one in found[:2]] == [f"{coop.address}{at}" for at in PAGES]
    assert found[1]["title"] == "A & <b> asks to be in touch with us."

    clock.advance(60)
    sam = await add_account(coop, "sam", "treasurer")
    await coop.write(notices.mark_read, sam)
    assert await entries(passer, link) == found, "what another read is nothing new"
    await coop.write(notices.give, NoticeKind.PEER_ASKS, "portici", name="A & <b>")
    again = await entries(passer, link)
    assert again[1:] == [found[0], first]
    assert again[0]["id"] != found[1]["id"]

    await coop.write(accounts.set_language, who.id, "ar")
    answer = await passer.get(link, **{"Accept-Language": "fr"})
    assert 'xml:lang="ar"' in answer.text
    assert "asks to be in touch" not in answer.text
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


async def test_a_feed_is_dead_once_ended_or_its_account_has_a_new_password_or_is_closed(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    who = await coop.read(accounts.by_handle, "rosa")
    link, end = await made(rosa)
    async with just_signed_in(coop, "ben", "admin") as ben:
        assert (await ben.post(end)).status == 404
    assert (await passer.get(link)).status == 200
    assert (await rosa.post(end)).location == "/notices?told=saved"
    assert (await passer.get(link)).status == 404
    for what in (
        lambda uow: accounts.set_password(uow, who.id, "x", keep_session=None),
        lambda uow: accounts.sign_out_everywhere(uow, who.id),
        lambda uow: accounts.disable(uow, who.id, by=who.id),
    ):
        fresh = await coop.write(notices.make_feed, who.id)
        path = f"/news/{fresh.secret}.atom"
        assert (await passer.get(path)).status == 200
        await coop.node.write(what)
        assert (await passer.get(path)).status == 404
        assert await coop.read(notices.feeds_of, who.id) == []
    left = await coop.write(notices.make_feed, who.id)
    assert (await passer.get(f"/news/{left.secret}.atom")).status == 404, "it is closed"


async def test_somebodys_days_stand_in_their_calendar_and_in_nobody_elses(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    await pair.opened(title="Fees")
    here, theirs = pair.host, pair.coops["portici"]
    await add_account(here, "femi", "admin")
    today = here.node.clock.now().date()
    owed = (here.uri, Money(1250, "EUR", 2), today + timedelta(days=9), clearing.Reason.LEVY)
    await theirs.write(clearing.claim, *owed, basis="Rent", by="operator")
    await pair.settle()
    ines = await here.read(accounts.account, pair.delegates["lanehead"])
    entered = {"name": "Ines", "membership_class": "worker", "admit": Event.ADMIT}
    member = await here.write(members.add_member, account_id=ines.id, **entered)
    term = Given(Office.TREASURER, today, today + timedelta(days=30), "Meeting")
    await here.write(offices.give, member.id, term, by="operator")
    [claim] = (await here.read(clearing.obligations))[0]
    await here.write(clearing.acknowledge, claim.id, by=ines.id)
    listing = await by_the_hour(here, by=ines.id)
    async with signed_in(here, "maya") as maya:
        await booked(maya, f"/listings/{listing.id}/ask")
        mine = await here.write(notices.make_feed, ines.id)
        days = await maya.get(f"/news/{mine.secret}.ics")
        said = re.findall(r"SUMMARY:(.*)\r", days.text.replace("\r\n ", ""))
        assert sorted(said) == [
            "Home clean",
            "No longer shown: Home clean",
            "Pay €12.50 to Portici",
            "Voting ends: Fees",
            "Your answer is due: Home clean",
            "Your term ends: Treasurer",
        ]
        assert "STATUS:TENTATIVE" in days.text
        assert f"DTSTART;VALUE=DATE:{today + timedelta(days=29):%Y%m%d}" in days.text
        assert days.headers["Cache-Control"] == "private, no-store"
        maya_id = (await here.read(accounts.by_handle, "maya")).id
        hers = await here.write(notices.make_feed, maya_id)
        days = await maya.get(f"/news/{hers.secret}.ics")
        assert re.findall(r"SUMMARY:(.*)\r", days.text) == ["Home clean"]


def test_every_notice_leads_to_the_page_of_what_it_tells() -> None:
    told = [NoticeView("1", kind, "x", "", START, read=False) for kind in NoticeKind]
    assert [one.kind for one in told if page_of(one) == "/notices"] == []


async def test_whose_work_went_to_somebody_else_is_led_to_a_page_that_they_can_open(
    coop: Coop,
) -> None:
    listing = await by_the_hour(coop)
    async with (
        signed_in(coop, "maya") as maya,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "jean"),
        signed_in(coop, "sam", "admin") as sam,
    ):
        page = await booked(maya, f"/listings/{listing.id}/ask")
        for handle in ("rosa", "jean"):
            account = await coop.read(accounts.by_handle, handle)
            assert (await sam.post(f"{page}/work", {"account": account.id})).status == 303
        who = await coop.read(accounts.by_handle, "rosa")
        [told] = await coop.read(notices.standing, who, [NoticeKind.AGREEMENT_UNASSIGNED])
        assert (await rosa.get(page)).status == 404
        assert (await rosa.get(page_of(told))).status == 200


def test_no_notice_leads_to_two_pages() -> None:
    with pytest.raises(ValueError, match="peer-left leads to two pages"):
        each_once(("/a".format, [NoticeKind.PEER_LEFT]), ("/b".format, [NoticeKind.PEER_LEFT]))


def test_a_notice_of_a_peer_behind_leads_to_the_peers_and_of_two_rules_to_what_is_kept() -> None:
    for kind, page in (("POLICY_OUTDATED", "/peers"), ("POLICY_CONTRADICTION", "/retention")):
        assert page_of(NoticeView("1", NoticeKind[kind], "x", "", START, read=False)) == page
