"""Trust lines: how much a partner and we may owe each other before somebody has to look."""

from collections import defaultdict

from sqlalchemy import func, insert, or_, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, policies
from node.clearing import rules
from node.clearing.evidence import strangers
from node.clearing.models import line_table, obligation_table
from node.clearing.rules import Headroom
from node.clearing.telling import tell
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.money import Money, is_currency, scale_of
from node.notices import NoticeKind

_l = line_table.c
_o = obligation_table.c
_to_us = _o.debtor == _o.partner


async def headroom(reader: Reader, partner: str, currency: str, *, we_owe: bool) -> Headroom:
    """How far a partner may go on owing us, or we the partner."""
    return (await headrooms(reader, partner=partner, currency=currency))[partner, currency, we_owe]


async def headrooms(
    reader: Reader, *, partner: str | None = None, currency: str | None = None
) -> dict[tuple[str, str, bool], Headroom]:
    """By partner, currency and whether we owe; four queries for all of them."""
    default = await policies.value(reader, policies.CLEARING_DEFAULT_LINE)
    limits = {
        (row.partner, row.currency): row.limit
        for row in await reader.rows(select(_l.partner, _l.currency, _l.limit))
    }
    used: defaultdict[tuple[str, str, bool], int] = defaultdict(int)
    sums = (
        select(_o.partner, _o.currency, _o.debtor, func.sum(_o.remaining))
        .where(or_(_o.state.in_(rules.OWED), _to_us & _o.state.in_(rules.OWED_TO_US)))
        .group_by(_o.partner, _o.currency, _o.debtor)
    )
    for with_whom, code, debtor, amount in await reader.rows(sums):
        used[with_whom, code, debtor != with_whom] += int(amount)
    ever = await reader.rows(select(_o.partner, _o.currency).distinct())
    pairs = set(limits) | {(row.partner, row.currency) for row in ever}
    if partner is not None and currency is not None:
        pairs = {(partner, currency)}
    found = {}
    for with_whom, code in pairs:
        limit = limits.get((with_whom, code))
        scale = scale_of(code)
        line = Money(default * 10**scale if limit is None else limit, code, scale)
        for we_owe in (False, True):
            amount = Money(used[with_whom, code, we_owe], code, scale)
            found[with_whom, code, we_owe] = Headroom(line, amount)
    return found


async def is_anything_owed(reader: Reader, partner: str, currency: str) -> bool:
    """Whether anything was ever owed between us, settled or not."""
    this = select(_o.id).where(_o.partner == partner, _o.currency == currency).limit(1)
    return await reader.scalar(this) is not None


async def check_partner(reader: Reader, coop: str) -> None:
    """Raises InvalidInput (`coop`) for one that we do not know, and for ourselves."""
    if await strangers(reader, [coop]) or coop == reader.identities.coop.uri:
        raise InvalidInput({"coop": [_("Choose a coop that we are in touch with.")]})


def check_currency(code: str) -> None:
    """Raises InvalidInput (`currency`)."""
    if not is_currency(code):
        raise InvalidInput({"currency": [_("Use a currency code such as GBP, EUR or HOUR.")]})


async def check(reader: Reader, partner: str, money: Money, *, we_owe: bool) -> None:
    """Raises Conflict, before anything is made, if so much more would be beyond the line."""
    room = await headroom(reader, partner, money.currency, we_owe=we_owe)
    if room.takes(money):
        return
    raise Conflict(
        _(
            "This is beyond the trust line: %(left)s of %(limit)s %(currency)s are left, and this "
            "is %(sum)s. Settle something first, or have the line raised.",
            left=room.left.told,
            limit=room.limit.told,
            currency=money.currency,
            sum=money.told,
        ),
        "trust-line-full",
    )


async def warn(uow: UnitOfWork, partner: str, currency: str, *, we_owe: bool) -> None:
    """Tell the treasurer once a line is used to 80 %."""
    room = await headroom(uow, partner, currency, we_owe=we_owe)
    if room.is_tight:
        subject = f"{partner}|{currency}"
        await tell(
            uow,
            NoticeKind.TRUST_LINE_TIGHT,
            subject,
            coop=partner,
            money=room.used,
            limit=room.limit.text,
        )


async def decide(
    uow: UnitOfWork, partner: str, currency: str, limit: Money | None, *, decided_by: str, by: str
) -> None:
    """Set a partner's line; None: as the policy says. decided_by: where the decision stands.

    Raises InvalidInput (`coop`, `currency`, `limit`, `decided_by`).
    """
    await check_partner(uow, partner)
    check_currency(currency)
    if limit is not None and limit.amount < 0:
        raise InvalidInput({"limit": [_("A trust line is zero or more.")]})
    if not 1 <= len(decided_by.strip()) <= 300:
        raise InvalidInput({"decided_by": [_("Say where this was decided, such as the minutes.")]})
    await change(
        uow,
        partner,
        currency,
        limit=None if limit is None else limit.amount,
        decided_by=decided_by.strip(),
    )
    await audit.record(
        uow,
        by,
        "clearing.line",
        partner,
        {
            "currency": currency,
            "limit": None if limit is None else limit.text,
            "decided_by": decided_by.strip(),
        },
    )


async def change(uow: UnitOfWork, partner: str, currency: str, **columns: object) -> None:
    """Write columns of a line, which begins here if there was none."""
    this = (_l.partner == partner, _l.currency == currency)
    if await uow.scalar(select(_l.partner).where(*this)) is None:
        fresh = {"limit": None, "decided_by": None, "held_since": None} | columns
        await uow.execute(insert(line_table).values(partner=partner, currency=currency, **fresh))
        return
    await uow.execute(update(line_table).where(*this).values(**columns))
