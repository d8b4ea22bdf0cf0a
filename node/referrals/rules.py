"""What may be written down and passed on, and what of a peer's Offer may stand. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from node import content
from node.errors import InvalidInput
from node.i18n import Text, _
from node.money import LARGEST_AMOUNT, Money, is_currency, scale_of
from node.policies import Breach
from node.referrals.fees import Ceilings, FeeFault, FeeKind, FeeTerms, fault_in
from protocol.vocabulary.referrals import FeeOnWire, ReferralOnWire

LONGEST_SUMMARY = 600
LONGEST_WORD = 60
LONGEST_LINE = 200
LONGEST_NOTES = 2_000
MOST_RECIPIENTS = 8
LONGEST_WAIT = timedelta(days=60)
"""No coop is given longer than this to answer, ours or theirs."""
CONSENT_TEXT = 1
"""Version of the words a person says yes to; raise it when they change."""

FIELDS = ("name", "phone", "email", "address", "notes")
FILE = "file"
SHAREABLE = (*FIELDS, FILE)
"""All that a person can be asked to let a coop have."""
FIELD_WORDS: Mapping[str, Text] = {
    "name": _("Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "address": _("Address"),
    "notes": _("What else helps"),
    "file": _("Their file"),
}
_WAYS_TO_REACH = ("phone", "email", "address")


class Urgency(StrEnum):
    """How soon it is needed."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


URGENCY_WORDS: Mapping[Urgency, Text] = {
    Urgency.ROUTINE: _("no hurry"),
    Urgency.SOON: _("soon"),
    Urgency.URGENT: _("urgent, not an emergency"),
}


class Channel(StrEnum):
    """How a person said yes."""

    LINK = "link"
    PAPER = "paper"
    VOICE = "voice"


CHANNEL_WORDS: Mapping[Channel, Text] = {
    Channel.LINK: _("on their own page"),
    Channel.PAPER: _("on paper"),
    Channel.VOICE: _("aloud, before a witness"),
}


class Draft(Struct, frozen=True):
    """A need as somebody writes it down. Amounts in whole units of `currency`. fee_kind: empty for
    that which the listing offers, where it is begun."""

    summary: str
    category: str = ""
    place: str = ""
    urgency: str = Urgency.ROUTINE
    listing_uri: str | None = None
    currency: str = ""
    budget: Decimal | None = None
    fee_kind: str = FeeKind.NONE
    fee_amount: Decimal | None = None
    fee_percent: Decimal | None = None
    fee_at_most: Decimal | None = None


class Need(Struct, frozen=True):
    """A need that may be passed on. budget and fee share the currency."""

    summary: str
    category: str
    place: str
    urgency: Urgency
    listing_uri: str | None
    currency: str | None
    budget: Money | None
    fee: FeeTerms


class Refusal(Struct, frozen=True):
    """Why a peer's Offer may not stand: what the peer is told, with status 422.

    breach: the policy that it breaks, if it is that.
    """

    code: str
    detail: str
    breach: Breach | None = None


def checked(draft: Draft, ceilings: Ceilings, person: Mapping[str, str]) -> Need:
    """The need as it is kept. Raises InvalidInput, field by field."""
    complaints: dict[str, list[Text]] = {}
    summary = content.paragraphs(draft.summary, LONGEST_SUMMARY + 1)
    if not summary:
        complaints["summary"] = [_("Say in a sentence what is needed.")]
    elif len(summary) > LONGEST_SUMMARY:
        complaints["summary"] = [_("Use at most %(n)s characters.", n=LONGEST_SUMMARY)]
    elif said := _names(summary, person):
        text = _(
            "This is read before anyone has said yes, so it may not name “%(word)s”.", word=said
        )
        complaints["summary"] = [text]
    if draft.urgency not in set(Urgency):
        complaints["urgency"] = [_("Choose how soon it is needed.")]
    if draft.fee_kind not in set(FeeKind):
        complaints["fee_kind"] = [_("Choose what the other coop owes us for it.")]
    currency = draft.currency.strip().upper() or None
    if currency and not is_currency(currency):
        complaints["currency"] = [_("Use a currency code such as GBP, EUR or HOUR.")]
    if complaints:
        raise InvalidInput(complaints)
    budget = _money("budget", draft.budget, currency)
    fee = FeeTerms(
        FeeKind(draft.fee_kind),
        _money("fee_amount", draft.fee_amount, currency),
        _share(draft.fee_percent),
        _money("fee_at_most", draft.fee_at_most, currency),
    )
    category = content.name(draft.category, LONGEST_WORD)
    if fault := fault_in(fee, category, budget, ceilings):
        raise InvalidInput({fault.field: [_complaint(fault)]})
    return Need(
        summary,
        category,
        content.name(draft.place, LONGEST_LINE),
        Urgency(draft.urgency),
        draft.listing_uri,
        currency,
        budget,
        _only_what_it_needs(fee),
    )


def checked_person(person: Mapping[str, str]) -> dict[str, str]:
    """The person's data as they are sealed, empty fields left out. Raises InvalidInput."""
    clean = {
        name: content.paragraphs(person.get(name, ""), LONGEST_NOTES)
        if name == "notes"
        else content.name(person.get(name, ""), LONGEST_LINE)
        for name in FIELDS
    }
    told = {name: value for name, value in clean.items() if value}
    if not told:
        return {}
    if "name" not in told:
        raise InvalidInput({"name": [_("Say who it is about.")]})
    if not any(way in told for way in _WAYS_TO_REACH):
        raise InvalidInput({"phone": [_("Give one way to reach them.")]})
    return told


