"""Examples of papers about what coops owe each other, their facts as our own code writes them."""

from datetime import date, timedelta
from typing import Any

from node.clearing.papers import NAMES, Call, Claim, Kind, Payment, Proposed, Stated
from node.clearing.rules import Reason
from node.money import Money
from protocol.vocabulary import activities
from protocol.vocabulary.papers import Paper, digest_of, paper_document
from tests.support.clock import START

OURS = "https://lanehead.example/coop"
PEER = "https://portici.example/coop"


def examples() -> dict[str, dict[str, Any]]:
    """By name. Proofs are cut in documents, so none is made here."""
    claim = Claim(PEER, OURS, Money(9000, "EUR", 2), date(2027, 2, 28), Reason.LEVY, "minutes 3")
    claimed = _paper(OURS, Kind.OBLIGATION, "obligations/1", claim.facts)
    stated = Stated(claim.due_on, claimed["id"], PEER, OURS, 9000, digest_of(claimed))
    rows = {"currency": "EUR", "rows": [stated.facts("EUR")]}
    payment = Payment(claim.money, "bank", "2027-02 levy", claim.due_on, {claimed["id"]: 9000})
    until = START + timedelta(days=1), START + timedelta(days=3)
    called = _paper(OURS, Kind.CALL, "clearing/1", Call("EUR", (OURS, PEER), *until, 1).facts)
    offered = _paper(PEER, Kind.OFFER, "clearing-offers/1", rows, called)
    proposed = Proposed("EUR", ("(signed offer)", "(signed offer)"), {claimed["id"]: 9000}, ())
    proposal = _paper(OURS, Kind.PROPOSAL, "clearing-proposals/1", proposed.facts, called)
    yes = _paper(PEER, Kind.ACKNOWLEDGEMENT, "acknowledgements/1", {}, claimed)
    signs = f"{PEER.removesuffix('/coop')}/activities/1"
    return {
        "obligation": claimed,
        "acknowledgement": activities.accept(signs, PEER, claimed["id"], (OURS,), result=yes),
        "statement": _paper(OURS, Kind.STATEMENT, "statements/1", rows | {"period": "2027-01"}),
        "settlement": _paper(PEER, Kind.SETTLEMENT, "settlements/1", payment.facts),
        "clearing-call": called,
        "clearing-offer": offered,
        "clearing-proposal": proposal,
        "clearing-consent": _paper(PEER, Kind.CONSENT, "clearing-answers/1", {}, proposal),
    }


def _paper(
    author: str,
    kind: Kind,
    path: str,
    facts: dict[str, Any],
    answers: dict[str, Any] | None = None,
) -> dict[str, Any]:
    paper = Paper(
        uri=f"{author.removesuffix('/coop')}/{path}",
        kind=kind.value,
        author=author,
        published=START,
        name=NAMES[kind],
        answers=answers["id"] if answers else None,
        answers_digest=digest_of(answers) if answers else None,
        facts=facts,
    )
    return paper_document(paper) | {"proof": {}}
