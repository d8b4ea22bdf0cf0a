"""What this slice announces; whoever sits above reacts in the same unit of work."""

from msgspec import Struct

from node.notices import Alert


class AlertChanged(Struct, frozen=True):
    """Something began to be wrong, or is mended. subject: the coop that it is about, or nothing."""

    alert: Alert
    subject: str
    is_over: bool
