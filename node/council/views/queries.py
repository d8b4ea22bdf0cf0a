"""What one can ask about federations and what they decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, func, select

from federation.storage import Reader
from node.council.count import counting
from node.council.rows import proving, store
from node.council.rows.models import (
    ballot_table,
    evidence_table,
    federation_table,
    invitee_table,
    proposal_table,
    seen_table,
)
from node.council.rows.store import Federation
from node.council.state import variants
from node.council.state.record import Member, Proposal, Record
from node.council.views import exporting
from node.council.words import charter, statements
from node.council.words.life import LIFE, State
from node.council.words.reasons import Objection
from node.errors import Conflict, NotFound
from node.i18n import Text, _

_b = ballot_table.c
_ACTIVE = "active"


class FederationView(Struct, frozen=True):
    """A federation. digest: of its charter, by which members recognise it. moderators: coops that
    may hide what was said for all."""

    id: str
    name: str
    digest: str | None
    host: str
    is_hosted_here: bool
    state: str
    size: int
    cosigned: int
    stopped_because: str | None
    members: tuple[Member, ...]
    applicants: tuple[str, ...]
    invited: tuple[str, ...]
    quorum: int
    moderators: tuple[str, ...]

    @property
    def lied(self) -> bool:
        """Whether there is proof against the host; if we stopped for another reason, we wait."""
        return self.stopped_because in proving.STOPS


class Applicant(Struct, frozen=True):
    """A coop that asks to be let in. said_yes: members that would let it in."""

    coop: str
    name: str
    members: int
    said_yes: tuple[str, ...]


class ProposalView(Struct, frozen=True):
    """A proposal, and where it stands."""

    id: str
    federation_id: str
    name: str
    mover: str
    state: State
    title: str
    decision_class: str
    is_public: bool
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    outcome: str | None
    created_at: datetime

    @property
    def state_word(self) -> Text:
        return LIFE.word(self.state)


class BallotView(Struct, frozen=True):
    """One logged ballot, and what becomes of it. standing: timely, late, void, or logged."""

    coop: str
    choice: Any
    weight: int
    sequence: int
    digest: str
    position: int
    standing: str
    stands_in: bool
    """Cast by one who stood in for that coop's delegates."""


class OurBallot(Struct, frozen=True):
    """A ballot of ours. is_counted: a quorum has stored the log with it."""

    digest: str
    sequence: int
    choice: Any
    is_promised: bool
    seen_by: int
    position: int | None
    is_counted: bool


class ProposalDetail(Struct, frozen=True):
    """What a page about a proposal shows."""

    proposal: ProposalView
    text: dict[str, Any]
    digest: str | None
    weights: dict[str, int]
    missing: tuple[str, ...]
    voted: tuple[str, ...]
    result: dict[str, Any] | None
    attestations: dict[str, str]
    ours: tuple[OurBallot, ...]
    carried: str | None = None
    """Digest of the text that was carried, of several."""
    carried_text: dict[str, Any] | None = None


class EvidenceView(Struct, frozen=True):
    """Proof against a coop. about: the proposal, or nothing."""

    id: str
    code: str
    culprit: str
    about: str
    found_by: str
    at: datetime


async def federations(reader: Reader) -> list[FederationView]:
    """All federations that we belong to or are asked to, the oldest first."""
    chosen = select(federation_table).order_by(federation_table.c.created_at)
    return [await _federation(reader, row) for row in await reader.rows(chosen)]


async def federation(reader: Reader, federation_id: str) -> FederationView:
    """Raises NotFound."""
    return await _federation(reader, await store.federation(reader, federation_id))


async def is_in_any(reader: Reader) -> bool:
    """Whether we belong to a federation."""
    return bool(await _ours_now(reader))


async def is_with_us(reader: Reader, coop: str) -> bool:
    """Whether a coop belongs to a federation of ours: now, as far as the log has come here."""
    for row in await _ours_now(reader):
        record = await store.record(reader, row, with_leaves=False)
        if coop in record.members:
            return True
    return False


async def applicants(reader: Reader, federation_id: str) -> list[Applicant]:
    """Who asks to be let in, each by what it said last; whoever asked first comes first."""
    known = await store.federation(reader, federation_id)
    record = await store.record(reader, known, with_leaves=False)
    last = {each.coop: each for each in record.applications.values()}
    waiting = [each for coop, each in last.items() if coop not in record.members]
    return [
        Applicant(
            each.coop,
            each["name"],
            each["members"],
            tuple(sorted(record.approvals.get(each.content, set()) & set(record.members))),
        )
        for each in waiting
    ]


async def proposals(reader: Reader, federation_id: str | None = None) -> list[ProposalView]:
    """Proposals, the newest first."""
    chosen = select(proposal_table).order_by(
        proposal_table.c.created_at.desc(), proposal_table.c.id
    )
    if federation_id is not None:
        chosen = chosen.where(proposal_table.c.federation_id == federation_id)
    return [proposal_view(row) for row in await reader.rows(chosen)]


async def proposal(reader: Reader, proposal_id: str) -> ProposalDetail:
    """Raises NotFound."""
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal])
    found = record.proposals.get(row.proposal)
    if found is None:
        return ProposalDetail(proposal_view(row), row.draft or {}, None, {}, (), (), None, {}, ())
    snapshot, certificate = found.snapshot, found.certificate
    carried = variants.carried(found)
    return ProposalDetail(
        proposal_view(row),
        dict(found.text.document),
        found.text.content,
        dict(snapshot["weights"]) if snapshot else {},
        tuple(snapshot["missing"]) if snapshot else (),
        tuple(sorted({each.coop for _index, each in found.ballots})),
        dict(certificate["result"]) if certificate else None,
        {coop: each["verdict"] for coop, each in sorted(found.attestations.items())},
        tuple(await _ours(reader, known, row, found)),
        carried.content if carried else None,
        dict(carried.document) if carried else None,
    )


