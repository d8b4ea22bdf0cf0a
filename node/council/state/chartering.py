"""Whether the charter may be changed like this, and what its rules ask of delegates. Pure.

The charter is entry 0 and names the federation for good; the rules that hold are the charter's with
every change that was decided since, in the order of the log. A vote keeps to the rules of its
notice.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import charter as charters
from node.council.words import governable, tally
from node.council.words.charter import Rules
from node.council.words.statements import Statement
from node.errors import InvalidInput


def proposed(record: Record, text: Statement) -> None:
    """A text that would change the charter: decided in the charter's own class, and alone.

    Raises Inadmissible.
    """
    if text["class"] != charters.CHARTER_CLASS:
        raise Inadmissible("charter-class", "Only a decision of the class “charter” changes it.")
    if text["policies"] or text["options"]:
        raise Inadmissible("charter-alone", "What changes the charter decides on nothing else.")
    try:
        agreed = _agreed(record, text["charter"])
    except InvalidInput as error:
        raise Inadmissible("bad-charter", str(error)) from None
    try:
        charters.check_power(agreed, {each.coop: each.members for each in record.members.values()})
    except InvalidInput as error:
        raise Inadmissible("powerless", str(error)) from None


def decided(record: Record, statement: Statement, _member: Member) -> None:
    """The rules are those that a quorum counted to be carried. Raises Inadmissible."""
    proposal = certified(record, statement)
    if statement["changes"] != proposal.text.document.get("charter"):
        raise Inadmissible("other-rules", "These are not the rules that were voted on.", 409)
    check_carried(proposal)
    if any(each["proposal"] == proposal.id for each in record.changes):
        raise Inadmissible("said-already", "The charter was changed by this already.", 409)
    before = record.rules_for(proposal)
    if any(before.get(field) != record.rules.get(field) for field in statement["changes"]):
        raise Inadmissible("other-rules", "Another decision has changed the same since.", 409)
    try:
        _agreed(record, statement["changes"])
    except InvalidInput as error:  # another change came first, or coops have left
        raise Inadmissible("bad-charter", str(error), 409) from None


def certified(record: Record, statement: Statement) -> Proposal:
    """The proposal whose certificate a statement rests on. Raises Inadmissible."""
    proposal = record.proposal(statement["proposal"])
    if proposal.certificate is None or statement["certificate"] != proposal.certificate.object:
        raise Inadmissible("other-certificate", "It is about another certificate.", 409)
    return proposal


def check_carried(proposal: Proposal) -> None:
    """Whether a quorum counted it to be carried, of those who belonged when it did. Raises
    Inadmissible."""
    result = proposal.certificate["result"] if proposal.certificate else {"tally": {}}
    if not proposal.is_upheld or not tally.is_carried(result["tally"]):
        raise Inadmissible("not-carried", "No quorum of coops has counted this as carried.", 409)


def _agreed(record: Record, changes: Any) -> Rules:
    """The rules as they would be. Raises InvalidInput for changes that they cannot have."""
    agreed = charters.read_rules(charters.changed(record.rules, changes))
    governable.check(agreed, len(record.members), record.rules)
    return agreed


def added(record: Record, keys: Iterable[str]) -> frozenset[str]:
    """Policies that the founders gave the federation no say on: a change of the charter did."""
    if record.charter is None:
        return frozenset()
    first = record.charter["competences"]
    return frozenset(key for key in keys if not charters.is_within(first, key))


def in_office(record: Record, proposal: Proposal, row: Statement) -> None:
    """A row names no delegates whose term is over when voting opens. Raises Inadmissible."""
    if row["delegates"] or row["alternates"]:
        mandate = record.mandates.get(row.coop, {}).get(row["epoch"])
        if mandate is not None and is_term_over(record, proposal, mandate):
            raise Inadmissible("term-over", "The term of these delegates is over: name them anew.")


def serving(record: Record, proposal: Proposal, mandate: Statement | None) -> Statement | None:
    """The mandate whose delegates may stand on the roll; None when their term is over."""
    over = mandate is not None and is_term_over(record, proposal, mandate)
    return None if over else mandate


def is_term_over(record: Record, proposal: Proposal, mandate: Statement) -> bool:
    """Whether the mandate is older, when voting opens, than a delegate's term is long."""
    days = record.rules_for(proposal).get("delegateTermDays")
    if days is None:
        return False
    ends = mandate.moment("published") + timedelta(days=days)
    return bool(ends < proposal.text.moment("opensAt"))
