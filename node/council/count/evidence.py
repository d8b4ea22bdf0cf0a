"""Proof that somebody broke the rules, which anybody can check with nothing but the charter. Pure.

A piece of evidence holds `context`, statements that say whose keys are whose and which quorum holds
(`contexts`), and `parts`, which depend on the code:

| code | parts | proves |
|---|---|---|
| E1 | two ballots | a coop said two things under one number |
| E2a | two checkpoints of one size | the host signed two histories |
| E2b | two checkpoints, an index, two leaves with their proofs | the host rewrote an entry |
| E3 | a promise and a close | the host left out what it promised to take in |
| E4 | two checkpoints with a cosignature each | a witness cosigned two histories |
| E5 | two mandates, rows or host mandates | a coop named two sets of delegates, or two hosts |
| E6 | an archive | the certificate is not what the ballots give |
| E7 | a ballot, a close, the text, receipts of more than half | the host left it out |
| | or what a head covers, a close, the text, that head and the entry in it | the same |
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from node.council.count import archive, contexts, counting
from node.council.state import heads, keepers
from node.council.state.heads import Head
from node.council.state.record import Inadmissible, Record, read_entry
from node.council.words import statements
from node.council.words.charter import majority
from node.council.words.statements import Kind, Statement
from protocol.errors import ProtocolError
from protocol.transparency import checkpoints, merkle, notes

BY_ONE_COOP = ("E1", "E5")
"""What rests on nothing but two words of one coop."""


class ProvesNothing(Exception):
    """What was put forward as evidence is none."""


class Finding(Struct, frozen=True):
    """What is proven, against whom, about which proposal."""

    code: str
    culprit: str
    proposal: str | None = None


def check(code: str, context: Sequence[str], parts: Sequence[Any], charter: str) -> Finding:
    """What evidence proves in the federation of this charter digest. Raises ProvesNothing."""
    try:
        record = contexts.known(context)
        if record.federation != charter:
            raise ProvesNothing("It is about another federation.")
        return _CHECKS[code](record, parts)
    except (Inadmissible, ProtocolError, archive.ArchiveRefused, contexts.TooMuch) as error:
        raise ProvesNothing(str(error)) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise ProvesNothing("Its parts are not those that such evidence has.") from None


def _equivocation(record: Record, parts: Sequence[Any]) -> Finding:
    first, second = _two(record, parts, {Kind.BALLOT})
    _same(first, second, "proposal", "epoch", "sequence")
    if first["delegate"] not in statements.signers(first) or second[
        "delegate"
    ] not in statements.signers(second):
        raise ProvesNothing("A ballot is not signed by its delegate.")
    return Finding("E1", first.coop, first["proposal"])


def _split_view(record: Record, parts: Sequence[Any]) -> Finding:
    first, second = (_checkpoint(record, each) for each in parts)
    if _place(first) != _place(second):
        raise ProvesNothing("The checkpoints are not of one size and epoch.")
    if first.root == second.root:
        raise ProvesNothing("The checkpoints say the same.")
    return Finding("E2a", _host_of(record, first))


def _rewritten(record: Record, parts: Sequence[Any]) -> Finding:
    earlier, later, index, *shown = parts
    found = [_checkpoint(record, each) for each in (earlier, later)]
    if keepers.epoch_of(found[0]) != keepers.epoch_of(found[1]):
        raise ProvesNothing("Another host goes on without what no quorum has stored.")
    if not found[0].size < found[1].size or index >= found[0].size:
        raise ProvesNothing("The checkpoints are not an earlier and a later one.")
    leaves = []
    for checkpoint, (leaf, path) in zip(found, shown, strict=True):
        leaves.append(merkle.leaf_hash(leaf.encode()))
        proof = [notes.decode(each) for each in path]
        merkle.check_inclusion(leaves[-1], index, checkpoint.size, proof, checkpoint.root)
    if leaves[0] == leaves[1]:
        raise ProvesNothing("The entry is the same in both histories.")
    return Finding("E2b", _host_of(record, found[0]))


def _broken_promise(record: Record, parts: Sequence[Any]) -> Finding:
    promise, close = (statements.read(each) for each in parts)
    _by_host(record, promise, Kind.PROMISE)
    _by_host(record, close, Kind.CLOSE)
    _same(promise, close, "coop", "proposal")
    if promise.moment("by") > close.moment("published"):
        raise ProvesNothing("The promise was not due yet.")
    return _left_out("E3", promise["ballot"], close)


def _two_faced_witness(record: Record, parts: Sequence[Any]) -> Finding:
    opened = [record.opened(each) for each in parts]
    (first, first_note), (second, second_note) = opened
    if _place(first) != _place(second) or first.root == second.root:
        raise ProvesNothing("The checkpoints are not two histories of one size.")
    keys = record.witnesses()
    both = {each.name for each in checkpoints.cosignatures(first_note, keys)} & {
        each.name for each in checkpoints.cosignatures(second_note, keys)
    }
    if not both:
        raise ProvesNothing("Nobody cosigned both.")
    guilty = min(both)
    coop = next(each.coop for each in record.members.values() if each.cosigner == guilty)
    return Finding("E4", coop)


def _two_mandates(record: Record, parts: Sequence[Any]) -> Finding:
    rivals = [statements.read(each) for each in parts]
    if {each.kind for each in rivals} == {Kind.HOST_MANDATE}:
        return _two_hosts(record, rivals)
    first, second = _two(record, parts, {Kind.MANDATE, Kind.ROW})
    if first.kind is Kind.ROW:
        _same(first, second, "proposal", "proposalDigest")
    else:
        _same(first, second, "epoch")
    return Finding("E5", first.coop, first.proposal)


def _two_hosts(record: Record, found: Sequence[Statement]) -> Finding:
    one, other = found
    if {one.federation, other.federation} != {record.federation}:
        raise ProvesNothing("They are not of this federation.")
    if keepers.rivals(found, record.members) is None:
        raise ProvesNothing("Nobody signed two hosts of one epoch.")
    both = keepers.signers_of(one, record.members) & keepers.signers_of(other, record.members)
    return Finding("E5", min(both))


def _wrong_tally(record: Record, parts: Sequence[Any]) -> Finding:
    [text] = parts
    whole, proposal = archive.replayed(text.encode())
    if whole.federation != record.federation or proposal.certificate is None:
        raise ProvesNothing("The archive is of another federation.")
    ours, certificate = counting.recount(whole, proposal), proposal.certificate
    digest = counting.result_digest(ours)
    if certificate["resultDigest"] == digest and certificate["result"] == ours:
        raise ProvesNothing("The certificate is what the ballots give.")
    return Finding("E6", certificate.coop, proposal.id)


def _censorship(record: Record, parts: Sequence[Any]) -> Finding:
    said, close, *shown = parts
    left, closed = statements.read(said), statements.read(close)
    _by_host(record, closed, Kind.CLOSE)
    _by_member(record, left, left.kind)
    [given] = [each for each in shown if isinstance(each, dict)]
    text = statements.read(given["proposal"])
    if text.content != closed["proposalDigest"]:
        raise ProvesNothing("The text is not the one that was voted on.")
    if "head" in given:
        return _stored_in_time(record, left, closed, text, given)
    _same(left, closed, "proposal", "proposalDigest", "electorateDigest")
    receipts = [each for each in shown if not isinstance(each, dict)]
    seen = set()
    for receipt in receipts:
        found = counting.read_seen(record, receipt, left["proposal"], record.members)
        is_in_time = found is not None and found.moment("at") <= text.moment("closesAt")
        if found is not None and is_in_time and found["ballot"] == left.object:
            seen.add(found.coop)
    if len(seen) < majority(len(record.members)):
        raise ProvesNothing("Too few coops saw the ballot in time.")
    return _left_out("E7", left.object, closed)


def _stored_in_time(
    record: Record, left: Statement, closed: Statement, text: Statement, given: Mapping[str, Any]
) -> Finding:
    """A head in time covers an entry, and none of the close's heads does."""
    about = closed["proposal"]
    is_grant = left.kind is Kind.PROXY
    is_about = (
        left["class"] == text["class"] and left["only"] in (None, about)
        if is_grant
        else left.kind in (Kind.BALLOT, Kind.MARK) and left["proposal"] == about
    )
    if not is_about:
        raise ProvesNothing("It does not count in this vote.")
    closes, index = text.moment("closesAt"), given["index"]
    head = heads.signed_head(record, given["head"])
    entry = read_entry(index, given["entry"])
    proof = [notes.decode(each) for each in given["path"]]
    merkle.check_inclusion(entry.leaf, index, head.size, proof, head.root)
    if entry.digest != left.object or head.at > closes or index >= closed["size"]:
        raise ProvesNothing("No quorum had stored it in time.")
    if any(index < each.size and each.at <= closes for each in _heads_of(record, closed)):
        raise ProvesNothing("The close takes it as stored in time.")
    return _left_out("E7", left.object, closed)


