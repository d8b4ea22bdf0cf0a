"""Whether a coop's key in the federation may be replaced by another one. Pure.

The key that is replaced signs for the new one; if it is lost, or a thief was quicker, the other
coops vouch for it, as many as let a coop in. What the old key signs afterwards counts no more.

What others vouched for counts once a quorum of them has stored it. Until then the old key, if it
lives, can say no, once: then they vouch anew, knowing of that, and it takes a quorum of all. So of
three coops two never take the key of the third, and of two neither that of the other.
"""

from node.council.state import electors, heads
from node.council.state.electors import Electors
from node.council.state.record import Inadmissible, Member, Record, Wanted
from node.council.words.statements import Statement

LEAST_TO_VOUCH = 3
"""A federation of fewer coops cannot give a coop another key in place of a lost one."""
MOST_ALONE = 5
"""So often a coop changes its key by itself; then others vouch once, and it may again. Each key is
one more by which heads of the votes that are going on hold."""


def counts_at_once(record: Record, statement: Statement) -> bool:
    """Whether nobody else has to vouch for the new key: the old one does."""
    return is_by_old_key(record, statement) and may_alone(record, statement.coop)


def is_by_old_key(record: Record, asked: Statement) -> bool:
    """Whether the key that is to be replaced has signed that."""
    return asked["old"] in record.signed_by(asked)


def may_alone(record: Record, coop: str) -> bool:
    """Whether a coop that has its key can still change it by itself."""
    return record.alone.get(coop, 0) < MOST_ALONE


def needed(record: Record, wanted: Wanted) -> int:
    """How many of the other coops must vouch for a key."""
    others = len(record.members) - 1
    return record.quorum if wanted.is_contested else min(record.quorum, others)


def is_vouched(record: Record, wanted: Wanted) -> bool:
    """Whether as many members have vouched for it as must, and are enough to vouch at all."""
    by = len(wanted.vouchers.keys() & record.members.keys())
    return by >= needed(record, wanted) and _are_enough(record, wanted.asked)


def others(record: Record, coop: str) -> Electors:
    """Of whom a quorum has to store that they vouched: all but the coop whose key it is."""
    return electors.of({name: each for name, each in record.members.items() if name != coop})


def replacement(record: Record, statement: Statement) -> None:
    """Raises Inadmissible."""
    member = record.member(statement.coop)
    if statement.content in record.asked:
        raise Inadmissible("said-already", "This was asked before: ask in new words.", 409)
    if statement["old"] != member.key:
        raise Inadmissible("other-key", "The key that it replaces is not the coop's key.", 409)
    key, witness = statement["key"], statement["witness"]
    fresh = {key, witness} - {member.witness}
    if key == witness or key not in fresh or fresh & record.keys():
        raise Inadmissible("key-taken", "A key is for one coop and one purpose.", 409)
    if key not in record.signed_by(statement):
        raise Inadmissible("not-signed", "It is not signed with the key that it names.", 401)
    _enough_to_vouch(record, statement)


def vouch(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    wanted = _wanted(record, statement)
    _enough_to_vouch(record, wanted.asked)
    if wanted.asked.coop == member.coop:
        raise Inadmissible("wrong-party", "The other coops vouch for a key.", 403)
    if member.coop in wanted.vouchers or statement.content in wanted.taken_back:
        raise Inadmissible("said-already", "This coop has vouched for it already.", 409)


def protest(record: Record, statement: Statement, member: Member) -> None:
    """The key that is to be replaced is not lost. Raises Inadmissible."""
    wanted = _wanted(record, statement)
    if wanted.asked.coop != member.coop:
        raise Inadmissible("wrong-party", "Only the coop whose key it is can say this.", 403)
    if wanted.is_contested or is_by_old_key(record, wanted.asked):
        raise Inadmissible("said-already", "This key has said already what it says to it.", 409)


def rekeying(record: Record, statement: Statement, _member: Member) -> None:
    """A quorum of the others has stored that enough of them vouched. Raises Inadmissible."""
    wanted = _vouched(record, statement)
    head = heads.read_head(record, statement["head"], others(record, wanted.asked.coop))
    if wanted.vouched_at is None or head.size <= wanted.vouched_at:
        raise Inadmissible("head-too-early", "The checkpoint is from before they had vouched.")


def shown(record: Record, statement: Statement) -> None:
    """The same where only who belongs is known, and not the log. Raises Inadmissible."""
    record.member(statement.coop)
    wanted = _vouched(record, statement)
    heads.signed_head(record, statement["head"], others(record, wanted.asked.coop))


def _vouched(record: Record, statement: Statement) -> Wanted:
    wanted = _wanted(record, statement)
    if not is_vouched(record, wanted):
        raise Inadmissible("no-quorum", "Too few coops have vouched for this key.", 409)
    return wanted


def _wanted(record: Record, statement: Statement) -> Wanted:
    found = record.wanted.get(statement["replacement"])
    if found is None:
        raise Inadmissible("replacement-unknown", "No coop asks for such a new key.", 409)
    return found


def _enough_to_vouch(record: Record, asked: Statement) -> None:
    """With two coops the other one alone would vouch, and so could take the key of the first."""
    if not _are_enough(record, asked):
        raise Inadmissible(
            "no-quorum",
            "With two coops nobody can vouch for a key: sign with the old one too, or found the "
            "federation anew.",
            403,
        )


def _are_enough(record: Record, asked: Statement) -> bool:
    return len(record.members) >= LEAST_TO_VOUCH or is_by_old_key(record, asked)
