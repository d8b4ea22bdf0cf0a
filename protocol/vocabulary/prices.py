"""What a listing costs, as the reciprocal intent of FEP-0837 and a few own properties.

The reciprocal intent says how much of which currency; `priceUnit` says for how much of the thing,
`minimumPrice` and `maximumPrice` span a sliding scale (the amount is then what is suggested),
`priceText` says it in words. `alternatives` are further prices, one of which can be paid instead:
readers that know one price read the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from protocol.contexts import NAMESPACE
from protocol.errors import MalformedDocument
from protocol.vocabulary.base import (
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
_ISO_CODE = re.compile(r"[A-Z]{3}", re.ASCII)

# Units of measure that om2 has a name for; every other unit is counted as "one".
_OM2_UNITS = frozenset(
    {"hour", "day", "week", "month", "year", "gram", "kilogram", "litre", "metre", "kilometre"}
)


@dataclass(frozen=True, slots=True)
class PriceOnWire:
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


def om2_unit(price: PriceOnWire | None) -> str:
    """The unit in which the offered thing is counted."""
    unit = None if price is None else price.unit
    return unit if unit in _OM2_UNITS else "one"


def price_fields(price: PriceOnWire | None, proposal_id: str) -> dict[str, Any]:
    """The properties that a price adds to a Proposal."""
    if price is None:
        return {}
    return {
        "reciprocal": _reciprocal(price, proposal_id),
        "priceUnit": price.unit,
        "minimumPrice": None if price.minimum is None else plain_number(price.minimum),
        "maximumPrice": None if price.maximum is None else plain_number(price.maximum),
        "priceText": price.text,
        "quantities": _quantities(price),
    }


def alternative_documents(prices: Sequence[PriceOnWire], proposal_id: str) -> list[dict[str, Any]]:
    """Further prices as Intents, one of which can stand in place of the reciprocal one."""
    return [
        part(
            "Intent",
            f"{proposal_id}#reciprocal-{number}",
            name=price.label,
            action="transfer",
            resourceConformsTo=None if price.currency is None else currency_iri(price.currency),
            resourceQuantity=measure(price.amount),
            priceUnit=price.unit,
            minimumPrice=None if price.minimum is None else plain_number(price.minimum),
            maximumPrice=None if price.maximum is None else plain_number(price.maximum),
            priceText=price.text,
            quantities=_quantities(price),
        )
        for number, price in enumerate(prices, 2)
    ]


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
    return None if price == PriceOnWire() else price


def parse_alternatives(proposal: dict[str, Any]) -> tuple[PriceOnWire, ...]:
    """The further prices of a normalised Proposal; a second reciprocal intent is one too."""
    _first, *more = nodes(proposal.get("reciprocal")) or [{}]
    found = []
    for intent in (*more, *nodes(proposal.get("alternatives"))):
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
        resourceConformsTo=None if price.currency is None else currency_iri(price.currency),
        resourceQuantity=measure(price.amount),
    )


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


def _quantities_in(document: dict[str, Any]) -> dict[str, Decimal | None]:
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
