"""What somebody agreed on with others, and what they said of themselves for it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from federation.storage import Reader
from node import handoffs, vault
from node.agreements.models import (
    Agreement,
    AgreementStep,
    AgreementVersion,
    contact_table,
)
from node.agreements.sides import Role
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    stored,
)
from node.i18n import _

_c = contact_table.c


@data_map.about(
    "agreements",
    what=_("What you agreed on with others, in all its versions, and each step"),
    why=_("So that both sides can rely on it, and the books can be shown"),
    basis=Basis.CONTRACT,
    kept=Kept.FOR_GOOD,
    seen=Seen.SIDES,
    leaving=Leaving.NAMELESS,
    tables=("agreement", "agreement_version", "agreement_step"),
)
def agreements(person: Person) -> Lists:
    mine = _mine(person)
    ids = select(Agreement.id).where(mine)
    steps = or_(AgreementStep.agreement_id.in_(ids), of(AgreementStep.by, person.account_id))
    return {
        "agreements": stored(Agreement, mine, without=("asked_key",)),
        "versions": stored(AgreementVersion, AgreementVersion.agreement_id.in_(ids)),
        "steps": stored(AgreementStep, steps),
    }


@data_map.about(
    "contact-data",
    what=_("Name and contact that you gave for an agreement, and who fetched it"),
    why=_("So that the other side can reach you"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.SIDES,
    leaving=Leaving.RECALLED,
    tables=("agreement_contact", "agreement_parked", "handoff_access", "handoff_fetch"),
)
def contact_data(person: Person) -> Lists:
    me = person.account_id
    own = or_(
        and_(_c.role == Role.PROVIDER, of(Agreement.provider_account, me)),
        and_(_c.role == Role.CUSTOMER, of(Agreement.customer_account, me)),
    )
    given = select(contact_table).join(Agreement, Agreement.id == _c.agreement_id).where(own)
    return {
        "given": Chosen(given.order_by(_c.id), _opened),
        "fetched": handoffs.fetched(given.with_only_columns(_c.agreement_id)),
    }


def _mine(person: Person) -> ColumnElement[bool]:
    me = person.account_id
    return or_(of(Agreement.provider_account, me), of(Agreement.customer_account, me))


async def _opened(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    opened = await vault.unseal_many(reader, {row.id: row.box for row in rows})
    return [_said(row, opened[row.id]) for row in rows]


def _said(row: Any, told: dict[str, Any] | None) -> Row:
    """A contact with what can still be read of it."""
    marks = ("agreement_id", "role", "shared", "told_at", "withdrawn_at", "deleted_at")
    return {name: row._mapping[name] for name in marks} | (told or {})
