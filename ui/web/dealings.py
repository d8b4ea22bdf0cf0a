"""Agreements in people's words: state and shape, what happens next, sums, times, history."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_time
from babel.numbers import format_currency, format_decimal
from msgspec import Struct
from msgspec.structs import replace

from node import days, i18n
from node.agreements import (
    DEPOSITS,
    LIFE,
    METHOD_WORDS,
    PAID,
    PAYING,
    REASONS,
    AgreementView,
    By,
    Deposit,
    DepositEvent,
    Detail,
    Event,
    Line,
    Method,
    Payment,
    Role,
    State,
    StepView,
    Terms,
    Tongue,
    VersionView,
)
from node.days import locale, weekday_and_day
from node.i18n import Text, _, apart, ngettext
from node.money import HOUR, Money
from ui.web import words
from ui.web.price_words import isolated

_SHAPES: dict[State, str] = {
    State.DRAFTED: "later",
    State.REQUESTED: "asked",
    State.WAITING: "hold",
    State.COUNTERED: "asked",
    State.ACCEPTED: "onway",
    State.SCHEDULED: "onway",
    State.IN_PROGRESS: "onway",
    State.DELIVERED: "onway",
    State.CONFIRMED: "done",
    State.SETTLED: "done",
    State.DECLINED: "no",
    State.EXPIRED: "no",
    State.CANCELLED: "no",
    State.NO_SHOW: "no",
    State.DISPUTED: "hold",
    State.RESOLVED: "done",
}
_PAYMENT_SHAPES: dict[Payment, str] = {
    Payment.NONE: "later",
    Payment.REQUESTED: "asked",
    Payment.MARKED_PAID: "onway",
    Payment.RECEIVED: "done",
    Payment.REFUNDED_PART: "done",
    Payment.REFUNDED: "done",
}
_DEPOSIT_SHAPES: dict[Deposit, str] = {
    Deposit.NONE: "later",
    Deposit.HELD: "hold",
    Deposit.RETURNED: "done",
    Deposit.KEPT: "no",
}
_HAPPENED: dict[str, Text] = {
    Event.COUNTER: _("another offer was made"),
    Event.CHANGE: _("a change was asked for"),
    Event.AGREE_CHANGE: _("the change was agreed"),
    Event.REFUSE_CHANGE: _("it was kept as it was"),
    Event.DELIVER_PART: _("a part was delivered"),
    Event.OFFER_PARTIAL: _("a part was offered back"),
}
ROLE_WORDS: dict[Role, Text] = {
    Role.PROVIDER: _("who provides"),
    Role.CUSTOMER: _("the customer"),
}
STANDINGS: dict[str, Text] = {
    "proposed": _("proposed"),
    "agreed": _("agreed"),
    "refused": _("refused"),
    "replaced": _("replaced by a later one"),
}


class Standing(Struct, frozen=True):
    """How an agreement stands for one reader: a shape, a word, and what happens next."""

    shape: str
    word: Text
    then: Text = ""


def standing(view: AgreementView, roles: Iterable[Role]) -> Standing:
    """For a list: the reader's turn has a shape of its own."""
    mine = set(roles)
    turn = view.to_answer in mine or (view.state is State.DELIVERED and Role.CUSTOMER in mine)
    return Standing("turn" if turn else _SHAPES[view.state], LIFE.word(view.state))


def standing_of(seen: Detail, zone: str, confirm_days: int) -> Standing:
    """For the page of one: with the sentence of what happens next, and by when."""
    short = standing(seen.agreement, seen.roles)
    asked = Event.AGREE_CHANGE in seen.buttons
    shape = "turn" if asked else short.shape
    return Standing(shape, short.word, _then(seen, zone, confirm_days))


def paying(payment: Payment) -> Standing:
    """How far paying is."""
    return Standing(_PAYMENT_SHAPES[payment], PAYING.word(payment))


def left(deposit: Deposit) -> Standing:
    """Where the deposit is."""
    return Standing(_DEPOSIT_SHAPES[deposit], DEPOSITS.word(deposit))


def happened(step: StepView) -> Text:
    """What a line of the history says."""
    if step.event in set(Event):
        return _HAPPENED.get(step.event) or LIFE.word(State(step.after))
    if step.event in set(DepositEvent):
        return _("deposit: %(what)s", what=DEPOSITS.word(Deposit(step.after)))
    return _("payment: %(what)s", what=PAYING.word(Payment(step.after)))


