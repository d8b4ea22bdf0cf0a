"""What conversations announce to the slices above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConversationBegun:
    """An actor elsewhere began one here; uri: what they call it."""

    thread_id: str
    uri: str
    by: str
