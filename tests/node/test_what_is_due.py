"""Each line of the page on retention: what it counts is kept until its day, and then gone."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from federation.storage import UnitOfWork
from node import accounts, audit, joining, ledger, limits, members, notices, policies, privacy
from node.accounts import Role
from node.errors import NotFound
from node.joining import Actor, Form, Particulars
from node.ledger import ManualLine
from node.members import MembershipClass
from node.money import Money
from node.notices import NoticeKind
from node.privacy import Due
from tests.support.town import Coop

TEN_YEARS = timedelta(days=3653)
A_DAY = timedelta(days=1)
RENT = Money(3000, "GBP", 2)


async def former_member(uow: UnitOfWork) -> None:
    one = await members.add_member(
        uow, name="Rosa", membership_class="worker", admit=members.Event.ADMIT
    )
    await members.leave(uow, one.id, by=audit.OPERATOR)


async def worded_entry(uow: UnitOfWork) -> None:
    lines = (ManualLine("expenses:running-costs", RENT), ManualLine("assets:bank", -RENT))
    await ledger.enter(uow, lines, source="manual:1", text="Rent to Rosa", by=audit.OPERATOR)


async def ended_application(uow: UnitOfWork) -> None:
    await joining.set_form(uow, Form(True, "", (MembershipClass.USER,), (), ()))
    ada = Particulars("Ada", phone="0161 555 0101")
    made = await joining.apply(uow, ada, membership_class="user")
    withdraw = joining.Event.WITHDRAW
    await joining.step(uow, made.id, withdraw, actor=Actor.APPLICANT, by="applicant")


async def read_notice(uow: UnitOfWork) -> None:
    rosa = await accounts.create_account(uow, handle="rosa", name="Rosa", roles=[Role.ADMIN])
    await notices.give(uow, NoticeKind.PEER_ASKS, "https://portici.example/coop", name="Portici")
    await notices.mark_read(uow, rosa)
    await policies.choose(uow, policies.RETENTION_MAX_DAYS.name, 30, by="board")


CASES: Mapping[str, tuple[Callable[[UnitOfWork], Awaitable[None]], timedelta]] = {
    "Former members whom the register still names": (former_member, TEN_YEARS),
    "Entries of the books that say in words what they are about": (worded_entry, TEN_YEARS),
    "Applications that have ended, and can still be read": (
        ended_application,
        limits.APPLICATION_KEPT,
    ),
    "Notices that were read": (read_notice, timedelta(days=30)),
}


async def lines(coop: Coop) -> dict[str, Due]:
    return {str(line.what): line for line in await coop.read(privacy.due)}


async def test_each_line_has_a_case_here(coop: Coop) -> None:
    assert (await lines(coop)).keys() == CASES.keys()


@pytest.mark.parametrize("what", CASES)
async def test_what_a_line_counts_is_gone_when_it_is_due_and_not_before(
    coop: Coop, what: str
) -> None:
    fill, kept_for = CASES[what]
    clock = coop.node.clock
    await coop.write(fill)
    clock.advance(kept_for - A_DAY)  # type: ignore[attr-defined]
    await coop.node.chores.run_due()
    line = (await lines(coop))[what]
    assert (line.kept, line.due) == (1, 0)
    clock.advance(2 * A_DAY)  # type: ignore[attr-defined]
    line = (await lines(coop))[what]
    assert (line.kept, line.due) == (1, 1)
    await coop.node.chores.run_due()
    line = (await lines(coop))[what]
    assert (line.kept, line.due) == (0, 0)


async def test_the_confirmation_of_who_left_can_be_read_for_a_year(coop: Coop) -> None:
    both = []
    for handle, role in (("femi", Role.ADMIN), ("rosa", Role.MEMBER)):
        named = {"handle": handle, "name": handle, "roles": [role]}
        both.append(await coop.write(accounts.create_account, **named))
        await coop.write(accounts.set_password, both[-1].id, "hash")
    path = await coop.write(privacy.leave, both[-1], keep_listings=False)
    code = path.rpartition("/")[2]
    clock = coop.node.clock
    clock.advance(limits.LEAVING_SHOWN - A_DAY)  # type: ignore[attr-defined]
    await coop.node.chores.run_due()
    await coop.read(privacy.confirmation, code)
    clock.advance(2 * A_DAY)  # type: ignore[attr-defined]
    await coop.node.chores.run_due()
    with pytest.raises(NotFound):
        await coop.read(privacy.confirmation, code)
