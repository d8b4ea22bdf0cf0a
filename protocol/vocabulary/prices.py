"""What a listing costs, as the reciprocal intent of FEP-0837 and a few own properties.

The reciprocal intent says how much of which currency; `priceUnit` says for how much of the thing,
`minimumPrice` and `maximumPrice` span a sliding scale (the amount is then what is suggested),
`priceText` says it in words. `alternatives` are further prices, one of which can be paid instead:
readers that know one price read the first. `federationPrices` are such, for members of coops that
are in a federation with the listing's: who does not know the name offers them to nobody. `extras`
are what can be added: Intents beside the primary one, each with a reciprocal of its own.

What one sum does not say whole, such as money and hours together, stands in `wholePrice` alone: a
reader that does not know it finds no sum that would be wrong, and shows the words.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from protocol.contexts import NAMESPACE
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import (
    as_list,
    boolean,
    decimal,
    measure,
    nodes,
    one_id,
    one_node,
    part,
    plain_number,
    quantity,
    text,
)

# FEP-0837's examples name currencies by Wikidata; others go by their ISO 4217 code.
_WIKIDATA = {
    "GBP": "Q25224",
    "EUR": "Q4916",
    "USD": "Q4917",
    "CHF": "Q25344",
    "SEK": "Q122922",
    "NOK": "Q132643",
    "DKK": "Q25417",
    "PLN": "Q123213",
    "CZK": "Q131016",
    "KES": "Q202882",
}
_CODE_OF = {item: code for code, item in _WIKIDATA.items()}
_WIKIDATA_IRI = re.compile(r"https?://(?:www\.)?wikidata\.org/(?:wiki|entity)/(Q\d+)", re.ASCII)
_ISO = "urn:iso:std:iso:4217:"
_COMMUNITY = f"{NAMESPACE}currency/"
LONGEST_TEXT = 200
"""A price in words that a node of 0.1.0 keeps whole."""
_ISO_CODE = re.compile(r"[A-Z]{3}", re.ASCII)

# Units of measure that om2 has a name for; every other unit is counted as "one".
_OM2_UNITS = frozenset(
    {"hour", "day", "week", "month", "year", "gram", "kilogram", "litre", "metre", "kilometre"}
)


class SeasonOnWire(Struct, frozen=True):
    """Days from `first` to `last`, both counted, and what one of them costs; yearly: these days of
    each year."""

    first: date
    last: date
    amount: Decimal
    yearly: bool = False

    @property
    def days(self) -> str:
        """For people."""
        if not self.yearly:
            return f"{self.first}/{self.last}"
        return f"every year {self.first:%m-%d}/{self.last:%m-%d}"


class PriceOnWire(Struct, frozen=True):
    """A price; all None is no price. `currency` is ISO 4217 or a community's own (HOUR)."""

    amount: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    text: str | None = None
    label: str | None = None
    """For what it is, where one chooses between several."""
    least: Decimal | None = None
    step: Decimal | None = None
    most: Decimal | None = None
    """How many units one takes at this price, and in which steps above the least."""
    hours: Decimal | None = None
    """Asked on top of the money, for each unit."""

    seasons: tuple[SeasonOnWire, ...] = ()
    """When one of it costs something else."""
    conditions: dict[str, Any] | None = None
    """JSON, exactly as sent: taxes and a deposit in place of those of the listing."""

    @property
    def is_whole(self) -> bool:
        """Whether it is more than one sum, or one scale, says."""
        return self.hours is not None or bool(self.seasons) or self.conditions is not None


def om2_unit(price: PriceOnWire | None) -> str:
    """The unit in which the offered thing is counted."""
    unit = None if price is None else price.unit
    return unit if unit in _OM2_UNITS else "one"


def price_fields(price: PriceOnWire | None, proposal_id: str) -> dict[str, Any]:
    """The properties that a price adds to a Proposal."""
    if price is None:
        return {}
    return {"reciprocal": _reciprocal(price, proposal_id), **_beside(price)}


def alternative_documents(
    prices: Sequence[PriceOnWire], proposal_id: str, first: int = 2
) -> list[dict[str, Any]]:
    """Further prices as Intents, one of which can stand in place of the reciprocal one. first: the
    number in the id of the first of them."""
    return [
        part(
            "Intent",
            f"{proposal_id}#reciprocal-{number}",
            name=price.label,
            action="transfer",
            **_sum_of(price),
            **_beside(price),
        )
        for number, price in enumerate(prices, first)
    ]


def intent_id(proposal_id: str, extra: int = 0) -> str:
    """The Intent of the thing itself, or of what can be added to it, counted from 1."""
    return f"{proposal_id}#primary-{extra + 1}" if extra else f"{proposal_id}#primary"


