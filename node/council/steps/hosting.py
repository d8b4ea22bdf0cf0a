"""Keeping a federation's log: taking statements in, telling the members, and the host's duties."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import limits, timers
from node.council.count import counting
from node.council.count.checks import check
from node.council.count.replaying import take
from node.council.rows import log, pending, store, wire
from node.council.rows.keyring import Use, held
from node.council.rows.models import federation_table, proposal_table, seen_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import heads
from node.council.state.record import Entry, Inadmissible, Proposal, Record
from node.council.steps import following, rekeying
from node.council.words import charter as charters
from node.council.words import lengths, statements, tally
from node.council.words.life import State
from node.council.words.statements import Kind, Statement


def keeps(uow: UnitOfWork, known: Federation) -> bool:
    """Whether our node keeps the log."""
    return bool(known.host == uow.identities.coop.uri)


def may_add(uow: UnitOfWork, known: Federation) -> bool:
    """Whether our node keeps the log, and knows that it has forgotten nothing of it."""
    return keeps(uow, known) and known.answered is None


async def check_may_wait(reader: Reader, known: Federation, statement: Statement) -> None:
    """What members say is kept until we know that we have forgotten nothing; from others, and by
    keys that our copy of the log does not know, we hear it then. Raises Inadmissible."""
    record = await store.record(reader, known, with_leaves=False)
    member = record.members.get(statement.coop)
    if member is None or member.key not in record.signed_by(statement):
        raise come_again()


def is_starting(uow: UnitOfWork, known: Federation) -> bool:
    """Whether our node keeps the log, and may have forgotten some of it."""
    return keeps(uow, known) and known.answered is not None


def come_again() -> Inadmissible:
    """What is not heard now may be heard once we know that we have forgotten nothing."""
    return Inadmissible("starting", "This node has just been started: say it again later.", 425)


async def say(uow: UnitOfWork, known: Federation, said: Sequence[Statement]) -> None:
    """Bring statements of ours into the log: our own, or by way of the host."""
    if not said:
        return
    await pending.keep(uow, known, said)
    if keeps(uow, known):
        if known.answered is not None:
            return  # just started: it goes in when we know that we have forgotten nothing
        for statement in said:
            await accept(uow, known.id, statement)
        return
    for statement in said:
        to = await _told(uow, known, statement)
        await wire.tell(uow, statement, to, wire.lane_of(uow, known.id))


async def _told(reader: Reader, known: Federation, statement: Statement) -> list[str]:
    """The host; and all, what no host is to leave out: who holds it sees to that."""
    if statement.kind not in (Kind.REVEAL, Kind.PROTEST):
        return [known.host]
    record = await store.record(reader, known, with_leaves=False)
    return list(record.members)


async def accept(uow: UnitOfWork, federation_id: str, statement: Statement) -> None:
    """Take a statement into the log that we keep, and what our coop says to it.

    The members are told by `announce_due`, of all that is new at once. Raises Inadmissible.
    """
    known = await store.locked(uow, federation_id)
    if not may_add(uow, known):
        raise Inadmissible("not-the-host", "This node does not add to the log now.", 403)
    about = [statement.proposal] if statement.proposal else []
    record = await store.record(uow, known, about)
    queue = [statement]
    while queue:
        said = queue.pop(0)
        check(record, said)
        entry = log.entry_at(known.size, uow.now, said)
        known = await log.write(uow, known, [(entry, said)], {})
        take(record, entry, said)
        answers = await following.after(uow, known, record, said)
        await pending.keep(uow, known, answers)
        queue += answers
    if statement.kind is Kind.REVEAL:
        row = await store.proposal_named(uow, federation_id, statement.proposal)
        if row is not None and row.state == State.CERTIFIED:
            await timers.set_timer(uow, following.CERTIFY, row.id, uow.now)
        elif row is not None:
            await certify(uow, row.id, is_over=False)


async def has_news(reader: Reader) -> bool:
    """Whether a log that we keep has entries that the members do not know of."""
    return bool(await _with_news(reader))


async def announce_due(uow: UnitOfWork) -> bool:
    """Tell the members what is new in the logs that we keep; whether there was anything."""
    news = await _with_news(uow)
    for federation_id in news:
        await _announce(uow, federation_id)
    return bool(news)


async def _with_news(reader: Reader) -> list[str]:
    f = federation_table.c
    ours = reader.identities.coop.uri
    news = select(f.id).where(f.host == ours, f.announced < f.size, f.answered.is_(None))
    return await reader.scalars(news)


async def _announce(uow: UnitOfWork, federation_id: str) -> None:
    """Tell the members what is new in the log, and cosign it ourselves."""
    known = await store.locked(uow, federation_id)
    record = await store.record(uow, known)
    gone = await store.who_left(uow, known.id, known.announced)
    await send(uow, known, record, {*record.members, *gone}, known.announced)
    await store.change(uow, federation_id, announced=known.size)
    await vouch(uow, federation_id)


async def send(
    uow: UnitOfWork, known: Federation, record: Record, to: Iterable[str], start: int
) -> None:
    """Send the log from a place on, in parts that fit into a delivery."""
    coops = list(to)
    entries = await store.entries(uow, known.id, start)
    texts = await store.texts(uow, known.id, [each.digest for each in entries])
    for part in _parts(entries, texts):
        upto = part[-1].index + 1 if part else known.size
        facts = {
            "federation": record.federation,
            "old": part[0].index if part else known.size,
            "entries": [each.text for each in part],
            "statements": [texts[each.digest] for each in part],
            "checkpoint": await log.sign(uow, known, record, upto),
            "mandate": _mandate_for(known, record, part[0].index if part else known.size),
        }
        await wire.say(uow, Message.ENTRIES, facts, coops, wire.lane_of(uow, known.id))


async def send_copy(
    uow: UnitOfWork, known: Federation, record: Record, to: Iterable[str], start: int
) -> None:
    """Send what we hold of the log, with checkpoints of its host that we hold. In a lane of its
    own: what a coop says waits until a host that has forgotten its key has heard of that again."""
    coops, entries = list(to), await store.entries(uow, known.id, start)
    texts = await store.texts(uow, known.id, [each.digest for each in entries])
    copies = await log.copies(uow, known, record, start)
    place = start
    for number, (size, note) in enumerate(copies):
        following_size = copies[number + 1][0] if number + 1 < len(copies) else size
        shown = entries[place - start : size - start]
        more = entries[size - start : following_size - start]
        length = sum(_told_bytes(each, texts) for each in (*shown, *more))
        if more and length <= limits.COUNCIL_BATCH_BYTES:
            continue
        facts = {
            "federation": record.federation,
            "old": place,
            "entries": [each.text for each in shown],
            "statements": [texts[each.digest] for each in shown],
            "checkpoint": note,
            "mandate": None,
        }
        lane = wire.beside(uow, known.id, wire.COPIES)
        await wire.say(uow, Message.ENTRIES, facts, coops, lane)
        place = size


async def vouch(uow: UnitOfWork, federation_id: str) -> None:
    """Cosign the log that we keep, as it is."""
    known = await store.locked(uow, federation_id)
    record = await store.record(uow, known)
    text = await log.sign(uow, known, record, known.size)
    await log.cosign(uow, known, record, text)
    await head_may_have_grown(uow, federation_id, known.size)
    await replace_keys(uow, known, record)


async def replace_keys(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """Say for which keys others vouched and have stored that, after each cosignature that we hear
    of. record: of now or of shortly before."""
    if record.wanted:
        known = await store.federation(uow, known.id)
        await say(uow, known, await rekeying.due(uow, known))


async def head_may_have_grown(uow: UnitOfWork, federation_id: str, size: int) -> None:
    """Tell the members of a new head, and do what it lets us do. For the host alone."""
    known = await store.locked(uow, federation_id)
    if known.head_size != size:
        return
    record = await store.record(uow, known)
    text = await log.newest_head(uow, known, record, least=size)
    if text is None:
        return
    facts = {"federation": record.federation, "head": text}
    lane = wire.lane_of(uow, known.id)
    await wire.say(uow, Message.HEAD, facts, record.members, lane)
    await say(uow, known, await following.head_grew(uow, known, size))


async def make_roll(uow: UnitOfWork, proposal_id: str) -> bool:
    """Make the roll of a vote of the rows that came; False if no head proves the notice yet."""
    known, record, proposal = await _of(uow, proposal_id)
    if not keeps(uow, known) or proposal.snapshot is not None or proposal.notice is None:
        return True
    if not _is_serving(known, record):
        return False
    text = await log.first_head(uow, known, record, proposal.text_index + 1, proposal=proposal)
    notice = await log.first_head(uow, known, record, proposal.notice_index + 1, proposal=proposal)
    if text is None or notice is None:
        return False
    rows = {coop: row for coop, row in proposal.rows.items() if coop in record.members}
    weights = tally.weights(
        record.scheme(proposal), {coop: row["members"] for coop, row in rows.items()}
    )
    await _say_as_host(
        uow,
        known,
        record,
        Kind.SNAPSHOT,
        proposal,
        rows=[rows[coop].object for coop in sorted(rows)],
        missing=sorted(set(record.members) - set(rows)),
        weights=weights,
        total=sum(weights.values()),
        power=tally.power(weights),
        textHead=heads.packed(text),
        noticeHead=heads.packed(notice),
    )
    return True


async def close(uow: UnitOfWork, proposal_id: str) -> bool:
    """Close a vote whose time is over, with what shows which ballots came in time; False if we
    cannot yet.

    Close it anew if no quorum has stored the earlier close and more is known by now that counts, or
    that a coop says it saw in time: ballots that only come late hold nobody up.
    """
    known, record, proposal = await _of(uow, proposal_id)
    before = proposal.close
    is_stored = bool(proposal.reveals or (before and known.head_size > proposal.close_index))
    snapshot = proposal.snapshot
    if not keeps(uow, known) or snapshot is None or is_stored:
        return True
    if not _is_serving(known, record):
        return False
    closes = proposal.text.moment("closesAt")
    head = await log.newest_head(uow, known, record, least=1, by=closes, proposal=proposal)
    found_heads = [heads.packed(head)] if head else []
    late = counting.classify(record, proposal, found_heads, proposal.electors, known.size).late
    await _log_receipts(uow, known, record, await _receipts(uow, known, record, proposal, late))
    known, record, proposal = await _of(uow, proposal_id)
    by, size = proposal.electors, known.size
    sorted_out = counting.classify(record, proposal, found_heads, by, size)
    stored = record.opened(head)[0].size if head else 0
    if before and not counting.missed(record, proposal, stored):
        is_same = all(before[name] == sorted_out.lists[name] for name in ("timely", "void"))
        fresh = set(sorted_out.late) - set(before["late"])
        if is_same and not await _seen_in_time(uow, known, record, proposal, fresh):
            return True
    await _say_as_host(
        uow,
        known,
        record,
        Kind.CLOSE,
        proposal,
        electorateDigest=snapshot.content,
        size=known.size,
        root=record.root_at(known.size).hex(),
        heads=found_heads,
        **sorted_out.lists,
    )
    return True


async def look_at_closes(uow: UnitOfWork, known: Federation) -> None:
    """More is known than when we closed votes: close them anew, where that makes a difference."""
    p = proposal_table.c
    closed = select(p.id).where(p.federation_id == known.id, p.state == State.FINALISING.value)
    for proposal_id in await uow.scalars(closed):
        await timers.set_timer(uow, following.CLOSE, proposal_id, uow.now)


async def certify(uow: UnitOfWork, proposal_id: str, *, is_over: bool) -> bool:
    """Certify the result when all have revealed, or when the time to do so is over."""
    known, record, proposal = await _of(uow, proposal_id)
    if not keeps(uow, known) or proposal.certificate is not None:
        return True
    if proposal.close is None or proposal.snapshot is None:
        return True
    if not _is_serving(known, record):
        return False
    if not is_over and set(proposal.roll()) - set(proposal.reveals):
        return False
    closes = proposal.text.moment("closesAt")
    head = await log.first_head(
        uow, known, record, proposal.close_index + 1, since=closes, proposal=proposal
    )
    if head is None:
        return False
    result = counting.recount(record, proposal)
    await _say_as_host(
        uow,
        known,
        record,
        Kind.CERTIFICATE,
        proposal,
        electorateDigest=proposal.snapshot.content,
        close=proposal.close.object,
        closingHead=heads.packed(head),
        engine=tally.ENGINE,
        revealed=sorted(proposal.reveals),
        withheld=sorted(set(proposal.roll()) - set(proposal.reveals)),
        seed=counting.seed(proposal),
        result=result,
        resultDigest=counting.result_digest(result),
    )
    await timers.cancel(uow, following.CERTIFY, [proposal_id])
    return True


def _is_serving(known: Federation, record: Record) -> bool:
    """Whether a host adds to its log: it was not just started, and has not handed it over."""
    return known.answered is None and record.handover is None


def _mandate_for(known: Federation, record: Record, start: int) -> str | None:
    """What shows that we keep the log, for coops that may not know it: the entry is still to
    come."""
    is_news = known.epoch > 0 and start <= record.keeper.start
    return known.mandate if is_news or record.epoch < known.epoch else None


async def _say_as_host(
    uow: UnitOfWork,
    known: Federation,
    record: Record,
    kind: Kind,
    proposal: Proposal,
    **fields: Any,
) -> None:
    key = await held(uow, known.id, Use.COOP)
    if key is None:
        return
    document = statements.new(
        kind,
        uow.identities.coop.uri,
        record.federation,
        uow.now,
        proposal=proposal.id,
        proposalDigest=proposal.text.content,
        **fields,
    )
    await accept(uow, known.id, statements.signed(document, key, created=uow.now))


async def _of(uow: UnitOfWork, proposal_id: str) -> tuple[Federation, Record, Proposal]:
    row = await store.proposal(uow, proposal_id)
    known = await store.locked(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    return known, record, record.proposal(row.proposal)


async def _receipts(
    reader: Reader, known: Federation, record: Record, proposal: Proposal, late: Sequence[str]
) -> list[Statement]:
    """Those that show that late ballots came in time: of each ballot that more than half saw, and
    that no later one follows of which this is shown, as many as it takes."""
    by_ballot: dict[str, list[Statement]] = {}
    for each in await _seen_in_time(reader, known, record, proposal, set(late)):
        if each.coop not in proposal.receipts[each["ballot"]]:
            by_ballot.setdefault(each["ballot"], []).append(each)
    ballots = [each for _index, each in proposal.ballots if each.object in by_ballot]
    shown: set[str] = set()
    wanted: list[Statement] = []
    for ballot in sorted(ballots, key=lambda each: int(each["sequence"]), reverse=True):
        found = by_ballot[ballot.object]
        logged = proposal.receipts[ballot.object].keys() & record.members.keys()
        lacks = charters.majority(len(record.members)) - len(logged)
        if ballot.object not in shown and len(found) >= lacks:
            shown |= counting.with_earlier([ballot], ballots)
            wanted += found[:lacks]
    return wanted


async def _seen_in_time(
    reader: Reader, known: Federation, record: Record, proposal: Proposal, ballots: Collection[str]
) -> list[Statement]:
    """Receipts of members which say that they saw one of these in time."""
    if not ballots:
        return []
    s, closes = seen_table.c, proposal.text.moment("closesAt")
    chosen = select(s.ballot, s.text).where(
        s.federation_id == known.id, s.proposal == proposal.id, s.at <= closes
    )
    rows = await reader.rows(chosen.order_by(s.ballot, s.coop))
    texts = [row.text for row in rows if row.ballot in ballots]
    read = [counting.read_seen(record, each, proposal.id, record.members) for each in texts]
    return [each for each in read if each is not None]


async def _log_receipts(
    uow: UnitOfWork, known: Federation, record: Record, receipts: Sequence[Statement]
) -> None:
    """Entries of their own: however many they are, none of them is too long to be told."""
    taken = []
    for each in receipts:
        check(record, each)
        entry = log.entry_at(record.size, uow.now, each)
        take(record, entry, each)
        taken.append((entry, each))
    if taken:
        await log.write(uow, known, taken, {})


def _parts(entries: Sequence[Entry], texts: dict[str, str]) -> list[list[Entry]]:
    parts: list[list[Entry]] = [[]]
    length = 0
    for each in entries:
        more = _told_bytes(each, texts)
        if parts[-1] and length + more > limits.COUNCIL_BATCH_BYTES:
            parts.append([])
            length = 0
        parts[-1].append(each)
        length += more
    return parts


def _told_bytes(entry: Entry, texts: Mapping[str, str]) -> int:
    return lengths.told_bytes(entry.text) + lengths.told_bytes(texts[entry.digest])
