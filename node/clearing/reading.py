"""The facts of papers, read: what cannot be used is refused in words. Pure.

Whoever signed a paper may have written anything: every reader here raises MalformedDocument.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from node import limits
from node.clearing.papers import Call, Claim, ContestReason, LeftOut, Payment, Proposed, Stated
from node.clearing.rules import Reason
from node.errors import InvalidInput
from node.money import LARGEST_AMOUNT, Money, is_currency
from protocol import datetimes
from protocol.errors import MalformedDocument

_LONGEST = 2000
_LONGEST_BASIS = 1_200  # bytes: it is in an index with the creditor, 2,700 together on PostgreSQL
_MOST_ATTEMPTS = 10_000
_REFERENCE = re.compile(rf"[A-Za-z0-9 ./+-]{{0,{limits.PAYMENT_REFERENCE_LONGEST}}}", re.ASCII)


def read_claim(facts: Mapping[str, Any]) -> Claim:
    currency = _currency(facts)
    money = _money(facts, "amount", currency)
    if money.amount <= 0:
        raise _unusable("amount", "a sum above zero")
    reason, basis = _text(facts, "reason"), _text(facts, "basis")
    if reason not in set(Reason):
        raise _unusable("reason", " or ".join(Reason))
    if len(basis.encode()) > _LONGEST_BASIS:
        raise _unusable("basis", f"a text of at most {_LONGEST_BASIS:,} bytes")
    return Claim(
        debtor=_text(facts, "debtor"),
        creditor=_text(facts, "creditor"),
        money=money,
        due_on=_day(facts, "dueOn"),
        reason=Reason(reason),
        basis=basis,
        evidence_digest=_text(facts, "evidenceDigest") if "evidenceDigest" in facts else None,
    )


def read_contest(facts: Mapping[str, Any]) -> ContestReason:
    reason = _text(facts, "reason")
    if reason not in set(ContestReason):
        raise _unusable("reason", " or ".join(ContestReason))
    return ContestReason(reason)


def read_rows(facts: Mapping[str, Any], most: int) -> tuple[str, tuple[Stated, ...]]:
    """The currency and the rows of a statement or an offer."""
    currency = _currency(facts)
    rows = tuple(_stated(row, currency) for row in _list(facts, "rows", most))
    if len({row.obligation for row in rows}) != len(rows):
        raise _unusable("rows", "a list that names each obligation once")
    return currency, rows


def read_payment(facts: Mapping[str, Any], most: int) -> Payment:
    currency = _currency(facts)
    payment = Payment(
        money=_money(facts, "amount", currency),
        method=_text(facts, "method"),
        reference=check_reference(facts.get("reference", "")),
        paid_on=_day(facts, "paidOn"),
        rows=_read_sums(facts, "rows", currency, most),
    )
    if not payment.rows or sum(payment.rows.values()) != payment.money.amount:
        raise _unusable("amount", "the sum of the rows")
    return payment


def read_call(facts: Mapping[str, Any], most: int) -> Call:
    attempt = facts.get("attempt")
    coops = tuple(_list(facts, "coops", most))
    if not all(isinstance(coop, str) and coop for coop in coops) or len(set(coops)) != len(coops):
        raise _unusable("coops", "a list of addresses, each once")
    if type(attempt) is not int or not 1 <= attempt <= _MOST_ATTEMPTS:
        raise _unusable("attempt", f"a whole number from 1 to {_MOST_ATTEMPTS:,}")
    return Call(
        currency=_currency(facts),
        coops=coops,
        offers_by=_moment(facts, "offersBy"),
        answers_by=_moment(facts, "answersBy"),
        attempt=attempt,
        follows=_text(facts, "follows") if "follows" in facts else None,
    )


def read_proposed(facts: Mapping[str, Any], most_coops: int, most_rows: int) -> Proposed:
    currency = _currency(facts)
    return Proposed(
        currency=currency,
        offers=read_texts(facts, "offers", most_coops),
        cleared=_read_sums(facts, "cleared", currency, most_rows),
        left_out=tuple(_left_out(row) for row in _list(facts, "leftOut", most_rows)),
    )


def read_differences(facts: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """What a partner found to differ, turned round: what is theirs to the partner is ours."""
    rows = _list(facts, "rows", 2 * limits.STATEMENT_ROWS_MOST)
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise _unusable("rows", "a list of those that differ")
    return [
        {
            "obligation": _text(row, "obligation"),
            "ours": _sum_or_none(row, "theirs", currency),
            "theirs": _sum_or_none(row, "ours", currency),
        }
        for row in rows
    ]


def read_texts(facts: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
    """Signed documents as texts, or addresses."""
    values = _list(facts, key, most)
    if not all(isinstance(value, str) for value in values):
        raise _unusable(key, "a list of texts")
    return tuple(values)


def read_reasons(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of a refusal or an abort, cut down to what we show: codes, coops and addresses."""
    most = limits.CLEARING_REASONS_MOST
    return [
        {
            "code": str(row.get("code", ""))[:60],
            "coops": [str(coop)[:_LONGEST] for coop in row.get("coops", ())][:most],
            "about": str(row.get("about", ""))[:_LONGEST],
        }
        for row in _list(facts, "reasons", most)
        if isinstance(row, dict) and isinstance(row.get("coops", []), list)
    ]


