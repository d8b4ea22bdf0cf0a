"""What our coop proposes: a draft of ours alone, then a text in the log, then a vote on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field
from sqlalchemy import Row, delete, insert

from federation.storage import Reader, UnitOfWork
from node import audit, policies
from node.council.count.checks import check
from node.council.rows import store
from node.council.rows.keyring import Use, held
from node.council.rows.models import proposal_table
from node.council.rows.store import Federation
from node.council.state import variants
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.steps import following, hosting
from node.council.words import statements
from node.council.words.life import LIFE, Event, State
from node.council.words.statements import Kind, Statement
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import Text, _
from protocol import datetimes
from protocol.errors import MalformedDocument

_WORDS: Mapping[str, Text] = {
    "class-unknown": _("The charter knows no such class of decisions."),
    "outside-competence": _("The federation may not decide on this: its charter says on what."),
    "bad-options": _("One cannot vote on these options in this class of decisions."),
    "not-amendable": _("In this class of decisions there are no rival texts."),
    "changes-nothing": _("This text is there already."),
    "amendments-many": _(
        "There are as many rival texts as can be ranked. Talk to those who wrote them, or withdraw "
        "one of yours."
    ),
    "amendments-differ": _("Somebody was quicker: there is another rival text. Look at it first."),
    "text-frozen": _("It is too late for this: the vote is announced."),
    "bad-times": _("Voting must open before it closes, and leave the time to count that is due."),
    "charter-class": _("What changes the charter is decided in the class “charter”."),
    "charter-alone": _("What changes the charter decides on nothing else: propose that apart."),
    "bad-confirmation": _(
        "What confirms an urgent decision sets no policies, and is not decided urgently itself."
    ),
    "exclusion-class": _("Whether a coop stays is decided in the class “charter”."),
    "exclusion-alone": _("What ends a membership decides on nothing else: propose that apart."),
    "no-such-member": _("Only the membership of another coop can be ended so."),
    "too-few-left": _("Two coops are the least that a federation has."),
    "no-such-round": _("This cannot be put to the vote once more."),
    "round-too-early": _("There is a week between the first vote and the second one."),
    "other-words": _("The second round is on the same words as the first."),
    "parent-differs": _("Somebody was quicker: the text has changed. Look at it and try again."),
    "noticed-already": _("Notice was given already."),
    "proposal-state": _("It is too late for this: the roll of the vote is made."),
}
_OTHERWISE = _("The charter does not allow this.")
_OWN_WORDS = ("bad-charter", "powerless")
_UNREADABLE = _("Something in this text cannot be written down: check titles, keys and times.")
_TOO_LONG = _("This is too long to be sent to the other coops: shorten the text or the policies.")


class Draft(Struct, frozen=True):
    """A proposal as it is written. policies: values by their keys; options: for elections, by id;
    names: what options are called, where that is not their id.

    charter: rules of the charter that are to change. review_by, until: when its policies are to be
    looked at again, and when they end by themselves. confirms: the proposalDigest of what was
    decided urgently and is to go on. excludes: the coop whose membership is to end.
    """

    title: str
    text: str
    decision_class: str
    opens_at: datetime
    closes_at: datetime
    finalize_by: datetime
    policies: Mapping[str, Any] = field(default_factory=dict)
    options: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    charter: Mapping[str, Any] | None = None
    is_public: bool = False
    """Whether anybody may read of it, and of its result."""
    review_by: datetime | None = None
    until: datetime | None = None
    confirms: str | None = None
    excludes: str | None = None

    def fields(self, proposal: str) -> dict[str, Any]:
        called = {option: name for option, name in self.names.items() if name != option}
        given = {
            "names": called or None,
            "charter": dict(self.charter) if self.charter is not None else None,
            "reviewBy": datetimes.format(self.review_by) if self.review_by else None,
            "until": datetimes.format(self.until) if self.until else None,
            "confirms": self.confirms,
            "excludes": self.excludes,
        }
        return {name: value for name, value in given.items() if value is not None} | {
            "id": proposal,
            "class": self.decision_class,
            "title": self.title,
            "text": self.text,
            "language": self.language,
            "options": list(self.options),
            "policies": dict(self.policies),
            "public": self.is_public,
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
            nonce=None,
            outcome=None,
            created_at=uow.now,
            **_columns(written, name or proposal_id),
        )
    )
    await audit.record(uow, by, "council.draft", proposal_id)
    return proposal_id


async def redraft(uow: UnitOfWork, proposal_id: str, written: Draft, *, by: str) -> None:
    """Write our draft anew. Raises Conflict once the others are told of it."""
    row = await _our_draft(uow, proposal_id)
    await store.change_proposal(uow, row.id, **_columns(written, row.proposal))
    await audit.record(uow, by, "council.revise", proposal_id)


async def drop(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Throw our draft away: nobody was told of it, so nothing is left of it. Raises Conflict."""
    row = await _our_draft(uow, proposal_id)
    await uow.execute(delete(proposal_table).where(proposal_table.c.id == row.id))
    await audit.record(uow, by, "council.drop", proposal_id)


