"""Hours of work on pages, as files, and by programs."""

import re

import pytest

from node import accounts, hours, limits, members
from node.hours import State
from node.members import Event
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import signed_in, stranger

DAY = "2027-01-04"
WORK = {"worked_on": DAY, "hours": "2", "minutes": "30", "activity": "Mending <bikes>"}


async def a_member(coop: Coop, handle: str) -> members.MemberView:
    account = await coop.read(accounts.by_handle, handle)
    entered: members.MemberView = await coop.write(
        members.add_member,
        name=handle.capitalize(),
        membership_class="worker",
        account_id=account.id,
        admit=Event.ADMIT,
    )
    return entered


async def test_a_member_notes_work_an_officer_sends_it_back_and_confirms_it(coop: Coop) -> None:
    async with signed_in(coop, "maya") as maya, signed_in(coop, "rosa", "secretary") as rosa:
        assert "Note it" not in (await maya.get("/hours")).text  # not in the register yet
        await a_member(coop, "maya")
        assert 'href="/hours"' in (await maya.get("/account")).text
        empty = await maya.post("/hours", WORK | {"hours": "", "minutes": "x", "activity": ""})
        assert (empty.status, empty.text.count('aria-invalid="true"')) == (422, 2)
        assert (await maya.post("/hours", WORK)).location == "/hours?told=hours-noted"
        [one] = await coop.read(hours.entries)
        assert (one.minutes, str(one.worked_on)) == (150, DAY)

        home = (await rosa.get("/")).text
        assert re.search(
            r"<bdi>Maya</bdi> noted hours of work.*?2 hr\N{NO-BREAK SPACE}30", home, re.DOTALL
        )
        there = (await rosa.get("/hours/all")).text
        assert "Mending &lt;bikes&gt;" in there
        [ticked] = re.findall(r'name="entry" value="([^"]+)"', there)
        assert (await maya.get("/hours/all")).status == 403
        path = f"/hours/{one.id}"
        version = (await rosa.get(path)).holds("version")
        back = {"do": "send-back", "version": version}
        assert (await rosa.post(path, back)).status == 422
        assert (await rosa.post(path, back | {"reason": "Which ones?"})).status == 303

        home = (await maya.get("/")).text
        assert "put it right, or take it back" in home
        assert home.count(f'href="{path}"') == 1  # told once
        assert '<q dir="auto" lang="">Which ones?</q>' in (await maya.get(path)).text
        changed = WORK | {"do": "change", "minutes": "0", "activity": "Mending the red bike"}
        assert (await maya.post(path, changed)).status == 303

        stale = await rosa.post("/hours/all", {"entry": ticked})
        assert (stale.status, "changed meanwhile" in stale.text) == (409, True)
        ticked = stale.holds("entry")
        assert (await rosa.post("/hours/all", {"entry": ticked})).status == 303
        assert (await coop.read(hours.entry, one.id)).state is State.CONFIRMED
        too_late = await maya.post(path, changed)
        assert (too_late.status, 'role="alert"' in too_late.text) == (409, True)

        own = (await maya.get("/hours.csv?year=2027")).text.splitlines()
        assert own[1].startswith(f"{one.id},{DAY},120,Mending the red bike,,confirmed,,")
        assert len((await maya.get("/hours.csv?year=2026")).text.splitlines()) == 1
        of_all = (await rosa.get("/hours/all.csv")).text.splitlines()
        assert of_all[1].startswith(f"{one.id},{one.member_id},Maya,{DAY},120,")
        assert "2 hr" in (await rosa.get("/hours/all?year=2027")).text


