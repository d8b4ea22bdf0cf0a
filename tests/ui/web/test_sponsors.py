"""Members who vouch for an applicant: asked by name or by a link, counted where it is decided."""

import re
from collections.abc import AsyncGenerator

import msgspec
import pytest

from node import accounts, joining, members, notices
from node.members import Event
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_joining import ADA, FORM, applied, desk_page
from tests.ui.web.visitor import Visitor, signed_in, stranger

TWO = msgspec.structs.replace(FORM, sponsors=2)


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    await coop.write(joining.set_form, TWO)
    return coop


@pytest.fixture
async def ada(coop: Coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


async def enter(coop: Coop, handle: str, name: str) -> str:
    """The member that this account is, from now on."""
    account = await coop.read(accounts.by_handle, handle)
    made = await coop.write(
        members.add_member,
        name=name,
        membership_class="worker",
        account_id=account.id,
        admit=Event.ADMIT,
    )
    return str(made.id)


async def test_who_is_named_and_who_has_the_link_vouch_and_then_somebody_is_let_in(
    coop: Coop, ada: Visitor
) -> None:
    own = await applied(ada)
    async with (
        signed_in(coop, "rosa", "secretary") as rosa,
        signed_in(coop, "femi") as femi,
        signed_in(coop, "jean") as jean,
    ):
        await enter(coop, "femi", "Femi Adeyemi")
        assert "0 of 2" in (await ada.get(own)).text
        # Whoever asks learns nothing of who is a member.
        said = [
            await ada.post(own, {"do": "sponsor", "sponsor": name})
            for name in ("femi adeyemi", "Nobody Known", "Femi Adeyemi")
        ]
        assert {(one.status, one.location) for one in said} == {(303, f"{own}?told=sent")}
        assert "Femi" not in (await ada.get(own)).text

        path = (await femi.get("/")).leads_to("/sponsoring/")
        assert path in (await femi.get("/notices")).text
        asked = (await femi.get(path)).text
        assert ADA["name"] in asked
        assert "ovens" not in asked
        assert ADA["phone"] not in asked
        assert (await femi.post(path, {"do": "yes"})).status == 303
        assert path not in (await femi.get("/")).text
        assert "Femi Adeyemi" not in (await ada.get(own)).text
        assert (await jean.get(path)).status == 403

        desk = await desk_page(rosa)
        page = (await rosa.get(desk)).text
        for words in ("1 of 2", "Femi Adeyemi", "vouches for them", "Nobody Known", "no single"):
            assert words in page
        early = await rosa.post(desk, {"do": "admit"})
        assert early.status == 422
        assert "1 more member has to vouch" in early.text

        [link] = re.findall(r"/sponsoring/[\w-]{24}", (await ada.get(own)).text)
        assert (await jean.get(link)).status == 403
        assert (await ada.get(link)).location.startswith("/sign-in")
        await enter(coop, "jean", "Jean Hallam")
        assert (await jean.post(link, {"do": "no"})).status == 303
        assert (await rosa.post(desk, {"do": "admit"})).status == 422
        assert (await jean.post(link, {"do": "yes"})).status == 303
        assert "2 of 2" in (await ada.get(own)).text
        assert 'name="why"' not in (await rosa.get(desk)).text
        assert (await rosa.post(desk, {"do": "admit", "message": "Welcome!"})).status == 303
        assert (await jean.post(link, {"do": "no"})).status == 409
        [line] = [one for one in await coop.read(members.members) if one.name == ADA["name"]]
        assert not (await coop.read(members.history, line.id))[-1].content.reason


async def test_a_yes_counts_while_its_member_is_active_and_a_reason_lets_in_all_the_same(
    coop: Coop, ada: Visitor
) -> None:
    own = await applied(ada)
    async with signed_in(coop, "rosa", "secretary") as rosa, signed_in(coop, "femi") as femi:
        theirs = await enter(coop, "femi", "Femi Adeyemi")
        [link] = re.findall(r"/sponsoring/[\w-]{24}", (await ada.get(own)).text)
        await femi.post(link, {"do": "yes"})
        await coop.write(members.change_status, theirs, Event.PAUSE)
        desk = await desk_page(rosa)
        assert "no active member today" in (await rosa.get(desk)).text
        assert "2 more members have to vouch" in (await rosa.post(desk, {"do": "admit"})).text
        why = "The general meeting of 12 May took her in."
        program = Program(rosa, await token_for(coop, "secretary", "members:write"))
        at = f"{API}{desk}/steps"
        assert (await program.call("POST", at, {"step": "admit"})).status == 422
        hello = {"step": "admit", "message": "Welcome!"}
        assert (await program.call("POST", at, hello)).body["errors"].keys() == {"why"}
        assert 'name="why"' in (await rosa.get(desk)).text
        assert (await program.call("POST", at, hello | {"why": why})).status == 200
        [ada_line] = [one for one in await coop.read(members.members) if one.name == ADA["name"]]
        steps = await coop.read(members.history, ada_line.id)
        assert steps[-1].content.reason == why


async def test_a_member_is_meant_by_their_name_in_any_spelling_of_it(coop: Coop) -> None:
    made = [
        await coop.write(
            members.add_member, name=name, membership_class="worker", admit=Event.ADMIT
        )
        for name in ("Éva Nagy", "Eve Nagy")
    ]
    assert [one.id for one in await coop.read(members.called, " ÉVA nagy")] == [made[0].id]


async def test_nobody_is_asked_to_vouch_where_the_coop_wants_none(coop: Coop, ada: Visitor) -> None:
    await coop.write(joining.set_form, FORM)
    await ada.post("/join", ADA | {"version": "2"})
    own = (await ada.post("/join", ADA | {"version": "2", "name": "Bo"})).page
    assert "/sponsoring/" not in (await ada.get(own)).text
    assert (await ada.post(own, {"do": "sponsor", "sponsor": "Femi"})).status == 409


async def test_what_was_asked_of_a_member_goes_once_it_is_decided(coop: Coop, ada: Visitor) -> None:
    own = await applied(ada)
    async with signed_in(coop, "rosa", "secretary") as rosa, signed_in(coop, "femi") as femi:
        await enter(coop, "femi", "Femi Adeyemi")
        await ada.post(own, {"do": "sponsor", "sponsor": "Femi Adeyemi"})
        account = await coop.read(accounts.by_handle, "femi")
        assert await coop.read(notices.count_unread, account) == 1
        await rosa.post(await desk_page(rosa), {"do": "ask", "message": "Since when?"})
        assert await coop.read(notices.count_unread, account) == 1
        await rosa.post(await desk_page(rosa), {"do": "decline", "message": "Not now."})
        assert await coop.read(notices.count_unread, account) == 0
        assert "/sponsoring/" not in (await femi.get("/")).text


async def test_programs_name_who_is_asked_and_say_yes_and_the_desk_reads_who_did(
    coop: Coop, ada: Visitor
) -> None:
    own = await applied(ada)
    async with signed_in(coop, "femi"), signed_in(coop, "jean"), signed_in(coop, "rosa"):
        theirs = await enter(coop, "femi", "Femi Adeyemi")
        await enter(coop, "rosa", "Rosa Lind")
        desk = Program(ada, await token_for(coop, "secretary"))
        femi, jean, rosa = [
            Program(ada, await token_for(coop, handle, "read", "account"))
            for handle in ("femi", "jean", "rosa")
        ]
        [application] = (await desk.get("/applications")).body["items"]
        path = f"/applications/{application['id']}"
        known = f"{API}{path}/sponsors"
        assert (await femi.call("POST", known, {"name": "Femi"})).status == 403
        nameless = await desk.call("POST", known, {"name": " "})
        assert (nameless.status, list(nameless.body["errors"])) == (422, ["name"])
        named = (await desk.call("POST", known, {"name": "Femi Adeyemi"})).body
        asked = {"member": theirs, "name": "Femi Adeyemi", "vouches": None, "counts": False}
        assert named == {"needed": 2, "items": [asked]}

        admin = Program(ada, await token_for(coop, "admin", "admin"))
        done = (await admin.get(f"/audit?subject={application['id']}")).body["items"]
        [by] = [one["name"] for one in done if one["what"] == "joining.name-sponsor"]
        assert by == "Secretary"

        [waiting] = (await femi.get("/sponsoring")).body["items"]
        assert (waiting["id"], waiting["name"]) == (application["id"], ADA["name"])
        assert (await jean.get("/sponsoring")).body["items"] == []
        at = f"{API}/sponsoring/{waiting['id']}"
        said = await femi.call("POST", at, {"vouches": True})
        assert (said.status, said.body) == (200, waiting | {"vouches": True})
        assert (await femi.get("/sponsoring")).body["items"] == []
        [code] = re.findall(r"/sponsoring/([\w-]{24})", (await ada.get(own)).text)
        by_link = f"{API}/sponsoring/{code}"
        assert (await jean.call("POST", by_link, {"vouches": True})).status == 403
        assert (await rosa.call("POST", at, {"vouches": True})).status == 404
        assert (await rosa.call("POST", by_link, {"vouches": False})).body["vouches"] is False
        whole = (await desk.get(path)).body
        assert whole["sponsors_needed"] == 2
        counts = {one["name"]: one["counts"] for one in whole["sponsors"]}
        assert counts == {"Femi Adeyemi": True, "Rosa Lind": False}

        declined = {"step": "decline", "message": "Not now."}
        assert (await desk.call("POST", f"{API}{path}/steps", declined)).status == 200
        late = await rosa.call("POST", by_link, {"vouches": True})
        assert (late.status, late.body["code"]) == (409, "decided")
        assert (await rosa.get(f"/sponsoring/{code}")).body["open"] is False
