"""Who does the work: said by admins, within a firm and within a team; heard by whom it is."""

import pytest

from node import accounts, agreements, notices
from node.agreements import By, State
from node.errors import InvalidInput, NotAllowed
from tests.node.agreements.test_commands import agreed


async def person(coop, name):
    return await coop.write(accounts.create_account, handle=name, name=name, roles=())


async def told(coop, who):
    """What somebody heard of work that is theirs, or is no more."""
    found = await coop.read(notices.notices, who)
    return [one.kind.value for one in found if one.kind.value.endswith("assigned")]


async def hand(coop, made, to, by):
    who = by if isinstance(by, By) else agreements.of_account(by)
    await coop.write(agreements.assign, made.id, to.id, by=who)


async def workers(coop, made, by):
    view = (await coop.see(made, coop.sam)).agreement
    return {*(await coop.read(agreements.workers, view, by)).values()}


async def test_an_admin_speaks_for_the_coop_and_hands_out_its_work(coop):
    asked = await coop.ask(await coop.offer(by=None))
    made = await coop.do(asked, "accept", coop.sam)
    by = agreements.of_account(coop.sam)
    await coop.write(agreements.assign, made.id, coop.rosa.id, by=by)
    assert (await coop.do(made, "deliver", coop.rosa)).state is State.DELIVERED
    with pytest.raises(NotAllowed):
        await coop.do(made, "confirm", coop.sam)


async def test_whoever_is_handed_the_work_hears_of_it_and_whoever_had_it(coop):
    jean = await person(coop, "jean")
    made = await coop.do(await coop.ask(await coop.offer(by=None)), "accept", coop.sam)
    for _twice in range(2):
        await hand(coop, made, coop.rosa, coop.sam)
    assert await told(coop, coop.rosa) == ["agreement-assigned"]
    await hand(coop, made, jean, coop.sam)
    assert await told(coop, coop.rosa) == ["agreement-unassigned"]
    assert await told(coop, jean) == ["agreement-assigned"]
    await hand(coop, made, coop.sam, coop.sam)
    assert (await told(coop, jean), await told(coop, coop.sam)) == (["agreement-unassigned"], [])
    await hand(coop, made, jean, coop.sam)
    assert await told(coop, jean) == ["agreement-assigned"]


async def test_nobody_hands_their_own_work_to_a_member_beside_them(coop):
    made, jean = await agreed(coop), await person(coop, "jean")
    for who in (coop.rosa, coop.maya, jean):
        with pytest.raises(NotAllowed):
            await hand(coop, made, jean, who)
    assert await workers(coop, made, agreements.of_account(coop.rosa)) == set()


async def test_a_firm_hands_out_its_work_among_its_people(coop):
    made, jean = await agreed(coop), await person(coop, "jean")
    firm = By("account", coop.rosa.id, colleagues=frozenset({jean.id, coop.maya.id}))
    assert await workers(coop, made, firm) == {"rosa", "jean"}  # maya is the customer
    for stranger in (coop.maya, coop.sam):
        with pytest.raises(InvalidInput):
            await hand(coop, made, stranger, firm)
    await hand(coop, made, jean, firm)
    assert (await told(coop, jean), await told(coop, coop.rosa)) == (["agreement-assigned"], [])
    await coop.write(accounts.disable, jean.id, by="operator")
    assert await workers(coop, made, firm) == {"rosa"}
    await hand(coop, made, coop.rosa, firm)
    assert await workers(coop, made, firm) == set()


async def test_a_team_hands_out_its_work_among_its_people(coop):
    jean = await person(coop, "jean")
    for who in (coop.rosa, jean):
        await coop.write(accounts.set_office_roles, who.id, (), teams=["Garden"], by="operator")
    listing = await coop.offer(by=coop.rosa.id, provider="Garden")
    made = await coop.do(await coop.ask(listing), "accept", coop.sam)
    rosa = By("account", coop.rosa.id, teams=frozenset({"Garden"}))
    assert await workers(coop, made, rosa) == {"rosa", "jean"}
    await hand(coop, made, jean, rosa)
    assert await told(coop, jean) == ["agreement-assigned"]
    with pytest.raises(InvalidInput):
        await hand(coop, made, coop.sam, rosa)


@pytest.mark.parametrize("who", ["maya", "nobody", "", "x" * 500, "a\0b"])
async def test_work_is_handed_to_an_account_that_is_not_the_customers(coop, who):
    made = await agreed(coop)
    by, account = agreements.of_account(coop.sam), getattr(coop, who, None)
    with pytest.raises(InvalidInput) as refused:
        await coop.write(agreements.assign, made.id, account.id if account else who, by=by)
    assert set(refused.value.fields) == {"account"}
    assert (await coop.see(made, coop.sam)).agreement.provider_account == coop.rosa.id