async def test_what_was_typed_stays_where_too_much_waits_or_it_was_changed_meanwhile(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(coop, "maya") as maya, signed_in(coop, "rosa", "secretary") as rosa:
        await a_member(coop, "maya")
        await maya.post("/hours", WORK)
        monkeypatch.setattr(limits, "WORK_WAITING_MOST", 1)
        more = await maya.post("/hours", WORK | {"activity": "The tandem"})
        assert (more.status, 'value="The tandem"' in more.text) == (409, True)
        assert "is not confirmed yet" in more.text

        [one] = await coop.read(hours.entries)
        path, back = f"/hours/{one.id}", {"do": "send-back", "reason": "Which ones?"}
        await maya.post(path, WORK | {"do": "change", "activity": "The red bike"})
        stale = await rosa.post(path, back | {"version": "1"})
        assert (stale.status, "changed meanwhile" in stale.text) == (409, True)
        assert ">Which ones?</textarea>" in stale.text.replace("\r\n", "")
        assert "The red bike" in stale.text
        version = stale.holds("version")
        assert (await rosa.post(path, back | {"version": version})).status == 303
        twice = await rosa.post(path, back | {"version": version})
        assert (twice.status, 'role="alert"' in twice.text) == (409, True)


async def test_an_officer_decides_about_others_alone(coop: Coop) -> None:
    async with signed_in(coop, "rosa", "secretary") as rosa, signed_in(coop, "maya") as maya:
        await a_member(coop, "rosa")
        await rosa.post("/hours", WORK)
        [one] = await coop.read(hours.entries)
        assert "noted hours of work" not in (await rosa.get("/")).text
        assert 'name="entry"' not in (await rosa.get("/hours/all")).text
        page = (await rosa.get(f"/hours/{one.id}")).text
        assert ('value="confirm"' in page, 'value="change"' in page) == (False, True)
        own = await rosa.post(f"/hours/{one.id}", {"do": "confirm", "version": "1"})
        assert (own.status, "Somebody else looks" in own.text) == (403, True)
        assert (await maya.get(f"/hours/{one.id}")).status == 404
        assert (await rosa.post(f"/hours/{one.id}", {"do": "take-back"})).status == 303
        assert await coop.read(hours.entries) == []


async def test_programs_note_read_add_up_and_decide(coop: Coop) -> None:
    async with signed_in(coop, "maya"), stranger(coop) as visitor:
        own = Program(visitor, await token_for(coop, "maya"))
        officer = Program(visitor, await token_for(coop, "secretary"))
        given = {"worked_on": DAY, "minutes": 45, "activity": "Books"}
        assert (await own.call("POST", f"{API}/hours", given)).status == 403
        assert (await own.get("/hours")).body["items"] == []
        await a_member(coop, "maya")
        wrong = await own.call("POST", f"{API}/hours", given | {"committee": "Nobody's"})
        assert (wrong.status, list(wrong.body["errors"])) == (422, ["committee"])
        made = await own.call("POST", f"{API}/hours", given)
        assert (made.status, made.body["state"], made.body["version"]) == (201, "noted", 1)
        path = f"{API}/hours/{made.body['id']}"
        put = await own.call("PUT", path, given | {"minutes": 60})
        assert (put.body["minutes"], put.body["version"]) == (60, 2)
        assert (await own.call("DELETE", f"{API}/hours/nothing")).status == 404
        assert (await own.get("/hours/all")).status == 403

        decide = {"counts": False, "version": 2}
        assert (await officer.call("POST", f"{path}/decision", decide)).status == 422
        yes = await officer.call("POST", f"{path}/decision", {"counts": True, "version": 2})
        assert yes.body["state"] == "confirmed"
        assert (await own.call("DELETE", path)).status == 409
        assert (await own.get("/hours")).body["items"] == [yes.body]
        assert (await officer.get("/hours/all?year=2026")).body["items"] == []
        [total] = (await officer.get("/hours/sums?year=2027")).body["items"]
        assert (total["member_name"], total["activity"], total["confirmed"]) == (
            "Maya",
            "Books",
            60,
        )

        more = await own.call("POST", f"{API}/hours", given)
        first = await officer.get("/hours/all?limit=1")
        assert [one["id"] for one in first.body["items"]] == [more.body["id"]]
        rest = await officer.get(f"/hours/all?cursor={first.body['next']}")
        assert (rest.body["items"], rest.body["next"]) == ([yes.body], None)
        gone = await own.call("DELETE", f"{API}/hours/{more.body['id']}")
        assert gone.status == 204


async def test_who_is_suspended_reads_why_and_has_no_form_and_what_was_typed_stays(
    coop: Coop,
) -> None:
    async with signed_in(coop, "maya") as maya:
        own = await a_member(coop, "maya")
        await maya.post("/hours", WORK)
        [one] = await coop.read(hours.entries)
        suspend = {"by": "operator", "reason": "No insurance"}
        await coop.write(members.change_status, own.id, Event.SUSPEND, **suspend)
        for path in ("/hours", f"/hours/{one.id}"):
            page = (await maya.get(path)).text
            assert "Your membership is suspended." in page
            assert 'name="activity"' not in page
            typed = WORK | {"activity": "Typed before I knew", "do": "change"}
            late = await maya.post(path, typed)
            assert (late.status, "Your membership is suspended." in late.text) == (403, True)
            assert "Typed before I knew" in late.text
        assert [each.activity for each in await coop.read(hours.entries)] == ["Mending <bikes>"]
        gone = await maya.post(f"/hours/{one.id}", {"do": "take-back"})
        assert gone.location == "/hours?told=hours-taken-back"
        assert "Your membership is suspended." in (await maya.get("/hours")).text
