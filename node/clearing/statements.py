"""Statements: once a month both sides compare what they have signed and not settled.

One side lists it, the other works it out from its own rows. While they differ nothing of the pair
is set off, and both treasurers are told which rows; the next statement that agrees ends that.
"""

from typing import Any

from sqlalchemy import func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits, notices
from node.clearing import lines, rules, store, wire
from node.clearing.evidence import Refusal, Signed, other_digest, wrong_party
from node.clearing.models import obligation_table, statement_table
from node.clearing.papers import Kind, Stated
from node.clearing.reading import read_differences, read_rows
from node.clearing.telling import tell
from node.clearing.views import ObligationView, StatementView, statement_view
from node.errors import NotFound
from node.i18n import _
from node.ledger import check_period
from node.money import Money, scale_of
from node.notices import NoticeKind
from protocol.errors import MalformedDocument

_o = obligation_table.c
_s = statement_table.c
SENT, AGREED, DIFFERS = "sent", "agreed", "differs"


async def send(
    uow: UnitOfWork, partner: str, currency: str, *, by: str = audit.NODE
) -> StatementView:
    """Make this month's statement with a partner and send it.

    Raises InvalidInput (`coop`, `currency`).
    """
    await lines.check_partner(uow, partner)
    lines.check_currency(currency)
    number = uow.new_id()
    rows = await _rows(uow, partner, currency)
    period = f"{uow.now:%Y-%m}"
    facts = {
        "currency": currency,
        "period": period,
        "rows": [row.facts(currency) for row in rows],
    }
    uri = wire.address(uow, "statements", number)
    signed = wire.written(uow, Kind.STATEMENT, uri, facts)
    await _insert(uow, number, partner, currency, period, signed, ours=True)
    await wire.say(uow, signed, [partner])
    await audit.record(uow, by, "clearing.statement", number)
    return await statement(uow, number)


async def statement(reader: Reader, statement_id: str) -> StatementView:
    """One statement. Raises NotFound."""
    rows = await reader.rows(select(statement_table).where(_s.id == statement_id))
    if not rows:
        raise NotFound(_("There is no such statement."))
    return statement_view(rows[0])


async def hear_statement(uow: UnitOfWork, signed: Signed) -> bool:
    """A partner's statement: compare and answer. Raises MalformedDocument, InvalidInput."""
    known = await uow.scalar(select(_s.digest).where(_s.uri == signed.paper.uri))
    if known is not None:
        if known == signed.digest:
            return False
        raise Refusal(409, "statement-changed", "This address stands for another statement.")
    facts = signed.paper.facts
    currency, theirs = read_rows(facts, limits.STATEMENT_ROWS_MOST)
    period = facts.get("period")
    if not isinstance(period, str):
        raise MalformedDocument("The period must be a month such as 2027-01.", code="bad-property")
    partner = signed.paper.author
    differences = compare(await _rows(uow, partner, currency), theirs, currency)
    number = uow.new_id()
    await _insert(uow, number, partner, currency, check_period(period), signed, ours=False)
    kind = Kind.STATEMENT_DIFFERS if differences else Kind.STATEMENT_AGREED
    uri = wire.address(uow, "statement-answers", number)
    found = {"rows": differences} if differences else {}
    answer = wire.written(uow, kind, uri, found, answers=signed)
    await wire.say(uow, answer, [partner])
    await _compared(uow, number, partner, currency, answer, differences)
    return True


async def hear_answer(uow: UnitOfWork, signed: Signed) -> bool:
    """What a partner found when it compared our statement. Raises Refusal."""
    rows = await uow.rows(select(statement_table).where(_s.uri == (signed.paper.answers or "")))
    if not rows:
        raise Refusal(409, "unknown-statement", "We know of no such statement.")
    known = rows[0]
    if signed.paper.author != known.partner or not known.ours:
        raise wrong_party()
    if signed.paper.answers_digest != known.digest:
        raise other_digest()
    if known.state != SENT:
        return False
    differences: list[dict[str, Any]] = []
    if signed.paper.kind == Kind.STATEMENT_DIFFERS:
        differences = read_differences(signed.paper.facts, known.currency)
    await _compared(uow, known.id, known.partner, known.currency, signed, differences)
    if await _has_moved(uow, known, differences):
        await send(uow, known.partner, known.currency)
    return True


