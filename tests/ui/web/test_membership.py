"""One's own membership, and putting right what the coop says of somebody."""

import re

import pytest

from node import accounts, members, policies
from node.errors import InvalidInput
from node.members import Event
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program
from tests.ui.web.visitor import signed_in


async def enters(coop: Coop, handle: str, name: str = "Rosa Whitworht", **said: str) -> str:
    """The line in the register of somebody who signs in."""
    account = await coop.read(accounts.by_handle, handle)
    line = {"name": name, "membership_class": "worker", "admit": Event.ADMIT} | said
    made = await coop.write(members.add_member, account_id=account.id, **line)
    return str(made.id)


async def test_a_member_sees_their_number_class_and_rights(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa:
        assert "My membership" not in (await rosa.get("/account")).text
        assert (await rosa.get("/account/membership")).status == 404
        await enters(coop, "rosa")
        own = (await rosa.get("/account")).text
        assert "<span>No. 1</span><span>worker</span><span>since " in own
        page = (await rosa.get("/account/membership")).text
        for said in ("Rosa Whitworht", "<dd>1</dd>", "can hold an office", "active"):
            assert said in page


async def test_a_member_puts_right_how_they_are_reached_and_is_named_as_who_did(
    coop: Coop,
) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "gina", "secretary") as gina:
        line = await enters(coop, "rosa", phone="0113 496 0000")
        sent = {"phone": "0113 496 0123", "address": "3 Mill Lane", "name": "Queen"}
        assert (await rosa.post("/account/membership", sent)).status == 303
        now = await coop.read(members.member, line)
        assert (now.phone, now.address, now.name) == (*list(sent.values())[:2], "Rosa Whitworht")
        page = (await gina.get(f"/members/{line}")).text
        assert "Put right in the register" in page
        assert "0113 496 0000" not in page


async def test_a_wrong_name_is_asked_about_and_put_right_by_who_keeps_the_register(
    coop: Coop,
) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "gina", "secretary") as gina:
        line = await enters(coop, "rosa")
        asked = await rosa.post("/account/membership/name", {"name": "Rosa Whitworth"})
        assert asked.status == 303
        assert "asks to be called “Rosa Whitworth”" in (await gina.get("/notices")).text
        refused = await rosa.post(f"/members/{line}/correct", {"name": "Rosa Whitworth"})
        assert refused.status == 403
        right = {"name": "Rosa Whitworth", "source": "Her passport"}
        assert (await gina.post(f"/members/{line}/correct", right)).status == 303
        page = (await gina.get(f"/members/{line}")).text
        assert "before: <bdi>Rosa Whitworht</bdi>" in page
        assert "Her passport" in page
        assert "<bdi>Rosa Whitworth</bdi>" in (await rosa.get("/account/membership")).text
        assert "was put right" in (await rosa.get("/notices")).text


async def test_a_name_that_is_left_as_it_is_is_asked_for_no_more_and_its_member_hears(
    coop: Coop,
) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "gina", "secretary") as gina:
        line = await enters(coop, "rosa")
        await rosa.post("/account/membership/name", {"name": "Queen Rosa"})
        assert "Leave the name as it is" in (await gina.get(f"/members/{line}")).text
        assert (await rosa.post(f"/members/{line}/name")).status == 403
        for _twice in range(2):
            assert (await gina.post(f"/members/{line}/name")).status == 303
        assert "Queen Rosa" not in (await gina.get(f"/members/{line}")).text
        assert "Queen Rosa" not in (await gina.get("/notices")).text
        assert "You stay “Rosa Whitworht”" in (await rosa.get("/notices")).text


async def test_a_member_is_called_as_they_ask_by_its_own_button_and_by_no_other_correction(
    coop: Coop,
) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "gina", "secretary") as gina:
        line = await enters(coop, "rosa")
        await rosa.post("/account/membership/name", {"name": "Rosa Whitworth"})
        page = (await gina.get(f"/members/{line}")).text
        shown = re.findall(r'<input[^>]*name="(name|phone)"[^>]*value="([^"]*)"', page)
        assert ("name", "Rosa Whitworht") in shown
        await gina.post(f"/members/{line}/correct", dict(shown) | {"phone": "0113 496 0123"})
        assert (await coop.read(members.member, line)).name == "Rosa Whitworht"
        page = (await gina.get(f"/members/{line}")).text
        [name] = re.findall(r'<button[^>]*name="name" value="([^"]+)">Call them so<', page)
        assert (await gina.post(f"/members/{line}/name", {"name": name})).status == 303
        now = await coop.read(members.member, line)
        assert (now.name, now.phone) == ("Rosa Whitworth", "0113 496 0123")
        assert "Call them so" not in (await gina.get(f"/members/{line}")).text


