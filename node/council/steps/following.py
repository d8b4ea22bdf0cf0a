"""What a node does when the log has grown: the same at the host and at every mirror.

Each function returns what our coop has to say to it; whoever calls tells the host.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select

from federation.storage import UnitOfWork
from node import limits, policies, timers
from node.council.count import counting
from node.council.rows import (
    keyring,
    lacking,
    log,
    pending,
    protests,
    proving,
    reminders,
    store,
    terms,
)
from node.council.rows.keyring import Use, held
from node.council.rows.models import proposal_table
from node.council.rows.store import Federation
from node.council.state import chartering, heads, variants
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.steps import attesting, closing, electing, enforcing, ratifying, rekeying
from node.council.views import exporting
from node.council.words import charter as charters
from node.council.words import statements
from node.council.words.events import DecisionInForce, ProposalMoved
from node.council.words.life import LIFE, Event, State
from node.council.words.statements import Kind, Statement
from node.events import events

ROLL, OPEN, END, CLOSE, DISPUTE, REVEAL, CERTIFY, LAPSE, PROMISE, TOUCH = (
    f"council-{name}"
    for name in (
        "roll",
        "open",
        "end",
        "close",
        "dispute",
        "reveal",
        "certify",
        "lapse",
        "promise",
        "touch",
    )
)
WATCH, TAKE_OVER = "council-watch", "council-take-over"
ACTIVE, LEFT, APPLYING = "active", "left", "applying"
_SEED_BYTES = 32


async def after_all(
    uow: UnitOfWork, known: Federation, record: Record, told: Sequence[Statement]
) -> list[Statement]:
    """React to many entries: the record knows of all of them, so where it is asked how things stand
    one look for each proposal is enough."""
    ballots: dict[str | None, list[Statement]] = {}
    attested = {each.proposal: each for each in told if each.kind is Kind.ATTESTATION}
    said = []
    for each in told:
        if each.kind is Kind.BALLOT:
            ballots.setdefault(each.proposal, []).append(each)
        elif each.kind is not Kind.ATTESTATION or attested[each.proposal] is each:
            said += await after(uow, known, record, each)
    for found in ballots.values():
        await proving.two_ballots(uow, known, record, found)
    return said


async def after(
    uow: UnitOfWork, known: Federation, record: Record, statement: Statement
) -> list[Statement]:
    """React to an entry that took effect."""
    match statement.kind:
        case Kind.CHARTER | Kind.ADMIT | Kind.LEAVE | Kind.EXCLUSION:
            return await _membership(uow, known, record)
        case Kind.RULES:
            await store.change(uow, known.id, name=record.rules["name"])
            return []
        case Kind.APPLICATION:
            await reminders.applied(uow, known, record, statement)
            return []
        case Kind.REPLACEMENT | Kind.VOUCH | Kind.PROTEST | Kind.REKEYING:
            return await _keys(uow, known, record, statement)
        case Kind.EVIDENCE:
            await proving.logged(uow, known, record, statement)
            return []
        case Kind.PROPOSAL | Kind.REVISION:
            await _text(uow, known, statement)
            return []
        case Kind.SEEN:
            return []  # the close that follows says what comes of it
        case Kind.HANDOVER:
            await electing.agree_to_handover(uow, known, record)
            return []
    row = await store.proposal_named(uow, known.id, statement.proposal)
    if row is None:
        return []
    proposal = record.proposal(statement.proposal)
    match statement.kind:
        case Kind.NOTICE:
            return await _noticed(uow, known, record, row, proposal)
        case Kind.AMENDMENT:
            # A notice of ours that is on its way does not name this one: it is refused.
            await move(uow, row, Event.CHANGE)
            await reminders.amended(uow, row, record.member(statement.coop).name)
        case Kind.RETRACTION:
            await move(uow, row, Event.CHANGE)
        case Kind.WITHDRAWAL:
            await move(uow, row, Event.WITHDRAW)
            await clear(uow, row.id)
        case Kind.BALLOT:
            await proving.two_ballots(uow, known, record, [statement])
        case Kind.SNAPSHOT:
            await closing.check_roll(uow, known, record, row, proposal)
        case Kind.CLOSE:
            await move(uow, row, Event.CLOSE)
            await proving.closed_anew(uow, known, statement)
            over = max(uow.now, row.closes_at)
            await timers.set_timer(uow, DISPUTE, row.id, over + limits.COUNCIL_DISPUTE)
        case Kind.REVEAL if row.state == State.FINALISING:
            return await reveal(uow, known, record, row, proposal)
        case Kind.CERTIFICATE:
            return await _certified(uow, known, record, row, proposal)
        case Kind.ATTESTATION:
            return await _attested(uow, known, record, row, proposal)
        case Kind.RATIFICATION | Kind.RESERVATION:
            if await ratifying.heard(uow, record, row, proposal, statement):
                await move(uow, row, Event.SETTLE)
    return []


async def head_grew(uow: UnitOfWork, known: Federation, size: int) -> list[Statement]:
    """React to a new head: reveal for closes that it covers, prove certificates wrong."""
    await pending.forget(uow, known, size)
    chosen = select(proposal_table).where(
        proposal_table.c.federation_id == known.id,
        proposal_table.c.state.in_(
            [each.value for each in (State.FINALISING, State.CERTIFIED, State.DISPUTED)]
        ),
    )
    said = []
    rows = await uow.rows(chosen)
    whole = await store.record(uow, known, [row.proposal for row in rows])
    for row in rows:
        proposal = whole.proposal(row.proposal)
        if row.state == State.FINALISING and proposal.close and proposal.close_index < size:
            if whole.host == uow.identities.coop.uri:
                await timers.set_timer(uow, CERTIFY, row.id, uow.now + limits.COUNCIL_REVEAL)
            said += await reveal(uow, known, whole, row, proposal)
        elif proposal.certificate and proposal.certificate_index < size:
            with suppress(Inadmissible):  # rules that have changed since may read it otherwise
                await _prove_wrong(uow, known, whole, proposal)
    return said


async def move(uow: UnitOfWork, row: Row[Any], event: Event, **columns: Any) -> State:
    """Take a proposal one step on, if its state knows that step; where it stands then."""
    state = State((await store.proposal(uow, row.id)).state)
    after_it = LIFE.table.get((state, event), state)
    if after_it is not state or columns:
        await store.stand(uow, row, after_it, **columns)
    return after_it


async def set_times(uow: UnitOfWork, row: Row[Any]) -> None:
    """What a vote brings about by itself, at every coop."""
    await timers.set_timer(uow, OPEN, row.id, row.opens_at)
    await timers.set_timer(uow, END, row.id, row.closes_at)
    await timers.set_timer(uow, LAPSE, row.id, row.finalize_by)


async def our_key(uow: UnitOfWork, known: Federation, record: Record) -> Any:
    """Our coop's key, if we are a member."""
    if uow.identities.coop.uri not in record.members:
        return None
    return await held(uow, known.id, Use.COOP)


