"""Two who know somebody let them in again, and every way that does not lead there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from node import accounts, audit, limits, mail, notices, timers, vouching
from node.accounts import Role
from node.errors import Closed, Conflict, InvalidInput, NotAllowed, NotFound
from node.vouching import Status
from node.vouching.models import RecoveryRequest
from tests.support.asking import Asking

PEOPLE = {
    "ada": {Role.MEMBER},
    "femi": {Role.MEMBER, Role.ADMIN},
    "rosa": {Role.MEMBER, Role.SECRETARY},
    "sam": {Role.MEMBER, Role.TREASURER},
    "maya": {Role.MEMBER, Role.DELEGATE},
}
WORDS = "Ada, my phone drowned; ring 0170 1"


class Coop(Asking):
    async def asked(self, handle="ada"):
        known = {one.id for one in await self.read(vouching.requests)}
        await self.write(vouching.ask, handle, WORDS)
        now = {one.id for one in await self.read(vouching.requests)}
        return min(now - known, default="")

    async def vouch(self, request_id, *who):
        return [await self.write(vouching.vouch, request_id, by=one.id) for one in who][-1]

    async def told(self, who):
        return {one.kind.value for one in await self.read(notices.notices, who)}

    async def status(self, request_id):
        return (await self.read(vouching.request, request_id)).status


@pytest.fixture
async def coop(database, clock):
    coop = Coop(database)
    for handle, roles in PEOPLE.items():
        made = await coop.write(
            accounts.create_account, handle=handle, name=handle.capitalize(), roles=roles
        )
        setattr(coop, handle, made)
    clock.advance(limits.VOUCHING_OFFICE_HELD)
    return coop


async def test_two_officers_let_a_member_in_again_with_a_new_password(coop, clock):
    await coop.write(accounts.set_password, coop.ada.id, "old")
    thief = await coop.write(accounts.sign_in, coop.ada.id, "the lost phone")
    asked = await coop.asked()
    assert "vouching-asked" in await coop.told(coop.ada)
    assert "vouching-needed" in await coop.told(coop.rosa)
    assert "vouching-needed" not in await coop.told(coop.maya)
    assert await coop.vouch(asked, coop.rosa, coop.sam) is Status.OPEN
    assert "vouching-open" in await coop.told(coop.sam)
    first = await coop.write(vouching.hand_out, asked, by=coop.rosa.id)
    link = await coop.write(vouching.hand_out, asked, by=coop.sam.id)
    with pytest.raises(NotFound):
        await coop.write(accounts.redeem_link, first.code, password_hash="new")
    with pytest.raises(InvalidInput):
        await coop.write(accounts.redeem_link, link.code)
    await coop.write(accounts.redeem_link, link.code, password_hash="new", device="Mac")
    assert await coop.status(asked) is Status.USED
    assert await coop.read(accounts.session_account, thief.token, clock.now()) is None
    assert (await coop.read(accounts.by_handle_with_hash, "ada"))[1] == "new"
    lines = await coop.read(audit.entries, subject=asked)
    assert sorted((one.what, one.actor) for one in lines) == sorted(
        [
            ("vouching.ask", "asking"),
            ("vouching.vouch", coop.rosa.id),
            ("vouching.confirm", coop.sam.id),
            ("vouching.hand-out", coop.rosa.id),
            ("vouching.hand-out", coop.sam.id),
            ("vouching.use", coop.ada.id),
        ]
    )


async def test_one_person_is_not_two_and_only_officers_count(coop):
    asked = await coop.asked()
    with pytest.raises(NotAllowed, match="Vouching is for the secretary"):
        await coop.vouch(asked, coop.maya)
    await coop.vouch(asked, coop.rosa)
    with pytest.raises(NotAllowed, match="second person"):
        await coop.vouch(asked, coop.rosa)
    with pytest.raises(Conflict):
        await coop.write(vouching.hand_out, asked, by=coop.rosa.id)
    own = await coop.asked("sam")
    with pytest.raises(NotAllowed, match="themselves"):
        await coop.vouch(own, coop.sam)


async def test_an_admin_does_not_make_the_second_officer_on_the_spot(coop, clock):
    asked = await coop.asked()
    await coop.vouch(asked, coop.femi)
    await coop.write(accounts.set_roles, coop.maya.id, {Role.TREASURER}, by=coop.femi.id)
    with pytest.raises(NotAllowed, match="less than a week"):
        await coop.vouch(asked, coop.maya)
    clock.advance(limits.VOUCHING_OFFICE_HELD - timedelta(days=1))
    await coop.write(accounts.set_roles, coop.maya.id, {Role.SECRETARY}, by=coop.femi.id)
    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="less than a week"):
        await coop.vouch(asked, coop.maya)
    clock.advance(timedelta(seconds=1))
    other = await coop.asked()
    assert await coop.vouch(other, coop.maya) is Status.VOUCHED


async def test_only_the_two_who_vouched_get_the_link(coop):
    asked = await coop.asked()
    await coop.vouch(asked, coop.rosa, coop.sam)
    with pytest.raises(NotAllowed, match="One of the two"):
        await coop.write(vouching.hand_out, asked, by=coop.femi.id)


async def test_the_word_of_somebody_who_lost_their_office_counts_for_nothing(coop):
    asked = await coop.asked()
    await coop.vouch(asked, coop.rosa)
    await coop.write(accounts.set_roles, coop.rosa.id, {Role.MEMBER}, by="operator")
    assert await coop.vouch(asked, coop.sam) is Status.VOUCHED
    assert await coop.vouch(asked, coop.femi) is Status.OPEN
    with pytest.raises(NotAllowed):
        await coop.write(vouching.hand_out, asked, by=coop.rosa.id)


async def test_an_admins_account_has_a_day_to_say_no(coop, clock):
    asked = await coop.asked("femi")
    assert await coop.vouch(asked, coop.rosa, coop.sam) is Status.WAITING
    with pytest.raises(Conflict):
        await coop.write(vouching.hand_out, asked, by=coop.rosa.id)
    clock.advance(limits.VOUCHING_ADMIN_WAIT - timedelta(seconds=1))
    await coop.database.write(timers.run_due)
    assert await coop.status(asked) is Status.WAITING
    clock.advance(timedelta(seconds=1))
    await coop.database.write(timers.run_due)
    assert await coop.status(asked) is Status.OPEN
    link = await coop.write(vouching.hand_out, asked, by=coop.rosa.id)
    await coop.write(vouching.refuse, asked, by=coop.femi.id)
    with pytest.raises(NotFound):
        await coop.write(accounts.redeem_link, link.code, password_hash="new")
    assert "vouching-refused" in await coop.told(coop.sam)


async def test_an_admins_request_outlives_its_day_and_leaves_time_for_the_link(coop, clock):
    asked = await coop.asked("femi")
    clock.advance(limits.VOUCHING_LASTS - timedelta(minutes=1))
    assert await coop.vouch(asked, coop.rosa, coop.sam) is Status.WAITING
    clock.advance(limits.VOUCHING_ADMIN_WAIT)
    await coop.database.write(timers.run_due)
    assert await coop.status(asked) is Status.OPEN
    clock.advance(limits.VOUCHING_ADMIN_WAIT - timedelta(seconds=1))
    await coop.database.write(timers.run_due)
    assert (await coop.read(vouching.request, asked)).ends_at > clock.now()
    assert await coop.status(asked) is Status.OPEN
    clock.advance(timedelta(seconds=1))
    await coop.database.write(timers.run_due)
    assert await coop.status(asked) is Status.LAPSED


@pytest.mark.parametrize("lost", ["office", "account"])
async def test_two_who_vouched_count_as_long_as_both_hold_an_office(coop, clock, lost):
    open_one, waiting = await coop.asked(), await coop.asked("femi")
    for asked in (open_one, waiting):
        await coop.vouch(asked, coop.rosa, coop.sam)
    if lost == "office":
        await coop.write(accounts.set_roles, coop.sam.id, {Role.MEMBER}, by="operator")
    else:
        await coop.write(accounts.disable, coop.sam.id, by="operator")
    with pytest.raises(Conflict, match="may not do so any more"):
        await coop.write(vouching.hand_out, open_one, by=coop.rosa.id)
    clock.advance(limits.VOUCHING_ADMIN_WAIT)
    await coop.database.write(timers.run_due)
    assert await coop.status(waiting) is Status.WAITING


@pytest.mark.parametrize("way", ["link", "code"])
async def test_who_is_in_again_asks_for_nothing_more(coop, way):
    await coop.write(mail.set_address, coop.ada.id, "thief@example.org", zone="UTC")
    first, other, untouched = [await coop.asked() for _again in "abc"]
    elses = await coop.asked("femi")
    for asked in (first, other):
        await coop.vouch(asked, coop.rosa, coop.sam)
        link = await coop.write(vouching.hand_out, asked, by=coop.rosa.id)
    if way == "link":
        await coop.write(accounts.redeem_link, link.code, password_hash="new")
    else:
        await coop.write(accounts.set_recovery_codes, coop.ada.id, ["hash"])
        code = await coop.read(accounts.recovery_code, "ada", 0)
        await coop.write(accounts.recover, code, "new", device="Mac")
    last = Status.USED if way == "link" else Status.LAPSED
    seen = [await coop.read(vouching.request, one) for one in (first, other, untouched)]
    assert [one.status for one in seen] == [Status.LAPSED, last, Status.LAPSED]
    assert {one.words for one in seen} == {None}
    assert await coop.read(vouching.about, coop.ada.id) == []
    assert await coop.read(mail.mail_of, coop.ada.id) is None, "a letter opens the account"
    assert await coop.status(elses) is Status.ASKED


async def test_the_account_itself_or_an_officer_refuses_and_nobody_else(coop):
    asked, again = await coop.asked(), await coop.asked()
    with pytest.raises(NotAllowed):
        await coop.write(vouching.refuse, asked, by=coop.maya.id)
    await coop.write(vouching.refuse, asked, by=coop.ada.id)
    await coop.write(vouching.refuse, again, by=coop.rosa.id)
    with pytest.raises(Conflict, match="final"):
        await coop.vouch(asked, coop.rosa)
    assert "vouching-needed" not in await coop.told(coop.rosa)


async def test_what_was_written_is_destroyed_when_it_is_over_and_later_forgotten(coop, clock):
    asked = await coop.asked()
    assert (await coop.read(vouching.request, asked)).words == WORDS
    stored = await coop.read(lambda reader: reader.scalar(select(RecoveryRequest.words)))
    assert b"drowned" not in stored
    clock.advance(limits.VOUCHING_LASTS)
    await coop.database.write(timers.run_due)
    seen = await coop.read(vouching.request, asked)
    assert (seen.status, seen.words) == (Status.LAPSED, None)
    clock.advance(limits.VOUCHING_KEPT)
    await coop.database.write(timers.run_due)
    with pytest.raises(NotFound):
        await coop.read(vouching.request, asked)


async def test_a_link_that_nobody_used_ends_with_the_request(coop, clock):
    asked = await coop.asked()
    await coop.vouch(asked, coop.rosa, coop.sam)
    link = await coop.write(vouching.hand_out, asked, by=coop.sam.id)
    clock.advance(timedelta(hours=limits.VOUCHING_LINK_HOURS))
    await coop.database.write(timers.run_due)
    assert await coop.status(asked) is Status.LAPSED
    with pytest.raises((Closed, NotFound)):
        await coop.write(accounts.redeem_link, link.code, password_hash="new")


async def test_a_name_that_nobody_has_is_taken_in_and_leads_nowhere(coop):
    asked = await coop.asked("addda")
    assert (await coop.read(vouching.request, asked)).account is None
    with pytest.raises(Conflict, match="Nobody signs in"):
        await coop.vouch(asked, coop.rosa)


async def test_there_is_an_end_to_requests_of_one_name_and_of_all(coop, monkeypatch):
    for _again in range(limits.VOUCHING_PER_HANDLE + 2):
        await coop.asked()
    assert len(await coop.read(vouching.about, coop.ada.id)) == limits.VOUCHING_PER_HANDLE
    monkeypatch.setattr(limits, "VOUCHING_OPEN_MOST", limits.VOUCHING_PER_HANDLE)
    with pytest.raises(Closed):
        await coop.asked("rosa")


async def test_a_closed_account_is_let_in_by_nobody(coop, clock):
    asked, admins = await coop.asked(), await coop.asked("femi")
    await coop.vouch(admins, coop.rosa, coop.sam)
    await coop.write(accounts.set_roles, coop.rosa.id, {Role.ADMIN}, by="operator")
    for who in (coop.ada, coop.femi):
        await coop.write(accounts.disable, who.id, by=coop.rosa.id)
    with pytest.raises(Closed):
        await coop.vouch(asked, coop.rosa)
    clock.advance(limits.VOUCHING_LASTS)
    await coop.database.write(timers.run_due)
    assert await coop.status(admins) is Status.LAPSED


async def test_what_was_vouched_before_an_account_was_closed_opens_it_no_more(coop):
    asked = await coop.asked()
    await coop.vouch(asked, coop.rosa, coop.sam)
    await coop.write(accounts.disable, coop.ada.id, by=coop.femi.id)
    await coop.write(accounts.reopen, coop.ada.id, by=coop.femi.id)
    assert await coop.status(asked) is Status.LAPSED
    with pytest.raises((Conflict, Closed)):
        await coop.write(vouching.hand_out, asked, by=coop.sam.id)
