"""Terms of office, and what we tell of our members: what our rules say, where our row is made.

The policies `delegate.term_days`, `delegate.max_terms` and `member_data.share`. Beside the first
stands the charter's `delegateTermDays` (`chartering`), which every coop checks of every row;
whichever is shorter holds. A term begins when somebody is named; who was out for a whole term
begins anew. What we know of somebody is when they got each of their keys, and which mandates named
these.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import members, notices, policies
from node.council.rows.keyring import Use
from node.council.rows.models import key_table
from node.council.state.record import Record
from node.council.words.statements import Statement
from node.errors import NotAllowed
from node.i18n import _
from node.notices import NoticeKind

NONE = "none"
_k = key_table.c


def in_office_since(named: Sequence[datetime], term: timedelta) -> datetime:
    """When somebody's terms in a row began, of the moments at which they were named. Pure."""
    since = before = min(named)
    for moment in sorted(named):
        if moment - before >= 2 * term:
            since = moment
        before = moment
    return since


async def check_may_serve(
    uow: UnitOfWork,
    federation_id: str,
    account_ids: Collection[str],
    mandates: Iterable[Statement],
) -> None:
    """Whether these people may be named: nobody serves more terms in a row than the rules allow.
    mandates: those of ours so far. Raises NotAllowed.
    """
    term, most = await _rules(uow)
    for named in (await _namings(uow, federation_id, account_ids, mandates)).values():
        now_too = [*named, uow.now]
        if uow.now - in_office_since(now_too, term) >= term * most:
            raise NotAllowed(
                _(
                    "Somebody here has served %(most)s terms in a row, and that is the most "
                    "(delegate.max_terms). Name somebody else.",
                    most=most,
                ),
                "terms-served",
            )


async def check_may_vote(uow: UnitOfWork, account_ids: Collection[str]) -> None:
    """Whether these people vote in our coop, so that they may for it; whoever is no member acts for
    the coop anyway. Raises NotAllowed."""
    voting = await policies.value(uow, policies.MEMBERS_VOTING_CLASSES)
    for account_id in account_ids:
        member = await members.acting_for(uow, account_id)
        if member is not None and member.membership_class not in voting:
            raise NotAllowed(
                _(
                    "%(name)s belongs to a class of members that does not vote "
                    "(members.voting_classes). Name somebody else.",
                    name=member.name,
                ),
                "class-without-vote",
            )


async def roster(
    uow: UnitOfWork, federation_id: str, mandate: Statement | None
) -> dict[str, list[dict[str, Any]]]:
    """Whom our row names: those of our newest mandate whose term is not over."""
    groups: dict[str, list[dict[str, Any]]] = {"delegates": [], "alternates": []}
    if mandate is None:
        return groups
    term, _most = await _rules(uow)
    if mandate.moment("published") + term <= uow.now:
        await notices.give_once(uow, NoticeKind.COUNCIL_TERM_OVER, federation_id)
        return groups
    return {group: list(mandate[group]) for group in groups}


async def term_ends(reader: Reader, record: Record, mandate: Statement) -> datetime:
    """By when whom our mandate names must be named anew: by our rules or by the charter's,
    whichever comes first."""
    term, _most = await _rules(reader)
    by_charter = end_by_charter(record, mandate)
    by_us = mandate.moment("published") + term
    return min(by_us, by_charter) if by_charter else by_us


def end_by_charter(record: Record, mandate: Statement) -> datetime | None:
    """When the charter as it is now ends a mandate of any coop, if it does. Pure."""
    days = record.rules.get("delegateTermDays")
    return _days_after(mandate.moment("published"), days) if days else None


def _days_after(moment: datetime, days: int) -> datetime:
    """Up to the end of the calendar: a coop may write any moment into its mandate."""
    try:
        return moment + timedelta(days=days)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


async def members_told(uow: UnitOfWork) -> int:
    """How many members our row says that we have: as many as today, or none if we do not tell."""
    if await policies.value(uow, policies.MEMBER_DATA_SHARE) == NONE:
        return 0
    return sum((await members.count_by_class(uow)).values())


async def _rules(reader: Reader) -> tuple[timedelta, int]:
    book = await policies.rulebook(
        reader, [policies.DELEGATE_TERM_DAYS, policies.DELEGATE_MAX_TERMS]
    )
    days = book.in_force(policies.DELEGATE_TERM_DAYS).value
    return timedelta(days=days), book.in_force(policies.DELEGATE_MAX_TERMS).value


async def _namings(
    reader: Reader,
    federation_id: str,
    account_ids: Collection[str],
    mandates: Iterable[Statement],
) -> dict[str, list[datetime]]:
    """By account. A key on a device that stays is named again, and no row tells of it."""
    chosen = select(_k.public, _k.subject, _k.created_at).where(
        _k.federation_id == federation_id,
        _k.use == Use.DELEGATE.value,
        _k.subject.in_(account_ids),
    )
    found: dict[str, list[datetime]] = {}
    whose = {}
    for row in await reader.rows(chosen):
        whose[row.public] = row.subject
        found.setdefault(row.subject, []).append(row.created_at)
    for mandate in mandates:
        for each in (*mandate["delegates"], *mandate["alternates"]):
            if each["key"] in whose:
                found[whose[each["key"]]].append(mandate.moment("published"))
    return found