async def take_up_keys(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """Sign with the keys that the log has for us."""
    ours = record.members.get(uow.identities.coop.uri)
    if ours is not None:
        await keyring.take_up(uow, known.id, ours.key, ours.witness)


async def _membership(uow: UnitOfWork, known: Federation, record: Record) -> list[Statement]:
    """Others belong: whether we do, and which results fewer coops, or more, must have counted."""
    ours = uow.identities.coop.uri
    if ours in record.members:
        await store.change(uow, known.id, state=ACTIVE, name=record.rules["name"])
        await timers.set_timer(uow, WATCH, known.id, uow.now + limits.COUNCIL_WATCH)
        if known.state == APPLYING:
            await reminders.let_in(uow, known, record.rules["name"])
        await reminders.applicants_answered(uow, known, record)
    elif known.state == ACTIVE:
        await store.change(uow, known.id, state=LEFT)
        await policies.leave_federation(uow, record.federation)
        await reminders.gone(uow, known)
    certified, said = await attesting.certified(uow, known), []
    if not certified:
        return []
    whole = await store.record(uow, known, [row.proposal for row in certified])
    for row in certified:
        said += await _attested(uow, known, whole, row, whole.proposal(row.proposal))
    return said


async def _keys(
    uow: UnitOfWork, known: Federation, record: Record, statement: Statement
) -> list[Statement]:
    """A coop has another key, or asks for one: ours is taken up, and people are told of others'."""
    if statement.content in record.wanted:
        await reminders.new_key_asked(uow, known, record.members[statement.coop])
        return await rekeying.protest(uow, known, record, statement)
    if statement.kind in (Kind.VOUCH, Kind.PROTEST):
        return []
    await protests.forget(uow, known, record)
    if not record.wanted:
        await reminders.new_keys_settled(uow, known)
    await take_up_keys(uow, known, record)
    return await rows_owed(uow, known)


async def rows_owed(uow: UnitOfWork, known: Federation) -> list[Statement]:
    """Rows of ours that could not be signed while our key was lost, where there is no roll yet."""
    chosen = select(proposal_table).where(
        proposal_table.c.federation_id == known.id,
        proposal_table.c.state == State.NOTICE.value,
        proposal_table.c.nonce.is_(None),
    )
    said = []
    for row in await uow.rows(chosen):
        whole = await store.record(uow, known, [row.proposal], with_leaves=False)
        proposal = whole.proposal(row.proposal)
        if proposal.notice is not None and proposal.snapshot is None:
            said += await _our_row(uow, known, whole, row, proposal)
    return said


async def _text(uow: UnitOfWork, known: Federation, statement: Statement) -> None:
    columns = {
        "title": statement["title"],
        "decision_class": statement["class"],
        "is_public": statement["public"],
        "opens_at": statement.moment("opensAt"),
        "closes_at": statement.moment("closesAt"),
        "finalize_by": statement.moment("finalizeBy"),
    }
    row = await store.proposal_named(uow, known.id, statement.proposal)
    if row is None:
        proposal_id = uow.new_id()
        await uow.execute(
            insert(proposal_table).values(
                id=proposal_id,
                federation_id=known.id,
                proposal=statement.proposal,
                mover=statement.coop,
                state=State.DISCUSSION.value,
                draft=None,
                nonce=None,
                outcome=None,
                created_at=uow.now,
                **columns,
            )
        )
        await events.announce(uow, ProposalMoved(known.id, proposal_id))
    else:
        if statement.kind is Kind.PROPOSAL:
            await move(uow, row, Event.PUBLISH, draft=None, **columns)
        else:  # There is no roll, so whatever our clock made of an earlier notice is over.
            await store.stand(uow, row, State.DISCUSSION, draft=None, **columns)
        await clear(uow, row.id)
    named = await store.proposal_named(uow, known.id, statement.proposal)
    if named is not None and statement["policies"] and named.closes_at > uow.now:
        await timers.set_timer(uow, TOUCH, named.id, uow.now + limits.COUNCIL_TOUCH)
    if named is not None and statement.document.get("excludes") == uow.identities.coop.uri:
        await reminders.to_be_excluded(uow, known, named)


async def _noticed(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any], proposal: Proposal
) -> list[Statement]:
    await move(uow, row, Event.GIVE_NOTICE)
    await set_times(uow, row)
    await reminders.noticed(uow, row)
    ours = uow.identities.coop.uri
    if record.host == ours:
        before = charters.hours(record.class_of(proposal), "rollHours")
        await timers.set_timer(uow, ROLL, row.id, row.opens_at - before)
        await timers.set_timer(uow, CLOSE, row.id, row.closes_at + limits.COUNCIL_CLOSE_GRACE)
    return await _our_row(uow, known, record, row, proposal)


