"""Which ballots count, and what comes out. Pure: the order inside the log changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from msgspec import Struct

from node.council.state import objections, proxies, variants
from node.council.state.electors import Electors
from node.council.state.heads import Head, Shown, read_head
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import statements, tally
from node.council.words.charter import majority
from node.council.words.statements import Kind, Statement
from node.council.words.tally import Vote
from protocol import jcs
from protocol.errors import ProtocolError


class SortedOut(Struct, frozen=True):
    """Every logged ballot, by object digest, in one of three lists; and the one of each coop.

    void: two of one number, or one whose earlier ones are not there.
    """

    timely: tuple[str, ...]
    late: tuple[str, ...]
    void: tuple[str, ...]
    counted: Mapping[str, Statement]

    @property
    def lists(self) -> dict[str, list[str]]:
        return {"timely": list(self.timely), "late": list(self.late), "void": list(self.void)}


def classify(
    record: Record,
    proposal: Proposal,
    heads: Sequence[Shown],
    by: Electors,
    size: int,
) -> SortedOut:
    """Sort the ballots out by the times of these heads and by receipts.

    by: who belonged since the roll.

    size: only ballots and receipts among the first so many entries are there. Raises Inadmissible.
    """
    ballots = [each for index, each in proposal.ballots if index < size]
    in_time = _in_time(record, proposal, heads, by)
    stored = {each.object for index, each in proposal.ballots if _is_covered(index, in_time)}
    shown = [
        each
        for each in ballots
        if each.object in stored or is_seen(proposal, each.object, by, size)
    ]
    found = with_earlier(shown, ballots)
    timely = [each for each in ballots if each.object in found]
    void = _void(timely, equivocal(ballots))
    standing = [each for each in timely if each.object not in void]
    return SortedOut(
        timely=tuple(sorted(each.object for each in standing)),
        late=tuple(sorted({each.object for each in ballots} - found)),
        void=tuple(sorted(void)),
        counted=last_of_each(standing),
    )


def equivocal(ballots: Sequence[Statement]) -> set[tuple[str, int]]:
    """Coops, each with the number of its mandate, that said two things under one number."""
    said: defaultdict[tuple[str, int, int], set[str]] = defaultdict(set)
    for each in ballots:
        said[each.coop, each["epoch"], each["sequence"]].add(each.content)
    return {(coop, epoch) for (coop, epoch, _number), found in said.items() if len(found) > 1}


def seed(proposal: Proposal) -> str:
    """The seed of lots: of the closed log and of all that was revealed."""
    if proposal.close is None:
        raise Inadmissible("proposal-state", "The vote is not closed.")
    nonces = b"".join(bytes.fromhex(proposal.reveals[coop]) for coop in sorted(proposal.reveals))
    return sha256(bytes.fromhex(proposal.close["root"]) + nonces).hexdigest()


def recount(record: Record, proposal: Proposal) -> dict[str, Any]:
    """The result, from the closed log alone. Raises Inadmissible."""
    close, snapshot = proposal.close, proposal.snapshot
    if close is None or snapshot is None:
        raise Inadmissible("proposal-state", "The vote is not closed.")
    sorted_out = classify(record, proposal, close["heads"], proposal.close_electors, close["size"])
    asked = variants.question(record, proposal)
    in_time = _in_time(record, proposal, close["heads"], proposal.close_electors)
    aside = objections.set_aside(record, proposal, in_time)
    votes = _votes(record, proposal, sorted_out.counted, in_time, snapshot["weights"])
    drawn, options = seed(proposal), list(asked.options)
    rivals = {name: each.content for name, each in variants.texts(proposal).items()}
    cast = [
        Vote(each["coop"], each["weight"], each["choice"], each["ballot"] in aside)
        for each in votes
    ]
    return {
        "engine": tally.ENGINE,
        "rule": dict(asked.rule),
        "options": options,
        **({"texts": rivals} if rivals else {}),
        "seed": drawn,
        "roll": len(snapshot["weights"]),
        "counted": votes,
        **sorted_out.lists,
        **({"setAside": sorted(aside)} if aside else {}),
        "tally": tally.count(asked.rule, options, cast, snapshot["weights"], drawn),
    }


def _votes(
    record: Record,
    proposal: Proposal,
    counted: Mapping[str, Statement],
    in_time: Sequence[Head],
    weights: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Whose votes count, and what they say; of who votes by proxy also the grant."""
    own = [
        {"coop": coop, "ballot": each.object, "weight": each["weight"], "choice": each["choice"]}
        for coop, each in counted.items()
    ]
    by_proxy = [
        {
            "coop": each.coop,
            "ballot": each.ballot.object,
            "weight": weights[each.coop],
            "choice": each.ballot["choice"],
            "proxy": each.grant.object,
        }
        for each in proxies.used(record, proposal, counted, in_time)
    ]
    return sorted([*own, *by_proxy], key=lambda each: str(each["coop"]))


def result_digest(result: Mapping[str, Any]) -> str:
    return statements.digest_of(jcs.canonical(dict(result)))