async def ballots(reader: Reader, proposal_id: str) -> list[BallotView]:
    """Every logged ballot, in the order of the log."""
    _row, _known, record, found = await _whole(reader, proposal_id)
    standing = _standing(found)
    return [
        BallotView(
            each.coop,
            each["choice"],
            each["weight"],
            each["sequence"],
            each.object,
            index,
            standing.get(each.object, "logged"),
            record.is_by_alternate(each),
        )
        for index, each in found.ballots
    ]


async def archive_of(reader: Reader, proposal_id: str) -> bytes:
    """The file by which anybody can recount the decision. Raises Conflict until it is certified."""
    _row, known, record, found = await _whole(reader, proposal_id)
    data = await exporting.archived(reader, known, record, found)
    if data is None:
        raise Conflict(
            _("There is nothing to recount yet: the result is not certified."), "not-certified"
        )
    return data


async def receipt_of(reader: Reader, proposal_id: str, ballot: str) -> bytes:
    """The proof that our ballot is in the log. Raises Conflict until a quorum has stored it."""
    _row, known, record, found = await _whole(reader, proposal_id)
    place = {each.object: index for index, each in found.ballots}.get(ballot)
    data = None
    if place is not None:
        data = await exporting.receipt(reader, known, record, ballot, place)
    if data is None:
        raise Conflict(
            _("This ballot is on its way; there is no proof that it is counted yet."),
            "not-counted-yet",
        )
    return data


async def found_evidence(reader: Reader, federation_id: str) -> list[EvidenceView]:
    """All evidence, the oldest first."""
    e = evidence_table.c
    chosen = select(evidence_table).where(e.federation_id == federation_id)
    return [
        EvidenceView(row.id, row.code, row.culprit, row.about, row.found_by, row.at)
        for row in await reader.rows(chosen.order_by(e.at, e.id))
    ]


async def evidence_of(reader: Reader, federation_id: str, evidence_id: str) -> bytes:
    """The file by which anybody can check a piece of evidence. Raises NotFound."""
    data = await exporting.evidence(reader, federation_id, evidence_id)
    if data is None:
        raise NotFound(_("There is no such evidence here."))
    return data


def proposal_view(row: Row[Any]) -> ProposalView:
    return ProposalView(
        row.id,
        row.federation_id,
        row.proposal,
        row.mover,
        State(row.state),
        row.title,
        row.decision_class,
        row.is_public,
        row.opens_at,
        row.closes_at,
        row.finalize_by,
        row.outcome,
        row.created_at,
    )


async def _ours_now(reader: Reader) -> Sequence[Federation]:
    """Those that we belong to, not those that we asked or left."""
    chosen = select(federation_table).where(federation_table.c.state == _ACTIVE)
    return await reader.rows(chosen)


async def _federation(reader: Reader, row: Federation) -> FederationView:
    record = await store.record(reader, row, with_leaves=False) if row.size else Record()
    i = invitee_table.c
    asked = select(i.coop).where(i.federation_id == row.id, i.application.is_(None))
    return FederationView(
        row.id,
        row.name,
        row.digest,
        row.host,
        row.host == reader.identities.coop.uri,
        row.state,
        row.size,
        row.cosigned_size,
        row.stopped_because if row.stopped_because != Objection.TOO_EARLY else None,
        tuple(record.members[coop] for coop in sorted(record.members)),
        tuple(sorted({each.coop for each in record.applications.values()} - set(record.members))),
        tuple(await reader.scalars(asked.order_by(i.coop))),
        record.quorum,
        charter.moderators(record.rules if record.charter else {}, record.members, row.host),
    )


async def _whole(reader: Reader, proposal_id: str) -> tuple[Row[Any], Federation, Record, Proposal]:
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal])
    found = record.proposals.get(row.proposal)
    if found is None:
        raise Conflict(_("The others have not seen this proposal yet."), "proposal-state")
    return row, known, record, found


def _standing(found: Proposal) -> dict[str, str]:
    if found.close is None:
        guilty = counting.equivocal([each for _index, each in found.ballots])
        return {
            each.object: "void"
            for _index, each in found.ballots
            if (each.coop, each["epoch"]) in guilty
        }
    return {digest: name for name in ("timely", "late", "void") for digest in found.close[name]}


async def _ours(
    reader: Reader, known: Federation, row: Row[Any], found: Proposal
) -> Sequence[OurBallot]:
    places = {each.object: index for index, each in found.ballots}
    s = seen_table.c
    seen = select(s.ballot, func.count()).where(
        s.federation_id == known.id, s.proposal == row.proposal
    )
    receipts = {row[0]: row[1] for row in await reader.rows(seen.group_by(s.ballot))}
    chosen = select(ballot_table).where(_b.proposal_id == row.id)
    mine = []
    for each in await reader.rows(chosen.order_by(_b.epoch, _b.sequence)):
        place = places.get(each.digest)
        mine.append(
            OurBallot(
                each.digest,
                each.sequence,
                _choice(each.text),
                each.promise is not None or known.host == reader.identities.coop.uri,
                receipts.get(each.digest, 0),
                place,
                place is not None and place < known.head_size,
            )
        )
    return mine


def _choice(text: str) -> Any:
    return statements.read(text)["choice"]