def _heads_of(record: Record, closed: Statement) -> list[Head]:
    return [heads.signed_head(record, each) for each in closed["heads"]]


def _left_out(code: str, ballot: str, close: Statement) -> Finding:
    if any(ballot in close[each] for each in ("timely", "void")):
        raise ProvesNothing("The ballot is not left out.")
    if code == "E3" and ballot in close["late"]:
        raise ProvesNothing("The ballot was taken in, as a late one.")
    return Finding(code, close.coop, close["proposal"])


def _two(record: Record, parts: Sequence[Any], kinds: set[Kind]) -> tuple[Statement, Statement]:
    first, second = (statements.read(each) for each in parts)
    if first.kind not in kinds or first.kind is not second.kind or first.coop != second.coop:
        raise ProvesNothing("These are not two words of one coop.")
    for each in (first, second):
        _by_member(record, each, first.kind)
    if first.content == second.content:
        raise ProvesNothing("They say the same.")
    return first, second


def _by_host(record: Record, statement: Statement, kind: Kind) -> None:
    _by_member(record, statement, kind)
    if not record.has_hosted(statement.coop):
        raise ProvesNothing("It is not the host's word.")


def _by_member(record: Record, statement: Statement, kind: Kind) -> None:
    is_meant = statement.kind is kind and statement.federation == record.federation
    if not is_meant or not contexts.keys_of(record, statement.coop) & statements.signers(statement):
        raise ProvesNothing("It is not a member's signed word in this federation.")


