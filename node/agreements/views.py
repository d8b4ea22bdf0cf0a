"""Agreements as others are given them: frozen, with what follows from their terms ready."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Row

from node.agreements.fees import FeeLine
from node.agreements.feestore import read_fees
from node.agreements.life import OPEN, OVER, State
from node.agreements.paying import Deposit, Payment
from node.agreements.reading import read_money, stored_terms
from node.agreements.sides import Role, Side
from node.agreements.terms import Terms, plain, written_money
from node.money import Money


class Standing(StrEnum):
    """What became of a version of the terms."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"
    REPLACED = "replaced"


class AgreementView(Struct, frozen=True):
    """An agreement as it stands. terms: those that hold, or that are on the table."""

    id: str
    uri: str
    state: State
    payment: Payment
    deposit: Deposit
    outcome: str | None
    asked_by: Role
    provider_coop: str
    customer_coop: str
    peer: str | None
    their_uri: str | None
    provider_account: str | None
    customer_account: str | None
    guest: str | None
    seller: str
    listing_uri: str
    kind: str
    title: str
    sequence: int
    pending: int | None
    start_at: datetime | None
    end_at: datetime | None
    answer_by: datetime | None
    accept_id: str | None
    delivered: tuple[Decimal, ...]
    offered_refund: tuple[Money, ...]
    created_at: datetime
    updated_at: datetime
    agreed_at: datetime | None
    delivered_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    team: str | None = None
    pickup: str | None = None
    lots: tuple[str, ...] = ()
    """Which ones went with it."""

    @property
    def ours(self) -> frozenset[Role]:
        """The sides that are this coop's."""
        if self.peer is None:
            return frozenset(Role)
        return frozenset(role for role in Role if self.coop_of(role) != self.peer)

    @property
    def our_role(self) -> Role:
        """The side that we stand on towards a peer; the provider's where both are ours."""
        return Role.PROVIDER if Role.PROVIDER in self.ours else Role.CUSTOMER

    @property
    def has_delivered(self) -> bool:
        """Whether any of it was delivered."""
        return any(self.delivered)

    @property
    def is_open(self) -> bool:
        """Whether somebody has to answer."""
        return self.state in OPEN

    @property
    def is_over(self) -> bool:
        return self.state in OVER or self.state is State.SETTLED

    @property
    def to_answer(self) -> Role | None:
        """The side that has to answer now, if one has to."""
        if self.state in (State.REQUESTED, State.WAITING):
            return self.asked_by.other
        return self.asked_by if self.state is State.COUNTERED else None

    @property
    def shared_uri(self) -> str:
        """The address that both coops call it by: the one given by the side that was asked."""
        asked_us = self.asked_by.other in self.ours
        return self.uri if asked_us or self.their_uri is None else self.their_uri

    def side(self, role: Role) -> Side:
        return Side(role, asked=role is self.asked_by)

    def coop_of(self, role: Role) -> str:
        return self.provider_coop if role is Role.PROVIDER else self.customer_coop

    def account_of(self, role: Role) -> str | None:
        return self.provider_account if role is Role.PROVIDER else self.customer_account

    def team_of(self, role: Role) -> str | None:
        """The team on a side: what a team offers or needs others ask for, or answer."""
        return None if role is self.asked_by else self.team


class VersionView(Struct, frozen=True):
    """One version of the terms; documents: the Agreement as each side's coop signed it."""

    sequence: int
    author: Role
    standing: Standing
    terms: Terms
    digest: str
    activity_id: str | None
    documents: Mapping[Role, dict[str, Any]]
    fees: tuple[FeeLine, ...]
    policies: Mapping[str, str]
    created_at: datetime

    @property
    def signed_by(self) -> tuple[Role, ...]:
        """The sides whose coop has signed it."""
        return tuple(role for role in Role if role in self.documents)


class StepView(Struct, frozen=True):
    """One thing that happened."""

    id: str
    at: datetime
    event: str
    before: str
    after: str
    role: Role | None
    by: str
    detail: Mapping[str, Any]
    activity_id: str | None


def uri_of(base: str, agreement_id: str) -> str:
    """Our address of an agreement."""
    return f"{base}/agreements/{agreement_id}"


def agreement_view(row: Row[Any], base: str) -> AgreementView:
    """A row of the table; base: our address."""
    values: dict[str, Any] = {
        name: getattr(row, name, None) for name in AgreementView.__struct_fields__
    }
    values |= {
        "uri": uri_of(base, row.id),
        "state": State(row.state),
        "payment": Payment(row.payment),
        "deposit": Deposit(row.deposit),
        "asked_by": Role(row.asked_by),
        "delivered": tuple(Decimal(one) for one in row.delivered),
        "lots": tuple((row.lots or "").splitlines()),
        "offered_refund": tuple(read_money(one) for one in row.offered_refund),
    }
    return AgreementView(**values)


def columns_of(view: AgreementView) -> dict[str, Any]:
    """The columns of an agreement: `agreement_view` the other way round."""
    same = asdict(view)
    del same["uri"]
    return same | {
        "delivered": [plain(one) for one in view.delivered],
        "lots": "\n".join(view.lots) or None,
        "offered_refund": [written_money(one) for one in view.offered_refund],
    }


def version_view(row: Row[Any]) -> VersionView:
    """A row of the table of versions."""
    documents = {Role.PROVIDER: row.provider_document, Role.CUSTOMER: row.customer_document}
    return VersionView(
        sequence=row.sequence,
        author=Role(row.author),
        standing=Standing(row.standing),
        terms=stored_terms(row.terms),
        digest=row.digest,
        activity_id=row.activity_id,
        documents={role: document for role, document in documents.items() if document},
        fees=read_fees(row.fees),
        policies=row.policies,
        created_at=row.created_at,
    )


def step_view(row: Row[Any]) -> StepView:
    """A row of the history."""
    return StepView(
        row.id,
        row.at,
        row.event,
        row.before,
        row.after,
        Role(row.role) if row.role else None,
        row.by,
        row.detail,
        row.activity_id,
    )
