"""What somebody fills in to take a step of an agreement, and how it becomes one."""

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from wtforms import (
    DateTimeLocalField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    validators,
)

from node import agreements
from node.agreements import (
    DEPOSIT_REASONS,
    METHOD_WORDS,
    REASONS,
    STEP_REASONS,
    DepositEvent,
    Detail,
    Event,
    Line,
    PaymentEvent,
    Revision,
    Said,
    Terms,
)
from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import HOUR, Money
from ui.web.forms import PlainForm, options
from ui.web.numbers import guests_field, number_field

AT_ONCE = frozenset(
    {
        Event.REQUEST,
        Event.ACCEPT,
        Event.WAIT,
        Event.AGREE_CHANGE,
        Event.REFUSE_CHANGE,
        Event.START,
        Event.DELIVER,
        Event.CONFIRM,
        PaymentEvent.REQUEST_PAYMENT,
    }
)
"""Steps that need nothing said; all others have a page of their own first."""
FIRST = (
    Event.AGREE_CHANGE,
    Event.ACCEPT,
    Event.REQUEST,
    Event.CONFIRM,
    Event.DELIVER,
    PaymentEvent.RECEIVE,
    PaymentEvent.MARK_PAID,
    PaymentEvent.REQUEST_PAYMENT,
    DepositEvent.RETURN_DEPOSIT,
)
"""What the one filled button is for: the first of these that is possible."""
GRAVE = frozenset(
    {
        Event.DECLINE,
        Event.WITHDRAW,
        Event.CANCEL,
        Event.DISPUTE,
        Event.REPORT_NO_SHOW,
        Event.REFUND_ALL,
        PaymentEvent.REFUND,
        DepositEvent.KEEP_DEPOSIT,
    }
)
WITH_REASON = frozenset(
    {Event.DECLINE, Event.WITHDRAW, Event.CANCEL, Event.DISPUTE, DepositEvent.KEEP_DEPOSIT}
)
WITH_METHOD = frozenset(
    {PaymentEvent.MARK_PAID, PaymentEvent.RECEIVE, PaymentEvent.REFUND, *DepositEvent}
)
WITH_AMOUNT = frozenset({Event.OFFER_PARTIAL, PaymentEvent.REFUND_PART, DepositEvent.KEEP_DEPOSIT})
WITH_LOTS = frozenset({Event.DELIVER, Event.DELIVER_PART})
OF_TERMS = frozenset({Event.COUNTER, Event.CHANGE})
_MOST_LINES = 50
AT_LINES = {f"line{at}": at for at in range(_MOST_LINES)}
"""What `agreements.do` finds wrong with the number of a line, by its place."""
_LOCAL = "%Y-%m-%dT%H:%M"


class LineForm(PlainForm):
    """One line of the terms; WTForms puts its number in front of each name."""

    quantity = number_field(_("How many"))
    price = number_field(_("Price of one"))
    hours = number_field(_("Hours for one"))


class StepForm(PlainForm):
    """Everything a step may say; the page draws what this one needs."""

    reason = RadioField(
        _("Why?"), [validators.Optional()], choices=options(REASONS.items()), validate_choice=False
    )
    method = SelectField(
        _("How was it paid?"), choices=options(METHOD_WORDS.items()), validate_choice=False
    )
    amount = number_field(_("How much?"))
    of = HiddenField()
    """The sum of which a part is given back, as it was shown: sent twice, the form gives it back
    once."""
    start = DateTimeLocalField(_("From"), [validators.Optional()], format=_LOCAL)
    end = DateTimeLocalField(_("To"), [validators.Optional()], format=_LOCAL)
    guests = guests_field(_("How many guests?"), least=1)
    taxed_guests = guests_field(_("How many of them pay the tax for each night?"), least=0)
    pickup = IntegerField(_("Where is it collected?"), [validators.Optional()])
    lots = SelectMultipleField(_("Which lot goes with it?"), validate_choice=False)
    lines = FieldList(FormField(LineForm), max_entries=_MOST_LINES)


