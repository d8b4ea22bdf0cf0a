"""Votes that come again: a second round, and a vote where consent was not found. Pure.

The name of a proposal says it: `p-second` is the second round of `p`, and `p-vote` the vote on what
found no consent in both. So it happens once, and whoever reads one knows which others to read.
A second round has no quorum (Regulation (EC) 1435/2003 art. 61(4)) and the same words.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from node.council.state.record import Inadmissible, Proposal, Record
from node.council.words import procedure, tally
from node.council.words.statements import Statement

SECOND, VOTE = "-second", "-vote"
BETWEEN = timedelta(days=7)
"""From the end of the first vote to the beginning of the second."""
_MAY_DIFFER = {"id", "kind", "parent", "published", "proof", "opensAt", "closesAt", "finalizeBy"}
_LACKED_QUORUM, _BLOCKED = "inquorate", "blocked"


def first_of(name: str) -> str:
    """The name of the first round of a proposal; its own if it is one."""
    for suffix in (SECOND, VOTE):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def family(names: Collection[str]) -> set[str]:
    """All proposals whose record says whether these ones are admissible, and how they count."""
    firsts = {first_of(name) for name in names if first_of(name) != name}
    seconds = {first_of(name) + SECOND for name in names if name.endswith(VOTE)}
    return {*names, *firsts, *seconds}


def rule_of(record: Record, proposal: Proposal) -> Mapping[str, Any]:
    """How a proposal is counted: by the rule of its class, without a quorum the second time."""
    rule: Mapping[str, Any] = record.class_of(proposal)["rule"]
    if proposal.id.endswith(SECOND) and rule["method"] == "motion":
        return {name: value for name, value in rule.items() if name != "quorum"}
    return rule


def next_round(record: Record, proposal: Proposal) -> str | None:
    """The name under which its mover may bring it again, if it may."""
    if not _is_decided(proposal):
        return None
    terms, outcome = procedure.of(record.class_of(proposal)), _outcome(proposal)
    is_consent = _is_consent(record, proposal)
    if proposal.id.endswith(SECOND):
        return first_of(proposal.id) + VOTE if is_consent and terms.converts_to else None
    if proposal.id.endswith(VOTE) or not terms.has_second_round:
        return None
    if _had_rivals(proposal):
        return None
    failed = (_LACKED_QUORUM, _BLOCKED) if is_consent else (_LACKED_QUORUM,)
    return proposal.id + SECOND if outcome in failed else None


def check(record: Record, statement: Statement) -> None:
    """Whether a text may be a second round or a vote, if its name says so. Raises Inadmissible."""
    name = statement["id"]
    if first_of(name) == name:
        return
    before = record.proposals.get(
        first_of(name) + SECOND if name.endswith(VOTE) else first_of(name)
    )
    if before is None or before.mover != statement.coop or next_round(record, before) != name:
        raise Inadmissible("no-such-round", "Its name says that it comes again, and it may not.")
    if not _is_consent(record, before) and statement.moment("opensAt") < (
        before.text.moment("closesAt") + BETWEEN
    ):
        raise Inadmissible("round-too-early", "There is a week between the first and the second.")
    also = _may_also_differ(record, before, statement)
    fields = (set(statement.document) | set(before.text.document)) - _MAY_DIFFER - also
    old, new = before.text.document, statement.document
    if any(old.get(field) != new.get(field) for field in fields):
        raise Inadmissible("other-words", "The second round is on the same words as the first.")


def _may_also_differ(record: Record, before: Proposal, statement: Statement) -> set[str]:
    """A second round of consent takes objections up; a vote is of the class for votes."""
    if not _is_consent(record, before):
        return set()
    if not statement["id"].endswith(VOTE):
        return {"title", "text", "policies"}
    wanted = procedure.of(record.class_of(before)).converts_to
    return {"class"} if statement["class"] == wanted else set()


def _is_consent(record: Record, proposal: Proposal) -> bool:
    return bool(record.class_of(proposal)["rule"]["method"] == "consent")


def _is_decided(proposal: Proposal) -> bool:
    if proposal.certificate is None or not proposal.is_upheld:
        return False
    return not tally.is_carried(proposal.certificate["result"]["tally"])


def _had_rivals(proposal: Proposal) -> bool:
    """Which of several texts would come again, nobody can say: it is proposed anew."""
    return proposal.certificate is not None and "texts" in proposal.certificate["result"]


def _outcome(proposal: Proposal) -> str:
    certificate = proposal.certificate
    return str(certificate["result"]["tally"].get("outcome")) if certificate else ""
