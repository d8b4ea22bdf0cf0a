"""What coops say once it is decided, and for how long it is decided: whether it may be said. Pure.

A coop answers a decision that needs its own yes, once; it excepts itself from a key, with a reason.
"""

from datetime import timedelta

from node.council.state import variants
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import procedure
from node.council.words.statements import Statement

NOTICE = timedelta(days=7)
"""Between the closing of a vote and the first day of the rule: time to get ready."""


def check_times(record: Record, statement: Statement) -> None:
    """Sunset, review, and what an urgent decision is confirmed by. Raises Inadmissible."""
    given = statement.document
    terms = procedure.of(record.class_named(statement["class"]))
    begins = statement.moment("finalizeBy") + (timedelta(0) if terms.is_urgent else NOTICE)
    ends = [statement.moment(field) for field in ("reviewBy", "until") if field in given]
    if any(moment <= begins for moment in ends) or ends != sorted(ends):
        raise Inadmissible("bad-times", "It would end, or be looked at again, before it holds.")
    if "confirms" in given and (terms.is_urgent or given["policies"]):
        raise Inadmissible(
            "bad-confirmation",
            "What confirms an urgent decision sets no policies and is not urgent itself.",
        )


def check_ratification(record: Record, statement: Statement, member: Member) -> None:
    proposal = _decided(record, statement)
    if member.coop in proposal.ratifications:
        raise Inadmissible("said-already", "This coop has answered already.", 409)


def check_reservation(record: Record, statement: Statement, member: Member) -> None:
    proposal = _decided(record, statement)
    carried = variants.carried(proposal) or proposal.text
    if statement["key"] not in carried["policies"]:
        raise Inadmissible("key-unknown", "The decision says nothing about this key.")
    if statement["key"] in proposal.reservations.get(member.coop, {}):
        raise Inadmissible("said-already", "This coop has excepted itself already.", 409)


def _decided(record: Record, statement: Statement) -> Proposal:
    proposal = record.proposal(statement["proposal"])
    if proposal.certificate is None or statement["certificate"] != proposal.certificate.object:
        raise Inadmissible("other-certificate", "It is about another certificate.", 409)
    return proposal