def first_difference(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Where two results part: the first field, and the ballots that only one of them counts."""
    counted = [
        {str(each.get("ballot")) for each in result.get("counted", ()) if isinstance(each, dict)}
        for result in (theirs, ours)
    ]
    return {"field": _first_field(theirs, ours), "ballots": sorted(counted[0] ^ counted[1])}


def _first_field(theirs: Any, ours: Any, path: str = "") -> str:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = [*ours, *(name for name in theirs if name not in ours)]
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        theirs, ours = dict(enumerate(theirs)), dict(enumerate(ours))
        names = list(ours)
    else:
        return path
    name = next((each for each in names if theirs.get(each) != ours.get(each)), None)
    if name is None:
        return path
    below = f"{path}.{name}" if path else str(name)
    return _first_field(theirs.get(name), ours.get(name), below)


def read_seen(
    record: Record, text: str, proposal: str, members: Mapping[str, Member]
) -> Statement | None:
    """A receipt of a member about a ballot on this proposal, if it is a good one."""
    try:
        found = statements.read(text)
        if found.kind is not Kind.SEEN or found.federation != record.federation:
            return None
        member = members.get(found.coop)
        signed = member is not None and member.key in statements.signers(found)
    except ProtocolError:
        return None
    return found if signed and found["proposal"] == proposal else None


def is_seen(proposal: Proposal, ballot: str, by: Electors, size: int) -> bool:
    """Whether more than half of the members at one of these times say, among the first so many
    entries, that they saw a ballot in time."""
    said = proposal.receipts.get(ballot, {})
    coops = {coop for coop, index in said.items() if index < size}
    return any(len(coops & held) >= majority(len(held)) for held in by.sets)


def with_earlier(shown: Sequence[Statement], ballots: Sequence[Statement]) -> set[str]:
    """Ballots that were there in time, by object digest: those of which it is shown, and those
    that they follow. A ballot names what the one before it says: who saw the later one saw that
    the earlier one was there."""
    said: defaultdict[tuple[str, int, str | None], list[Statement]] = defaultdict(list)
    for each in ballots:
        said[each.coop, each["epoch"], each.content].append(each)
    found, waiting = {each.object for each in shown}, list(shown)
    while waiting:
        later = waiting.pop()
        for before in said[later.coop, later["epoch"], later["prev"]]:
            if before.object not in found:
                found.add(before.object)
                waiting.append(before)
    return found


def _in_time(
    record: Record, proposal: Proposal, heads: Sequence[Shown], by: Electors
) -> list[Head]:
    closes = proposal.text.moment("closesAt")
    read = [read_head(record, each, by, proposal=proposal) for each in heads]
    return [head for head in read if head.at <= closes]


def covered(record: Record, proposal: Proposal) -> int:
    """How much of the log the close shows to have been stored in time."""
    close = proposal.close
    heads = close["heads"] if close else ()
    in_time = _in_time(record, proposal, heads, proposal.close_electors)
    return max((head.size for head in in_time), default=0)


def beyond(record: Record, proposal: Proposal, size: int) -> list[tuple[int, Statement]]:
    """What a head of this size does not cover and that counts by heads: ballots, marks of
    objections, grants of proxies; with their places in the log."""
    marks = [one for by_coop in proposal.marks.values() for one in by_coop.values()]
    grants = [
        (index, each)
        for index, each in record.proxies
        if each["class"] == proposal.text["class"] and each["only"] in (None, proposal.id)
    ]
    found = [*proposal.ballots, *marks, *grants]
    return sorted((each for each in found if each[0] >= size), key=lambda each: each[0])


def missed(record: Record, proposal: Proposal, size: int) -> list[tuple[int, Statement]]:
    """What a head of this size, in time, would let count and the close does not.

    A ballot that counts by receipts, or not at all, is not among it.
    """
    close = proposal.close
    if close is None:
        return []
    late = set(close["late"])
    return [
        (index, each)
        for index, each in beyond(record, proposal, covered(record, proposal))
        if index < min(size, close["size"])
        and (each.kind is not Kind.BALLOT or each.object in late)
    ]


def _is_covered(index: int, heads: Sequence[Head]) -> bool:
    return any(index < head.size for head in heads)


def _void(timely: Sequence[Statement], guilty: set[tuple[str, int]]) -> set[str]:
    chains: defaultdict[tuple[str, int], list[Statement]] = defaultdict(list)
    for each in timely:
        chains[each.coop, each["epoch"]].append(each)
    void: set[str] = set()
    for whose, chain in chains.items():
        void |= {each.object for each in chain} if whose in guilty else _loose(chain)
    return void


def _loose(chain: Sequence[Statement]) -> set[str]:
    """Ballots that do not follow, number by number, from the first."""
    said: defaultdict[int, set[str | None]] = defaultdict(set, {0: {None}})
    loose: set[str] = set()
    for each in sorted(chain, key=lambda each: int(each["sequence"])):
        if each["prev"] in said[each["sequence"] - 1]:
            said[each["sequence"]].add(each.content)
        else:
            loose.add(each.object)
    return loose


def last_of_each(standing: Sequence[Statement]) -> dict[str, Statement]:
    """The last ballot of each coop."""

    def order(each: Statement) -> tuple[int, int, str]:
        return (each["epoch"], each["sequence"], each.object)

    last: dict[str, Statement] = {}
    for each in sorted(standing, key=order):
        last[each.coop] = each
    return last
