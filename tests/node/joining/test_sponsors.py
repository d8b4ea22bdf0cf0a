"""Whom an applicant names is asked while that is of use, and never often."""

import msgspec
import pytest

from node import accounts, audit, joining, limits, members, notices, timers
from node.errors import InvalidInput
from node.joining import Event
from node.members import Event as Membership
from tests.node.joining.test_joining import FORM, Desk
from tests.support.clock import FixedClock


@pytest.fixture
async def desk(database):
    desk = Desk(database)
    desk.rosa = await desk.write(accounts.create_account, handle="rosa", name="Rosa", roles=())
    await desk.write(
        members.add_member,
        name="Éva Nagy",
        membership_class="worker",
        account_id=desk.rosa.id,
        admit=Membership.ADMIT,
    )
    await desk.write(joining.set_form, msgspec.structs.replace(FORM, sponsors=2))
    return desk


async def test_who_is_named_by_a_double_application_is_asked_until_it_is_forgotten(
    desk: Desk, clock: FixedClock
) -> None:
    first, double = await desk.apply(), await desk.apply()
    await desk.write(joining.name_sponsor, double.id, "Éva Nagy")
    assert [one.id for one in await desk.read(joining.asked_of, desk.rosa.id)] == [double.id]
    assert await desk.read(notices.count_unread, desk.rosa) == 1
    await desk.act(first.id, Event.WAITLIST)
    clock.advance(limits.APPLICATION_KEPT)
    await desk.write(timers.run_due)
    assert await desk.read(joining.asked_of, desk.rosa.id) == []
    assert await desk.read(notices.count_unread, desk.rosa) == 0


async def test_whoever_is_asked_already_counts_when_they_are_named_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SPONSORS_NAMED_MOST", 2)
    application = await desk.apply()
    for name in ("Éva Nagy", "eva nagy"):
        await desk.write(joining.name_sponsor, application.id, name)
    assert len((await desk.read(joining.sponsors, application.id)).asked) == 1
    deeds = [one.what for one in await desk.read(audit.entries)]
    assert deeds.count("joining.name-sponsor") == 2
    with pytest.raises(InvalidInput):
        await desk.write(joining.name_sponsor, application.id, "Nobody")


async def test_a_name_that_two_members_share_stands_beside_one_of_them_who_was_asked(
    desk: Desk,
) -> None:
    for handle in ("maria", "mary"):
        account = await desk.write(accounts.create_account, handle=handle, name="Maria", roles=())
        await desk.write(
            members.add_member,
            name="Maria Silva",
            membership_class="worker",
            account_id=account.id,
            admit=Membership.ADMIT,
        )
    application = await desk.apply()
    code = joining.sponsor_code(application.path.rpartition("/")[2])
    await desk.write(joining.vouch, code, vouches=False, account_id=account.id)
    await desk.write(joining.name_sponsor, application.id, "Maria Silva")
    asked = (await desk.read(joining.sponsors, application.id)).asked
    assert [(one.name, one.vouches) for one in asked] == [
        ("Maria Silva", False),
        ("Maria Silva", None),
    ]
