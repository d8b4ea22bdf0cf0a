"""Reading and writing the rows of one agreement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node.agreements.choices import Step
from node.agreements.fees import FeeLine
from node.agreements.feestore import written_fees
from node.agreements.models import agreement_table, step_table, version_table
from node.agreements.paying import PaymentEvent
from node.agreements.sides import Role
from node.agreements.terms import Terms
from node.agreements.views import (
    AgreementView,
    Standing,
    StepView,
    VersionView,
    agreement_view,
    columns_of,
    step_view,
    version_view,
)
from node.errors import NotFound
from node.i18n import _

_a = agreement_table.c
_v = version_table.c


async def find(reader: Reader, agreement_id: str) -> AgreementView | None:
    """One agreement, if it is here."""
    rows = await reader.rows(select(agreement_table).where(_a.id == agreement_id))
    return agreement_view(rows[0], reader.identities.base) if rows else None


async def load(reader: Reader, agreement_id: str) -> AgreementView:
    """As `find`. Raises NotFound."""
    found = await find(reader, agreement_id)
    if found is None:
        raise nothing()
    return found


async def versions(reader: Reader, agreement_id: str) -> list[VersionView]:
    """Every version of the terms, the first one first."""
    chosen = select(version_table).where(_v.agreement_id == agreement_id)
    return [version_view(row) for row in await reader.rows(chosen.order_by(_v.sequence))]


async def version(reader: Reader, agreement_id: str, sequence: int) -> VersionView:
    """One version of the terms."""
    chosen = select(version_table).where(_v.agreement_id == agreement_id, _v.sequence == sequence)
    [row] = await reader.rows(chosen)
    return version_view(row)


async def count_versions(reader: Reader, agreement_id: str) -> int:
    """How many versions of the terms there are."""
    chosen = select(func.count()).select_from(version_table)
    return await reader.scalar(chosen.where(_v.agreement_id == agreement_id)) or 0


async def latest_by(reader: Reader, agreement_id: str, author: Role) -> VersionView | None:
    """The last version that a side wrote."""
    chosen = select(version_table).where(_v.agreement_id == agreement_id, _v.author == author)
    rows = await reader.rows(chosen.order_by(_v.sequence.desc()).limit(1))
    return version_view(rows[0]) if rows else None


def nothing() -> NotFound:
    """What strangers hear, and those who ask for what is not there."""
    return NotFound(_("There is no such agreement."))


async def assign(uow: UnitOfWork, agreement_id: str, account_id: str) -> None:
    """Note which member of ours provides."""
    chosen = update(agreement_table).where(_a.id == agreement_id)
    await uow.execute(chosen.values(provider_account=account_id, updated_at=uow.now))


async def add(
    uow: UnitOfWork,
    view: AgreementView,
    *,
    asked_key: str | None = None,
    context: str | None = None,
) -> None:
    """Write a new agreement. asked_key: the digest by which the same asking is known again.
    context: the conversation that the peer named with it."""
    columns = columns_of(view) | {"asked_key": asked_key, "context": context}
    await uow.execute(insert(agreement_table).values(columns))


async def asked_with(reader: Reader, asked_key: str) -> AgreementView | None:
    """What was asked for with this key before."""
    rows = await reader.rows(select(agreement_table).where(_a.asked_key == asked_key))
    return agreement_view(rows[0], reader.identities.base) if rows else None


async def save(uow: UnitOfWork, view: AgreementView) -> None:
    """Write what changed of an agreement."""
    await uow.execute(update(agreement_table).where(_a.id == view.id).values(columns_of(view)))


async def add_version(
    uow: UnitOfWork,
    agreement_id: str,
    terms: Terms,
    *,
    author: Role,
    fees: Sequence[FeeLine],
    policies: Sequence[tuple[str, str]],
    activity_id: str | None,
    documents: dict[str, Any],
) -> VersionView:
    """Write a version that is proposed now. documents: by column, as `wire.role_documents`."""
    await uow.execute(
        insert(version_table).values(
            agreement_id=agreement_id,
            sequence=terms.sequence,
            author=author.value,
            standing=Standing.PROPOSED.value,
            terms=terms.document,
            digest=terms.digest,
            activity_id=activity_id,
            provider_document=documents.get("provider_document"),
            customer_document=documents.get("customer_document"),
            fees=written_fees(fees),
            policies=dict(policies),
            created_at=uow.now,
        )
    )
    return await version(uow, agreement_id, terms.sequence)


async def change_version(uow: UnitOfWork, agreement_id: str, sequence: int, **columns: Any) -> None:
    """Note what became of a version, or what came of the other side."""
    chosen = update(version_table).where(_v.agreement_id == agreement_id, _v.sequence == sequence)
    await uow.execute(chosen.values(**columns))


async def drop_version(uow: UnitOfWork, agreement_id: str, sequence: int) -> None:
    """Take away a version that the other side will never see."""
    await uow.execute(
        delete(version_table).where(_v.agreement_id == agreement_id, _v.sequence == sequence)
    )


async def log(
    uow: UnitOfWork,
    number: str,
    view: AgreementView,
    step: Step,
    before: str,
    after: str,
    *,
    role: Role | None,
    by: str,
    detail: dict[str, Any],
    activity_id: str | None,
) -> None:
    """Add a line to the history."""
    s = step_table.c
    last = await uow.scalar(select(func.max(s.seq)).where(s.agreement_id == view.id))
    await uow.execute(
        insert(step_table).values(
            id=number,
            agreement_id=view.id,
            seq=(last or 0) + 1,
            at=uow.now,
            event=step.value,
            before=before,
            after=after,
            role=role.value if role else None,
            by=by,
            detail=detail,
            activity_id=activity_id,
        )
    )


async def history(reader: Reader, agreement_id: str) -> list[StepView]:
    """What happened, the first thing first."""
    s = step_table.c
    chosen = select(step_table).where(s.agreement_id == agreement_id).order_by(s.seq)
    return [step_view(row) for row in await reader.rows(chosen)]


async def marked_method(reader: Reader, agreement_id: str) -> str | None:
    """How the customer said that it is paid; None if they did not say it."""
    s = step_table.c
    chosen = select(s.detail).where(
        s.agreement_id == agreement_id, s.event == PaymentEvent.MARK_PAID
    )
    found = await reader.scalars(chosen.order_by(s.seq.desc()).limit(1))
    return found[0].get("method") if found else None