@pytest.mark.parametrize("name", ["", "  ", "Rosa\nWhitworth" + "x" * 300])
async def test_nobody_is_called_nothing(coop: Coop, name: str) -> None:
    async with signed_in(coop, "rosa", "secretary") as rosa:
        line = await enters(coop, "rosa")
        pages = ("/account/name", "/account/membership/name", f"/members/{line}/correct")
        for page in pages:
            assert (await rosa.post(page, {"name": name})).status == 422


async def test_the_name_that_others_see_is_ones_own_to_change(coop: Coop) -> None:
    async with signed_in(coop, "rosa", "admin") as rosa:
        assert (await rosa.post("/account/name", {"name": "Rosie"})).status == 303
        assert "<h1>Rosie</h1>" in (await rosa.get("/account")).text
        assert "A name was changed that others see" in (await rosa.get("/audit")).text


async def test_a_program_puts_right_what_the_register_says(coop: Coop) -> None:
    async with signed_in(coop, "gina", "admin") as gina:
        line = await enters(coop, "gina")
        account = await coop.read(accounts.by_handle, "gina")
        scopes = frozenset({"members:write", "account"})
        issued = await coop.write(accounts.create_token, account.id, label="x", scopes=scopes)
        tool = Program(gina, issued.secret)
        said = {"name": "Gina Holt", "phone": "0113", "reason": "Her passport"}
        assert (await tool.call("PATCH", f"{API}/members/{line}", said)).status == 200
        now = await coop.read(members.member, line)
        assert (now.name, now.phone, now.membership_class) == ("Gina Holt", "0113", "worker")
        gone = await tool.call("PATCH", f"{API}/account/membership", {"phone": ""})
        assert (gone.status, gone.body["name"]) == (200, "Gina Holt")
        assert (await tool.call("PATCH", f"{API}/account", {"name": "Gi"})).status == 204
        assert (await coop.read(accounts.by_handle, "gina")).name == "Gi"
        assert (await coop.read(members.member, line)).phone is None


async def test_who_is_entered_is_called_in_the_register_as_in_their_papers(coop: Coop) -> None:
    async with signed_in(coop, "admin", "admin") as admin:
        account = await coop.read(accounts.by_handle, "admin")
        page = f"/members/accounts/{account.id}"
        chosen = {"membership_class": "worker", "name": "Rosa Whitworth"}
        assert (await admin.post(page, chosen | {"name": ""})).status == 422
        assert (await admin.post(page, chosen)).status == 303
        assert (await coop.read(members.by_account, account.id)).name == "Rosa Whitworth"


async def test_a_member_gives_notice_and_cannot_have_all_deleted_before_its_day(
    coop: Coop,
) -> None:
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "gina", "admin") as gina:
        line = await enters(coop, "rosa")
        assert "Give notice" not in (await rosa.get("/account/membership")).text
        rule = policies.MEMBERS_NOTICE_DAYS.name
        await coop.write(policies.choose, rule, 90, by="operator")
        assert "would end on 5 April 2027" in (await rosa.get("/account/membership")).text
        blocked = (await rosa.get("/account/leave")).text
        assert "Your membership ends with notice." in blocked
        assert (await rosa.post("/account/leave", {"sure": "y", "offers": "gone"})).status == 409
        page = "/account/membership/notice"
        assert (await rosa.post(page, {"reason": "x"})).status == 422
        assert (await rosa.post(page, {"sure": "y", "reason": "Moving away"})).status == 303
        now = (await rosa.get("/account/membership")).text
        assert "Until that day nothing changes for you." in now
        assert "Give notice" not in now
        history = (await gina.get(f"/members/{line}")).text
        for said in ("Moving away", "<span>resigned</span>", "until 5 April 2027"):
            assert said in history


async def test_who_keeps_the_register_is_offered_nothing_that_others_decide_about_them(
    coop: Coop,
) -> None:
    async with signed_in(coop, "gina", "secretary") as gina:
        own = f"/members/{await enters(coop, 'gina')}"
        assert "Another class" not in (await gina.get(own)).text
        assert (
            await gina.post(f"{own}/class", {"membership_class": "user", "why": "Mine"})
        ).status == 403
    async with signed_in(coop, "ada", "admin") as ada:
        assert "Another class" in (await ada.get(own)).text


async def test_who_ends_a_membership_says_how(coop: Coop) -> None:
    async with signed_in(coop, "gina", "admin") as gina, signed_in(coop, "rosa"):
        line = await enters(coop, "rosa")
        page, why = f"/members/{line}", {"do": "end", "reason": "Her family wrote"}
        assert "Say how it ends." in (await gina.post(page, why)).text
        assert (await gina.post(page, why | {"why": "deceased"})).status == 303
        assert "<span>died</span>" in (await gina.get(page)).text


