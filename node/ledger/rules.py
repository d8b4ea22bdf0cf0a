"""What may be written: entries that balance, in periods that are open. Pure."""

import re
import unicodedata
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from node import limits
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.machine import Machine
from node.money import LARGEST_AMOUNT, Money, scale_of

FIRST_DAY = date(1990, 1, 1)
_AHEAD = timedelta(days=366)
_PERIOD = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


class PeriodState(StrEnum):
    """How far a month's books are done."""

    OPEN = "open"
    SOFT_CLOSED = "soft_closed"
    CLOSED = "closed"


class PeriodEvent(StrEnum):
    """What can happen to a month's books."""

    SOFT_CLOSE = "soft-close"
    REOPEN = "reopen"
    CLOSE = "close"


periods = Machine[PeriodState, PeriodEvent](
    "period",
    PeriodState.OPEN,
    {
        (PeriodState.OPEN, PeriodEvent.SOFT_CLOSE): PeriodState.SOFT_CLOSED,
        (PeriodState.SOFT_CLOSED, PeriodEvent.REOPEN): PeriodState.OPEN,
        (PeriodState.SOFT_CLOSED, PeriodEvent.CLOSE): PeriodState.CLOSED,
    },
    {
        PeriodState.OPEN: _("open"),
        PeriodState.SOFT_CLOSED: _("closed but for adjustments"),
        PeriodState.CLOSED: _("closed for good"),
        PeriodEvent.SOFT_CLOSE: _("close but for adjustments"),
        PeriodEvent.REOPEN: _("open again"),
        PeriodEvent.CLOSE: _("close for good"),
    },
)


def period_of(day: date) -> str:
    """The month that a day belongs to: "2027-01"."""
    return f"{day:%Y-%m}"


def check_period(text: str) -> str:
    """A month as stored. Raises InvalidInput for the field `period`."""
    if not _PERIOD.fullmatch(text.strip()):
        raise InvalidInput({"period": [_("Write a month as year and month, such as 2027-01.")]})
    return text.strip()


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{period}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def year_of(day: date, begins: str) -> int:
    """The financial year of a day, by the year that it begins in. begins: its first day, 04-06."""
    return day.year if f"{day:%m-%d}" >= begins else day.year - 1


def days_of_year(year: int, begins: str) -> tuple[date, date]:
    """The first and the last day of a financial year. Raises ValueError for one out of all time."""
    first = date.fromisoformat(f"{year:04}-{begins}")
    return first, first.replace(year=year + 1) - timedelta(days=1)


def check_open(period: str, state: PeriodState, *, adjusting: bool) -> None:
    """Raises Conflict when nothing may be written in the period any more."""
    if state is PeriodState.CLOSED:
        raise Conflict(
            _(
                "The books of %(period)s are closed for good. Date the entry in a month that is "
                "open; a mistake in a closed month is put right by a reversal today.",
                period=period,
            ),
            "period-closed",
        )
    if state is PeriodState.SOFT_CLOSED and not adjusting:
        raise Conflict(
            _(
                "The books of %(period)s are closed but for adjustments. Date the entry later, or "
                "have the treasurer enter it as an adjustment.",
                period=period,
            ),
            "period-soft-closed",
        )


def check_date(day: date, today: date) -> date:
    """Raises InvalidInput for the field `date` when the day is out of all proportion."""
    if not FIRST_DAY <= day <= today + _AHEAD:
        raise InvalidInput({"date": [_("Use a day between 1990 and a year from now.")]})
    return day


def check_text(text: str) -> str:
    """What an entry says, as one line. Raises InvalidInput for the field `text`."""
    line = " ".join(text.split())
    if len(line) > limits.ENTRY_TEXT_LONGEST or any(
        unicodedata.category(character) in {"Cc", "Cs"} for character in line
    ):
        raise InvalidInput(
            {
                "text": [
                    _(
                        "Say it in one line of at most %(n)s characters.",
                        n=limits.ENTRY_TEXT_LONGEST,
                    )
                ]
            }
        )
    return line


def differences(lines: Iterable[Money]) -> dict[str, Money]:
    """By currency, by how much debits (above zero) and credits (below) differ; {} if not at all."""
    sums: defaultdict[tuple[str, int], int] = defaultdict(int)
    for money in lines:
        sums[money.currency, money.scale] += money.amount
    return {
        currency: Money(amount, currency, scale)
        for (currency, scale), amount in sums.items()
        if amount
    }


def check_balanced(lines: Sequence[Money]) -> None:
    """Raises InvalidInput for the field `lines`, naming each currency that does not balance."""
    if not 2 <= len(lines) <= limits.ENTRY_LINES_MOST:
        raise InvalidInput(
            {
                "lines": [
                    _(
                        "An entry has at least two lines and at most %(n)s.",
                        n=limits.ENTRY_LINES_MOST,
                    )
                ]
            }
        )
    complaints: list[Text] = [complaint for money in lines for complaint in _unusable(money)]
    complaints += [
        _(
            "Debit and credit differ by %(amount)s %(currency)s. They must be the same.",
            amount=Money(abs(money.amount), currency, money.scale).text,
            currency=currency,
        )
        for currency, money in sorted(differences(lines).items())
    ]
    if complaints:
        raise InvalidInput({"lines": complaints})


def _unusable(money: Money) -> list[Text]:
    if money.amount == 0:
        return [_("A line of an entry has an amount other than zero.")]
    if abs(money.amount) > LARGEST_AMOUNT:
        return [_("This amount is too large.")]
    if money.scale != scale_of(money.currency):
        return [
            _(
                "%(currency)s has %(scale)s decimals in the books.",
                currency=money.currency,
                scale=scale_of(money.currency),
            )
        ]
    return []


def state_of(period: str, decided: Mapping[str, PeriodState]) -> PeriodState:
    """Where a period stands; one that nobody wrote in is closed once a later one is."""
    if period in decided:
        return decided[period]
    if any(key > period and state is PeriodState.CLOSED for key, state in decided.items()):
        return PeriodState.CLOSED
    return PeriodState.OPEN


def is_over(period: str, today: date) -> bool:
    return period < period_of(today)


def check_over(period: str, today: date) -> None:
    """Only a month that is over can be closed: what is still to come could not be written.

    Raises Conflict.
    """
    if not is_over(period, today):
        raise Conflict(
            _("%(period)s is not over yet. Close it once the month has ended.", period=period),
            "period-not-over",
        )


def check_closing(period: str, decided: Mapping[str, PeriodState]) -> None:
    """Months close for good in order. Raises Conflict naming the first that is not."""
    before = sorted(
        key for key, state in decided.items() if key < period and state is not PeriodState.CLOSED
    )
    if before:
        raise Conflict(
            _("Close %(period)s first: months are closed for good in order.", period=before[0]),
            "period-order",
        )


def names(codes: Collection[str]) -> str:
    """Codes as a sentence names them."""
    return ", ".join(sorted(codes))
