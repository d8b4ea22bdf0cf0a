"""Voting: our ballots with their receipts, and receipts for the ballots of others."""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits, timers
from node.council.count.checks import HANDED_OVER, check
from node.council.deeds import mandates, standing_in
from node.council.rows import pending, proving, receipts, reminders, store, wire
from node.council.rows.keyring import Use, by_public, held
from node.council.rows.models import ballot_table
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Record
from node.council.steps import following, hosting
from node.council.words import statements
from node.council.words.life import State
from node.council.words.statements import MOST_SEQUENCES, Kind, Statement
from node.errors import Closed, Conflict, InvalidInput, NotAllowed
from node.i18n import _
from protocol import datetimes
from protocol.errors import MalformedDocument, ProtocolError

_b = ballot_table.c


async def cast(
    uow: UnitOfWork, proposal_id: str, choice: Any, *, by: str, delegate: str | None = None
) -> str:
    """Vote for our coop, or change its vote; returns the ballot's digest.

    by: the delegate's account. delegate: the key to sign with, if not that account's own. The key
    must lie on this node; who has it on a device signs `to_sign` and brings it to `endorse`.
    """
    row, known, record = await _open(uow, proposal_id)
    public = delegate or await _key_of(uow, known, record, by)
    document = await to_sign(uow, row, record, choice, public)
    private = await by_public(uow, known.id, public)
    signed = statements.signed(document, private, created=uow.now)
    return await _endorse(uow, row, known, record, signed, by=by)


async def for_device(reader: Reader, proposal_id: str, choice: Any, *, by: str) -> dict[str, Any]:
    """The next ballot of our coop, for a delegate whose key is on a device of theirs: signed there,
    it is what `endorse` takes. by: the delegate's account. Raises Closed, Conflict, NotAllowed.
    """
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await _voting(reader, row, known)
    return await to_sign(reader, row, record, choice, await _key_of(reader, known, record, by))


async def endorse(uow: UnitOfWork, proposal_id: str, text: str, *, by: str) -> str:
    """Take a ballot that a delegate signed on their own device, sign it as the coop, and send it.

    Raises NotAllowed unless it is by the key of `by`, InvalidInput, Conflict unless it is the one
    that follows our last.
    """
    row, known, record = await _open(uow, proposal_id)
    try:
        signed = statements.read(text)
    except MalformedDocument:
        raise InvalidInput({"ballot": [_("This is no ballot of our coop.")]}) from None
    public = await _key_of(uow, known, record, by)
    if signed.kind is Kind.BALLOT and signed["delegate"] != public:
        raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    return await _endorse(uow, row, known, record, signed, by=by)


async def to_sign(
    reader: Reader,
    row: Row[Any],
    record: Record,
    choice: Any,
    public: str,
) -> dict[str, Any]:
    """The next ballot of our coop, for a delegate to sign."""
    ours = reader.identities.coop.uri
    proposal = record.proposal(row.proposal)
    if proposal.snapshot is None:
        raise Conflict(_("Voting has not begun."), "not-open")
    if ours not in proposal.roll():
        raise Conflict(_("Our coop is not on the roll of this vote."), "not-on-the-roll")
    epoch, keys = mandates.in_office(record, ours)
    if public not in keys:
        raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    sequence, prev = await _next(reader, row, record, epoch)
    if max(proposal.cast.get(ours, 0), sequence - 1) >= MOST_SEQUENCES:
        raise Conflict(_("This vote was changed too often to be changed again."), "too-often")
    return statements.new(
        Kind.BALLOT,
        ours,
        record.federation,
        reader.now,
        proposal=proposal.id,
        proposalDigest=proposal.text.content,
        electorateDigest=proposal.snapshot.content,
        delegate=public,
        epoch=epoch,
        sequence=sequence,
        prev=prev,
        weight=proposal.snapshot["weights"][ours],
        choice=choice,
    )


async def hear_ballot(uow: UnitOfWork, known: Federation, ballot: Statement) -> bool:
    """Another coop votes: the host logs it and promises so, all others say that they have seen it.

    Raises Inadmissible; of a host that may have forgotten what the ballot goes by, none for good.
    """
    try:
        return await _heard(uow, known, ballot)
    except Inadmissible as error:
        if hosting.is_starting(uow, known):
            raise hosting.come_again() from error
        raise


