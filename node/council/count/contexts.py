"""Who belongs to a federation, and which quorum holds there, by few statements alone. Pure.

Whoever checks evidence has no log. So it brings what admitted and dismissed members and replaced
their keys, each in the order of the log; and of the charter's changes those that touch the quorum,
each with the text that was voted on, the certificate, and the members that counted the same.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct, field

from node.council.count import checks
from node.council.state import effects, replacing
from node.council.state.record import Inadmissible, Record
from node.council.words import statements, tally
from node.council.words.statements import Kind, Statement

KINDS = (
    Kind.CHARTER,
    Kind.APPLICATION,
    Kind.ADMIT,
    Kind.LEAVE,
    Kind.HOST_MANDATE,
    Kind.REPLACEMENT,
    Kind.VOUCH,
    Kind.PROTEST,
    Kind.REKEYING,
)
DECIDED = (
    Kind.PROPOSAL,
    Kind.REVISION,
    Kind.CERTIFICATE,
    Kind.ATTESTATION,
    Kind.RULES,
    Kind.EXCLUSION,
)
"""Of a proposal that changed who belongs or which quorum holds."""
QUORUM = "witnessQuorum"


class TooMuch(Exception):
    """A context says more than it is for."""


class _Told(Struct):
    """said: by object digest. agreed: members that counted the same, by certificate. upheld:
    certificates for which a quorum did; as in a log that stays so."""

    said: dict[str, Statement] = field(default_factory=dict)
    agreed: dict[str, set[str]] = field(default_factory=dict)
    upheld: set[str] = field(default_factory=set)


def known(context: Sequence[str]) -> Record:
    """Who belongs, by these statements; what may not be in a log has no effect here either.

    Raises TooMuch, Inadmissible, ProtocolError.
    """
    record, told = Record(), _Told()
    for index, text in enumerate(context):
        statement = statements.read(text)
        if statement.kind not in (*KINDS, *DECIDED):
            raise TooMuch("Its context says more than whose keys are whose.")
        told.said[statement.object] = statement
        before = record.members
        try:
            _take(record, index, statement, told)
        except Inadmissible:
            continue
        if record.members is not before:
            for certificate in told.agreed:
                _judge(record, told, certificate)
    return record


def is_needed(statement: Statement) -> bool:
    """Whether a context holds this decision with what shows that it was taken."""
    return statement.kind is Kind.EXCLUSION or QUORUM in statement["changes"]


def keys_of(record: Record, coop: str) -> set[str]:
    """Every key of a coop that is a member or was one. Raises Inadmissible for another."""
    former = set(record.former_keys.get(coop, ()))
    if coop in record.members:
        return {record.members[coop].key, *former}
    if not former:
        record.member(coop)
    return former


def _take(record: Record, index: int, statement: Statement, told: _Told) -> None:
    if statement.kind is Kind.RULES:
        _decided(statement, told)
        record.rules = dict(record.rules) | {QUORUM: statement["changes"][QUORUM]}
        return
    if statement.kind is Kind.EXCLUSION:
        _decided(statement, told)
        effects.dismiss(record, statement["member"])
        return
    if statement.kind is Kind.ATTESTATION:
        _attested(record, statement, told)
    if statement.kind in DECIDED:
        return
    rule: Callable[[Record, Statement], None] = checks.check
    if statement.kind is Kind.HOST_MANDATE:
        rule = checks.appoints
    if statement.kind is Kind.REKEYING:
        rule = replacing.shown
    rule(record, statement)
    effects.settle(record, index, statement)


def _attested(record: Record, said: Statement, told: _Told) -> None:
    record.member(said.coop)
    if said["verdict"] == "agree" and keys_of(record, said.coop) & record.signed_by(said):
        told.agreed.setdefault(said["certificate"], set()).add(said.coop)
        _judge(record, told, said["certificate"])


def _judge(record: Record, told: _Told, certificate: str) -> None:
    if len(told.agreed[certificate] & record.members.keys()) >= record.quorum:
        told.upheld.add(certificate)


def _decided(said: Statement, told: _Told) -> None:
    """A quorum of members counted this to be carried. Raises Inadmissible."""
    certificate = told.said.get(said["certificate"])
    text = certificate and next(
        (each for each in told.said.values() if each.content == certificate["proposalDigest"]), None
    )
    if certificate is None or text is None or not _is_meant(said, text):
        raise Inadmissible("other-certificate", "What was voted on is not shown.", 409)
    is_upheld = certificate.object in told.upheld
    if not is_upheld or not tally.is_carried(certificate["result"]["tally"]):
        raise Inadmissible("not-carried", "No quorum of coops has counted this as carried.", 409)


def _is_meant(said: Statement, text: Statement) -> bool:
    if said.kind is Kind.EXCLUSION:
        return bool(text.document.get("excludes") == said["member"])
    return bool(text.document.get("charter") == said["changes"])