class Step(Struct, frozen=True):
    """A step with what its page asks. zone: where the clocks of its times hang. lots: of which
    somebody says which went with it."""

    name: agreements.Step
    seen: Detail
    zone: str
    lots: tuple[str, ...] = ()

    @property
    def is_at_once(self) -> bool:
        """Whether nothing is said with it."""
        return is_at_once(self.name, self.lots)

    @property
    def terms(self) -> Terms:
        return self.seen.version.terms

    @property
    def part_of(self) -> Money | None:
        """The sum of which a part is offered or given back."""
        if self.name is DepositEvent.KEEP_DEPOSIT:
            return self.terms.deposit
        refunds = self.name is PaymentEvent.REFUND_PART
        whole = self.seen.refundable if refunds else self.seen.remaining
        return whole[0] if whole else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Those that fit the step."""
        return DEPOSIT_REASONS if self.name is DepositEvent.KEEP_DEPOSIT else STEP_REASONS


def is_at_once(name: agreements.Step, lots: tuple[str, ...]) -> bool:
    """Whether a step needs nothing said."""
    return name in AT_ONCE and not (name is Event.DELIVER and lots)


def first_values(step: Step) -> dict[str, Any]:
    """What the form shows at first: the terms as they are."""
    place, terms = ZoneInfo(step.zone), step.terms
    delivered = step.seen.agreement.delivered
    lines = [
        {
            "quantity": delivered[at]
            if step.name is Event.DELIVER_PART and at < len(delivered)
            else line.quantity,
            "price": line.prices[0].decimal if line.prices else None,
            "hours": line.prices[1].decimal if in_hours_too(line) else None,
        }
        for at, line in enumerate(terms.lines)
    ]
    return {
        "method": "bank",
        "of": step.part_of.text if step.name is PaymentEvent.REFUND_PART and step.part_of else "",
        "start": terms.start and terms.start.astimezone(place),
        "end": terms.end and terms.end.astimezone(place),
        "guests": terms.guests,
        "taxed_guests": terms.guest_tax and terms.guest_tax.persons,
        "lines": lines,
    }


def narrow(form: StepForm, step: Step) -> None:
    """Offer only the ways in which it can be paid, or go back."""
    there = agreements.methods(step.seen.agreement, step.name)
    form.method.choices = options((one, METHOD_WORDS[one]) for one in there)


def said(form: StepForm, step: Step) -> Said:
    """What comes with the step."""
    amounts: tuple[Money, ...] = ()
    if step.name in WITH_AMOUNT and step.part_of is not None and form.amount.data is not None:
        amounts = (Money.of(form.amount.data, step.part_of.currency),)
    delivered: tuple[Decimal, ...] = ()
    if step.name is Event.DELIVER_PART:
        delivered = tuple(line.form.quantity.data or Decimal(0) for line in form.lines)
    return Said(
        amounts,
        delivered,
        tuple(form.lots.data or ()) if step.name in WITH_LOTS else (),
        form.method.data if step.name in WITH_METHOD else None,
        (form.reason.data or None) if step.name in WITH_REASON else None,
        _shown(form, step),
    )


def _shown(form: StepForm, step: Step) -> tuple[Money, ...]:
    if not form.of.data or step.part_of is None or step.name is not PaymentEvent.REFUND_PART:
        return ()
    return (Money.parse(form.of.data, step.part_of.currency),)


def revision(form: StepForm, step: Step) -> Revision | None:
    """What another offer or a change says anew; only what differs from the terms."""
    if step.name not in OF_TERMS:
        return None
    place, terms = ZoneInfo(step.zone), step.terms
    start = form.start.data.replace(tzinfo=place) if form.start.data else None
    end = form.end.data.replace(tzinfo=place) if form.end.data else None
    named = list(zip(form.lines, terms.lines, strict=False))
    return Revision(
        start=start if start != terms.start else None,
        end=end if end != terms.end else None,
        time_zone=step.zone if (start or end) and terms.time_zone is None else None,
        quantities=tuple(
            (at, number)
            for at, (given, line) in enumerate(named)
            if (number := _number(given.form.quantity, line)) not in (None, line.quantity)
        ),
        prices=tuple(
            (at, prices)
            for at, (given, line) in enumerate(named)
            if (prices := _prices(given, line)) != line.prices
        ),
        guests=form.guests.data if terms.guests and form.guests.data != terms.guests else None,
        taxed_guests=_taxed(form, terms),
        pickup=form.pickup.data if terms.pickup else None,
    )


def _taxed(form: StepForm, terms: Terms) -> int | None:
    """None, too, where as many pay it as before: it follows the guests then."""
    persons: int | None = form.taxed_guests.data
    return persons if terms.guest_tax and persons != terms.guest_tax.persons else None


def has_numbers(form: StepForm, step: Step) -> bool:
    """Whether another offer or a change keeps some of each line that the form names, but for what
    was added; said at those of which it does not."""
    if step.name not in OF_TERMS:
        return True
    empty = [
        given.form.quantity
        for given, line in zip(form.lines, step.terms.lines, strict=False)
        if _is_none(given.form.quantity) and not line.extra
    ]
    for entry in empty:
        _complain(entry, [_("More than 0. Without it, this has to end, and be asked for anew.")])
    return not empty


def complain_of_lines(form: StepForm, error: InvalidInput) -> None:
    """Say at each line what `agreements.do` finds wrong with its number."""
    for name, at in AT_LINES.items():
        if name in error.fields and at < len(form.lines):
            _complain(form.lines[at].form.quantity, error.fields[name])


def _complain(entry: Field, messages: Iterable[Text]) -> None:
    """Say something at a field of a line."""
    entry.errors = [*entry.errors, *map(str, messages)]


def _number(entry: Field, line: Line) -> Decimal | None:
    """How many the form says of a line; what was added and is empty now is none."""
    if line.extra and _is_none(entry):
        return Decimal(0)
    said: Decimal | None = entry.data
    return said


def _is_none(entry: Field) -> bool:
    """Whether the form was sent with an empty number, or none above 0."""
    return bool(entry.raw_data) and (entry.data or 0) <= 0


def in_hours_too(line: Line) -> bool:
    """Whether one of it costs money, and hours on top."""
    return [one.currency for one in line.prices[1:]] == [HOUR]


def _prices(given: FormField, line: Line) -> tuple[Money, ...]:
    """The prices of a line, those of them anew that the form says."""
    said = (given.form.price.data, given.form.hours.data if in_hours_too(line) else None)
    return tuple(
        known if sum_ is None else Money.of(sum_, known.currency)
        for known, sum_ in itertools.zip_longest(line.prices, said[: len(line.prices)])
    )
