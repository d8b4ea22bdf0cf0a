"""What the council announces to slices above."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DecisionInForce:
    """A quorum of coops counted the same, and the proposal is carried."""

    federation: str
    """The charter's digest."""
    proposal_id: str
    proposal: str
    certificate: str
    """Its object digest: the decision that everything computed from it names."""
    policies: dict[str, Any]


@dataclass(frozen=True)
class ProposalMoved:
    """A proposal is known, says something else, or has come one step on."""

    federation_id: str
    proposal_id: str
