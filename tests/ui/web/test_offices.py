"""Offices on pages and by API: given, seen by whom the coop wants, and what they open."""

import re
from datetime import timedelta

import pytest

from node import accounts, listings, members, offices, policies
from node.listings import Complaint, ListingDraft
from node.members import Event, MemberView
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_cards import facts_in
from tests.ui.web.visitor import Visitor, signed_in, stranger

WHY = {"ground": "fraud", "words": "The pictures are another coop's."}


async def a_member(coop: Coop, handle: str, membership_class: str = "worker") -> MemberView:
    """The line in the register of somebody who can sign in."""
    account = await coop.read(accounts.by_handle, handle)
    made: MemberView = await coop.write(
        members.add_member,
        name=f"{handle.capitalize()} Adeyemi",
        membership_class=membership_class,
        account_id=account.id,
        admit=Event.ADMIT,
    )
    return made


async def give(coop: Coop, admin: Visitor, member: MemberView, office: str, **more: str) -> None:
    today = coop.node.clock.now().date()
    form = {
        "member": member.id,
        "office": office,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=700)).isoformat(),
        "decision": "General meeting of 12 May",
    }
    answer = await admin.post("/offices", form | more)
    assert answer.status == 303, answer.text


async def test_a_moderator_is_given_decides_and_somebody_else_looks_again(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "maya") as maya,
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as passer,
    ):
        assert "Open the page of one" in (await femi.get("/offices")).text
        member = await a_member(coop, "maya")
        lacking = await femi.post("/offices", {"office": "committee"})
        assert (lacking.status, lacking.text.count('class="err"')) == (422, 4)
        owner = (await coop.read(accounts.by_handle, "rosa")).id
        listing = await offer(coop, "Sourdough", by=owner)
        case = await coop.write(listings.report, listing, Complaint("fraud"))
        assert (await maya.get("/moderation")).status == 403

        await give(coop, femi, member, "moderator")
        page = (await rosa.get("/offices")).text
        assert re.search(r"<h2><bdi>Moderator</bdi></h2>.*Maya Adeyemi", page, re.DOTALL)
        assert "General meeting of 12 May" in page
        assert 'action="/offices"' not in page
        assert (await passer.get("/offices")).status == 303
        assert "/offices<" not in (await passer.get("/sitemap.xml")).text
        rule = policies.OFFICES_SHOWN_TO.name
        await coop.write(policies.choose, rule, "everybody", by="operator")
        shown = (await passer.get("/offices")).text
        assert ("Maya Adeyemi" in shown, "12 May" in shown) == (True, False)
        assert f"<loc>{coop.address}/offices</loc>" in (await passer.get("/sitemap.xml")).text
        facts = facts_in(shown)
        assert facts is not None
        [role] = facts["member"]
        assert (role["roleName"], role["member"]["name"]) == ("Moderator", "Maya Adeyemi")
        assert "ld+json" not in (await rosa.get("/offices")).text

        assert 'href="/offices"' in (await passer.get("/about")).text
        leaving = (await maya.get("/account/leave")).text
        assert "An office of yours: <bdi>Moderator</bdi>, until" in leaving
        assert "looks at what was reported" not in leaving

        assert f"/moderation/{case}" in (await maya.get("/moderation")).text
        withheld = await maya.post(f"/moderation/{case}", {"do": "withhold", **WHY})
        assert withheld.status == 303
        await rosa.post(f"/moderation/{case}", {"do": "appeal", "words": "It is mine."})
        again = {"do": "uphold", "words": "No."}
        assert (await maya.post(f"/moderation/{case}", again)).status == 403
        assert (await femi.post(f"/moderation/{case}", again)).status == 303

        monkeypatch.setattr("ui.web.pages.offices.PEOPLE_OFFERED", 0)
        assert "Open the page of one" in (await femi.get("/offices")).text
        assert f'value="{member.id}"' in (await femi.get(f"/offices?member={member.id}")).text

        ends = (await femi.get("/offices")).leads_to("/offices/")
        assert (await femi.post(ends, {"reason": ""})).status == 422
        assert (await femi.post(ends, {"reason": "Moved away"})).status == 303
        assert (await femi.post(ends, {"reason": "Moved away"})).status == 409
        assert (await maya.get("/moderation")).status == 403
        there = (await femi.get(f"/members/{member.id}")).text
        assert ("Moderator" in there, "Moved away" in there) == (True, True)
        noted = r"Holds that office no more<.*?<bdi>Moderator</bdi></strong><span>\d"
        assert re.search(noted, there, re.DOTALL)


async def test_a_program_gives_and_ends_an_office(coop: Coop) -> None:
    async with signed_in(coop, "maya"), stranger(coop) as visitor:
        member = await a_member(coop, "maya")
        program = Program(visitor, await token_for(coop, "admin"))
        today = coop.node.clock.now().date()
        body = {
            "member": member.id,
            "office": "treasurer",
            "ends_on": (today + timedelta(days=30)).isoformat(),
            "decision": "Board",
        }
        made = await program.call("POST", f"{API}/offices", body)
        assert (made.status, made.body["gives"], made.body["state"]) == (201, ["treasurer"], "held")
        again = await program.call("POST", f"{API}/offices", body)
        assert (again.status, again.body["code"]) == (409, "office-held")
        end = await program.call(
            "POST", f"{API}/offices/{made.body['id']}/end", {"reason": "Moved away"}
        )
        assert (end.status, end.body["state"]) == (200, "over")
        assert (await program.get("/offices")).body["items"] == []
        [over] = (await program.get(f"/offices?over=true&member={member.id}")).body["items"]
        assert over["reason"] == "Moved away"
        others = Program(visitor, await token_for(coop, "maya", "read"))
        [over] = (await others.get("/offices?over=true")).body["items"]
        assert (over["office"], over["reason"]) == ("treasurer", "")


async def test_another_class_has_other_rights_from_then_on(coop: Coop) -> None:
    async with signed_in(coop, "rosa", "secretary") as rosa, signed_in(coop, "maya") as maya:
        member = await a_member(coop, "maya")
        rule = policies.MEMBERS_OFFERING_CLASSES.name
        await coop.write(policies.choose, rule, ["worker"], by="operator")
        there = f"/members/{member.id}/class"
        assert (await rosa.post(there, {"membership_class": "investor"})).status == 422
        said = {"membership_class": "investor", "why": "Board, 12 May"}
        assert (await rosa.post(there, said)).status == 303
        assert (await rosa.post(there, said)).status == 409
        page = (await rosa.get(f"/members/{member.id}")).text
        assert "Belongs to another class" in page
        assert "Board, 12 May" in page

        listing = {"kind": "service", "title": "Windows", "visibility": "public"}
        refused = await maya.post("/listings/new", listing | {"then": "publish"})
        assert (refused.status, "members.offering_classes" in refused.text) == (422, True)
        assert (await maya.post("/listings/new", listing | {"then": "draft"})).status == 303
        assert await coop.write(listings.create, ListingDraft("Bread"), by=None, publish=True)


async def test_who_ends_an_office_that_is_over_reads_so(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "maya"):
        await give(coop, femi, await a_member(coop, "maya"), "chair")
        [one] = await coop.read(offices.holdings)
        page, why = f"/offices/{one.id}", {"reason": "Moved away"}
        assert (await femi.post(page, why)).status == 303
        late = await femi.post(page, why)
        assert late.status == 409
        assert "This is over already." in late.text.partition('role="alert"')[2]
