"""What the host's close or certificate lacks and we hold: reason to cosign nothing, and passed on.

Somebody may show a ballot to a few coops in time and never to the host. They pass it on with their
receipts, so that an honest host can close anew; one that takes nothing in is left with evidence.
"""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import limits
from node.council.count import counting
from node.council.count.checks import check
from node.council.rows import pending, wire
from node.council.rows.models import seen_table, statement_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state.record import Inadmissible, Proposal, Record
from node.council.words import charter as charters
from node.council.words import lengths, statements
from node.council.words.statements import Kind, Statement

_STILL_GOOD = ("said-already", "ballot-late")
"""The log has it, or takes none any more; all that is wrong with it is that the close lacks it."""


class Lacking(Struct, frozen=True):
    """A ballot, and the receipts for it that hold."""

    ballot: Statement
    receipts: tuple[str, ...]


async def ballots(
    reader: Reader, known: Federation, record: Record, proposal: Proposal
) -> list[Lacking]:
    """Ballots that the close leaves out: those that we saw in time and that are not there, and
    those that more than half saw and that are not timely.

    They are compared by what they say: one that was signed anew with another key is the same.
    """
    if proposal.close is None:
        return []
    says = {each.object: each.content for _index, each in proposal.ballots}
    in_close = {
        name: {says[digest] for digest in proposal.close[name]}
        for name in ("timely", "void", "late")
    }
    taken, late = in_close["timely"] | in_close["void"], in_close["late"]
    receipts = await _in_time(reader, known, proposal)
    needed, ours = charters.majority(len(record.members)), reader.identities.coop.uri
    found = []
    for ballot in await _shown(reader, known, proposal):
        by_coop = receipts.get(ballot.object, {})
        good = tuple(each for each in by_coop.values() if _is_good(record, proposal, each))
        mine = by_coop.get(ours)
        is_ours = mine in good and ballot.content not in late
        is_lacking = ballot.content not in taken and (is_ours or len(good) >= needed)
        if is_lacking and is_good_for_the_log(record, ballot):
            found.append(Lacking(ballot, good))
    return found


async def reveals(
    reader: Reader, known: Federation, record: Record, proposal: Proposal
) -> list[Statement]:
    """What coops revealed to us and the certificate calls withheld."""
    if proposal.certificate is None:
        return []
    withheld = set(proposal.certificate["withheld"])
    return [
        each
        for each in await held_reveals(reader, known, proposal.id)
        if each.coop in withheld and is_good_for_the_log(record, each)
    ]


async def held_reveals(reader: Reader, known: Federation, proposal: str) -> list[Statement]:
    """What coops revealed to us and our copy of the log does not have."""
    waiting = await pending.unlogged(reader, known)
    return [each for each in waiting if each.kind is Kind.REVEAL and each.proposal == proposal]


async def show(uow: UnitOfWork, known: Federation, texts: Sequence[str]) -> None:
    """Pass on to the host what others, or we, have said, in parts that fit into a delivery."""
    parts: list[list[str]] = [[]]
    length = 0
    for text in texts:
        more = lengths.told_bytes(text)
        if parts[-1] and length + more > limits.COUNCIL_BATCH_BYTES:
            parts.append([])
            length = 0
        parts[-1].append(text)
        length += more
    lane = wire.lane_of(uow, known.id)
    for part in parts:
        facts = {"federation": known.digest, "statements": part}
        await wire.say(uow, Message.PASSED_ON, facts, [known.host], lane)


async def _in_time(
    reader: Reader, known: Federation, proposal: Proposal
) -> dict[str, dict[str, str]]:
    """Receipts that we gave or got, by ballot and coop."""
    s = seen_table.c
    chosen = select(s.ballot, s.coop, s.text).where(
        s.federation_id == known.id,
        s.proposal == proposal.id,
        s.at <= proposal.text.moment("closesAt"),
    )
    found: dict[str, dict[str, str]] = {}
    for ballot, coop, text in await reader.rows(chosen.order_by(s.ballot, s.coop)):
        found.setdefault(ballot, {})[coop] = text
    return found


async def _shown(reader: Reader, known: Federation, proposal: Proposal) -> list[Statement]:
    """Ballots that we hold and of which somebody says that they were seen."""
    s, t = seen_table.c, statement_table.c
    seen = select(s.ballot).where(s.federation_id == known.id, s.proposal == proposal.id)
    chosen = select(t.text).where(t.federation_id == known.id, t.digest.in_(seen))
    found = [statements.read(text) for text in await reader.scalars(chosen.order_by(t.digest))]
    return [each for each in found if each.kind is Kind.BALLOT and each.proposal == proposal.id]


def _is_good(record: Record, proposal: Proposal, receipt: str) -> bool:
    """A receipt by a key that was replaced since counts no more, here as in the log."""
    return counting.read_seen(record, receipt, proposal.id, record.members) is not None


def is_good_for_the_log(record: Record, said: Statement) -> bool:
    """Whether the log has it or could take it: whose mandate or key was replaced while it was on
    its way is lost to its coop, and no fault of the host."""
    try:
        check(record, said)
    except Inadmissible as error:
        return error.code in _STILL_GOOD
    return True
