"""Agreements as they travel: terms to a FEP-0837 Agreement, and what others said to terms."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from federation import outbox
from federation.storage import UnitOfWork
from node import content
from node.agreements.choices import Step
from node.agreements.life import Event
from node.agreements.paying import DepositEvent, PaymentEvent
from node.agreements.reading import read_money
from node.agreements.reasons import from_english, in_english
from node.agreements.sides import Role
from node.agreements.terms import Terms, plain, written_money
from node.agreements.views import AgreementView
from node.money import Money
from protocol.errors import MalformedDocument
from protocol.vocabulary.agreements import (
    AgreementOnWire,
    Commitment,
    Statement,
    agreement_document,
    statement_document,
)
from protocol.vocabulary.prices import PriceOnWire, intent_id, om2_unit

KINDS: dict[Step, str] = {
    Event.START: "start",
    Event.DELIVER_PART: "partialDelivery",
    Event.DELIVER: "delivery",
    Event.CONFIRM: "confirmation",
    Event.REPORT_NO_SHOW: "noShow",
    Event.UPHOLD: "upheld",
    Event.OFFER_PARTIAL: "partialRefundOffer",
    Event.AGREE_PARTIAL: "partialRefundAccepted",
    Event.REFUND_ALL: "refundGranted",
    PaymentEvent.REQUEST_PAYMENT: "paymentRequest",
    PaymentEvent.MARK_PAID: "payment",
    PaymentEvent.RECEIVE: "paymentReceived",
    PaymentEvent.REFUND_PART: "partialRefund",
    PaymentEvent.REFUND: "refund",
    DepositEvent.RETURN_DEPOSIT: "depositReturned",
    DepositEvent.KEEP_DEPOSIT: "depositKept",
}
"""`kind` of the Document by which a coop says that a step was taken."""
STEPS = {kind: step for step, kind in KINDS.items()}

MOST_LOTS, LONGEST_LOT = 50, 200
_ACTIONS = {"goods": "transfer", "stay": "use", "lend": "use", "opening": "work"}


class Said(Struct, frozen=True):
    """What comes with a step. amounts: money of a payment, refund or offer of one; delivered: how
    much of each line by now; lots: which ones went with it; reason: a key of `reasons.REASONS`; of:
    what could still go back when a part of it was given back, so that saying it twice gives it back
    once."""

    amounts: tuple[Money, ...] = ()
    delivered: tuple[Decimal, ...] = ()
    lots: tuple[str, ...] = ()
    method: str | None = None
    reason: str | None = None
    of: tuple[Money, ...] = ()

    @property
    def detail(self) -> dict[str, Any]:
        """As the history keeps it."""
        said = {
            "amounts": [written_money(money) for money in self.amounts],
            "delivered": [plain(one) for one in self.delivered],
            "lots": list(self.lots),
            "method": self.method,
            "reason": self.reason,
        }
        return {name: value for name, value in said.items() if value}


def signed(uow: UnitOfWork, agreement: AgreementView, terms: Terms) -> dict[str, Any]:
    """Our Agreement document of these terms, with the coop's proof."""
    return outbox.sign_object(uow, agreement_document(on_wire(agreement, terms, uow)))


def on_wire(agreement: AgreementView, terms: Terms, uow: UnitOfWork) -> AgreementOnWire:
    """Terms as an Agreement of ours."""
    return AgreementOnWire(
        uri=agreement.uri,
        attributed_to=uow.identities.coop.uri,
        primary=tuple(
            Commitment(
                satisfies=intent_id(line.listing, line.extra),
                amount=Decimal(plain(line.quantity)),
                unit=om2_unit(PriceOnWire(unit=line.unit)),
                action=_ACTIONS.get(line.kind, "deliverService"),
            )
            for line in terms.lines
        ),
        reciprocal=tuple(
            Commitment(
                satisfies=f"{terms.lines[0].listing}#reciprocal",
                amount=money.decimal,
                action="transfer",
                currency=money.currency,
            )
            for money in terms.total
        ),
        terms=terms.document,
        terms_digest=terms.digest,
        updated=uow.now,
    )


def statement(
    uow: UnitOfWork, agreement: AgreementView, step: Step, said: Said, number: str, digest: str
) -> dict[str, Any]:
    """The signed Document that says that a step was taken."""
    return outbox.sign_object(
        uow,
        statement_document(
            Statement(
                uri=f"{agreement.uri}#{number}",
                kind=KINDS[step],
                attributed_to=uow.identities.coop.uri,
                context=agreement.shared_uri,
                terms_digest=digest,
                published=uow.now,
                name=_NAMES[step],
                method=said.method,
                amounts=[written_money(money) for money in said.amounts],
                delivered=[plain(one) for one in said.delivered],
                lots=list(said.lots),
                content=in_english(said.reason) or "",
            )
        ),
    )


def read_said(statement_: Statement) -> Said:
    """What came with a statement. Raises InvalidInput, MalformedDocument."""
    return Said(
        amounts=tuple(read_money(one) for one in statement_.amounts),
        delivered=tuple(_quantity(one) for one in statement_.delivered),
        lots=_lots(statement_.lots),
        method=statement_.method,
        reason=from_english(statement_.content),
    )


def _lots(said: list[Any]) -> tuple[str, ...]:
    """What is no text is left out."""
    texts = (content.name(one, LONGEST_LOT) for one in said[:MOST_LOTS] if isinstance(one, str))
    return tuple(filter(None, texts))


def _quantity(stored: object) -> Decimal:
    digits = stored.replace(".", "", 1) if isinstance(stored, str) else ""
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 15:
        raise MalformedDocument(
            "What is delivered is a list of quantities, each a text in digits.",
            code="bad-property",
        )
    return Decimal(str(stored))


def role_documents(
    agreement: AgreementView, document: dict[str, Any], roles: frozenset[Role]
) -> dict[str, Any]:
    """The columns in which the documents of these sides stand."""
    return {f"{role.value}_document": document for role in roles & agreement.ours}


def published_at(statement_: Statement, received_at: datetime) -> datetime:
    """When a peer says that it happened: not later than it reached us."""
    return min(statement_.published or received_at, received_at)


# Names for readers that know AS2 and nothing else.
_NAMES: dict[Step, str] = {
    Event.START: "Begun",
    Event.DELIVER_PART: "Partly delivered",
    Event.DELIVER: "Delivered",
    Event.CONFIRM: "Confirmed",
    Event.REPORT_NO_SHOW: "Nobody came",
    Event.UPHOLD: "It stands",
    Event.OFFER_PARTIAL: "Part of the price offered back",
    Event.AGREE_PARTIAL: "Part of the price taken back",
    Event.REFUND_ALL: "The whole price is given back",
    PaymentEvent.REQUEST_PAYMENT: "Payment asked for",
    PaymentEvent.MARK_PAID: "Paid",
    PaymentEvent.RECEIVE: "Payment received",
    PaymentEvent.REFUND_PART: "Part of the payment given back",
    PaymentEvent.REFUND: "Payment given back",
    DepositEvent.RETURN_DEPOSIT: "Deposit given back",
    DepositEvent.KEEP_DEPOSIT: "Deposit kept, all or a part",
}
