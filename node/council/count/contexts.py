"""Who belongs to a federation, and which quorum holds there, by few statements alone. Pure.

Whoever checks evidence has no log. So it brings what admitted and dismissed members and replaced
their keys, each in the order of the log; and of the charter's changes those that touch the quorum,
each with the text that was voted on, the certificate, and the members that counted the same.
"""

from collections.abc import Callable, Sequence

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


def known(context: Sequence[str]) -> Record:
    """Who belongs, by these statements; what may not be in a log has no effect here either.

    Raises TooMuch, Inadmissible, ProtocolError.
    """
    record, shown = Record(), dict[str, Statement]()
    for index, text in enumerate(context):
        statement = statements.read(text)
        if statement.kind not in (*KINDS, *DECIDED):
            raise TooMuch("Its context says more than whose keys are whose.")
        shown[statement.object] = statement
        try:
            _take(record, index, statement, shown)
        except Inadmissible:
            continue
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


def _take(record: Record, index: int, statement: Statement, shown: dict[str, Statement]) -> None:
    if statement.kind is Kind.RULES:
        _decided(record, statement, list(shown.values()))
        record.rules = dict(record.rules) | {QUORUM: statement["changes"][QUORUM]}
        return
    if statement.kind is Kind.EXCLUSION:
        _decided(record, statement, list(shown.values()))
        effects.dismiss(record, statement["member"])
        return
    if statement.kind in DECIDED:
        return
    rule: Callable[[Record, Statement], None] = checks.check
    if statement.kind is Kind.HOST_MANDATE:
        rule = checks.appoints
    if statement.kind is Kind.REKEYING:
        rule = replacing.shown
    rule(record, statement)
    effects.settle(record, index, statement)


def _decided(record: Record, said: Statement, shown: Sequence[Statement]) -> None:
    """A quorum of members counted this to be carried. Raises Inadmissible."""
    certificate = next((each for each in shown if each.object == said["certificate"]), None)
    text = certificate and next(
        (each for each in shown if each.content == certificate["proposalDigest"]), None
    )
    if certificate is None or text is None or not _is_meant(said, text):
        raise Inadmissible("other-certificate", "What was voted on is not shown.", 409)
    agreed = {
        each.coop
        for each in shown
        if each.kind is Kind.ATTESTATION
        and each["certificate"] == certificate.object
        and each["verdict"] == "agree"
        and each.coop in record.members
        and keys_of(record, each.coop) & record.signed_by(each)
    }
    if len(agreed) < record.quorum or not tally.is_carried(certificate["result"]["tally"]):
        raise Inadmissible("not-carried", "No quorum of coops has counted this as carried.", 409)


def _is_meant(said: Statement, text: Statement) -> bool:
    if said.kind is Kind.EXCLUSION:
        return bool(text.document.get("excludes") == said["member"])
    return bool(text.document.get("charter") == said["changes"])
