"""Agreements: FEP-0837's `Agreement` with its commitments, and what is said about one later.

An Agreement says what FEP-0837 says (so much of a listing, against so much money), and beside it
the whole `terms` as JSON with their `termsDigest`, for servers that read them. Statements about an
agreement (delivered, paid, confirmed) are `Document`s with a `kind`; their `context` names it.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from protocol import datetimes
from protocol.errors import MalformedDocument
from protocol.vocabulary.activities import Recipients, activity
from protocol.vocabulary.base import (
    measure,
    moment,
    new_document,
    nodes,
    one_id,
    part,
    quantity,
    text,
)
from protocol.vocabulary.prices import currency_iri, currency_of

# The stored FEP's own Accept example misspells the property; both are read, the right one written.
_STIPULATES = ("stipulates", "stiplulates")
_RECIPROCAL = ("stipulatesReciprocal", "stiplulatesReciprocal")
_UNIT_NAMES = {"1": "one", "unit": "one", "each": "one", "piece": "one", "h": "hour"}
_FRAGMENT = re.compile(r"#(primary|reciprocal)(-[2-9])?$", re.ASCII)


class Commitment(Struct, frozen=True):
    """A promise of so much of something. satisfies: an intent of the listing (`…#primary`).

    currency: of money that is promised, if its kind was named.
    """

    satisfies: str | None
    amount: Decimal | None
    unit: str = "one"
    action: str | None = None
    currency: str | None = None

    @property
    def listing(self) -> str | None:
        """The listing whose intent it satisfies."""
        return None if self.satisfies is None else _FRAGMENT.sub("", self.satisfies)

    @property
    def extra(self) -> int:
        """Which of what can be added to the listing, from 1; 0: the thing itself."""
        found = _FRAGMENT.search(self.satisfies or "")
        return int(found[2][1:]) - 1 if found and found[1] == "primary" and found[2] else 0


class AgreementOnWire(Struct, frozen=True):
    """An Agreement between coops. terms: exactly as sent; whoever uses them checks them."""

    attributed_to: str | None
    primary: tuple[Commitment, ...]
    reciprocal: tuple[Commitment, ...]
    uri: str | None = None
    terms: dict[str, Any] | None = None
    terms_digest: str | None = None
    updated: datetime | None = None


class Statement(Struct, frozen=True):
    """What a coop says about an agreement. amounts, delivered, lots: JSON, exactly as sent."""

    uri: str
    kind: str | None
    attributed_to: str
    context: str | None
    terms_digest: str | None
    published: datetime | None
    name: str = ""
    method: str | None = None
    amounts: list[Any] = field(default_factory=list)
    delivered: list[Any] = field(default_factory=list)
    lots: list[Any] = field(default_factory=list)
    content: str = ""


def agreement_document(wire: AgreementOnWire) -> dict[str, Any]:
    """The Agreement, ready to be signed."""
    return new_document(
        "Agreement",
        wire.uri,
        attributedTo=wire.attributed_to,
        updated=None if wire.updated is None else datetimes.format(wire.updated),
        stipulates=_written(wire, wire.primary, "primary"),
        stipulatesReciprocal=_written(wire, wire.reciprocal, "reciprocal"),
        terms=wire.terms,
        termsDigest=wire.terms_digest,
    )


def parse_agreement(document: dict[str, Any]) -> AgreementOnWire:
    """Read a normalised Agreement, ours or any FEP-0837 server's. Raises MalformedDocument."""
    if document.get("type") != "Agreement":
        raise MalformedDocument("The object must be an Agreement.", code="unsupported-type")
    terms = document.get("terms")
    if terms is not None and not isinstance(terms, dict):
        raise MalformedDocument("The terms must be one JSON object.", code="bad-property")
    return AgreementOnWire(
        uri=one_id(document.get("id")),
        attributed_to=one_id(document.get("attributedTo")),
        primary=_commitments(document, _STIPULATES),
        reciprocal=_commitments(document, _RECIPROCAL),
        terms=terms,
        terms_digest=text(document, "termsDigest"),
        updated=moment(document, "updated"),
    )


def offer(
    actor: str,
    agreement: dict[str, Any],
    to: Recipients,
    *,
    deadline: datetime,
    answers: str | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    """Offer an Agreement, to be answered by a deadline.

    answers: the Offer that it counters. context: the conversation that led to it.
    """
    return activity(
        "Offer",
        "",
        actor,
        agreement,
        to,
        endTime=datetimes.format(deadline),
        inReplyTo=answers,
        context=context,
    )


def statement_document(said: Statement) -> dict[str, Any]:
    """A Document about an agreement, ready to be signed."""
    return new_document(
        "Document",
        said.uri,
        kind=said.kind,
        name=said.name,
        attributedTo=said.attributed_to,
        context=said.context,
        termsDigest=said.terms_digest,
        published=None if said.published is None else datetimes.format(said.published),
        method=said.method,
        amounts=said.amounts,
        delivered=said.delivered,
        lots=said.lots,
        content=said.content,
    )


def parse_statement(document: dict[str, Any], author: str) -> Statement:
    """Read a normalised Document about an agreement. Raises MalformedDocument."""
    return Statement(
        uri=one_id(document.get("id")) or "",
        kind=text(document, "kind"),
        attributed_to=one_id(document.get("attributedTo")) or author,
        context=one_id(document.get("context")),
        terms_digest=text(document, "termsDigest"),
        published=moment(document, "published"),
        name=text(document, "name") or "",
        method=text(document, "method"),
        amounts=_json_list(document, "amounts"),
        delivered=_json_list(document, "delivered"),
        lots=_json_list(document, "lots"),
        content=text(document, "content") or "",
    )


def _written(wire: AgreementOnWire, commitments: tuple[Commitment, ...], name: str) -> Any:
    """One commitment as itself, as FEP-0837 has it; several as a list."""
    written = [
        part(
            "Commitment",
            _commitment_id(wire.uri, name, position),
            action=one.action,
            satisfies=one.satisfies,
            resourceConformsTo=None if one.currency is None else currency_iri(one.currency),
            resourceQuantity=measure(one.amount, one.unit),
        )
        for position, one in enumerate(commitments)
    ]
    return written[0] if len(written) == 1 else written


def _commitment_id(uri: str | None, name: str, position: int) -> str | None:
    if uri is None:
        return None
    return f"{uri}#{name}" if position == 0 else f"{uri}#{name}-{position + 1}"


def _commitments(document: dict[str, Any], names: tuple[str, ...]) -> tuple[Commitment, ...]:
    value = next((document[name] for name in names if name in document), None)
    return tuple(_commitment(node) for node in nodes(value))


def _commitment(node: dict[str, Any]) -> Commitment:
    measured = nodes(node.get("resourceQuantity"))
    amount, unit = quantity(measured[0] if measured else None)
    return Commitment(
        satisfies=one_id(node.get("satisfies")),
        amount=amount,
        unit=_UNIT_NAMES.get(unit or "one", unit or "one"),
        action=text(node, "action"),
        currency=currency_of(one_id(node.get("resourceConformsTo"))),
    )


def _json_list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    if isinstance(value, dict | str):  # a list of one is normalised to its item
        return [value]
    if not isinstance(value, list):
        raise MalformedDocument(f"The {name} must be a list.", code="bad-property")
    return value
