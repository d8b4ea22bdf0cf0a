"""What this slice announces; whoever sits above reacts in the same unit of work."""

from dataclasses import dataclass

from node.notices import Alert


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """Something began to be wrong, or is mended. subject: the coop that it is about, or nothing."""

    alert: Alert
    subject: str
    is_over: bool
