"""Whether coops may end the membership of another one, by a decision of theirs. Pure.

It is decided like a change of the charter: by a double majority, one vote each, with the reasons in
the text, notice, and the time for comments. The coop keeps its rights until the decision is in the
log: it speaks, puts other proposals, votes. What it said till then stands, rolls that are made
stay, and it is on no later one.
"""

from node.council.state import chartering
from node.council.state.record import Inadmissible, Member, Record
from node.council.words.charter import CHARTER_CLASS, FOUNDERS_LEAST
from node.council.words.statements import Statement

_ALONE = ("policies", "options", "charter", "confirms")


def proposed(record: Record, text: Statement) -> None:
    """Raises Inadmissible."""
    coop = text["excludes"]
    if text["class"] != CHARTER_CLASS:
        raise Inadmissible("exclusion-class", "Only a decision of the class “charter” excludes.")
    if any(text.document.get(each) for each in _ALONE):
        raise Inadmissible("exclusion-alone", "What excludes a coop decides on nothing else.")
    if coop not in record.members or coop == text.coop:
        raise Inadmissible("no-such-member", "It names no other member of the federation.")
    if len(record.members) <= FOUNDERS_LEAST:
        raise Inadmissible("too-few-left", "Two coops are the least: leave, or go separate ways.")


def decided(record: Record, statement: Statement, _member: Member) -> None:
    """The coop is out as a quorum counted it to be carried. Raises Inadmissible."""
    proposal = chartering.certified(record, statement)
    if statement["member"] != proposal.text.document.get("excludes"):
        raise Inadmissible("other-member", "This is not what was voted on.", 409)
    chartering.check_carried(proposal)
    if statement["member"] not in record.members:
        raise Inadmissible("said-already", "This coop is no member any more.", 409)
    if proposal.certificate_index < record.joined.get(statement["member"], 0):
        raise Inadmissible("said-already", "It was decided before the coop came back.", 409)
    if statement["member"] == record.host:
        raise Inadmissible("host-excluded", "Another coop has to keep the log first.", 409)
