"""A listing is reported; somebody decides, the owner hears why, and somebody else looks again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation import outbox
from federation.models import OutboxEntry
from node import accounts, listings, policies
from node.errors import Closed, Conflict, InvalidInput, NotAllowed
from node.listings import Complaint
from node.policies import MODERATION_APPEAL_DAYS
from protocol.vocabulary import activities
from tests.stories.market import found, offer, step
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, add_account, signed_in, stranger

WHY = {"ground": "fraud", "words": "The pictures are another coop's."}


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    return await found_town(2)


@pytest.fixture
def coop(town: Town) -> Coop:
    return town.coops[0]


async def case_in(visitor: Visitor) -> str:
    return (await visitor.get("/moderation")).leads_to("/moderation/")


async def test_what_a_guest_reports_is_withheld_appealed_and_shown_again_by_somebody_else(
    town: Town, coop: Coop
) -> None:
    await town.introduce(town.coops[1], coop)
    rosa = await add_account(coop, "rosa")
    listing = await offer(coop, "Sourdough", by=rosa.id)
    await town.settle()
    path = f"/listings/{listing.id}"
    async with (
        stranger(coop) as guest,
        signed_in(coop, "ada", "admin") as ada,
        signed_in(coop, "bo", "admin") as bo,
    ):
        assert f'{path}/report"' in (await guest.get(path)).text
        assert (await guest.post(f"{path}/report", {"reason": ""})).status == 422
        said = {"reason": "fraud", "words": "Not their bread."}
        assert (await guest.post(f"{path}/report", said)).status == 303
        assert (await guest.get("/moderation")).status == 303
        case = await case_in(ada)
        assert "Not their bread." in (await ada.get(case)).text
        assert (await ada.post(case, {"do": "withhold", "ground": "fraud"})).status == 422

        assert (await ada.post(case, {"do": "withhold", **WHY})).status == 303
        await town.settle()
        assert (await guest.get(path)).status == 404
        assert await found(town.coops[1]) == []
        seen = await coop.read(listings.case, case.rpartition("/")[2], rosa)
        assert (seen.statement, seen.reports) == (WHY["words"], ())
        await coop.write(listings.appeal, seen.id, "It is mine.", by=rosa)
        refused = await ada.post(case, {"do": "uphold", "words": "No."})
        assert refused.status == 403
        assert "It is mine." in (await bo.get(case)).text
        assert (await bo.post(case, {"do": "restore", "words": "It is hers."})).status == 303
        await town.settle()
        assert (await guest.get(path)).status == 200
        assert await found(town.coops[1]) == ["Sourdough"]


async def test_a_neighbours_listing_is_hidden_here_and_its_coop_is_told_without_a_name(
    town: Town, coop: Coop
) -> None:
    neighbour = town.coops[1]
    await town.introduce(neighbour, coop)
    await offer(coop, "Sourdough")
    await town.settle()
    [mirror] = [await neighbour.read(listings.mirror, hit.id) for hit in await hits(neighbour)]
    ada = await add_account(neighbour, "ada", "admin")
    said = Complaint("unsafe", "Glass in it.", account=ada.id, tell_them=True)
    case = await neighbour.write(listings.report, mirror, said)
    flags = select(OutboxEntry.body).where(OutboxEntry.activity_type == "Flag")
    [sent] = await neighbour.read(lambda reader: reader.scalars(flags))
    assert b"Glass in it." in sent
    assert ada.id.encode() not in sent
    await town.settle()
    [theirs] = await coop.read(listings.cases, await add_account(coop, "bo", "admin"))
    assert [(one.coop, one.words) for one in theirs.reports] == [(neighbour.uri, "Glass in it.")]

    await neighbour.write(listings.decide, case, "withhold", by=ada, ground="unsafe", words="Glass")
    assert await found(neighbour) == []
    await offer(coop, "Rye")
    await town.settle()
    assert await found(neighbour) == ["Rye"]
    async with stranger(neighbour) as reader, signed_in(neighbour, "mo", "moderator") as mo:
        assert (await reader.get(f"/mirrors/{mirror.id}")).status == 404
        assert (await mo.get(f"/mirrors/{mirror.id}")).status == 200
    await neighbour.write(listings.decide, case, "restore", by=ada)
    assert await found(neighbour) == ["Rye", "Sourdough"]


async def test_nobody_decides_about_their_own_and_an_appeal_has_its_time(
    town: Town, coop: Coop
) -> None:
    ada, bo = await add_account(coop, "ada", "admin"), await add_account(coop, "bo", "admin")
    listing = await offer(coop, "Sourdough", by=ada.id)
    case = await coop.write(listings.report, listing, Complaint("wrong", account=bo.id))
    assert await coop.write(listings.report, listing, Complaint("wrong")) == case
    with pytest.raises(NotAllowed):
        await coop.write(listings.decide, case, "leave", by=ada)
    assert [one.reports for one in await coop.read(listings.cases, ada)] == [()]
    assert len((await coop.read(listings.cases, bo))[0].reports) == 2
    with pytest.raises(Conflict):
        await coop.write(listings.decide, case, "restore", by=bo)
    await coop.write(listings.decide, case, "withhold", by=bo, **WHY)
    with pytest.raises(InvalidInput):
        await coop.write(listings.change_state, listing.id, "restore", by=ada.id)
    town.clock.advance(timedelta(days=MODERATION_APPEAL_DAYS.default, minutes=1))
    with pytest.raises(Closed):
        await coop.write(listings.appeal, case, "It is mine.", by=ada)


async def test_the_only_moderators_own_is_decided_by_the_operator(coop: Coop) -> None:
    async with signed_in(coop, "ada", "admin") as ada:
        me = await coop.read(accounts.by_handle, "ada")
        assert me is not None
        listing = await offer(coop, "Sourdough", by=me.id)
        case = await coop.write(listings.report, listing, Complaint("wrong"))
        line, here = f"listings decide {case}<", "nobody else here decides about offers"
        pages = [(await ada.get(path)).text for path in (f"/moderation/{case}", "/")]
        assert line in pages[0]
        assert [here in page for page in pages] == [True, True]
        await add_account(coop, "mo", "moderator")
        pages = [(await ada.get(path)).text for path in (f"/moderation/{case}", "/")]
        assert (line in pages[0], "somebody else decides about it" in pages[0]) == (False, True)
        assert here not in pages[1]
        assert "Somebody says that something is wrong" not in pages[1]
        await coop.write(listings.decide, case, "leave", by=None)
        [seen] = await coop.read(listings.cases, None)
        assert seen.state == "left"


async def test_whoever_decided_looks_again_only_where_nobody_else_can(coop: Coop) -> None:
    rosa = await add_account(coop, "rosa")
    listing = await offer(coop, "Sourdough", by=rosa.id)
    case = await coop.write(listings.report, listing, Complaint("wrong"))
    path = f"/moderation/{case}"
    async with (
        signed_in(coop, "ada", "admin") as ada,
        stranger(coop) as author,
    ):
        await ada.post(path, {"do": "withhold", **WHY})
        await author.sign_in("rosa")
        assert "Nobody else here decides about this" in (await author.get(path)).text
        await author.post(path, {"do": "appeal", "words": "It is mine."})
        assert 'value="uphold"' in (await ada.get(path)).text
        bo = await add_account(coop, "bo", "admin")
        page = (await ada.get(path)).text
        assert ('value="uphold"' in page, 'value="restore"' in page) == (False, True)
        assert (await ada.post(path, {"do": "uphold", "words": "No."})).status == 403
        await coop.write(accounts.disable, bo.id, by=bo.id)
        assert (await ada.post(path, {"do": "uphold", "words": "No."})).status == 303


@pytest.mark.parametrize(("before", "after"), [("pause", "paused"), ("over", "expired")])
async def test_what_is_shown_again_stands_as_it_stood(
    town: Town, coop: Coop, before: str, after: str
) -> None:
    ada, day = await add_account(coop, "ada", "admin"), timedelta(days=1)
    until = town.clock.now().date()
    open_one = await offer(coop, "Rye", expires_on=until + 9 * day)
    other = await offer(coop, "Sourdough", expires_on=until + 2 * day)
    if before == "pause":
        await step(coop, other, "pause")
    else:
        town.clock.advance(timedelta(days=3))
        await coop.node.run_due()
    for listing in (open_one, other):
        case = await coop.write(listings.report, listing, Complaint("wrong"))
        await coop.write(listings.decide, case, "withhold", by=ada, **WHY)
        town.clock.advance(timedelta(hours=1))
        await coop.write(listings.decide, case, "restore", by=ada)
    stand = [await coop.read(listings.listing, one.id) for one in (open_one, other)]
    assert [one.state for one in stand] == ["published", after]
    assert [one.expires_at for one in stand] == [open_one.expires_at, other.expires_at]


async def test_what_runs_out_while_it_is_withheld_comes_back_over(town: Town, coop: Coop) -> None:
    ada = await add_account(coop, "ada", "admin")
    listing = await offer(coop, "Rye", expires_on=town.clock.now().date())
    case = await coop.write(listings.report, listing, Complaint("wrong"))
    await coop.write(listings.decide, case, "withhold", by=ada, **WHY)
    town.clock.advance(timedelta(days=2))
    await coop.write(listings.decide, case, "restore", by=ada)
    assert (await coop.read(listings.listing, listing.id)).state == "expired"


async def test_a_complaint_in_no_words_still_opens_a_case(town: Town, coop: Coop) -> None:
    neighbour = town.coops[1]
    await town.introduce(neighbour, coop)
    listing = await offer(coop, "Sourdough")
    await town.settle()
    for words in ("\u200b", "\ufb2c" * 1000):
        flag = activities.flag("", neighbour.uri, (listing.uri,), (coop.uri,), reason=words)
        await neighbour.write(
            outbox.publish, flag, to_actors=[coop.uri], object_uri=listing.uri, private=True
        )
    await town.settle()
    [case] = await coop.read(listings.cases, await add_account(coop, "bo", "admin"))
    assert [(one.words[:1], len(one.words)) for one in case.reports] == [("–", 1), ("\u05e9", 1000)]


async def test_who_cannot_do_it_now_is_told_and_keeps_what_they_wrote(
    town: Town, coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.limits.REPORTS_OF_ACCOUNT", 1)
    async with (
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "ada", "admin") as ada,
        signed_in(coop, "bo", "admin") as bo,
    ):
        rosas = (await coop.read(accounts.by_handle, "rosa")).id
        listing = await offer(coop, "Sourdough", by=rosas)
        path, said = f"/listings/{listing.id}/report", {"reason": "wrong", "words": "Sold out."}
        assert (await bo.post(path, said)).status == 303
        again = await bo.post(path, said | {"words": "Sold out again."})
        assert (again.status, "Sold out again." in again.text) == (403, True)
        assert "Try again tomorrow" in again.text

        case = await case_in(ada)
        assert (await ada.post(case, {"do": "withhold", **WHY})).status == 303
        late = await bo.post(case, {"do": "leave", "words": "It is fine."})
        assert (late.status, "It is fine." in late.text) == (409, True)
        assert "is not possible while this is withheld" in late.text

        assert 'value="appeal"' in (await rosa.get(case)).text
        town.clock.advance(timedelta(days=MODERATION_APPEAL_DAYS.default, minutes=1))
        assert 'value="appeal"' not in (await rosa.get(case)).text
        late = await rosa.post(case, {"do": "appeal", "words": "It is mine."})
        assert (late.status, "It is mine." in late.text) == (409, True)
        assert "The time to ask for this is over." in late.text


async def test_each_is_shown_only_what_they_may_change(coop: Coop) -> None:
    yours, theirs, hear = "Yours to change", "Change it for them", "Hear of what may fit"
    said = {"kind": "service", "title": "Home clean", "visibility": "public", "then": "publish"}
    async with (
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "mo", "moderator") as mo,
        signed_in(coop, "femi", "admin") as femi,
    ):
        path = (await rosa.post("/listings/new", said)).page
        for who, words in ((rosa, {yours, hear}), (femi, {theirs}), (mo, set())):
            page = (await who.get(path)).text
            assert {one for one in (yours, theirs, hear) if one in page} == words
        await coop.write(policies.choose, "listings.review", "looked-at-first", by="femi")
        await rosa.post(f"{path}/edit", said | {"title": "Spam", "then": "save"})
        version = (await mo.get(path)).holds("version")
        why = {"do": "send-back", "words": "Why spam?", "version": version}
        assert (await mo.post(f"{path}/review", why)).status == 303
        for who, is_asked in ((rosa, True), (femi, True), (mo, False)):
            page = (await who.get(path)).text
            assert "Why spam?" in page
            assert ("send it in again" in page) is is_asked
        own = (await femi.post("/listings/new", said | {"provider": "coop"})).location
        assert yours in (await femi.get(own.partition("?")[0])).text


async def test_nobody_reports_all_day_long(coop: Coop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.limits.REPORTS_OF_ACCOUNT", 2)
    bo = await add_account(coop, "bo")
    listing = await offer(coop, "Sourdough")
    for _time in range(2):
        await coop.write(listings.report, listing, Complaint("wrong", account=bo.id))
    with pytest.raises(NotAllowed):
        await coop.write(listings.report, listing, Complaint("wrong", account=bo.id))


async def test_a_program_reports_and_decides(coop: Coop) -> None:
    listing = await offer(coop, "Sourdough")
    async with stranger(coop) as visitor:
        program = Program(visitor, await token_for(coop, "admin"))
        body: dict[str, Any] = {"reason": "fraud", "words": "Not their bread."}
        told = await program.call("POST", f"{API}/listings/{listing.id}/report", body)
        assert told.status == 204
        [case] = (await program.get("/moderation")).body["items"]
        assert (case["state"], case["can"]) == ("reported", ["leave", "withhold"])
        path = f"{API}/moderation/{case['id']}"
        done = await program.call("POST", path, {"do": "withhold", **WHY})
        assert (done.status, done.body["state"]) == (200, "withheld")
        again = await program.call("POST", path, {"do": "leave"})
        assert again.status == 409


async def hits(coop: Coop) -> list[listings.Hit]:
    query = listings.SearchQuery(origin="remote")
    now = coop.node.clock.now()
    page = await coop.read(listings.search, query, listings.ANYBODY, now)
    found_here: list[listings.Hit] = page.hits
    return found_here