async def _heard(uow: UnitOfWork, known: Federation, ballot: Statement) -> bool:
    row = await store.proposal_named(uow, known.id, ballot.proposal)
    record = await store.record(uow, known, [str(ballot.proposal)])
    await _check_time(uow, row)
    if ballot.object in record.proposal(ballot.proposal).said_as(ballot):
        return await _answer(uow, known, record, ballot)
    if not hosting.keeps(uow, known):
        _check_for_any_host(record, ballot)
        return await _answer(uow, known, record, ballot)
    check(record, ballot)
    if not hosting.may_add(uow, known):
        await pending.keep(uow, known, [ballot])
        return True  # promised to nobody: who sent it asks others for receipts
    await _log_late(uow, known, record, row, ballot)
    await hosting.accept(uow, known.id, ballot)
    return await _answer(uow, known, record, ballot)


async def hear_promise(uow: UnitOfWork, known: Federation, promise: Statement) -> bool:
    """The host promises to log a ballot of ours. Raises Inadmissible."""
    record = await store.record(uow, known, with_leaves=False)
    _signed_by_member(record, promise)
    if promise.coop != record.host:
        raise Inadmissible("not-the-host", "Only the coop that keeps the log can promise.", 403)
    ours = select(_b.id).where(_b.federation_id == known.id, _b.digest == promise["ballot"])
    found = await uow.scalar(ours.where(_b.promise.is_(None)))
    if found is None:
        return False
    await uow.execute(update(ballot_table).where(_b.id == found).values(promise=promise.text))
    return True


async def hear_seen(uow: UnitOfWork, known: Federation, seen: Statement) -> bool:
    """A coop has seen a ballot: kept by the host, and by whose it is. Raises Inadmissible.

    The host may hear of it before it has the ballot.
    """
    record = await store.record(uow, known, with_leaves=False)
    _signed_by_member(record, seen)
    if await store.proposal_named(uow, known.id, seen["proposal"]) is None:
        raise Inadmissible("proposal-unknown", "There is no such proposal here.", 409)
    ballot = await store.statement(uow, known.id, seen["ballot"])
    is_new = await receipts.keep(uow, known, seen, ballot.coop if ballot else None)
    if is_new and hosting.keeps(uow, known):
        await _look_again(uow, known, seen)
    return is_new


async def _look_again(uow: UnitOfWork, known: Federation, seen: Statement) -> None:
    """A receipt that came after the close may show that a ballot was not late."""
    row = await store.proposal_named(uow, known.id, seen["proposal"])
    if row is not None and row.state == State.FINALISING:
        await timers.set_timer(uow, following.CLOSE, row.id, uow.now)


async def ask_all(uow: UnitOfWork, ballot_id: str) -> None:
    """No head that we know covers a ballot of ours, whatever the host promised: every coop is asked
    for a receipt."""
    rows = await uow.rows(select(ballot_table).where(_b.id == ballot_id))
    if not rows or rows[0].asked_all:
        return
    ballot = rows[0]
    known = await store.federation(uow, ballot.federation_id)
    if await store.is_logged(uow, known.id, ballot.digest, before=known.head_size):
        return
    record = await store.record(uow, known, with_leaves=False)
    await uow.execute(update(ballot_table).where(_b.id == ballot_id).values(asked_all=True))
    text = statements.read(ballot.text)
    await wire.tell(uow, text, record.members, wire.lane_of(uow, known.id))


async def _key_of(reader: Reader, known: Federation, record: Record, by: str) -> str:
    public = await mandates.delegate_key(reader, known, record, by)
    if public is None:
        raise NotAllowed(_("You are not a delegate of this coop here."), "not-a-delegate")
    return public


async def _open(uow: UnitOfWork, proposal_id: str) -> tuple[Row[Any], Federation, Record]:
    row = await store.proposal(uow, proposal_id)
    known = await store.locked(uow, row.federation_id)
    return row, known, await _voting(uow, row, known)


