"""Which lines of the register somebody asks for: what stands in the address of the page."""

from collections.abc import Mapping
from typing import Any

from node.members import PRESENT, MembershipClass, Status

LONGEST_WORDS = 200


def member_filter(asked: Mapping[str, str]) -> dict[str, Any]:
    """As `members.members` takes it; what nobody knows asks for everything."""
    status, membership_class = asked.get("status"), asked.get("class")
    return {
        "q": asked.get("q", "").strip()[:LONGEST_WORDS],
        "statuses": [one for one in Status if one == status] or PRESENT,
        "membership_class": membership_class if membership_class in list(MembershipClass) else None,
    }