def details(step: StepView) -> str:
    """What was said with a step: the reason, sums, how it was paid, lots."""
    said: list[str] = []
    if reason := REASONS.get(step.detail.get("reason", "")):
        said.append(str(reason))
    if amounts := step.detail.get("amounts"):
        said.append(sums_text(Money.parse(one["amount"], one["currency"]) for one in amounts))
    said += map(apart, step.detail.get("lots", ()))
    method = step.detail.get("method")
    if method in set(Method):
        said.append(str(METHOD_WORDS[Method(method)]))
    return " · ".join(said)


def by_whom(step: StepView, reader: By) -> Text:
    """Who took a step; reader: who reads it."""
    if _is_own(step, reader):
        return _("you")
    return ROLE_WORDS[step.role] if step.role else _("by itself")


def written_by(version: VersionView, history: Sequence[StepView], reader: By) -> Text:
    """Whose words a version of the terms is."""
    put, puts = (version.created_at, version.author), (Event.REQUEST, Event.COUNTER, Event.CHANGE)
    steps = (one for one in history if (one.at, one.role) == put and one.event in puts)
    if any(_is_own(one, reader) for one in steps):
        return _("by you")
    return _("by %(whom)s", whom=ROLE_WORDS[version.author])


def _is_own(step: StepView, reader: By) -> bool:
    """Whether the reader took a step."""
    return reader.kind in ("account", "guest") and step.by == reader.recorded


def sums_text(sums: Iterable[Money]) -> str:
    """One sum per currency, in the reader's own forms: £12.50 + 2 hours."""
    return " + ".join(_sum_text(money) for money in sums)


def line_title(line: Line, lines: Sequence[Line]) -> str:
    """What a line is of; of what is added its own name, as its thing stands above it."""
    thing = next((one for one in lines if one.listing == line.listing and not one.extra), None)
    if not line.extra or thing is None:
        return line.title
    parts = thing.title.split(" (")  # its size or kind stands behind its own title
    for many in range(len(parts), 0, -1):
        named = " (".join(parts[:many]) + " ("
        if line.title.startswith(named):
            return f"+ {line.title.removeprefix(named).removesuffix(')')}"
    return f"+ {line.title}"


def left_out(after: Terms, before: Terms) -> list[str]:
    """What was added in the terms before, and is not in these."""
    kept = {(line.listing, line.extra) for line in after.lines}
    gone = (one for one in before.lines if (one.listing, one.extra) not in kept)
    return [isolated(line_title(one, before.lines).removeprefix("+ ")) for one in gone]


def line_sum(line: Line) -> str:
    """What a line comes to."""
    if line.prices and not any(one.amount for one in line.prices):
        return str(_("A gift"))
    return sums_text(line.amounts) or str(_("free"))


def line_text(line: Line) -> str:
    """How many, and at what price each: 2 × £18 an hour."""
    many = format_decimal(line.quantity, locale=locale())
    if not any(one.amount for one in line.prices):
        return many
    each = sums_text(line.prices)
    if line.unit and line.unit != "one":
        each = words.per_unit(each, line.unit)
    return f"{many} × {each}"


def in_tongue(lines: Sequence[Line], tongue: Tongue) -> list[Line]:
    """Lines called as their listings call them in the reader's language, where these do."""
    called = (tongue.get((line.listing, line.title)) for line in lines)
    return [
        replace(line, title=one.title) if one else line
        for line, one in zip(lines, called, strict=True)
    ]


def deadline(moment: datetime, zone: str) -> str:
    """Friday 12 June, 12:00, where it happens; by other clocks than the coop's, those are named."""
    told, ours = _moment(moment, zone), days.zone.get()
    return told if zone == (ours.key if ours else "UTC") else f"{told} ({zone})"


def _moment(moment: datetime, zone: str) -> str:
    there = moment.astimezone(ZoneInfo(zone))
    return str(_("%(day)s, %(time)s", day=weekday_and_day(there), time=_clock(there)))


def span_text(start: datetime, end: datetime, zone: str | None) -> str:
    """From when to when, as clocks where it happens show it."""
    place = ZoneInfo(zone or "UTC")
    first, last = start.astimezone(place), end.astimezone(place)
    if first.date() == last.date():
        hours = f"{_clock(first)}–{_clock(last)}"
        return str(_("%(day)s, %(time)s", day=weekday_and_day(first), time=hours))
    if (first.hour, first.minute) == (last.hour, last.minute) == (0, 0):
        until = last - timedelta(days=1)
        if until.date() == first.date():
            return weekday_and_day(first)
        return str(
            _("%(first)s to %(last)s", first=weekday_and_day(first), last=weekday_and_day(until))
        )
    return str(
        _("%(first)s to %(last)s", first=_moment(start, place.key), last=_moment(end, place.key))
    )