async def test_a_paused_member_publishes_nothing_and_reads_why(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina, signed_in(coop, "rosa") as rosa:
        line = await enters(coop, "rosa")
        pause = {"do": "pause", "until": "2027-03-01"}
        assert (await gina.post(f"/members/{line}", pause | {"until": "2020-01-01"})).status == 422
        assert (await gina.post(f"/members/{line}", pause)).status == 303
        assert "until 1 March 2027" in (await rosa.get("/account")).text
        assert "you publish nothing new" in (await rosa.get("/account/membership")).text
        account = await coop.read(accounts.by_handle, "rosa")
        with pytest.raises(InvalidInput, match="paused"):
            await offer(coop, "Bread", by=account.id)


async def test_a_program_pauses_a_member_and_says_how_a_membership_ends(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina:
        line = await enters(coop, "gina")
        account = await coop.read(accounts.by_handle, "gina")
        scopes = frozenset({"members:write"})
        issued = await coop.write(accounts.create_token, account.id, label="x", scopes=scopes)
        step = {"event": "pause", "until": "2027-03-01", "reason": "A year abroad"}
        done = await Program(gina, issued.secret).call("POST", f"{API}/members/{line}/steps", step)
        assert (done.status, done.body["status"], done.body["until"]) == (
            200,
            "paused",
            "2027-03-01",
        )
        step = {"event": "end", "reason": "Their family wrote"}
        ended = await Program(gina, issued.secret).call("POST", f"{API}/members/{line}/steps", step)
        assert (ended.status, list(ended.body["errors"])) == (422, ["why"])


async def test_the_register_is_searched_and_sorted_out_in_the_address(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina:
        for name, kind in (("Rosa", "worker"), ("Ben", "user")):
            said = {"name": name, "membership_class": kind, "admit": Event.ADMIT}
            await coop.write(members.add_member, **said)
        for asked, shown in (("q=ros", "Rosa"), ("q=2", "Ben"), ("class=user", "Ben")):
            page = (await gina.get(f"/members?{asked}")).text.partition("<aside")[0]
            assert [name for name in ("Rosa", "Ben") if f"<bdi>{name}</bdi>" in page] == [shown]
        assert "Nobody fits" in (await gina.get("/members?status=ended")).text
        table = (await gina.get("/members.csv?q=ros")).text
        assert ("Rosa" in table, "Ben" in table) == (True, False)


async def test_who_finds_a_class_full_reads_why_and_keeps_what_they_wrote(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina:
        await enters(coop, "gina")
        await coop.write(policies.choose, policies.MEMBERS_CLASS_MOST.name, ["worker=1"], by="gina")
        bo = await coop.write(members.add_member, name="Bo", membership_class="worker")
        sent = {"do": "admit", "reason": "The board, 12 May"}
        full = await gina.post(f"/members/{bo.id}", sent)
        assert full.status == 409
        for said in ("at most 1 member", "The board, 12 May", "Change the register"):
            assert said in full.text


async def test_who_enters_an_account_in_a_full_class_keeps_what_they_wrote(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina, signed_in(coop, "zed"):
        await enters(coop, "gina")
        await coop.write(policies.choose, policies.MEMBERS_CLASS_MOST.name, ["worker=1"], by="gina")
        page = f"/members/accounts/{(await coop.read(accounts.by_handle, 'zed')).id}"
        sent = {"name": "Zed Holt", "membership_class": "worker", "why": "Meeting of 3 June"}
        full = await gina.post(page, sent)
        assert 'id="membership_class-err"' in full.text
        for said in ("/policies/members.class_most", "at most 1 member", *sent.values()):
            assert said in full.text
        assert (await gina.post(page, sent | {"name": "x" * 300})).status == 422
        await enters(coop, "zed", "Zed Holt", membership_class="user")
        assert "belongs to another member" in (await gina.post(page, sent)).text


async def test_who_decides_what_is_decided_already_reads_so(coop: Coop) -> None:
    async with signed_in(coop, "gina", "secretary") as gina:
        bo = await coop.write(members.add_member, name="Bo", membership_class="worker")
        await coop.write(members.change_status, bo.id, Event.DECLINE)
        late = {
            "": ({"do": "admit"}, "declined"),
            "/class": ({"membership_class": "user", "why": "Board"}, "Only somebody who is"),
        }
        for page, (sent, said) in late.items():
            answer = await gina.post(f"/members/{bo.id}{page}", sent)
            assert answer.status == 409
            assert said in answer.text.partition('role="alert"')[2]
