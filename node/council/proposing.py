"""What our coop proposes: a draft of ours alone, then a text in the log, then a vote on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert

from federation.storage import Reader, UnitOfWork
from node import audit, policies
from node.council import following, hosting, statements, store
from node.council.checks import check
from node.council.keyring import Use, held
from node.council.life import LIFE, Event, State
from node.council.models import proposal_table
from node.council.record import Inadmissible, Proposal, Record
from node.council.statements import Kind, Statement
from node.council.store import Federation
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import Text, _
from protocol import datetimes
from protocol.errors import MalformedDocument

_WORDS: Mapping[str, Text] = {
    "class-unknown": _("The charter knows no such class of decisions."),
    "outside-competence": _("The federation may not decide on this: its charter says on what."),
    "bad-options": _("One cannot vote on these options in this class of decisions."),
    "bad-times": _("Voting must open before it closes, and leave the time to count that is due."),
    "bad-confirmation": _(
        "What confirms an urgent decision sets no policies, and is not decided urgently itself."
    ),
    "no-such-round": _("This cannot be put to the vote once more."),
    "round-too-early": _("There is a week between the first vote and the second one."),
    "other-words": _("The second round is on the same words as the first."),
    "parent-differs": _("Somebody was quicker: the text has changed. Look at it and try again."),
    "noticed-already": _("Notice was given already."),
    "proposal-state": _("It is too late for this: the roll of the vote is made."),
}
_OTHERWISE = _("The charter does not allow this.")
_UNREADABLE = _("Something in this text cannot be written down: check titles, keys and times.")


@dataclass(frozen=True)
class Draft:
    """A proposal as it is written. policies: values by their keys; options: for elections.

    review_by, until: when its policies are to be looked at again, and when they end by themselves.
    confirms: the proposalDigest of what was decided urgently and is to go on.
    """

    title: str
    text: str
    decision_class: str
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    policies: Mapping[str, Any] = field(default_factory=dict)
    options: Sequence[str] = ()
    language: str = "en"
    review_by: datetime | None = None
    until: datetime | None = None
    confirms: str | None = None

    def fields(self, proposal: str) -> dict[str, Any]:
        lasting = {
            "reviewBy": datetimes.format(self.review_by) if self.review_by else None,
            "until": datetimes.format(self.until) if self.until else None,
            "confirms": self.confirms,
        }
        return {name: value for name, value in lasting.items() if value} | {
            "id": proposal,
            "class": self.decision_class,
            "title": self.title,
            "text": self.text,
            "language": self.language,
            "options": list(self.options),
            "policies": dict(self.policies),
            "opensAt": datetimes.format(self.opens_at),
            "closesAt": datetimes.format(self.closes_at),
            "finalizeBy": datetimes.format(self.finalize_by),
        }


async def draft(
    uow: UnitOfWork, federation_id: str, written: Draft, *, by: str, name: str | None = None
) -> str:
    """Write a proposal down; nobody is told yet. Returns its id here.

    name: in the log, if it is not to be that id.
    """
    known = await store.federation(uow, federation_id)
    proposal_id = uow.new_id()
    await uow.execute(
        insert(proposal_table).values(
            id=proposal_id,
            federation_id=known.id,
            proposal=name or proposal_id,
            mover=uow.identities.coop.uri,
            state=State.DRAFT.value,
            title=written.title,
            decision_class=written.decision_class,
            opens_at=written.opens_at,
            closes_at=written.closes_at,
            finalize_by=written.finalize_by,
            draft=written.fields(name or proposal_id),
            nonce=None,
            outcome=None,
            created_at=uow.now,
        )
    )
    await audit.record(uow, by, "council.draft", proposal_id)
    return proposal_id


async def submit(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Check our draft by the charter, and put it before the others. Raises InvalidInput."""
    row = await _ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.CHECK)
    known, record, key = await _member(uow, row)
    document = _said(uow, record, Kind.PROPOSAL, **(row.draft or {}))
    statement = _admissible(record, document, key, uow.now)
    await following.move(uow, row, Event.CHECK)
    await hosting.say(uow, known, [statement])
    await audit.record(uow, by, "council.submit", proposal_id)


async def revise(uow: UnitOfWork, proposal_id: str, written: Draft, *, by: str) -> None:
    """Put another text in place of ours. Notice that was given counts no more."""
    row = await _ours(uow, proposal_id)
    known, record, key = await _member(uow, row)
    fields = written.fields(row.proposal)
    parent = _in_log(record, row).text.content
    document = _said(uow, record, Kind.REVISION, **fields, parent=parent)
    await hosting.say(uow, known, [_admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.revise", proposal_id)


async def freeze(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Freeze our text and give notice of the vote on it."""
    row = await _ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.FREEZE)
    known, record, key = await _member(uow, row)
    text = _in_log(record, row).text
    fields = {"proposal": row.proposal, "proposalDigest": text.content}
    document = _said(uow, record, Kind.NOTICE, **fields)
    statement = _admissible(record, document, key, uow.now)
    await following.move(uow, row, Event.FREEZE)
    await hosting.say(uow, known, [statement])
    await audit.record(uow, by, "council.freeze", proposal_id)


async def withdraw(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Take our proposal back, before the vote is closed."""
    row = await _ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.WITHDRAW)
    if row.state == State.DRAFT:
        await following.move(uow, row, Event.WITHDRAW)
        return
    known, record, key = await _member(uow, row)
    document = _said(uow, record, Kind.WITHDRAWAL, proposal=row.proposal)
    await hosting.say(uow, known, [_admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.withdraw", proposal_id)


async def _ours(reader: Reader, proposal_id: str) -> Row[Any]:
    row = await store.proposal(reader, proposal_id)
    if row.mover != reader.identities.coop.uri:
        raise NotAllowed(
            _("Only the coop that proposed this can change it or take it back."), "not-the-mover"
        )
    return row


async def _member(uow: UnitOfWork, row: Row[Any]) -> tuple[Federation, Record, Any]:
    known = await store.federation(uow, row.federation_id)
    key = await held(uow, known.id, Use.COOP)
    if known.state != following.ACTIVE or key is None:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    return known, await store.record(uow, known, [row.proposal], with_leaves=False), key


def _in_log(record: Record, row: Row[Any]) -> Proposal:
    found = record.proposals.get(row.proposal)
    if found is None:
        raise Conflict(_("The others have not seen this proposal yet."), "proposal-state")
    return found


def _said(uow: UnitOfWork, record: Record, kind: Kind, **fields: Any) -> dict[str, Any]:
    return statements.new(kind, uow.identities.coop.uri, record.federation, uow.now, **fields)


def _admissible(record: Record, document: dict[str, Any], key: Any, now: datetime) -> Statement:
    """The statement, signed; the same check that every node makes, and whether we could keep to
    what it decides. Raises InvalidInput."""
    keys = document.get("policies")
    if keys and (faults := policies.faults_in(keys)):
        raise InvalidInput({fault.key or "policies": [fault.why] for fault in faults})
    signed = statements.signed(document, key, created=now)
    try:
        check(record, statements.read(signed.text))
    except Inadmissible as error:
        raise InvalidInput({"proposal": [_WORDS.get(error.code, _OTHERWISE)]}) from None
    except MalformedDocument:
        raise InvalidInput({"proposal": [_UNREADABLE]}) from None
    return signed