def check_reference(text: object) -> str:
    """A payment reference as banks take it. Raises MalformedDocument."""
    if not isinstance(text, str) or not _REFERENCE.fullmatch(text):
        raise _unusable("reference", "at most 35 plain letters, digits, spaces and ./+-")
    return text


def _read_sums(facts: Mapping[str, Any], key: str, currency: str, most: int) -> dict[str, int]:
    value = facts.get(key)
    if not isinstance(value, dict) or len(value) > most:
        raise _unusable(key, f"an object of at most {most} sums")
    return {name: _money(value, name, currency).amount for name in value}


def _stated(row: Any, currency: str) -> Stated:
    if not isinstance(row, dict):
        raise _unusable("rows", "a list of objects")
    remaining = _money(row, "remaining", currency).amount
    if remaining <= 0:
        raise _unusable("remaining", "a sum above zero")
    return Stated(
        due_on=_day(row, "dueOn"),
        obligation=_text(row, "obligation"),
        debtor=_text(row, "debtor"),
        creditor=_text(row, "creditor"),
        remaining=remaining,
        digest=_text(row, "digest"),
    )


def _left_out(row: Any) -> LeftOut:
    if not isinstance(row, dict):
        raise _unusable("leftOut", "a list of objects")
    coops = read_texts(row, "coops", 2)
    return LeftOut(_text(row, "obligation"), coops, _text(row, "why"))


def _currency(facts: Mapping[str, Any]) -> str:
    code = facts.get("currency")
    if not isinstance(code, str) or not is_currency(code):
        raise _unusable("currency", "a currency code such as EUR")
    return code


def _money(facts: Mapping[str, Any], key: str, currency: str) -> Money:
    value = facts.get(key)
    try:
        money = Money.parse(value, currency) if isinstance(value, str) else None
    except InvalidInput:
        money = None
    if money is None or abs(money.amount) > LARGEST_AMOUNT:
        raise _unusable(key, "a sum in digits such as 180.00")
    return money


def _sum_or_none(row: Mapping[str, Any], key: str, currency: str) -> str | None:
    return None if row.get(key) is None else _money(row, key, currency).text


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST:
        raise _unusable(key, "a text")
    return value


def _list(facts: Mapping[str, Any], key: str, most: int) -> Sequence[Any]:
    value = facts.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise _unusable(key, f"a list of at most {most}")
    return value


def _day(facts: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(_text(facts, key))
    except ValueError:
        raise _unusable(key, "a day such as 2027-01-31") from None


def _moment(facts: Mapping[str, Any], key: str) -> datetime:
    return datetimes.parse(_text(facts, key))


def _unusable(key: str, wanted: str) -> MalformedDocument:
    return MalformedDocument(f"The {key} must be {wanted}.", code="bad-property")
