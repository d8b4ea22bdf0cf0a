"""What can be told of proposals besides their log: where one stands, and what of it is public."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, select

from federation.storage import Reader
from node.council.rows import store
from node.council.rows.models import federation_table, proposal_table
from node.council.rows.wire import SPOKEN
from node.council.state import variants
from node.council.state.record import Proposal, Record
from node.council.views.queries import ProposalView, proposal_view
from node.council.words import naming
from node.council.words.life import State

CERTIFIED = (State.RATIFYING, State.IN_FORCE, State.OVER, State.REJECTED)
UNSAID = (State.DRAFT, State.ADMISSIBLE)
_GOING = (
    State.DISCUSSION,
    State.FROZEN,
    State.NOTICE,
    State.OPEN,
    State.CLOSED,
    State.FINALISING,
    State.CERTIFIED,
)
_p = proposal_table.c
_NEWEST = (_p.created_at.desc(), _p.id.desc())


class Told(Struct, frozen=True):
    """A proposal as others may read of it: what was carried, once that is certified.

    labels: its options, each with a title, its name or its id.
    voters: how many coops have voted, of so many coops.
    tally: of a result that a quorum of coops counted the same.
    """

    view: ProposalView
    title: str
    text: str
    language: str
    digest: str
    proposed_at: datetime
    method: str
    labels: Mapping[str, str]
    voters: int
    coops: int
    tally: Mapping[str, Any] | None
    certified_at: datetime | None


class Kept(Struct, frozen=True):
    """Where a federation's log is kept. name: as its charter has it."""

    federation_id: str
    charter: str
    name: str
    host: str


async def kept_where(reader: Reader) -> list[Kept]:
    """Of each federation that has a log here, which coop keeps it."""
    f = federation_table.c
    chosen = select(f.id, f.digest, f.name, f.host).where(f.digest.is_not(None), f.size > 0)
    return [Kept(*row) for row in await reader.rows(chosen.order_by(f.id))]


async def kept_by(reader: Reader, federation_id: str) -> set[str]:
    """All coops that keep a federation's log, or once did."""
    known = await store.federation(reader, federation_id)
    record = await store.record(reader, known, with_leaves=False)
    return {each.host for each in record.keepers.values()} | {known.host}


async def place(reader: Reader, proposal_id: str) -> ProposalView:
    """Where a proposal stands, without its log. Raises NotFound."""
    return proposal_view(await store.proposal(reader, proposal_id))


async def named(reader: Reader, federation_id: str, name: str) -> ProposalView | None:
    """The proposal of that name in the log, if we know it already."""
    row = await store.proposal_named(reader, federation_id, name)
    return None if row is None else proposal_view(row)


async def told(
    reader: Reader,
    federation_id: str,
    *,
    name: str | None = None,
    are_going: bool = False,
    limit: int = 1,
) -> list[Told]:
    """Public proposals, the newest first; or the one of that name, public or not.

    are_going: only those that are not decided yet.
    """
    chosen = select(proposal_table).where(*_said(federation_id))
    chosen = chosen.where(_p.is_public if name is None else _p.proposal == name)
    if are_going:
        chosen = chosen.where(_p.state.in_([each.value for each in _GOING]))
    chosen = chosen.order_by(*_NEWEST).limit(limit)
    views = [proposal_view(row) for row in await reader.rows(chosen)]
    return await _told(reader, federation_id, views)


async def public_names(reader: Reader, federation_id: str, limit: int) -> Sequence[str]:
    """What public proposals are called in the log, the newest first, without their log."""
    chosen = select(_p.proposal).where(*_said(federation_id), _p.is_public)
    return await reader.scalars(chosen.order_by(*_NEWEST).limit(limit))


def _said(federation_id: str) -> tuple[ColumnElement[bool], ...]:
    is_said = _p.state.not_in([each.value for each in UNSAID])
    return _p.federation_id == federation_id, is_said


async def _told(reader: Reader, federation_id: str, views: Sequence[ProposalView]) -> list[Told]:
    if not views:
        return []
    known = await store.federation(reader, federation_id)
    record = await store.record(reader, known, [each.name for each in views], with_leaves=False)
    found = record.proposals
    return [_one(record, each, found[each.name]) for each in views if each.name in found]


def _one(record: Record, view: ProposalView, proposal: Proposal) -> Told:
    asked, rivals = variants.question(record, proposal), variants.texts(proposal)
    titles = {name: str(each["title"]) for name, each in rivals.items()}
    called = titles or naming.names_in(proposal.text.document)
    certificate = proposal.certificate if view.state in CERTIFIED else None
    shown = (variants.carried(proposal) if certificate else None) or proposal.text
    return Told(
        view=view,
        title=shown["title"],
        text=shown["text"],
        language=shown["language"],
        digest=proposal.text.content,
        proposed_at=next(iter(proposal.texts.values())).moment("published"),
        method=asked.rule["method"],
        labels={name: called.get(name, name) for name in asked.options or SPOKEN},
        coops=len(proposal.roll() or record.members),
        voters=len({each.coop for _index, each in proposal.ballots}),
        tally=certificate["result"]["tally"] if certificate else None,
        certified_at=certificate.moment("published") if certificate else None,
    )
