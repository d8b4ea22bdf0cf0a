"""What other slices may want to know about being in touch with a coop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CoopAsks:
    """It wants to be in touch with us, and waits for the answer of a person here."""

    uri: str


@dataclass(frozen=True)
class CoopAgreed:
    """It said yes to our Follow: we hear it from now on."""

    uri: str


@dataclass(frozen=True)
class CoopDeclined:
    """It said no to our Follow."""

    uri: str


@dataclass(frozen=True)
class CoopJoined:
    """Its Follow was accepted: it hears from now on what we publish."""

    uri: str


@dataclass(frozen=True)
class CoopLeft:
    """We no longer follow it, or it is gone: what it offered is not offered here any more."""

    uri: str


@dataclass(frozen=True)
class CoopSuspended:
    """On hold: nothing of it is shown, all of it is kept."""

    uri: str


@dataclass(frozen=True)
class CoopResumed:
    """In touch again after having been on hold."""

    uri: str


@dataclass(frozen=True)
class OurCoopMoved:
    """Our own coop has left this address; from now on it only says where to."""

    new: str


@dataclass(frozen=True)
class CoopMoved:
    """It goes on under another address; what it said stays its own."""

    old: str
    new: str


@dataclass(frozen=True)
class ActorGone:
    """An actor was deleted, as its own address confirms, whether or not we were in touch."""

    uri: str
