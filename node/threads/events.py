"""What conversations announce to the slices above."""

from msgspec import Struct


class ConversationBegun(Struct, frozen=True):
    """An actor elsewhere began one here; uri: what they call it."""

    thread_id: str
    uri: str
    by: str
