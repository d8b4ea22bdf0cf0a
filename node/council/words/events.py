"""What the council announces to slices above."""

from typing import Any

from msgspec import Struct


class DecisionInForce(Struct, frozen=True):
    """A quorum of coops counted the same, and the proposal is carried."""

    federation: str
    """The charter's digest."""
    proposal_id: str
    proposal: str
    certificate: str
    """Its object digest: the decision that everything computed from it names."""
    policies: dict[str, Any]


class ProposalMoved(Struct, frozen=True):
    """A proposal is known, says something else, or has come one step on."""

    federation_id: str
    proposal_id: str