async def _voting(reader: Reader, row: Row[Any], known: Federation) -> Record:
    """What a vote stands on that is open now. Raises Closed, Conflict."""
    if reader.now < row.opens_at:
        raise Conflict(_("Voting has not begun."), "not-open")
    if reader.now >= row.closes_at:
        raise Closed(_("Voting is over."), "vote-over")
    record = await store.record(reader, known, [row.proposal])
    if row.proposal not in record.proposals:
        raise Conflict(_("Voting has not begun."), "not-open")
    return record


async def _endorse(
    uow: UnitOfWork,
    row: Row[Any],
    known: Federation,
    record: Record,
    signed: Statement,
    *,
    by: str,
) -> str:
    ours = uow.identities.coop.uri
    coop_key = await held(uow, known.id, Use.COOP)
    if coop_key is None or signed.kind is not Kind.BALLOT or signed.coop != ours:
        raise InvalidInput({"ballot": [_("This is no ballot of our coop.")]})
    ballot = statements.signed(signed.document, coop_key, created=uow.now)
    follows = await _next(uow, row, record, ballot["epoch"])
    if (ballot["sequence"], ballot["prev"]) != follows:
        raise Conflict(
            _("Our coop has a ballot of this number already. Look at it, and vote once more."),
            "sequence-used",
        )
    await _check_leaves_some(uow, row.id, ballot["epoch"])
    try:
        _check_for_any_host(record, ballot)
    except Inadmissible as error:
        said = _("This is nothing that one can choose here.")
        if error.code != "bad-choice":
            said = _("This ballot does not fit the vote. Look at it, and vote once more.")
        raise InvalidInput({"choice": [said]}) from None
    await standing_in.check_turn(uow, row, record, str(ballot["delegate"]))
    await _send(uow, row, known, record, ballot, by)
    return ballot.object


async def _check_leaves_some(uow: UnitOfWork, proposal_id: str, epoch: int) -> None:
    """Under one mandate a coop uses up at most half of the ballots that it has left: whoever has a
    delegate's key does not keep the next delegates from voting. Raises Conflict."""
    counted = select(_b.epoch, func.count()).where(_b.proposal_id == proposal_id)
    cast = {row[0]: row[1] for row in await uow.rows(counted.group_by(_b.epoch))}
    now = cast.pop(epoch, 0)
    if 2 * now >= MOST_SEQUENCES - sum(cast.values()):
        raise Conflict(
            _("This vote was changed too often. Whoever is named delegate next can change it."),
            "too-often",
        )


async def _send(
    uow: UnitOfWork,
    row: Row[Any],
    known: Federation,
    record: Record,
    ballot: Statement,
    by: str,
) -> None:
    ballot_id = uow.new_id()
    await uow.execute(
        insert(ballot_table).values(
            id=ballot_id,
            federation_id=known.id,
            proposal_id=row.id,
            epoch=ballot["epoch"],
            sequence=ballot["sequence"],
            digest=ballot.object,
            text=ballot.text,
            promise=None,
            asked_all=False,
            cast_by=by,
            cast_at=uow.now,
        )
    )
    await reminders.settled(uow, row.id)
    verb = "council.vote-standing-in" if record.is_by_alternate(ballot) else "council.vote"
    await audit.record(uow, by, verb, row.id, {"sequence": ballot["sequence"]})
    await _carry(uow, row, known, record, ballot, ballot_id)


async def send_anew(uow: UnitOfWork, known: Federation, old: Statement, ballot: Statement) -> None:
    """Send a ballot of ours that is signed with another key of our coop than before: receipts for
    what it was then are no receipts for this."""
    row = await store.proposal_named(uow, known.id, ballot.proposal)
    record = await store.record(uow, known, [str(ballot.proposal)])
    mine = (_b.federation_id == known.id) & (_b.digest == old.object)
    ballot_id = await uow.scalar(select(_b.id).where(mine))
    if row is None or ballot_id is None or uow.now >= row.closes_at:
        return
    fresh = {"digest": ballot.object, "text": ballot.text, "promise": None, "asked_all": False}
    await uow.execute(update(ballot_table).where(mine).values(fresh))
    await _carry(uow, row, known, record, ballot, ballot_id)