def need_in(
    wire: ReferralOnWire, ceilings: Ceilings, *, answer_due: datetime | None, now: datetime
) -> Need | Refusal:
    """A peer's need as we may keep it, or what is wrong with it by our own rules."""
    if answer_due is None or not now < answer_due <= now + LONGEST_WAIT:
        return Refusal(
            "offer-expired",
            "The Offer's endTime says until when we can answer; it must lie ahead of our clock, "
            f"and not more than {LONGEST_WAIT.days} days.",
        )
    if breach := _answers_too_late(answer_due - now, ceilings):
        return Refusal(breach.code, breach.for_program, breach)
    if wire.consent_until <= now:
        return Refusal("consent-expired", "The person's consent has run out (consentUntil).")
    summary = content.paragraphs(content.plain(wire.summary), LONGEST_SUMMARY)
    if not summary:
        return Refusal("bad-property", "The content has no words in it.")
    if wire.currency is not None and not is_currency(wire.currency):
        return Refusal("bad-currency", f"We do not know the currency {wire.currency}.")
    if wire.fee.kind not in set(FeeKind):
        return Refusal("bad-fee", "The feeKind is none that we know.")
    try:
        budget = _money("budget", wire.budget, wire.currency)
        fee = _fee_in(wire.fee, wire.currency)
    except InvalidInput as error:
        return Refusal("bad-amount", str(error))
    if budget is not None and budget.amount <= 0:
        return Refusal("bad-amount", "The budget must be more than nothing.")
    category = content.name(wire.category or "", LONGEST_WORD)
    if fault := fault_in(fee, category, budget, ceilings):
        breach = fault.breach
        return Refusal(fault.code, breach.for_program if breach else str(fault.text), breach)
    return Need(
        summary,
        category,
        content.name(wire.place or "", LONGEST_LINE),
        Urgency(wire.urgency) if wire.urgency in set(Urgency) else Urgency.ROUTINE,
        wire.listing,
        wire.currency,
        budget,
        fee,
    )


def money_in(name: str, value: Decimal | None, currency: str | None) -> Money | None:
    """An amount that somebody gave. Raises InvalidInput for the field."""
    return _money(name, value, currency)


def _fee_in(fee: FeeOnWire, currency: str | None) -> FeeTerms:
    return _only_what_it_needs(
        FeeTerms(
            FeeKind(fee.kind),
            _money("feeAmount", fee.amount, currency),
            _share(fee.percent, "feePercent"),
            _money("feeAtMost", fee.at_most, currency),
        )
    )


def _only_what_it_needs(fee: FeeTerms) -> FeeTerms:
    if fee.is_free:
        return FeeTerms(fee.kind)
    if fee.kind is FeeKind.FLAT:
        return FeeTerms(fee.kind, amount=fee.amount)
    return replace(fee, amount=None)


def _money(name: str, value: Decimal | None, currency: str | None) -> Money | None:
    if value is None:
        return None
    if currency is None:
        raise InvalidInput({name: [_("Say in which currency.")]})
    units = value.scaleb(scale_of(currency)) if value.is_finite() else value
    if not units.is_finite() or units != units.to_integral_value():
        text = _(
            "%(currency)s has at most %(scale)s decimals.",
            currency=currency,
            scale=scale_of(currency),
        )
        raise InvalidInput({name: [text]})
    if not 0 < units <= LARGEST_AMOUNT:
        raise InvalidInput({name: [_("Use an amount above nothing, and below a billion.")]})
    return Money(int(units), currency, scale_of(currency))


def _share(percent: Decimal | None, name: str = "fee_percent") -> int:
    if percent is None:
        return 0
    hundredths = percent * 100 if percent.is_finite() else percent
    if not hundredths.is_finite() or hundredths != hundredths.to_integral_value():
        raise InvalidInput({name: [_("Use at most two decimals.")]})
    if not 0 < hundredths <= 10_000:
        raise InvalidInput({name: [_("A part is above 0 % and at most 100 %.")]})
    return int(hundredths)


def _names(summary: str, person: Mapping[str, str]) -> str | None:
    """Something in the summary that says who it is."""
    folded = summary.casefold()
    whole = [person[key] for key in ("name", "phone", "email", "address") if person.get(key)]
    parts = [part for part in person.get("name", "").split() if len(part) > 3]
    return next((said for said in (*whole, *parts) if said.casefold() in folded), None)


def _complaint(fault: FeeFault) -> Text:
    return fault.breach.for_people if fault.breach else fault.text


def _answers_too_late(wait: timedelta, ceilings: Ceilings) -> Breach | None:
    """Two coops' clocks may be an hour apart."""
    days, limit = ceilings.answer_days, ceilings.answer
    if days is None or limit is None or wait <= timedelta(days=days, hours=1):
        return None
    text = _("The time to answer is longer than the coops have agreed.")
    return Breach("answer-too-late", text, limit, str(-(-wait // timedelta(days=1))))
