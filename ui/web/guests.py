"""How often somebody without an account may begin something, counted by their connection."""

from datetime import datetime, timedelta

from aiohttp import web

from node import limits
from node.accounts import network_of
from node.errors import NotAllowed
from node.i18n import _
from ui.web.buckets import Buckets
from ui.web.context import node_of
from ui.web.entering import TOO_MANY_TRIES
from ui.web.proxies import visitor_address


class GuestGate:
    """The counts of one process: a token bucket for each connection."""

    def __init__(self, burst: int, every: timedelta) -> None:
        self._buckets = Buckets(burst, every)

    def lets_in(self, address: str, now: datetime) -> bool:
        """Whether one more may be begun from this address; it is counted then."""
        return self._buckets.take(network_of(address), now).is_given


WRITING = web.AppKey("writing", GuestGate)
ASKING = web.AppKey("asking", GuestGate)
REPORTING = web.AppKey("reporting", GuestGate)
JOINING = web.AppKey("joining", GuestGate)
LOST = web.AppKey("lost", GuestGate)
BY_MAIL = web.AppKey("by_mail", GuestGate)
PASSKEYS = web.AppKey("passkeys", GuestGate)


def writing_gate() -> GuestGate:
    """For conversations."""
    return GuestGate(limits.GUEST_THREADS_PER_ADDRESS, limits.GUEST_THREAD_REGAINED_EVERY)


def asking_gate() -> GuestGate:
    """For requests: each may hold a time that others want."""
    return GuestGate(limits.GUEST_REQUESTS_PER_ADDRESS, limits.GUEST_REQUEST_REGAINED_EVERY)


def joining_gate() -> GuestGate:
    """For applications: people read each of them."""
    return GuestGate(limits.GUEST_APPLICATIONS_PER_ADDRESS, limits.GUEST_APPLICATION_REGAINED_EVERY)


def lost_gate() -> GuestGate:
    """For those who lost every way in: officers speak with each of them."""
    return GuestGate(limits.VOUCHING_PER_ADDRESS, limits.VOUCHING_REGAINED_EVERY)


def by_mail_gate() -> GuestGate:
    """For those who ask for a letter to come in by: each is written to somebody."""
    return GuestGate(limits.MAIL_WAYS_IN_PER_ADDRESS, limits.MAIL_WAY_IN_REGAINED_EVERY)


def passkey_gate() -> GuestGate:
    """For those who come in by a passkey: each try is a row for some minutes."""
    return GuestGate(limits.ATTEMPTS_PER_ADDRESS, limits.ATTEMPT_REGAINED_EVERY)


def reporting_gate() -> GuestGate:
    """For reports of listings."""
    return GuestGate(limits.GUEST_REPORTS_PER_ADDRESS, limits.GUEST_REPORT_REGAINED_EVERY)


def check_guest(request: web.Request, gate: web.AppKey[GuestGate], by: str = "") -> None:
    """Count one more of a guest. by: as what they are counted; by their connection unless said.
    Raises NotAllowed."""
    counted = by or visitor_address(request)
    if not request.app[gate].lets_in(counted, node_of(request).clock.now()):
        raise NotAllowed(
            _("Much has come from your connection. Try again in an hour."), TOO_MANY_TRIES
        )
