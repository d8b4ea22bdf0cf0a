"""What other slices, and webhooks, may want to know about the register."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberAdmitted:
    """Somebody was taken in, perhaps on probation."""

    member_id: str
