"""Evidence, made and received: kept, shown to all members, and what follows from it at once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, insert, or_, select

from federation.storage import Reader, UnitOfWork
from node import audit, limits, timers
from node.council.count import contexts, evidence
from node.council.count.evidence import Finding, ProvesNothing
from node.council.rows import log, reminders, store, wire
from node.council.rows.keyring import Use, held
from node.council.rows.models import entry_table, evidence_table, seen_table, statement_table
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Record
from node.council.words import lengths, statements
from node.council.words.statements import Kind, Statement

LOG = "council-log-evidence"
"""The host logs what it keeps as evidence; one that does not is bypassed, for all are told."""
STOPS = ("E2a", "E2b", "E6")
"""What ends our cosigning for a host until coops have chosen another one."""
HOST_OUT = "host-excluded"
"""The coops decided that the host belongs to them no more: another one goes on."""
LEFT_OUT = "E7"
"""What rests on how many coops say so, and can be made good."""
_e = entry_table.c
_s = statement_table.c


async def put_forward(
    uow: UnitOfWork, known: Federation, record: Record, code: str, parts: Sequence[Any]
) -> None:
    """Keep evidence that we found, and tell all members. One of a kind against one is enough."""
    try:
        context = await context_of(uow, known, await _until(uow, known, code, parts))
        found = evidence.check(code, context, parts, record.federation)
    except (ProvesNothing, Inadmissible):
        return
    key = await held(uow, known.id, Use.COOP)
    us = uow.identities.coop.uri
    if key is None or us not in record.members or await _is_known(uow, known, found):
        return
    document = statements.new(
        Kind.EVIDENCE,
        us,
        record.federation,
        uow.now,
        code=code,
        culprit=found.culprit,
        proposal=found.proposal,
        context=context,
        parts=list(parts),
    )
    statement = statements.signed(document, key, created=uow.now)
    await _keep(uow, known, record, found, statement)
    if _is_short(statement.text):
        await wire.tell(uow, statement, record.members, wire.lane_of(uow, known.id))


async def hear(uow: UnitOfWork, known: Federation, record: Record, statement: Statement) -> bool:
    """Evidence of another coop: it counts if it proves what it says; whether it is news. Raises
    Inadmissible."""
    found = await proven(uow, known, record, statement)
    if found is None:
        return False
    await _keep(uow, known, record, found, statement)
    return True


async def proven(
    reader: Reader, known: Federation, record: Record, statement: Statement
) -> Finding | None:
    """What evidence of another coop proves, if we do not know it. Raises Inadmissible."""
    try:
        found = evidence.check(
            statement["code"], statement["context"], statement["parts"], record.federation
        )
    except ProvesNothing as error:
        raise Inadmissible("proves-nothing", str(error)) from None
    if await _is_known(reader, known, found):
        return None
    if found.code == LEFT_OUT and not await _holds_here(reader, known, statement):
        raise Inadmissible("proves-nothing", "Other coops belonged than its context says.")
    await _check_keys(reader, known, record, found, statement["parts"])
    return found


async def is_early(reader: Reader, known: Federation, statement: Statement) -> bool:
    """Whether the host of a close that leaves something out still has time to close anew. Clocks
    may differ by what is borne with."""
    row = await store.proposal_named(reader, known.id, statement["proposal"])
    if statement["code"] != LEFT_OUT or row is None:
        return False
    insists = row.closes_at + limits.COUNCIL_DISPUTE - limits.COUNCIL_CLOCK_STOPS
    return bool(reader.now < insists)


async def closed_anew(uow: UnitOfWork, known: Federation, close: Statement) -> None:
    """The host closed a vote anew with what it was shown: of its earlier close nothing is proven
    any more. A close that another host had to replace stays what it was."""
    e = evidence_table.c
    await uow.execute(
        delete(evidence_table).where(
            e.federation_id == known.id,
            e.code == LEFT_OUT,
            e.culprit == close.coop,
            e.about == close["proposal"],
        )
    )


async def _until(reader: Reader, known: Federation, code: str, parts: Sequence[Any]) -> int | None:
    """How much of the log says who belongs, where that decides: at E7 as much as the close closed.

    It must be the close that stands; and what a quorum has stored nobody can close anew, so who
    shows only then what it lacks proves nothing against the host. Raises Inadmissible.
    """
    if code != LEFT_OUT:
        return None
    closed = statements.read(parts[1])
    record = await store.record(reader, known, [closed["proposal"]])
    proposal = record.proposal(closed["proposal"])
    if proposal.close is None or proposal.close.object != closed.object:
        raise Inadmissible("proves-nothing", "The vote was closed anew since, or not yet so.")
    place = proposal.close_index
    if await log.has_head(reader, known, record, place + 1, known.size):
        raise Inadmissible("proves-nothing", "A quorum of coops has stored the close as it is.")
    return place


async def _holds_here(reader: Reader, known: Federation, statement: Statement) -> bool:
    """Whether it proves the same with the members whom we know: a context may leave some out, or
    count those who came later. Raises Inadmissible."""
    until = await _until(reader, known, statement["code"], statement["parts"])
    context = await context_of(reader, known, until)
    try:
        evidence.check(statement["code"], context, statement["parts"], str(known.digest))
    except ProvesNothing:
        return False
    return True


async def logged(uow: UnitOfWork, known: Federation, record: Record, statement: Statement) -> None:
    """Evidence has come with the log: kept if it is news and proves what it says."""
    try:
        await hear(uow, known, record, statement)
    except Inadmissible as error:
        detail = {"coop": statement.coop, "why": str(error)}
        await audit.record(uow, audit.NODE, "council.no-evidence", known.id, detail)


async def of(reader: Reader, evidence_id: str) -> tuple[str, Statement] | None:
    """A piece of evidence that we keep, with the federation that it is about."""
    rows = await reader.rows(select(evidence_table).where(evidence_table.c.id == evidence_id))
    return (rows[0].federation_id, statements.read(rows[0].text)) if rows else None


async def two_histories(uow: UnitOfWork, known: Federation, record: Record, size: int) -> None:
    """Look whether the host signed two roots for a size, or a witness cosigned two."""
    pair = evidence.two_histories(await log.checkpoints_of(uow, known.id, size))
    if pair is not None:
        await put_forward(uow, known, record, "E2a", pair)
        await put_forward(uow, known, record, "E4", pair)


async def two_ballots(
    uow: UnitOfWork, known: Federation, record: Record, new: Sequence[Statement]
) -> None:
    """Look whether a coop said two things under one number, in the log or to us.

    new: ballots on one proposal that we have just seen.
    """
    proposal = record.proposal(new[0]["proposal"])
    logged = {each.object: each for _index, each in proposal.ballots}
    coops = {each.coop for each in new}
    shown = await uow.scalars(_only_shown(known, proposal.id))
    others = logged | {each.object: each for each in (*map(statements.read, shown), *new)}
    theirs = [each for each in others.values() if each.coop in coops]
    first = {pair[0].coop: pair for pair in reversed(evidence.equivocations(theirs))}
    for pair in first.values():
        await put_forward(uow, known, record, "E1", [each.text for each in pair])


def _only_shown(known: Federation, proposal: str) -> Select[Any]:
    """Ballots that coops showed us and that are not in the log."""
    of_it = select(seen_table.c.ballot).where(
        seen_table.c.federation_id == known.id, seen_table.c.proposal == proposal
    )
    logged = select(_e.digest).where(_e.federation_id == known.id, _e.subject == proposal)
    return select(_s.text).where(
        _s.federation_id == known.id, _s.digest.in_(of_it), _s.digest.not_in(logged)
    )


async def two_words(uow: UnitOfWork, known: Federation, new: Statement) -> bool:
    """Whether a coop said something else under this number of its mandates, or as its row, and so
    has shown what it is."""
    about = [new["proposal"]] if new.kind is Kind.ROW else []
    record = await store.record(uow, known, about, with_leaves=False)
    if new.kind is Kind.ROW:
        named = record.proposals.get(new["proposal"])
        before = named.rows.get(new.coop) if named else None
    else:
        before = record.mandates.get(new.coop, {}).get(new["epoch"])
    if before is None or before.content == new.content:
        return False
    code, parts = "E5", [before.text, new.text]
    context = await context_of(uow, known)
    try:
        found = evidence.check(code, context, parts, record.federation)
        await _check_keys(uow, known, record, found, parts)
    except (ProvesNothing, Inadmissible):
        return False
    await put_forward(uow, known, record, code, parts)
    return True


async def take_up(uow: UnitOfWork, known: Federation) -> None:
    """We keep the log from now on: what we know to be proven goes there, unless it is there."""
    told = await _logged(uow, known, _e.kind == Kind.EVIDENCE.value)
    logged = {(each["code"], each["culprit"], each["proposal"] or "") for each in told}
    e = evidence_table.c
    for row in await uow.rows(select(evidence_table).where(e.federation_id == known.id)):
        if _is_short(row.text) and (row.code, row.culprit, row.about) not in logged:
            await timers.set_timer(uow, LOG, row.id, uow.now)


async def _keep(
    uow: UnitOfWork, known: Federation, record: Record, found: Finding, statement: Statement
) -> None:
    evidence_id = uow.new_id()
    await uow.execute(
        insert(evidence_table).values(
            id=evidence_id,
            federation_id=known.id,
            code=found.code,
            culprit=found.culprit,
            about=found.proposal or "",
            found_by=statement.coop,
            text=statement.text,
            at=uow.now,
        )
    )
    await audit.record(uow, audit.NODE, f"council.{found.code}", known.id, {"coop": found.culprit})
    culprit = record.members.get(found.culprit)
    await reminders.proven(uow, known, culprit.name if culprit else found.culprit)
    if record.host == uow.identities.coop.uri and _is_short(statement.text):
        wait = limits.COUNCIL_AGAIN if found.code == LEFT_OUT else timedelta(0)
        await timers.set_timer(uow, LOG, evidence_id, uow.now + wait)
    if found.code in STOPS and found.culprit == known.host:
        await stop(uow, known, found.code)


async def stop(uow: UnitOfWork, known: Federation, why: str) -> None:
    """Cosign nothing more of this host."""
    if known.stopped_because not in (*STOPS, HOST_OUT):
        await store.change(uow, known.id, stopped_because=why)


async def _check_keys(
    reader: Reader, known: Federation, record: Record, found: Finding, parts: Sequence[Any]
) -> None:
    """What a key signed that was replaced is proof only if it stands in the log: whoever stole the
    key could make the rest. Raises Inadmissible."""
    former = set(record.former_keys.get(found.culprit, ()))
    if found.code not in evidence.BY_ONE_COOP or not former:
        return
    for said in map(statements.read, parts):
        is_old = bool(former & statements.signers(said))
        if is_old and not await store.is_logged(reader, known.id, said.object):
            raise Inadmissible("proves-nothing", "It is signed with a key that was replaced.")


def _is_short(text: str) -> bool:
    """Whether it fits into one delivery; longer evidence every node finds itself."""
    return lengths.told_bytes(text) <= lengths.LONGEST


async def _is_known(reader: Reader, known: Federation, found: Finding) -> bool:
    e = evidence_table.c
    same = select(e.id).where(
        e.federation_id == known.id,
        e.code == found.code,
        e.culprit == found.culprit,
        e.about == (found.proposal or ""),
    )
    return await reader.scalar(same) is not None


async def context_of(reader: Reader, known: Federation, until: int | None = None) -> list[str]:
    """Who belongs and which quorum holds, in as few statements as say it.

    until: by the first so many entries, if not by all.
    """
    end = known.size if until is None else until
    kinds = [Kind.RULES.value, Kind.EXCLUSION.value]
    changes = await _logged(reader, known, _e.kind.in_(kinds) & (_e.position < end))
    subjects = {each.proposal for each in changes if contexts.is_needed(each)}
    of_them = _e.subject.in_(subjects) & _e.kind.in_([each.value for each in contexts.DECIDED])
    wanted = or_(_e.kind.in_([each.value for each in contexts.KINDS]), of_them)
    return [each.text for each in await _logged(reader, known, wanted & (_e.position < end))]


async def _logged(
    reader: Reader, known: Federation, wanted: ColumnElement[bool]
) -> list[Statement]:
    """Statements that took effect, in the order of the log."""
    chosen = (
        select(_s.text)
        .join(entry_table, (_s.federation_id == _e.federation_id) & (_s.digest == _e.digest))
        .where(_e.federation_id == known.id, wanted, _e.refused.is_(None))
        .order_by(_e.position)
    )
    return [statements.read(text) for text in await reader.scalars(chosen)]
