"""Leaving: what stands in the way, what goes, what stays and until when, and the receipts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import insert, select

from federation.ambient import secret
from federation.outbox import DeliveryLine, delivery_reports
from federation.storage import Reader, UnitOfWork
from node import (
    accounts,
    agreements,
    audit,
    beginnings,
    consents,
    council,
    deliberation,
    joining,
    ledger,
    limits,
    listings,
    mail,
    members,
    notices,
    offices,
    periods,
    policies,
    profiles,
    searches,
    threads,
    vault,
    vouching,
)
from node.accounts import AccountView, Role
from node.agreements import AgreementView, Recall
from node.council import Mandate
from node.data_map import Person
from node.errors import Conflict, NotFound
from node.i18n import _
from node.ledger import AccountType, Balance
from node.members import MemberView
from node.offices import Holding
from node.privacy.models import departure_table
from node.privacy.queries import Known, person_of, what_we_know

log = structlog.get_logger()
PATH = "/left/"
_d = departure_table.c


class Said(Struct, frozen=True):
    """What a confirmation says. number, named_until: of the register, if they were in it.

    told: addresses of what peers were told to delete; recalled: ids of agreements.
    """

    number: int | None
    named_until: date | None
    kept_listings: bool
    told: tuple[str, ...]
    recalled: tuple[str, ...]


class Outlook(Struct, frozen=True):
    """What leaving would mean. holding, is_last_admin, needs_notice: what stands in the way.

    passes_on: what they did for a firm goes on with its others. owed, shares: between them and the
    coop, on the books. roles: what they do here besides what their offices let them do.
    """

    holding: Sequence[AgreementView]
    passes_on: bool
    is_last_admin: bool
    needs_notice: bool
    member: MemberView | None
    named_until: date | None
    owed: Sequence[Balance]
    shares: Sequence[Balance]
    offers: int
    roles: frozenset[Role]
    offices: Sequence[Holding]
    mandates: Sequence[Mandate]
    known: Sequence[Known]

    @property
    def can_leave(self) -> bool:
        return not (self.holding or self.is_last_admin or self.needs_notice)


class Receipt(Struct, frozen=True):
    """One coop that was told to delete something: how many things, and how many it has taken in."""

    coop: str
    name: str
    told: int
    done: int
    contacts: int
    contacts_deleted: int

    @property
    def is_complete(self) -> bool:
        return self.told == self.done and self.contacts == self.contacts_deleted


class Confirmation(Struct, frozen=True):
    """That somebody left, and how far others are."""

    at: datetime
    said: Said
    receipts: Sequence[Receipt]


async def outlook(reader: Reader, account: AccountView) -> Outlook:
    """What would become of everything if this account left today."""
    person = await person_of(reader, account.id)
    member = await members.member(reader, person.member_id) if person.member_id else None
    held = await offices.holdings(reader, member_id=member.id, over=False) if member else []
    lent = frozenset[Role]().union(*(offices.GIVES[one.office] for one in held))
    theirs = await _balances(reader, person)
    passes_on = await members.heir_of(reader, account.id) is not None
    return Outlook(
        [] if passes_on else await agreements.holding_back(reader, account.id),
        passes_on,
        await _is_last_admin(reader, account),
        await periods.needs_notice(reader, member),
        member,
        await _named_until(reader, member, reader.now.date()),
        [one for one in theirs if one.account.type is not AccountType.EQUITY],
        [one for one in theirs if one.account.type is AccountType.EQUITY],
        0 if passes_on else len(await listings.mine(reader, account.id)),
        account.roles - lent - {Role.MEMBER},
        held,
        await council.mandates_held(reader, account.id),
        await what_we_know(reader, person),
    )


async def leave(uow: UnitOfWork, account: AccountView, *, keep_listings: bool) -> str:
    """Somebody leaves, now and for good. Returns the path of the confirmation, told once.

    keep_listings: what they wrote stays the coop's own; what they did for a firm stays with it.
    Raises Conflict while an agreement of theirs is under way that nobody goes on with, while notice
    of their membership is to be given or not over, and for the last admin.
    """
    passes_on = await members.heir_of(uow, account.id) is not None
    if not passes_on and await agreements.holding_back(uow, account.id):
        raise Conflict(
            _("Bring your agreements to an end first, or cancel them."), "agreements-under-way"
        )
    person = await person_of(uow, account.id)
    line = await members.member(uow, person.member_id) if person.member_id else None
    if await periods.needs_notice(uow, line):
        raise Conflict(
            _(
                "Your membership ends with notice. Give it under My membership; once it is over "
                "you can leave here."
            ),
            "notice-first",
        )
    await members.pass_on(uow, account.id)
    told = await _take_back(uow, account.id, keep_listings=keep_listings)
    recalled = await agreements.leave(uow, account.id)
    member = await _leave_register(uow, person)
    await _erase(uow, account.id)
    marks = (_kept_mark(account.id),) if keep_listings else ()
    await vault.destroy(uow, *filter(None, (person.account_id, person.member_id)), *marks)
    code = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    said = Said(
        member.number if member else None,
        await _named_until(uow, member, uow.now.date()),
        keep_listings,
        tuple(told),
        tuple(recalled),
    )
    await uow.execute(
        insert(departure_table).values(
            id=uow.new_id(),
            secret_digest=_digest(code),
            at=uow.now,
            said=msgspec.to_builtins(said),
        )
    )
    return f"{PATH}{code}"


async def leave_again(uow: UnitOfWork, erased: Mapping[str, datetime]) -> None:
    """After a restore: whoever left since that backup is gone again, and what was taken back is.
    Peers know it already."""
    await consents.withdraw_again(uow, erased)
    await profiles.show_less_again(uow, erased)
    back = await accounts.accounts(uow)
    for account in back:
        if account.id not in erased or account.name == accounts.FORGOTTEN:
            continue
        person = await person_of(uow, account.id)
        await members.pass_on(uow, account.id)
        await deliberation.leave_again(uow, account.id)
        await threads.leave_again(uow, account.id)
        if _kept_mark(account.id) in erased:
            await listings.hand_over(uow, account.id)
        else:
            await listings.take_down_again(uow, account.id)
        try:
            async with uow.savepoint():
                await _leave_register(uow, person)
                await _erase(uow, account.id)
        except Conflict:
            # The backup knows no other admin yet: the operator makes one, then closes it by hand.
            log.warning("last-admin-left", account=account.id)


async def confirmation(reader: Reader, code: str) -> Confirmation:
    """What somebody who left can look at. Raises NotFound."""
    rows = await reader.rows(select(departure_table).where(_d.secret_digest == _digest(code)))
    if not rows:
        raise NotFound(_("This link is not known here. Check that you copied all of it."))
    said = msgspec.convert(rows[0].said, Said)
    reports = await delivery_reports(reader, said.told)
    recalls = await agreements.recalls(reader, said.recalled)
    lines = [line for report in reports.values() for line in report]
    return Confirmation(rows[0].at, said, await _receipts(reader, lines, recalls))


async def _receipts(
    reader: Reader, lines: Sequence[DeliveryLine], recalls: Sequence[Recall]
) -> list[Receipt]:
    coops = sorted({line.actor_uri for line in lines} | {one.coop for one in recalls})
    names = await listings.coop_names(reader, coops)
    receipts = []
    for coop in coops:
        told = [line for line in lines if line.actor_uri == coop]
        back = [one for one in recalls if one.coop == coop]
        receipts.append(
            Receipt(
                coop,
                names[coop],
                len(told),
                sum(line.delivered_at is not None for line in told),
                len(back),
                sum(one.deleted_at is not None for one in back),
            )
        )
    return receipts


async def _take_back(uow: UnitOfWork, account_id: str, *, keep_listings: bool) -> list[str]:
    told = await deliberation.leave(uow, account_id) + await threads.leave(uow, account_id)
    if keep_listings:
        await listings.hand_over(uow, account_id)
        return told
    return told + await listings.take_down_all_of(uow, account_id)


async def _leave_register(uow: UnitOfWork, person: Person) -> MemberView | None:
    if person.member_id is None:
        return None
    await joining.forget_member(uow, person.member_id)
    by = person.account_id or audit.NODE
    return await members.leave(uow, person.member_id, by=by, reason=str(_("They left.")))


async def _erase(uow: UnitOfWork, account_id: str) -> None:
    await profiles.forget_account(uow, account_id)
    await searches.forget_account(uow, account_id)
    await beginnings.forget_account(uow, account_id)
    await vouching.forget_account(uow, account_id)
    await consents.withdraw_all(uow, account_id)
    await notices.forget_account(uow, account_id)
    await mail.forget_account(uow, account_id)
    await members.forget_colleague(uow, account_id)
    await accounts.erase(uow, account_id, by=account_id)


async def _is_last_admin(reader: Reader, account: AccountView) -> bool:
    others = [one for one in await accounts.accounts(reader) if one.id != account.id]
    return account.is_admin and not any(one.is_admin and not one.disabled for one in others)


async def _named_until(reader: Reader, member: MemberView | None, left_on: date) -> date | None:
    if member is None or member.number is None:
        return None
    years = await policies.value(reader, policies.RETENTION_REGISTER_YEARS)
    return years_after(left_on, years)


async def _balances(reader: Reader, person: Person) -> list[Balance]:
    theirs = {person.account_id, person.member_id} - {None}
    found = [one for one in await ledger.balances(reader) if one.account.party in theirs]
    return [one for one in found if one.money.amount]


def _kept_mark(account_id: str) -> str:
    """Stands in the erasure log, which a restore leaves as it is: what they wrote is the coop's."""
    return f"{account_id}.listings-kept"


def years_after(day: date, years: int) -> date:
    """The same day so many years later, the 28th for a 29th of February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _digest(code: str) -> bytes:
    return sha256(code.encode(errors="surrogatepass")).digest()
