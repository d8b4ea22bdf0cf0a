"""A coop we deal with, as people see it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from node.peers.rules import PeerState, works_with_us


class PeerView(Struct, frozen=True):
    """One coop. weave_digest: hex, of the key that its weave is drawn from."""

    uri: str
    name: str
    handle: str
    authority: str
    type: str
    weave_digest: str | None
    place: str | None
    lat: float | None
    lon: float | None
    summary: str
    language: str
    """In which it writes of itself; empty if it does not say."""
    names: Mapping[str, str]
    summaries: Mapping[str, str]
    """The same in other languages, by their tags."""
    state: PeerState
    reason: str | None
    since: datetime
    last_heard_at: datetime | None
    away_since: datetime | None
    pending_deliveries: int
    key_changed_at: datetime | None
    told_twice_at: datetime | None
    """When a second message came under an id that it had used."""
    clock_ahead: timedelta | None
    """By how much its clock was ahead of ours when it last answered; a day at most."""
    limited: bool
    """Its domain is kept at a distance: it is shown only to members who look for it."""
    tongue: str = ""
    """Of the summary, where that was chosen for its reader."""

    @property
    def works_with_us(self) -> bool:
        """In touch, at home or away."""
        return works_with_us(self.state)