async def _our_row(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any], proposal: Proposal
) -> list[Statement]:
    ours, key = uow.identities.coop.uri, await our_key(uow, known, record)
    if key is None or ours in proposal.rows:
        return []
    member = record.members[ours]
    if (said := await _row_before(uow, known, row, proposal, member)) is not None:
        return [said]
    nonce = uow.entropy.token(_SEED_BYTES)
    await store.change_proposal(uow, row.id, nonce=nonce)
    mandates = record.mandates.get(ours, {})
    epoch = max(mandates, default=0)
    serving = chartering.serving(record, proposal, mandates.get(epoch))
    named = await terms.roster(uow, known.id, serving)
    document = statements.new(
        Kind.ROW,
        ours,
        record.federation,
        uow.now,
        proposal=proposal.id,
        proposalDigest=proposal.text.content,
        coopKey=member.key,
        epoch=epoch,
        members=await terms.members_told(uow),
        **named,
        commit=sha256(nonce).hexdigest(),
    )
    return [statements.signed(document, key, created=uow.now)]


async def _row_before(
    uow: UnitOfWork, known: Federation, row: Row[Any], proposal: Proposal, member: Member
) -> Statement | None:
    """Our row that went with what an earlier host had logged: a second one would be evidence."""
    if row.nonce is None:
        return None
    wanted = (proposal.id, proposal.text.content, member.key, sha256(row.nonce).hexdigest())
    for each in await pending.unlogged(uow, known):
        if each.kind is not Kind.ROW or each.coop != member.coop:
            continue
        if (each.proposal, each["proposalDigest"], each["coopKey"], each["commit"]) == wanted:
            return each
    return None