def extra_documents(
    extras: Sequence[PriceOnWire], proposal_id: str, action: str
) -> list[dict[str, Any]]:
    """What can be added, as Intents that are each taken against a sum of money."""
    return [
        part(
            "Intent",
            intent_id(proposal_id, number),
            name=price.label,
            action=action,
            resourceQuantity=measure(Decimal(1)),
            quantities=_quantities(price),
            reciprocal=part("Intent", action="transfer", **_sum_of(price)),
        )
        for number, price in enumerate(extras, 1)
    ]


def parse_extras(proposal: dict[str, Any]) -> tuple[PriceOnWire, ...]:
    """What can be added, of a normalised Proposal. Raises MalformedDocument for odd numbers."""
    found = []
    for intent in nodes(proposal.get("extras")):
        reciprocal = one_node(intent.get("reciprocal")) or {}
        amount, _ = quantity(one_node(reciprocal.get("resourceQuantity")))
        currency = currency_of(one_id(reciprocal.get("resourceConformsTo")))
        words = text(intent, "name")
        found.append(PriceOnWire(amount, currency, label=words, **_quantities_in(intent)))
    return tuple(found)


def parse_price(proposal: dict[str, Any]) -> PriceOnWire | None:
    """Read the price of a normalised Proposal; None if it has none."""
    reciprocal = next(iter(nodes(proposal.get("reciprocal"))), {})
    amount, _ = quantity(one_node(reciprocal.get("resourceQuantity")))
    price = PriceOnWire(
        amount=amount,
        currency=currency_of(one_id(reciprocal.get("resourceConformsTo"))),
        unit=text(proposal, "priceUnit") or _unit_offered(proposal),
        minimum=decimal(proposal, "minimumPrice"),
        maximum=decimal(proposal, "maximumPrice"),
        text=text(proposal, "priceText"),
        label=text(reciprocal, "name"),
        **_quantities_in(proposal),
    )
    price = _whole_in(price, proposal)
    return None if price == PriceOnWire() else price


def parse_alternatives(proposal: dict[str, Any]) -> tuple[PriceOnWire, ...]:
    """The further prices of a normalised Proposal; a second reciprocal intent is one too."""
    _first, *more = nodes(proposal.get("reciprocal")) or [{}]
    return _prices_in((*more, *nodes(proposal.get("alternatives"))))


def parse_federation_prices(proposal: dict[str, Any]) -> tuple[PriceOnWire, ...]:
    """Those of a normalised Proposal that are for members of coops in a federation with its own."""
    return _prices_in(nodes(proposal.get("federationPrices")))


def _prices_in(intents: Iterable[dict[str, Any]]) -> tuple[PriceOnWire, ...]:
    found = []
    for intent in intents:
        amount, _ = quantity(one_node(intent.get("resourceQuantity")))
        price = PriceOnWire(
            amount=amount,
            currency=currency_of(one_id(intent.get("resourceConformsTo"))),
            unit=text(intent, "priceUnit"),
            minimum=decimal(intent, "minimumPrice"),
            maximum=decimal(intent, "maximumPrice"),
            text=text(intent, "priceText"),
            label=text(intent, "name"),
            **_quantities_in(intent),
        )
        price = _whole_in(price, intent)
        if price != PriceOnWire():
            found.append(price)
    return tuple(found)


def currency_iri(code: str) -> str:
    """Wikidata for common currencies, `urn:iso:std:iso:4217:XXX` for others, ours for credits."""
    if code in _WIKIDATA:
        return f"https://www.wikidata.org/wiki/{_WIKIDATA[code]}"
    return (_ISO if _ISO_CODE.fullmatch(code) else _COMMUNITY) + code


def _reciprocal(price: PriceOnWire, proposal_id: str) -> dict[str, Any] | None:
    if price.amount is None and price.currency is None:
        return None
    return part(
        "Intent",
        f"{proposal_id}#reciprocal",
        name=price.label,
        action="transfer",
        **_sum_of(price),
    )


def _sum_of(price: PriceOnWire) -> dict[str, Any]:
    """Of what one sum does not say whole the currency alone, which a deposit is in."""
    return {
        "resourceConformsTo": None if price.currency is None else currency_iri(price.currency),
        "resourceQuantity": None if price.is_whole else measure(price.amount),
    }


def _beside(price: PriceOnWire) -> dict[str, Any]:
    """What is said of a price beside its sum."""
    said = {"priceUnit": price.unit, "quantities": _quantities(price)}
    if price.is_whole:
        return said | {"priceText": in_words(price), "wholePrice": _whole(price)}
    return said | {
        "minimumPrice": None if price.minimum is None else plain_number(price.minimum),
        "maximumPrice": None if price.maximum is None else plain_number(price.maximum),
        "priceText": price.text,
    }


