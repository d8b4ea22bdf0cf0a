"""What a proposal's page shows beside text, ballots and result: what follows from it."""

from typing import Any

from federation.storage import Reader
from node import council, policies
from node.council import ProposalDetail, State
from node.policies import PolicyView


async def shown(reader: Reader, detail: ProposalDetail, decision_class: Any) -> dict[str, Any]:
    """Values for `council/afterwards.html`. decision_class: as the charter writes it."""
    view = detail.proposal
    ours = reader.identities.coop.uri
    weight = detail.weights.get(ours, 0)
    return {
        "answers": await council.answers(reader, view.id),
        "again": await council.may_come_again(reader, view.id),
        "objections": await council.objections(reader, view.id),
        "decided_policy": await _policy(reader, detail),
        "is_urgent": decision_class.get("urgent") is True,
        "can_split": weight > 1 and council.can_split(decision_class.get("rule", {})),
        "by_proxy": _by_proxy(detail),
    }


def _by_proxy(detail: ProposalDetail) -> list[str]:
    """Coops whose votes another one's ballot cast."""
    counted = detail.result["counted"] if detail.result else ()
    return [each["coop"] for each in counted if "proxy" in each]


async def _policy(reader: Reader, detail: ProposalDetail) -> PolicyView | None:
    """What our register of rules holds of the decision."""
    if detail.proposal.state not in (State.IN_FORCE, State.RATIFYING, State.OVER):
        return None
    known = (one for one in await policies.passed(reader) if one.version == detail.digest)
    return next(known, None)