async def _has_moved(uow: UnitOfWork, known: Any, differences: list[dict[str, Any]]) -> bool:
    """Whether a row that differs stands otherwise here than in our statement: what they had said
    of it was on its way when we made that, and came before their answer."""
    if not differences:
        return False
    _currency, then = read_rows(known.document["facts"], limits.STATEMENT_ROWS_MOST)
    now = await _rows(uow, known.partner, known.currency)
    moved = {each["obligation"] for each in compare(now, then, known.currency)}
    return any(each["obligation"] in moved for each in differences)


def compare(
    ours: tuple[Stated, ...], theirs: tuple[Stated, ...], currency: str
) -> list[dict[str, Any]]:
    """Obligations on which two lists differ, with what each says is left; None: not listed."""
    mine, yours = {row.obligation: row for row in ours}, {row.obligation: row for row in theirs}
    return [
        {
            "obligation": uri,
            "ours": _left(mine.get(uri), currency),
            "theirs": _left(yours.get(uri), currency),
        }
        for uri in sorted(mine.keys() | yours.keys())
        if mine.get(uri) != yours.get(uri)
    ]


def _left(row: Stated | None, currency: str) -> str | None:
    return None if row is None else Money(row.remaining, currency, scale_of(currency)).text


async def _compared(
    uow: UnitOfWork,
    statement_id: str,
    partner: str,
    currency: str,
    answer: Signed,
    differences: list[dict[str, Any]],
) -> None:
    changed = update(statement_table).where(_s.id == statement_id)
    state = DIFFERS if differences else AGREED
    await uow.execute(changed.values(state=state, answer=answer.document, differences=differences))
    if not await _is_latest(uow, statement_id, partner, currency):
        return
    if not await lines.is_anything_owed(uow, partner, currency):
        return
    subject = f"{partner}|{currency}"
    if not differences:
        await lines.change(uow, partner, currency, held_since=None)
        await notices.withdraw(uow, NoticeKind.STATEMENT_DIFFERS, subject)
        return
    await lines.change(uow, partner, currency, held_since=uow.now)
    await tell(uow, NoticeKind.STATEMENT_DIFFERS, subject, coop=partner, currency=currency)


async def _is_latest(uow: UnitOfWork, statement_id: str, partner: str, currency: str) -> bool:
    """What was found about an older statement says nothing about how the pair stands now."""
    latest = select(func.max(_s.id)).where(_s.partner == partner, _s.currency == currency)
    return bool(await uow.scalar(latest) == statement_id)


async def _insert(
    uow: UnitOfWork,
    number: str,
    partner: str,
    currency: str,
    period: str,
    signed: Signed,
    *,
    ours: bool,
) -> None:
    await uow.execute(
        insert(statement_table).values(
            id=number,
            uri=signed.paper.uri,
            partner=partner,
            currency=currency,
            period=period,
            ours=ours,
            state=SENT,
            document=signed.document,
            digest=signed.digest,
            differences=[],
            made_at=uow.now,
        )
    )


async def _rows(reader: Reader, partner: str, currency: str) -> tuple[Stated, ...]:
    signed = await store.where(
        reader, _o.partner == partner, _o.currency == currency, _o.state.in_(rules.SIGNED)
    )
    return tuple(stated(each) for each in signed[: limits.STATEMENT_ROWS_MOST])


def stated(each: ObligationView) -> Stated:
    """An obligation that both signed, as a row."""
    return Stated(
        due_on=each.due_on,
        obligation=str(each.uri),
        debtor=each.debtor,
        creditor=each.creditor,
        remaining=each.remaining.amount,
        digest=str(each.digest),
    )
