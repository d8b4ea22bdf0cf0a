"""Consent: which objections block, and which were marked as not reasoned. Pure.

Two coops other than the objector, or the facilitator whom the charter names, can mark an objection
as not reasoned while the vote is open. It then does not block, and stays in the log with the marks.
"""

from collections.abc import Sequence

from node.council.state.heads import Head
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import procedure
from node.council.words.choices import BY_CONSENT, is_objection
from node.council.words.statements import Statement

MARKS_NEEDED = 2


def check_mark(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    proposal = record.proposal(statement["proposal"])
    if record.class_of(proposal)["rule"]["method"] != BY_CONSENT:
        raise Inadmissible("not-by-consent", "Nobody objects where votes are counted.")
    if proposal.snapshot is None or proposal.reveals or proposal.certificate is not None:
        raise Inadmissible("proposal-state", "Now is not the time to mark an objection.", 409)
    found = [each for _i, each in proposal.ballots if each.object == statement["ballot"]]
    if not found or not is_objection(found[0]["choice"]):
        raise Inadmissible("ballot-unknown", "There is no such objection.", 409)
    if found[0].coop == member.coop:
        raise Inadmissible("own-objection", "A coop changes its own objection by voting again.")
    if member.coop in proposal.marks.get(statement["ballot"], {}):
        raise Inadmissible("said-already", "This coop has marked it already.", 409)


def set_aside(record: Record, proposal: Proposal, in_time: Sequence[Head]) -> set[str]:
    """Ballots whose objections were marked in time as not reasoned, by as many as it needs."""
    facilitator = procedure.of(record.class_of(proposal)).facilitator
    last = max((head.size for head in in_time), default=0)
    found = set()
    for ballot, marks in proposal.marks.items():
        coops = {coop for coop, (index, _statement) in marks.items() if index < last}
        if facilitator in coops or len(coops) >= MARKS_NEEDED:
            found.add(ballot)
    return found
