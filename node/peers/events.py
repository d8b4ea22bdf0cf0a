"""What other slices may want to know about being in touch with a coop."""

from msgspec import Struct


class CoopAsks(Struct, frozen=True):
    """It wants to be in touch with us, and waits for the answer of a person here."""

    uri: str


class CoopAgreed(Struct, frozen=True):
    """It said yes to our Follow: we hear it from now on."""

    uri: str


class CoopDeclined(Struct, frozen=True):
    """It said no to our Follow."""

    uri: str


class CoopJoined(Struct, frozen=True):
    """Its Follow was accepted: it hears from now on what we publish."""

    uri: str


class CoopLeft(Struct, frozen=True):
    """We no longer follow it, or it is gone: what it offered is not offered here any more."""

    uri: str


class CoopSuspended(Struct, frozen=True):
    """On hold: nothing of it is shown, all of it is kept."""

    uri: str


class CoopResumed(Struct, frozen=True):
    """In touch again after having been on hold."""

    uri: str


class OurCoopMoved(Struct, frozen=True):
    """Our own coop has left this address; from now on it only says where to."""

    new: str


class CoopMoved(Struct, frozen=True):
    """It goes on under another address; what it said stays its own."""

    old: str
    new: str


class ActorGone(Struct, frozen=True):
    """An actor was deleted, as its own address confirms, whether or not we were in touch."""

    uri: str