async def submit(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Check our draft by the charter, and put it before the others. Raises InvalidInput."""
    row = await ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.CHECK)
    known, record, key = await member(uow, row)
    document = said(uow, record, Kind.PROPOSAL, **(row.draft or {}))
    statement = admissible(record, document, key, uow.now)
    await following.move(uow, row, Event.CHECK)
    await hosting.say(uow, known, [statement])
    await audit.record(uow, by, "council.submit", proposal_id)


async def revise(uow: UnitOfWork, proposal_id: str, written: Draft, *, by: str) -> None:
    """Put another text in place of ours. Notice that was given counts no more."""
    row = await ours(uow, proposal_id)
    known, record, key = await member(uow, row)
    fields = written.fields(row.proposal)
    parent = in_log(record, row).text.content
    document = said(uow, record, Kind.REVISION, **fields, parent=parent)
    await hosting.say(uow, known, [admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.revise", proposal_id)


async def freeze(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Freeze our text and its rivals as they stand, and give notice of the vote on them."""
    row = await ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.FREEZE)
    known, record, key = await member(uow, row)
    found = in_log(record, row)
    document = said(
        uow,
        record,
        Kind.NOTICE,
        proposal=row.proposal,
        proposalDigest=found.text.content,
        amendments=variants.frozen_of(found),
    )
    statement = admissible(record, document, key, uow.now)
    await following.move(uow, row, Event.FREEZE)
    await hosting.say(uow, known, [statement])
    await audit.record(uow, by, "council.freeze", proposal_id)


async def withdraw(uow: UnitOfWork, proposal_id: str, *, by: str) -> None:
    """Take our proposal back, before the roll of its vote is made: who could still do it when
    ballots are known could annul what they lost."""
    row = await ours(uow, proposal_id)
    LIFE.next_state(State(row.state), Event.WITHDRAW)
    known, record, key = await member(uow, row)
    document = said(uow, record, Kind.WITHDRAWAL, proposal=row.proposal)
    await hosting.say(uow, known, [admissible(record, document, key, uow.now)])
    await audit.record(uow, by, "council.withdraw", proposal_id)


async def ours(reader: Reader, proposal_id: str) -> Row[Any]:
    """A proposal that our coop put forward. Raises NotAllowed."""
    row = await store.proposal(reader, proposal_id)
    if row.mover != reader.identities.coop.uri:
        raise NotAllowed(
            _("Only the coop that proposed this can change it or take it back."), "not-the-mover"
        )
    return row


async def _our_draft(reader: Reader, proposal_id: str) -> Row[Any]:
    row = await ours(reader, proposal_id)
    if row.state != State.DRAFT:
        raise Conflict(
            _("This is no draft any more: the other coops have it already."), "proposal-state"
        )
    return row


def _columns(written: Draft, name: str) -> dict[str, Any]:
    return {
        "title": written.title,
        "decision_class": written.decision_class,
        "is_public": written.is_public,
        "opens_at": written.opens_at,
        "closes_at": written.closes_at,
        "finalize_by": written.finalize_by,
        "draft": written.fields(name),
    }


async def member(uow: UnitOfWork, row: Row[Any]) -> tuple[Federation, Record, Any]:
    """The federation with its record of one proposal, and our key there. Raises Conflict."""
    known = await store.federation(uow, row.federation_id)
    key = await held(uow, known.id, Use.COOP)
    if known.state != following.ACTIVE or key is None:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    return known, await store.record(uow, known, [row.proposal], with_leaves=False), key


def in_log(record: Record, row: Row[Any]) -> Proposal:
    """The proposal as all coops know it. Raises Conflict."""
    found = record.proposals.get(row.proposal)
    if found is None:
        raise Conflict(_("The others have not seen this proposal yet."), "proposal-state")
    return found


def said(uow: UnitOfWork, record: Record, kind: Kind, **fields: Any) -> dict[str, Any]:
    """A statement of our coop, to be signed."""
    return statements.new(kind, uow.identities.coop.uri, record.federation, uow.now, **fields)


def admissible(record: Record, document: dict[str, Any], key: Any, now: datetime) -> Statement:
    """The statement, signed; the same check that every node makes, and whether we could keep to
    what it decides. Raises InvalidInput."""
    keys = document.get("policies")
    if keys and (faults := policies.faults_in(keys)):
        raise InvalidInput({fault.key or "policies": [fault.why] for fault in faults})
    signed = statements.signed(document, key, created=now)
    try:
        check(record, statements.read(signed.text))
    except Inadmissible as error:
        said = str(error) if error.code in _OWN_WORDS else _WORDS.get(error.code, _OTHERWISE)
        raise InvalidInput({"proposal": [said]}) from None
    except MalformedDocument as error:
        why = _TOO_LONG if error.code == "too-large" else _UNREADABLE
        raise InvalidInput({"proposal": [why]}) from None
    return signed