async def _carry(
    uow: UnitOfWork,
    row: Row[Any],
    known: Federation,
    record: Record,
    ballot: Statement,
    ballot_id: str,
) -> None:
    """To the host and to some who will say that they saw it."""
    await store.keep(uow, known.id, [ballot])
    await pending.keep(uow, known, [ballot])
    ours = uow.identities.coop.uri
    peers = wire.some_of(record.members, ballot.object, [ours, known.host])
    lane = wire.lane_of(uow, known.id)
    if hosting.keeps(uow, known):
        if hosting.may_add(uow, known) and record.handover is None:
            await hosting.accept(uow, known.id, ballot)
        await wire.tell(uow, ballot, peers, lane)
        return
    await wire.tell(uow, ballot, [known.host, *peers], lane)
    wait = min(limits.COUNCIL_PROMISE, (row.closes_at - uow.now) / 2)
    await timers.set_timer(uow, following.PROMISE, ballot_id, uow.now + wait)


def _check_for_any_host(record: Record, ballot: Statement) -> None:
    """Between two hosts people vote on: what waits goes to the next one. Raises Inadmissible."""
    try:
        check(record, ballot)
    except Inadmissible as error:
        if error.code != HANDED_OVER:
            raise


async def _log_late(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any] | None, ballot: Statement
) -> None:
    """A ballot after the close: if no quorum has stored that one yet, it is closed anew."""
    proposal = record.proposal(ballot.proposal)
    if proposal.close is None or row is None:
        return
    if known.head_size > proposal.close_index:
        raise Inadmissible("ballot-late", "The vote is over; this ballot is late.")
    await timers.set_timer(uow, following.CLOSE, row.id, uow.now)


async def _check_time(uow: UnitOfWork, row: Row[Any] | None) -> None:
    """Early ballots are refused; late ones by those who could only say that they are late."""
    if row is None:
        raise Inadmissible("proposal-unknown", "There is no such proposal here.", 409)
    if uow.now < row.opens_at:
        raise Inadmissible("not-open", "Voting has not begun.")
    is_host = await _is_host(uow, row)
    if uow.now > row.closes_at and not is_host:
        raise Inadmissible("ballot-late", "Voting is over; this ballot is late.")


async def _is_host(reader: Reader, row: Row[Any]) -> bool:
    known = await store.federation(reader, row.federation_id)
    return bool(known.host == reader.identities.coop.uri)


async def _answer(uow: UnitOfWork, known: Federation, record: Record, ballot: Statement) -> bool:
    """Promise, or say that we have seen it."""
    key = await held(uow, known.id, Use.COOP)
    if key is None:
        return False
    ours, lane = uow.identities.coop.uri, wire.lane_of(uow, known.id)
    about = {"proposal": ballot.proposal, "ballot": ballot.object}
    if hosting.keeps(uow, known):
        by = datetimes.format(uow.now + limits.COUNCIL_PROMISE)
        document = statements.new(Kind.PROMISE, ours, record.federation, uow.now, **about, by=by)
        promise = statements.signed(document, key, created=uow.now)
        await wire.tell(uow, promise, [ballot.coop], lane)
        return True
    at = datetimes.format(uow.now)
    document = statements.new(Kind.SEEN, ours, record.federation, uow.now, **about, at=at)
    seen = statements.signed(document, key, created=uow.now)
    await receipts.check_room(uow, known, ballot)
    await store.keep(uow, known.id, [ballot])
    is_new = await receipts.keep(uow, known, seen, ballot.coop)
    if is_new:
        await proving.two_ballots(uow, known, record, [ballot])
        await wire.tell(uow, seen, [ballot.coop, known.host], lane)
    return is_new


def _signed_by_member(record: Record, statement: Statement) -> None:
    member = record.member(statement.coop)
    try:
        is_signed = member.key in statements.signers(statement)
    except ProtocolError as error:
        raise Inadmissible(error.code, str(error), 401) from None
    if not is_signed:
        raise Inadmissible("not-signed", "It is not signed by the coop that it is from.", 401)


async def _next(
    reader: Reader, row: Row[Any], record: Record, epoch: int
) -> tuple[int, str | None]:
    """Which number our next ballot under a mandate has, and the digest of the one before it."""
    last = await standing_in.our_last(reader, row, record, epoch)
    return (last["sequence"] + 1, last.content) if last else (1, None)
