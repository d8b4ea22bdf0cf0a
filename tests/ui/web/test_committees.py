"""What a committee is for: admins say it, with its people, in public only where offices are."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy import update

from federation.storage import UnitOfWork
from node import accounts, members, offices, policies
from node.listings.models import listing_table
from node.members import Event
from node.offices import Given, Office
from tests.stories.market import offer
from tests.support.clock import START, FixedClock
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_cards import facts_in
from tests.ui.web.visitor import Visitor, signed_in, stranger

TODAY = START.date()
TASK = {
    "name": "Garden",
    "purpose": "Beds and tools, up to £500 a year.",
    "decision": "General meeting, 12 May",
    "ends_on": str(TODAY + timedelta(days=4)),
}


@pytest.fixture
async def sam(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "sam", "admin") as visitor:
        yield visitor


async def seat(coop: Coop, handle: str, name: str = "garden") -> None:
    account = await coop.read(accounts.by_handle, handle)
    made = await coop.write(
        members.add_member,
        name="Maya Wolf",
        membership_class="worker",
        account_id=account.id,
        admit=Event.ADMIT,
    )
    given = Given(Office.COMMITTEE, TODAY, TODAY + timedelta(days=33), "Board, 1 May", name)
    await coop.write(offices.give, made.id, given, by="operator")


async def test_a_committee_has_a_task_a_term_its_people_and_what_is_open(
    coop: Coop, sam: Visitor, clock: FixedClock
) -> None:
    async with signed_in(coop, "maya") as maya, stranger(coop) as passer:
        await seat(coop, "maya")
        offices_page = (await sam.get("/offices")).text
        assert "Say what it is for" in offices_page
        assert 'list="committees"' in offices_page
        assert '<option value="garden"></option></datalist>' in offices_page
        empty = await sam.post("/offices/committees", TASK | {"purpose": " "})
        assert (empty.status, "Say what it decides." in empty.text) == (422, True)
        wrong = await sam.post("/offices/committees", TASK | {"name": "Coop"})
        assert (wrong.status, "means the coop itself" in wrong.text) == (422, True)
        page = (await sam.post("/offices/committees", TASK)).page
        assert "Say what it is for" not in (await sam.get("/offices")).text

        told = (await maya.get(page)).text
        for said in ("Beds and tools", "General meeting, 12 May", "Maya Wolf", "Nothing waits"):
            assert said in told
        assert f'href="{page}"' in (await maya.get("/about")).text
        assert (await passer.get(page)).location.startswith("/sign-in")
        assert "Garden" not in (await passer.get("/about")).text
        await coop.write(policies.choose, policies.OFFICES_SHOWN_TO.name, "everybody", by="sam")
        public = (await passer.get(page)).text
        assert "Beds and tools" in public
        assert "What is open" not in public
        assert f"<loc>{coop.address}{page}</loc>" in (await passer.get("/sitemap.xml")).text
        assert (facts_in(public) or {})["description"].startswith("Beds and tools")
        assert "Beds and tools" in (await passer.get("/about")).text

        clock.advance(timedelta(days=5))
        await coop.node.run_due()
        assert "The seat of" in (await maya.get(page)).text
        assert f'href="{page}"' not in (await passer.get("/about")).text


async def test_only_admins_say_what_a_committee_is_for(coop: Coop, sam: Visitor) -> None:
    page = (await sam.post("/offices/committees", TASK)).page
    async with signed_in(coop, "maya") as maya:
        assert (await maya.post(page, TASK)).status == 403
        assert (await maya.get("/offices/committees/new")).status == 403
        for over in (TODAY, TODAY.replace(year=2020)):
            refused = await sam.post(page, TASK | {"ends_on": str(over)})
            assert (refused.status, "Choose a later day." in refused.text) == (422, True)
        again = TASK | {"name": "GARDEN ", "purpose": "Also the shed."}
        assert (await sam.post("/offices/committees", again)).location.startswith(page)
        assert "Also the shed." in (await maya.get(page)).text
        await sam.post(page, TASK | {"purpose": "Only the shed."})
        assert "Only the shed." in (await maya.get(page)).text
        asked = await sam.post(page, {"do": "ask"})
        assert "Whoever has a seat in it keeps that." in asked.text
        assert (await maya.get(page)).status == 200
        assert (await sam.post(page, {"do": "drop"})).status == 303
        assert (await maya.get(page)).status == 404


async def test_a_committee_shows_what_it_offers_whoever_has_a_seat(
    coop: Coop, sam: Visitor
) -> None:
    page = (await sam.post("/offices/committees", TASK)).page
    offered = await offer(coop, "Compost")

    async def give_to_team(uow: UnitOfWork) -> None:
        theirs = listing_table.c.id == offered.id
        await uow.execute(update(listing_table).where(theirs).values(team="Garden"))

    await coop.write(give_to_team)
    assert offered.title in (await sam.get(page)).text


async def test_a_name_that_a_committee_nearly_has_is_asked_about_once(
    coop: Coop, sam: Visitor
) -> None:
    await sam.post("/offices/committees", TASK)
    await sam.post("/offices/committees", TASK | {"name": "Tea"})
    async with signed_in(coop, "maya"):
        await seat(coop, "maya", "Shop")
    [maya] = await coop.read(members.members)
    given = {
        "member": maya.id,
        "office": "committee",
        "starts_on": str(TODAY),
        "ends_on": str(TODAY + timedelta(days=33)),
        "decision": "Board",
    }
    for path, form, typed, meant in (
        ("/offices", given, "Gardn", "Garden"),
        ("/offices", given, "Tea committee", "Tea"),
        ("/offices/committees", TASK, "Shops", "Shop"),
    ):
        slip = form | {"name": typed}
        asked = await sam.post(path, slip)
        assert (asked.status, f"There is “{meant}”" in asked.text) == (422, True)
        again = asked.holds("asked")
        assert (await sam.post(path, slip | {"asked": "Another"})).status == 422
        assert (await sam.post(path, slip | {"asked": again})).status == 303
    unnamed = await sam.post("/offices", given | {"name": " "})
    assert (unnamed.status, "Say which committee" in unnamed.text) == (422, True)
    right = given | {"name": "GARDEN ", "starts_on": str(TODAY + timedelta(days=1))}
    assert (await sam.post("/offices", right)).status == 303
    other = given | {"name": "Te", "office": "other"}
    assert (await sam.post("/offices", other)).status == 303
    called = [one.name for one in await coop.read(offices.committees)]
    assert called == ["Garden", "Gardn", "Shop", "Shops", "Tea", "Tea committee"]


async def test_a_committee_is_written_in_one_way_whatever_the_capitals(
    coop: Coop, sam: Visitor
) -> None:
    async with signed_in(coop, "maya"):
        await seat(coop, "maya", "gArden")
    await sam.post("/offices/committees", TASK)
    [known] = await coop.read(offices.committees)
    assert known.name == "gArden"
    await sam.post("/offices/committees", TASK | {"name": "Shop"})
    [maya] = await coop.read(members.members)
    given = Given(Office.COMMITTEE, TODAY, TODAY + timedelta(days=33), "Board, 1 May", " SHOP ")
    await coop.write(offices.give, maya.id, given, by="operator")
    account = await coop.read(accounts.by_handle, "maya")
    assert account.teams == {"gArden", "Shop"}


async def test_a_program_sets_up_a_committee_gives_its_seats_and_ends_them(coop: Coop) -> None:
    async with stranger(coop) as visitor, signed_in(coop, "maya"):
        admin = Program(visitor, await token_for(coop, "admin"))
        reader = Program(visitor, await token_for(coop, "maya", "read"))
        empty = await admin.call("POST", f"{API}/committees", TASK | {"purpose": " "})
        assert (empty.status, list(empty.body["errors"])) == (422, ["purpose"])
        assert (await reader.call("POST", f"{API}/committees", TASK)).status == 403
        made = await admin.call("POST", f"{API}/committees", TASK)
        assert (made.status, made.body["seats"]) == (201, [])
        await seat(coop, "maya")
        path = f"/committees/{made.body['id']}"
        [theirs] = (read := (await reader.get(path)).body)["seats"]
        assert (read["purpose"], read["ends_on"]) == (TASK["purpose"], TASK["ends_on"])
        assert (theirs["member_name"], theirs["name"]) == ("Maya Wolf", "Garden")
        assert theirs["until"] == str(TODAY + timedelta(days=33))
        assert (await reader.get("/committees")).body["items"] == [read]

        ended = f"{API}/offices/{theirs['id']}/end"
        assert (await admin.call("POST", ended, {"reason": "Moved away"})).status == 200
        again = await admin.call("POST", f"{API}/committees", TASK | {"name": "GARDEN"})
        assert (again.body["id"], again.body["seats"][0]["state"]) == (made.body["id"], "over")
        assert (await reader.call("DELETE", API + path)).status == 403
        assert (await admin.call("DELETE", API + path)).status == 204
        assert (await reader.get(path)).status == 404
        assert (await reader.get("/committees")).body["items"] == []