async def reveal(
    uow: UnitOfWork,
    known: Federation,
    record: Record,
    row: Row[Any],
    proposal: Proposal,
    *,
    has_waited: bool = False,
) -> list[Statement]:
    """Our part of the lot. The first one in the log shows a head over the close, and that is enough
    for all: so the host goes first, and the others show a head only if it has none to show."""
    ours = uow.identities.coop.uri
    key = await our_key(uow, known, record)
    is_due = row.nonce and ours in proposal.roll() and ours not in proposal.reveals
    if key is None or not is_due:
        return []
    if not proposal.reveals and record.host != ours and not has_waited:
        await timers.set_timer(uow, REVEAL, row.id, uow.now + limits.COUNCIL_AGAIN)
        return []
    closes, place, head = proposal.text.moment("closesAt"), proposal.close_index + 1, None
    if not proposal.reveals:
        head = await log.first_head(uow, known, record, place, since=closes, proposal=proposal)
        if head is None:
            return []
    held = await lacking.held_reveals(uow, known, proposal.id)
    if any(each.coop == ours and lacking.is_good_for_the_log(record, each) for each in held):
        return []
    document = statements.new(
        Kind.REVEAL,
        ours,
        record.federation,
        uow.now,
        proposal=proposal.id,
        nonce=row.nonce.hex(),
        closingHead=head and heads.packed(head),
    )
    return [statements.signed(document, key, created=uow.now)]


async def _certified(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any], proposal: Proposal
) -> list[Statement]:
    result = counting.recount(record, proposal)
    await move(uow, row, Event.CERTIFY, outcome=str(result["tally"].get("outcome")))
    await closing.left_out(uow, known, row)
    return await attesting.ours(uow, known, record, proposal)


async def _attested(
    uow: UnitOfWork, known: Federation, record: Record, row: Row[Any], proposal: Proposal
) -> list[Statement]:
    if not proposal.is_judged or proposal.certificate is None:
        return []
    if not proposal.is_upheld:
        await move(uow, row, Event.DISAGREE)
        return []
    before = State((await store.proposal(uow, row.id)).state)
    carried = variants.carried(proposal)
    asks = carried is not None and ratifying.asks(record, carried["policies"])
    passed = Event.RATIFY if asks else Event.AGREE
    state = await move(uow, row, passed if carried else Event.REFUSE)
    await clear(uow, row.id)
    for each in await lacking.held_reveals(uow, known, proposal.id):
        await pending.drop(uow, known, each)
    if before is State.CERTIFIED and state is not before:
        await _settled(uow, record, row, proposal, state)
    if carried and proposal.text.document.get("excludes") == known.host:
        await proving.stop(uow, known, proving.HOST_OUT)
    return await enforcing.carry_out(uow, known, record, proposal)


async def _settled(
    uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal, state: State
) -> None:
    """A quorum has counted the same: it holds, waits for each coop's own yes, or is rejected."""
    if state is not State.RATIFYING:  # there people are asked for more than to know it
        await reminders.decided(uow, row, state)
    if state is State.REJECTED:
        await reminders.may_come_again(uow, record, row, proposal)
        return
    carried, certificate = variants.carried(proposal), proposal.certificate
    if carried is None or certificate is None:
        return
    await ratifying.begin(uow, record, row, proposal)
    await enforcing.put_in_force(uow, record, proposal)
    if await ratifying.heard_before(uow, record, row, proposal):
        await move(uow, row, Event.SETTLE)
    await events.announce(
        uow,
        DecisionInForce(
            record.federation, row.id, proposal.id, certificate.object, carried["policies"]
        ),
    )


async def _prove_wrong(
    uow: UnitOfWork, known: Federation, record: Record, proposal: Proposal
) -> None:
    certificate = proposal.certificate
    if certificate is None or await store.has_evidence(uow, known.id, "E6", certificate.coop):
        return
    digest = counting.result_digest(counting.recount(record, proposal))
    if digest == certificate["resultDigest"]:
        return
    data = await exporting.archived(uow, known, record, proposal)
    if data is not None:
        await proving.put_forward(uow, known, record, "E6", [data.decode()])


async def clear(uow: UnitOfWork, row_id: str) -> None:
    """Nothing of a vote waits any more."""
    await reminders.settled(uow, row_id)
    for kind in (ROLL, OPEN, END, CLOSE, DISPUTE, REVEAL, CERTIFY, LAPSE, reminders.REMIND):
        await timers.cancel(uow, kind, [row_id])
