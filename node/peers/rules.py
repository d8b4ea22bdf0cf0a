"""Where we stand with a coop, in one word for people. Pure."""

from datetime import datetime
from enum import StrEnum

from node.i18n import _


class PeerState(StrEnum):
    """The one thing that matters about a coop now."""

    ASKED_BY_THEM = "asked_by_them"
    ASKED_BY_US = "asked_by_us"
    IN_TOUCH = "in_touch"
    AWAY = "away"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    FOLLOWER = "follower"
    """A person or program that reads what we publish; we do not read theirs."""
    NONE = "none"


# Actors that speak for a coop, with which being in touch goes both ways.
COOP_TYPES = frozenset({"Organization", "Group", "Application", "Service"})
_LONGEST_ADDRESS = 300
NO_ADDRESS = _("Write the other coop's web address, like pioneer.example.")


def peer_state(
    follower: str, following: str, *, suspended: bool, away_since: datetime | None
) -> PeerState:
    """follower, following: federation's `RelationState` of either direction."""
    if suspended:
        return PeerState.SUSPENDED
    if follower == "asked":
        return PeerState.ASKED_BY_THEM
    if following == "accepted":
        return PeerState.AWAY if away_since else PeerState.IN_TOUCH
    if following == "asked":
        return PeerState.ASKED_BY_US
    if following == "refused":
        return PeerState.REFUSED
    return PeerState.FOLLOWER if follower == "accepted" else PeerState.NONE


def works_with_us(state: PeerState) -> bool:
    """Whether it counts as a coop we work with, away or not."""
    return state in (PeerState.IN_TOUCH, PeerState.AWAY)


def exact_uri(text: str) -> str | None:
    """The one actor that is meant, if what was typed is the address of one and not of a host."""
    scheme, mark, rest = text.strip().partition("://")
    host, _slash, path = rest.partition("/")
    if not mark or not path.strip("/"):
        return None
    return f"{scheme.lower()}://{host.lower()}/{path.rstrip('/')}"


def names_a_host(text: str) -> bool:
    """Whether only a host was typed, and nothing of who is meant there."""
    plain = text.strip().lower().partition("://")[2] or text.strip().lower()
    return authority_in(text) == plain.rstrip("/")


def is_address(text: str) -> bool:
    """Whether a coop can be looked for by it: an address, a handle or an actor's uri."""
    scheme, mark, rest = text.rpartition("://")
    readable = text.isprintable() and " " not in text and len(text) <= _LONGEST_ADDRESS
    return readable and bool(rest.strip("/")) and (not mark or scheme.lower() in ("http", "https"))


def authority_in(text: str) -> str:
    """The `host[:port]` in what was typed: an address, a handle or an actor's uri."""
    plain = text.strip().lower().partition("://")[2] or text.strip().lower()
    plain = plain.removeprefix("acct:").partition("/")[0]
    return plain.rpartition("@")[2]
