"""Writing to each other on the pages, as a browser without scripts does."""

import re

from node import accounts, listings, threads
from node.listings import ListingDraft
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in

HELLO = {"text": "Is Friday free?", "name": "Ada", "contact": "01632 960018"}


async def offered_by(coop: Coop, handle: str | None) -> str:
    """The id of a listing of somebody's, or of nobody in particular."""
    account = await coop.read(accounts.by_handle, handle) if handle else None
    by = account.id if account else None
    view = await coop.write(listings.create, ListingDraft("Oven clean"), by=by, publish=True)
    listing_id: str = view.id
    return listing_id


async def first_thread(who: Visitor) -> str:
    page = (await who.get("/threads")).text
    found = re.search(r'href="(/threads/\w+)"', page)
    assert found is not None
    return found[1]


async def test_a_guest_and_a_provider_write_to_each_other(coop: Coop, passer: Visitor) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "femi") as femi:
        path = f"/write?listing={await offered_by(coop, 'rosa')}"
        assert (
            f'href="{path}"' in (await passer.get(path.replace("write?listing=", "listings/"))).text
        )
        sent = await passer.post(path, HELLO)
        assert sent.status == 303
        link = sent.page
        assert link.startswith("/t/")

        home = (await rosa.get("/")).text
        assert "A message about “Oven clean”." in home
        thread = await first_thread(rosa)
        page = (await rosa.get(thread)).text
        assert "Is Friday free?" in page
        assert "Ada" in page
        assert "01632 960018" in page
        assert "A message about “Oven clean”." not in (await rosa.get("/")).text
        assert (await femi.get(thread)).status == 404
        assert (await passer.get(thread)).status == 303

        answered = await rosa.post(thread, {"do": "write", "text": "It <is>."})
        assert answered.status == 303
        assert "It &lt;is&gt;." in (await passer.get(link)).text
        assert (await passer.post(link, {"do": "write", "text": " "})).status == 422
        assert (await passer.post(link, {"do": "erase"})).status == 303
        assert "Is Friday free?" not in (await rosa.get(thread)).text
        assert (await rosa.post(thread, {"do": "write", "text": "Hello?"})).status == 409


async def test_the_desk_takes_what_is_for_nobody_in_particular(coop: Coop, passer: Visitor) -> None:
    async with signed_in(coop, "ann", "admin") as ann, signed_in(coop, "bo", "admin") as bo:
        listing = await offered_by(coop, None)
        await passer.post(f"/write?listing={listing}", HELLO)
        assert "taken by nobody yet" in (await ann.get("/threads")).text
        thread = await first_thread(ann)
        assert (await bo.get(thread)).status == 200
        assert (await ann.post(thread, {"do": "claim"})).status == 303
        assert (await bo.get(thread)).status == 404
        assert (await ann.post(thread, {"do": "close"})).status == 303
        assert (await ann.post(thread, {"do": "close"})).status == 409
        assert (await ann.post(thread, {"do": "dance"})).status == 400


async def test_nobody_looks_into_a_complaint_about_themselves(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "ann", "admin") as ann:
        path = f"/write?listing={await offered_by(coop, 'rosa')}"
        await ann.post(path, {"text": "For nothing, or else."})
        thread = await first_thread(rosa)
        await rosa.post(thread, {"do": "report", "reason": "Ann threatens me."})
        report = (await ann.get("/notices")).leads_to("/reports/")
        for answer in (await ann.get(report), await ann.post(report)):
            assert answer.status == 403
            assert "nobody else here looks at what is reported" in answer.text
            assert "threatens" not in answer.text
        assert report not in (await ann.get("/threads")).text

        async with signed_in(coop, "bo", "moderator") as bo:
            assert "somebody else looks at it" in (await ann.get(report)).text
            assert "Ann threatens me." in (await bo.get(report)).text
            await rosa.post(thread, {"do": "report", "reason": "She goes on."})
            assert len(set(re.findall(r"/reports/\w+", (await bo.get("/notices")).text))) == 2
            assert re.findall(r"/reports/\w+", (await ann.get("/notices")).text) == [report]
            assert (await bo.post(report)).status == 303


async def test_a_report_opens_a_conversation_until_it_is_settled(coop: Coop) -> None:
    async with (
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "femi") as femi,
        signed_in(coop, "ann", "admin") as ann,
    ):
        path = f"/write?listing={await offered_by(coop, 'rosa')}"
        assert (await rosa.post(path, {"text": "Myself?"})).status == 403
        assert (await femi.post(path, {"text": "For nothing, or else."})).status == 303
        thread = await first_thread(rosa)
        assert (await rosa.post(thread, {"do": "report", "reason": ""})).status == 422
        assert (await rosa.post(thread, {"do": "report", "reason": "A threat."})).status == 303
        desk = await coop.read(accounts.by_handle, "ann")
        [report] = await coop.read(threads.reports, desk)
        assert f"/reports/{report.id}" in (await ann.get("/notices")).text
        page = (await ann.get(f"/reports/{report.id}")).text
        assert "A threat." in page
        assert "For nothing, or else." in page
        assert (await ann.post(f"/reports/{report.id}")).status == 303
        assert (await ann.get(f"/reports/{report.id}")).status == 404

        assert (await rosa.post(thread, {"do": "block"})).status == 303
        assert (await femi.post(await first_thread(femi), {"text": "Hello?"})).status == 403


async def test_one_connection_begins_few_conversations_as_a_guest(
    coop: Coop, passer: Visitor
) -> None:
    path = f"/write?listing={await offered_by(coop, None)}"
    answers = [(await passer.post(path, HELLO)).status for _one in range(6)]
    assert answers == [303] * 5 + [429]
