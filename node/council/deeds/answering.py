"""What our coop says to what was decided, to objections, and who stands in for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from federation.storage import Reader, UnitOfWork
from node import audit, policies
from node.council.count.checks import check
from node.council.rows import store
from node.council.rows.keyring import Use, held
from node.council.rows.store import Federation
from node.council.state import proxies
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.steps import following, hosting, ratifying
from node.council.words import statements
from node.council.words.life import State
from node.council.words.statements import Kind, Statement
from node.errors import Closed, Conflict, InvalidInput, NotAllowed
from node.i18n import Text, _
from protocol import datetimes
from protocol.errors import MalformedDocument

_HOLDS = (State.RATIFYING, State.IN_FORCE)
_WORDS = {
    "said-already": _("Our coop has said this already."),
    "own-objection": _("This is our own objection: vote again to take it back."),
    "ballot-unknown": _("There is no such objection here."),
    "not-by-consent": _("Nobody objects in this kind of decision: votes are counted."),
    "proposal-state": _("It is too late, or too early, for this."),
    "class-unknown": _("The charter knows no such class of decisions."),
    "no-such-holder": _("Another coop of the federation can stand in for us, and nobody else."),
    "too-many-proxies": _(
        "This coop stands in for as many others as the charter allows. Choose another one."
    ),
    "key-unknown": _("The decision says nothing about this."),
}
_OTHERWISE = _("The charter does not allow this.")


async def answer(
    uow: UnitOfWork, proposal_id: str, *, accepts: bool, decision: str, by: str
) -> None:
    """Our coop's own yes or no to a decision that needs it. decision: ours, such as the minutes.

    Raises Conflict, and InvalidInput without a decision.
    """
    row, known, record, proposal = await _decided(uow, proposal_id)
    due = ratifying.answer_by(record, proposal)
    if due is None:
        raise Conflict(_("This decision binds us without our own answer."), "no-answer-needed")
    if not decision.strip() or len(decision) > 200:
        text = _("Name our own decision in at most 200 letters, such as the day of the meeting.")
        raise InvalidInput({"decision": [text]})
    if not accepts and due <= uow.now:
        raise Closed(_("The time to say no is over. A yes still counts."), "answer-late")
    await _say(
        uow,
        known,
        record,
        Kind.RATIFICATION,
        proposal=row.proposal,
        certificate=_certificate(proposal).object,
        verdict="accept" if accepts else "reject",
        decision=decision.strip(),
    )
    await audit.record(uow, by, "council.answer", proposal_id, {"accepts": accepts})


async def reserve(uow: UnitOfWork, proposal_id: str, key: str, reason: str, *, by: str) -> None:
    """Except our coop from one key of a decision, with a reason that all coops read.

    Raises NotAllowed for a key that knows no exception, InvalidInput without a reason.
    """
    row, known, record, proposal = await _decided(uow, proposal_id)
    if not policies.key_named(key).reservable:
        raise NotAllowed(_("Nobody can be excepted from this rule."), "policy-not-reservable")
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why; it is shown with the rule.")]})
    await _say(
        uow,
        known,
        record,
        Kind.RESERVATION,
        proposal=row.proposal,
        certificate=_certificate(proposal).object,
        key=key,
        reason=reason.strip(),
    )
    await audit.record(uow, by, "council.reserve", proposal_id, {"key": key})


async def mark(uow: UnitOfWork, proposal_id: str, ballot: str, reason: str, *, by: str) -> None:
    """Say that an objection has no reason; with another coop's word it does not block."""
    row = await store.proposal(uow, proposal_id)
    if uow.now >= row.closes_at:
        raise Closed(_("Voting is over."), "vote-over")
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why the objection is none.")]})
    known, record = await _record(uow, row.federation_id, [row.proposal])
    fields = {"proposal": row.proposal, "ballot": ballot, "reason": reason.strip()}
    await _say(uow, known, record, Kind.MARK, **fields)
    await audit.record(uow, by, "council.mark", proposal_id, {"ballot": ballot})


async def stand_in(
    uow: UnitOfWork,
    federation_id: str,
    holder: str | None,
    decision_class: str,
    *,
    until: datetime,
    only: str | None = None,
    by: str,
) -> None:
    """Let another coop's ballot speak for us where we do not vote; None takes that back.

    only: our id of the one proposal that it is for, instead of the whole class.
    """
    if until <= uow.now:
        raise InvalidInput({"until": [_("This day is over already.")]})
    known, record = await _record(uow, federation_id, [])
    name = (await store.proposal(uow, only)).proposal if only else None
    ours = uow.identities.coop.uri
    said = [each["sequence"] for _i, each in record.proxies if each.coop == ours]
    fields: dict[str, Any] = {
        "sequence": max(said, default=0) + 1,
        "class": decision_class,
        "only": name,
        "holder": holder,
        "until": datetimes.format(until),
    }
    await _say(uow, known, record, Kind.PROXY, **fields)
    await audit.record(uow, by, "council.proxy", federation_id, {"holder": holder or ""})


async def our_proxies(reader: Reader, federation_id: str) -> list[Statement]:
    """What we granted and did not take back, by class and proposal."""
    known = await store.federation(reader, federation_id)
    record = await store.record(reader, known, with_leaves=False)
    granted = proxies.grants_of(record, reader.identities.coop.uri)
    return [each for each in granted if each.moment("until") > reader.now]


async def _decided(
    uow: UnitOfWork, proposal_id: str
) -> tuple[Row[Any], Federation, Record, Proposal]:
    row = await store.proposal(uow, proposal_id)
    if State(row.state) not in _HOLDS:
        raise Conflict(_("This is not decided, or holds no longer."), "not-decided")
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    return row, known, record, record.proposal(row.proposal)


def _certificate(proposal: Proposal) -> Statement:
    if proposal.certificate is None:
        raise Conflict(_("This is not decided, or holds no longer."), "not-decided")
    return proposal.certificate


async def _record(
    reader: Reader, federation_id: str, about: Sequence[str]
) -> tuple[Federation, Record]:
    known = await store.federation(reader, federation_id)
    return known, await store.record(reader, known, about)


async def _say(
    uow: UnitOfWork, known: Federation, record: Record, kind: Kind, **fields: Any
) -> None:
    """Sign it as our coop, look whether it may be said, and bring it into the log."""
    key = await held(uow, known.id, Use.COOP)
    if known.state != following.ACTIVE or key is None:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    document = statements.new(kind, uow.identities.coop.uri, known.digest, uow.now, **fields)
    said = statements.signed(document, key, created=uow.now)
    try:
        check(record, statements.read(said.text))
    except Inadmissible as error:
        words: Text = _WORDS.get(error.code, _OTHERWISE)
        raise Conflict(words, error.code) from None
    except MalformedDocument:
        complaint = _("This cannot be written down: it is too long, or empty.")
        raise InvalidInput({"reason": [complaint]}) from None
    await hosting.say(uow, known, [said])