def _same(first: Statement, second: Statement, *names: str) -> None:
    if any(first[each] != second[each] for each in names):
        raise ProvesNothing("They are not about the same.")


def _checkpoint(record: Record, text: str) -> checkpoints.Checkpoint:
    return record.opened(text)[0]


def _place(checkpoint: checkpoints.Checkpoint) -> tuple[int, int]:
    return keepers.epoch_of(checkpoint), checkpoint.size


def _host_of(record: Record, checkpoint: checkpoints.Checkpoint) -> str:
    return record.keepers[keepers.epoch_of(checkpoint)].host


def two_histories(
    texts: Sequence[str],
) -> tuple[str, str] | None:
    """Two checkpoints of one epoch and size with different roots among these, if their signatures
    hold."""
    by_place: dict[tuple[int, int], tuple[bytes, str]] = {}
    for text in texts:
        checkpoint = checkpoints.parse_text(notes.parse(text).text)
        known_root = by_place.setdefault(_place(checkpoint), (checkpoint.root, text))
        if known_root[0] != checkpoint.root:
            return known_root[1], text
    return None


def rewritten(
    earlier: tuple[str, Sequence[str]], later: tuple[str, Sequence[str]]
) -> list[Any] | None:
    """Parts of E2b from two checkpoints with the entries below each: the first that differs."""
    common = range(min(len(earlier[1]), len(later[1])))
    index = next((each for each in common if earlier[1][each] != later[1][each]), None)
    if index is None:
        return None
    shown = []
    for _note, entries in (earlier, later):
        leaves = [merkle.leaf_hash(each.encode()) for each in entries]
        path = [notes.encode(each) for each in merkle.inclusion_proof(leaves, index)]
        shown.append([entries[index], path])
    return [earlier[0], later[0], index, *shown]


def equivocations(ballots: Sequence[Statement]) -> list[tuple[Statement, Statement]]:
    """Pairs of ballots of one coop and number that say different things."""
    by_number: dict[tuple[str, int, int], dict[str, Statement]] = {}
    for each in ballots:
        found = by_number.setdefault((each.coop, each["epoch"], each["sequence"]), {})
        found.setdefault(each.content, each)
    return [
        pair
        for number in sorted(by_number)
        for pair in pairwise(by_number[number][digest] for digest in sorted(by_number[number]))
    ]


_CHECKS: Mapping[str, Callable[[Record, Sequence[Any]], Finding]] = {
    "E1": _equivocation,
    "E2a": _split_view,
    "E2b": _rewritten,
    "E3": _broken_promise,
    "E4": _two_faced_witness,
    "E5": _two_mandates,
    "E6": _wrong_tally,
    "E7": _censorship,
}
