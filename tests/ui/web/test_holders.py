"""Accounts and the register: who is invited as a member becomes one, and who was here first can."""

import re

import pytest

from node import accounts, audit, members
from node.accounts import Role
from node.errors import Conflict
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import Visitor, signed_in, stranger

PASSWORD = "three blue teapots"


async def comes_in(coop: Coop, admin: Visitor, handle: str, **invited: str) -> str:
    """By the link that an admin has made on the page of members; the id of the new account."""
    page = await admin.post("/members/invite", {"role": "member"} | invited)
    [link] = set(re.findall(r"/in/[\w-]+", page.text))
    async with stranger(coop) as guest:
        chosen = {"name": handle.capitalize(), "handle": handle, "password": PASSWORD}
        assert (await guest.post(link, chosen)).status == 303
    return str((await coop.read(accounts.by_handle, handle)).id)


async def test_who_is_invited_as_a_member_stands_in_the_register_once_they_come_in(
    coop: Coop,
) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        assert 'href="/members">Invite two members' in (await femi.get("/")).text
        ben = await comes_in(coop, femi, "ben", membership_class="worker", why="Board, 3 May")
        assert 'href="/members">Invite two members' in (await femi.get("/")).text
        await comes_in(coop, femi, "maya")
        assert 'href="/members">Invite two members' not in (await femi.get("/")).text

        line = await coop.read(members.by_account, ben)
        assert (line.name, line.membership_class, line.status) == ("Ben", "worker", "active")
        page = (await femi.get(f"/members/{line.id}")).text
        assert "Board, 3 May" in page
        assert "<bdi>Femi</bdi>" in page
        counted = await coop.read(members.count_by_class)
        assert counted == {members.MembershipClass.WORKER: 1, members.MembershipClass.USER: 1}


async def test_a_link_that_nobody_uses_leaves_the_register_empty(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        await femi.post("/members/invite", {"name": "Ada", "role": "member"})
        assert "The register is empty" in (await femi.get("/members")).text


async def test_a_bookkeeper_comes_in_who_is_no_member_and_is_named_so(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        invited = {"role": "treasurer", "membership_class": "none"}
        gina = await comes_in(coop, femi, "gina", **invited)
        assert await coop.read(members.members) == []
        assert Role.TREASURER in (await coop.read(accounts.account, gina)).roles
        register = (await femi.get("/members")).text
        assert f'href="/members/accounts/{gina}"' in register
        assert "keeps the books, no member" not in register
        assert "no member, keeps the books" in register
        page = await femi.get(f"/members/accounts/{gina}")
        assert "This account is no member." in page.text


async def test_whoever_made_the_node_enters_the_register_with_the_account_they_have(
    coop: Coop,
) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        mine = (await coop.read(accounts.by_handle, "femi")).id
        own = f"/members/accounts/{mine}"
        assert f'href="{own}">Enter yourself in the register' in (await femi.get("/")).text
        assert f'href="{own}"' in (await femi.get("/members")).text
        entered = await femi.post(
            own, {"membership_class": "worker", "name": "Femi", "why": "Founders, 1 May"}
        )
        line = await coop.read(members.by_account, mine)
        assert entered.location.startswith(f"/members/{line.id}")
        assert (line.number, line.membership_class) == (1, "worker")
        assert "no member" not in (await femi.get("/members")).text.partition("<aside")[0]
        assert own not in (await femi.get("/")).text
        again = await femi.post(own, {"membership_class": "worker", "name": "Femi"})
        assert (again.status, "belongs to another member" in again.text) == (409, True)


async def test_a_secretary_gives_a_member_the_account_that_was_here_first(coop: Coop) -> None:
    async with (
        signed_in(coop, "femi", "admin"),
        signed_in(coop, "lena", "secretary") as lena,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "ben"),
    ):
        ids = {one: (await coop.read(accounts.by_handle, one)).id for one in ("rosa", "ben")}
        added = {"membership_class": "user", "admit": members.Event.ADMIT}
        line = await coop.write(members.add_member, name="Rosa Whitworth", **added)
        there = f"/members/accounts/{ids['rosa']}/line"
        assert (await rosa.post(there, {"member": line.id})).status == 403
        assert (await lena.post(there, {"member": "nobody"})).status == 422
        assert (await lena.post(there, {"member": line.id})).status == 303
        assert (await coop.read(members.acting_for, ids["rosa"])).id == line.id
        # Whom they have, they keep: neither is taken from the other.
        with pytest.raises(Conflict, match="has an account already"):
            await coop.write(members.give_account, line.id, ids["ben"])
        second = await coop.write(members.add_member, name="Rosa W.", **added)
        taken = await lena.post(there, {"member": second.id})
        assert (taken.status, "belongs to another member" in taken.text) == (409, True)


async def test_a_program_of_a_secretary_lets_members_in_and_says_whose_an_account_is(
    coop: Coop,
) -> None:
    gina = await coop.write(
        accounts.create_account, handle="gina", name="Gina", roles={Role.MEMBER}
    )
    line = {"name": "Ada", "membership_class": "worker", "admit": members.Event.ADMIT}
    ada, here_before = [(await coop.write(members.add_member, **line)).id for _ in range(2)]
    async with stranger(coop) as guest:
        program = Program(guest, await token_for(coop, "secretary", "members:write"))
        reading = Program(guest, await token_for(coop, "secretary", "members:read"))
        path = f"{API}/members/{ada}/invitation"
        assert (await reading.call("POST", path)).status == 403
        made = await program.call("POST", path)
        assert made.status == 201, made.body
        chosen = {"name": "Ada", "handle": "ada", "password": PASSWORD}
        assert (
            await guest.post(made.body["link"].removeprefix(coop.address), chosen)
        ).status == 303
        assert (await coop.read(members.member, ada)).account_id is not None
        assert (await program.call("POST", path)).status == 409

        path = f"{API}/members/{here_before}/account"
        assert (await program.call("PUT", path, {"handle": "nobody"})).status == 422
        linked = await program.call("PUT", path, {"handle": "gina"})
        assert (linked.status, linked.body["has_account"]) == (200, True)
        assert (await coop.read(members.by_account, gina.id)).id == here_before
        secretary = await coop.read(accounts.by_handle, "secretary")
        deeds = await coop.read(audit.entries, subject=here_before, actor=secretary.id)
        assert [one.what for one in deeds] == ["members.link-account"]
