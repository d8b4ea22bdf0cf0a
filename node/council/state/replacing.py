"""Whether a coop's key in the federation may be replaced by another one. Pure.

The key that is replaced signs for the new one; if it is lost, or a thief was quicker, the other
coops vouch for it, as many as let a coop in. What the old key signs afterwards counts no more.
With two coops the other one alone would vouch, and so could take the key of the first.
"""

from node.council.state.record import Inadmissible, Member, Record
from node.council.words.statements import Statement

LEAST_TO_VOUCH = 3
"""A federation of fewer coops cannot give a coop another key in place of a lost one."""
MOST_ALONE = 5
"""So often a coop changes its key by itself; then others vouch once, and it may again. Each key is
one more by which heads of the votes that are going on hold."""


def counts_at_once(record: Record, statement: Statement) -> bool:
    """Whether nobody else has to vouch for the new key: the old one does."""
    is_signed = statement["old"] in record.signed_by(statement)
    return is_signed and may_alone(record, statement.coop)


def may_alone(record: Record, coop: str) -> bool:
    """Whether a coop that has its key can still change it by itself."""
    return record.alone.get(coop, 0) < MOST_ALONE


def replacement(record: Record, statement: Statement) -> None:
    """Raises Inadmissible."""
    member = record.member(statement.coop)
    if statement["old"] != member.key:
        raise Inadmissible("other-key", "The key that it replaces is not the coop's key.", 409)
    key, witness = statement["key"], statement["witness"]
    fresh = {key, witness} - {member.witness}
    if key == witness or key not in fresh or fresh & record.keys():
        raise Inadmissible("key-taken", "A key is for one coop and one purpose.", 409)
    if key not in record.signed_by(statement):
        raise Inadmissible("not-signed", "It is not signed with the key that it names.", 401)
    if member.key not in record.signed_by(statement):
        _enough_to_vouch(record)


def vouch(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    wanted = record.replacements.get(statement["replacement"])
    if wanted is None:
        raise Inadmissible("replacement-unknown", "No coop asks for such a new key.", 409)
    if wanted["old"] not in record.signed_by(wanted):
        _enough_to_vouch(record)
    if wanted.coop == member.coop:
        raise Inadmissible("wrong-party", "The other coops vouch for a key.", 403)
    if member.coop in record.vouchers[wanted.content]:
        raise Inadmissible("said-already", "This coop has vouched for it already.", 409)


def _enough_to_vouch(record: Record) -> None:
    if len(record.members) < LEAST_TO_VOUCH:
        raise Inadmissible(
            "no-quorum",
            "With two coops nobody can vouch for a key: sign with the old one too, or found the "
            "federation anew.",
            403,
        )