def _then(seen: Detail, zone: str, confirm_days: int) -> Text:
    view = seen.agreement
    if view.is_open:
        return _answer(seen, zone)
    if seen.change is not None:
        if seen.obstacle:
            return _(
                "A change is asked for that cannot be had now: keep it as it was, or make room for "
                "it first."
            )
        if Event.AGREE_CHANGE in seen.buttons:
            return _("A change is asked for: agree to it, or keep it as it was.")
        return _("A change is asked for; what was agreed holds until the other side answers.")
    if view.state is State.DELIVERED:
        return _confirm(seen, zone, confirm_days)
    if view.state is State.SCHEDULED and view.start_at is not None:
        return _("It begins on %(when)s.", when=deadline(view.start_at, zone))
    if view.state is State.CONFIRMED and seen.due and view.payment not in PAID:
        return _("What is left is the payment of %(sums)s.", sums=sums_text(seen.due))
    if view.state is State.CANCELLED and seen.due:
        return _("%(sums)s is to be paid for it.", sums=sums_text(seen.due))
    return _ENDS.get((view.state, seen.roles[0])) or _OTHERS.get(view.state, "")


def _answer(seen: Detail, zone: str) -> Text:
    view = seen.agreement
    when = deadline(view.answer_by, zone) if view.answer_by else ""
    if view.to_answer in seen.roles:
        return _("Answer by %(when)s; after that it runs out by itself.", when=when)
    return _("They answer by %(when)s; after that it runs out by itself.", when=when)


def _confirm(seen: Detail, zone: str, confirm_days: int) -> Text:
    delivered = seen.agreement.delivered_at or seen.agreement.updated_at
    when = deadline(delivered + timedelta(days=confirm_days), zone)
    if Role.CUSTOMER in seen.roles:
        return _(
            "Confirm it, or say what is wrong. On %(when)s it counts as confirmed by itself.",
            when=when,
        )
    return _("The customer confirms it; on %(when)s it counts as confirmed by itself.", when=when)


_OTHERS: dict[State, Text] = {
    State.DRAFTED: _("Nobody else sees it. Send it when it is ready."),
    State.CONFIRMED: _("Nothing is left to do."),
    State.SETTLED: _("It is done and paid. Nothing is left to do."),
    State.DECLINED: _("Nothing more happens. Somebody else may be free: look around."),
    State.EXPIRED: _("Nobody answered in time. Ask again, or look around."),
    State.CANCELLED: _("Nothing is to be paid, and nothing more happens."),
    State.NO_SHOW: _("If that is not so, say that something is wrong."),
    State.DISPUTED: _("Talk to each other first. Whoever gives way ends it; a part is for both."),
    State.RESOLVED: _("The matter is closed."),
}
_ENDS: dict[tuple[State, Role], Text] = {
    (State.ACCEPTED, Role.PROVIDER): _("Do it, and mark it as delivered."),
    (State.ACCEPTED, Role.CUSTOMER): _("They do it; then you confirm that it was delivered."),
    (State.IN_PROGRESS, Role.PROVIDER): _("Mark it as delivered when it is done."),
    (State.IN_PROGRESS, Role.CUSTOMER): _("When it is done, you confirm that it was delivered."),
}


def _sum_text(money: Money) -> str:
    if money.currency == HOUR:
        hours = format_decimal(money.decimal, locale=locale())
        whole = int(money.decimal) if money.decimal == int(money.decimal) else 2
        return str(ngettext("%(hours)s hour", "%(hours)s hours", whole, hours=hours))
    if money.currency == "CREDIT":
        return f"{format_decimal(money.decimal, locale=locale())} CREDIT"
    form: dict[str, Any] = {"currency_digits": False}
    if i18n.direction(i18n.language.get()) == "rtl":
        pattern = "#,##0" + ("." + "0" * money.scale if money.scale else "")
        return str(
            format_currency(
                money.decimal, money.currency, pattern, locale(), format_type="name", **form
            )
        )
    return str(format_currency(money.decimal, money.currency, locale=locale()))


def _clock(moment: datetime) -> str:
    return str(format_time(moment, "HH:mm", locale=locale()))