def in_words(price: PriceOnWire) -> str:
    """All of a price, for people: 14 EUR + 1 HOUR / visit. Of many seasons the least and the most:
    what is cut off at its end would be wrong."""
    ends = [end for end in (price.minimum, price.maximum) if end is not None]
    if price.amount is not None and not ends:
        ends = [price.amount]
    if not ends:
        return price.text or ""
    seasons = "".join(f"; {one.days} {_sum(price, one.amount)}" for one in price.seasons)
    said = _said(price, f"{_sum(price, *ends)}{seasons}")
    if len(said) <= LONGEST_TEXT:
        return said
    every = [*ends, *(one.amount for one in price.seasons)]
    least, most = min(every), max(every)
    return _said(replace(price, label=None, text=None), _sum(price, least, most))


def _said(price: PriceOnWire, sums: str) -> str:
    said = f"{price.label}: {sums}" if price.label else sums
    return f"{said} · {price.text}" if price.text else said


def _sum(price: PriceOnWire, *amounts: Decimal) -> str:
    """One of it: 14–22 EUR + 1 HOUR / visit."""
    span = "–".join(dict.fromkeys(map(plain_number, amounts)))
    said = " ".join(filter(None, (span, price.currency)))
    if price.hours is not None:
        said = f"{said} + {plain_number(price.hours)} HOUR"
    return f"{said} / {price.unit}" if price.unit else said


def _whole(price: PriceOnWire) -> dict[str, Any]:
    sums = {name: getattr(price, name) for name in _SUMS}
    said = {name: plain_number(one) for name, one in sums.items() if one is not None}
    words = {"currency": price.currency, "label": price.label, "text": price.text}
    more = {name: one for name, one in words.items() if one}
    lists = {"seasons": _seasons(price), "conditions": price.conditions}
    return said | more | {name: one for name, one in lists.items() if one}


def _seasons(price: PriceOnWire) -> list[dict[str, Any]]:
    return [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
            "amount": plain_number(one.amount),
        }
        | ({"yearly": True} if one.yearly else {})
        for one in price.seasons
    ]


def _season(said: Any) -> SeasonOnWire:
    """Raises MalformedDocument."""
    try:
        first, last = (date.fromisoformat(said[name]) for name in ("first", "last"))
        amount = decimal(said, "amount")
    except (KeyError, TypeError, ValueError):
        amount = None
    if amount is None:
        raise MalformedDocument("A season is first, last and amount.", code="bad-property")
    return SeasonOnWire(first, last, amount, boolean(said, "yearly"))


def _whole_in(price: PriceOnWire, document: dict[str, Any]) -> PriceOnWire:
    """What a price says whole, in place of its words for readers that do not know that; those,
    where it says something that we do not know: a part of a price is a wrong one.

    Raises MalformedDocument for what is no number.
    """
    said = document.get("wholePrice")
    if said is None:
        return price
    if not isinstance(said, dict):
        raise MalformedDocument("The wholePrice must be one JSON object.", code="bad-property")
    seasons, conditions = as_list(said.get("seasons")), said.get("conditions")
    if not isinstance(conditions, dict | None):
        raise MalformedDocument("The conditions must be one JSON object.", code="bad-property")
    if said.keys() - _WHOLE or any(
        isinstance(one, dict) and one.keys() - _SEASON for one in seasons
    ):
        return price
    sums: dict[str, Any] = {name: decimal(said, name) for name in _SUMS}
    return replace(
        price,
        currency=text(said, "currency"),
        label=text(said, "label"),
        text=text(said, "text"),
        seasons=tuple(map(_season, seasons)),
        conditions=conditions,
        **sums,
    )


_SUMS = ("amount", "minimum", "maximum", "hours")
_SEASON = frozenset({"first", "last", "amount", "yearly"})
_WHOLE = frozenset({*_SUMS, "currency", "label", "text", "seasons", "conditions"})


def currency_of(iri: str | None) -> str | None:
    """The code behind an IRI: `currency_iri` the other way round; None if it is none we know."""
    if iri is None:
        return None
    if match := _WIKIDATA_IRI.fullmatch(iri):
        return _CODE_OF.get(match[1])
    for prefix in (_ISO, _COMMUNITY):
        if iri.startswith(prefix):
            return iri.removeprefix(prefix) or None
    return None


def _quantities(price: PriceOnWire) -> dict[str, str] | None:
    said = {"least": price.least, "step": price.step, "most": price.most}
    return {name: plain_number(one) for name, one in said.items() if one is not None} or None


def _quantities_in(document: dict[str, Any]) -> dict[str, Any]:
    """Raises MalformedDocument for what is no number."""
    said = document.get("quantities")
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise MalformedDocument("The quantities must be one JSON object.", code="bad-property")
    return {name: decimal(said, name) for name in ("least", "step", "most")}


def _unit_offered(proposal: dict[str, Any]) -> str | None:
    if "reciprocal" not in proposal:
        return None
    primary = one_node(proposal.get("publishes")) or {}
    _, unit = quantity(one_node(primary.get("resourceQuantity")))
    return unit if unit in _OM2_UNITS else None
