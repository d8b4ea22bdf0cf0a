"""One try to hand over one activity: sign, POST, at most a second knock in the other dialect."""

from datetime import datetime
from enum import Enum, auto
from typing import Any

import structlog
from msgspec import Struct

from federation.delivery.pen import Pen
from federation.delivery.queue import PUT_OFF, Job
from federation.errors import OUR_FAILURE, FederationError
from federation.http_client import Answer, GuardedClient
from protocol import strict_json
from protocol.errors import ProtocolError
from protocol.http_signatures import Profile

log = structlog.get_logger()

# What software answers to a signature that it cannot read; GoToSocial 401, Fedify 401, others 400.
_SECOND_KNOCK = frozenset({400, 401, 403})
_GONE = frozenset({404, 410})
# One of the two clocks is wrong: what waits until it is put right is not lost.
_CLOCKS_DIFFER = frozenset({"outside-time-window", "proof-in-future", "signature-expired"})
# A peer looks for a key that it does not know once a minute: after a change it may not be seen yet.
_KEY_UNSEEN, _UNTIL_SEEN = "key-not-listed", "90"
# A hold is no answer to what is said meanwhile: what must arrive does when it ends.
_ON_HOLD = "relation-suspended"
# What it is about is held by something else: the rest of its line need not wait for that.
_HELD_THERE = "in-a-run"
# Timeout, too early, too many: a request to come again, not a no.
_COME_AGAIN = frozenset({408, PUT_OFF, 429})


class Result(Enum):
    """What came of an attempt."""

    DELIVERED = auto()
    BUSY = auto()
    """The peer is there and asks for time."""
    PUT_OFF = auto()
    """The peer will hear this one later, and what comes after it now."""
    FAILED = auto()
    """No answer, or a 5xx: counts for the breaker."""
    DECLINED = auto()
    """The peer said no; a few times, then for good."""
    GONE = auto()
    """There is no such inbox any more: for good."""
    BROKEN = auto()
    """Our own code failed on it, which says nothing of the peer."""


class Attempt(Struct, frozen=True):
    """A finished attempt. error: the peer's own words where it has any, cut short."""

    job: Job
    result: Result
    status: int | None = None
    error: str | None = None
    retry_after: str | None = None
    profile: Profile | None = None
    """The profile that was taken, when one was."""
    date: str | None = None
    """What the peer's server takes for the time."""


async def attempt(job: Job, client: GuardedClient, pen: Pen, now: datetime) -> Attempt:
    """POST the activity; never raises, whatever the peer does."""
    first, second = profiles(job)
    try:
        answer = await client.post(job.inbox, job.body, await pen.sign(job, first, now))
        used = first
        if answer.status in _SECOND_KNOCK:
            answer = await client.post(job.inbox, job.body, await pen.sign(job, second, now))
            used = second
    except FederationError as error:
        result = Result.FAILED if error.retry else Result.DECLINED
        return Attempt(job, result, error=f"{error.code}: {error}"[:500])
    except ProtocolError as error:
        return Attempt(job, Result.GONE, error=f"{error.code}: {error}"[:500])
    except Exception as error:  # a defect that one delivery brings out ends none of the others
        log.exception("delivery-failed", authority=job.authority)
        said = f"{OUR_FAILURE}: {type(error).__name__}: {error}"
        return Attempt(job, Result.BROKEN, error=said.replace("\0", "")[:500])
    return _judged(job, answer, used)


def profiles(job: Job) -> tuple[Profile, Profile]:
    """The dialect to knock with, and the one to try if that is not understood.

    Draft-cavage first towards a stranger: some software answers 202 before it looks at the
    signature, so a first knock in RFC 9421 can be lost without anybody noticing.
    """
    if job.takes_ed25519:
        return Profile.RFC9421_ED25519, Profile.CAVAGE
    if job.shown is Profile.RFC9421:
        return Profile.RFC9421, Profile.CAVAGE
    return Profile.CAVAGE, Profile.RFC9421


def _judged(job: Job, answer: Answer, used: Profile) -> Attempt:
    date = answer.headers.get("date")
    if 200 <= answer.status < 300:
        return Attempt(job, Result.DELIVERED, answer.status, profile=used, date=date)
    error = f"HTTP {answer.status}: {_words(answer)}"[:500]
    retry_after = answer.headers.get("retry-after")
    if answer.status < 500 and not _speaks_for_the_coop(job, answer):
        return Attempt(job, Result.FAILED, answer.status, error, retry_after)
    if answer.status in _GONE:
        return Attempt(job, Result.GONE, answer.status, error)
    if _code(answer) in _CLOCKS_DIFFER:
        return Attempt(job, Result.BUSY, answer.status, error, retry_after, date=date)
    if _code(answer) == _KEY_UNSEEN and job.attempts < 2:
        return Attempt(job, Result.BUSY, answer.status, error, _UNTIL_SEEN, date=date)
    if (answer.status, _code(answer)) == (PUT_OFF, _HELD_THERE):
        return Attempt(job, Result.PUT_OFF, answer.status, error, retry_after)
    waits = _code(answer) == _ON_HOLD and job.give_up_at is None
    if waits or answer.status in _COME_AGAIN or (answer.status == 503 and retry_after):
        return Attempt(job, Result.BUSY, answer.status, error, retry_after)
    result = Result.FAILED if answer.status >= 500 else Result.DECLINED
    return Attempt(job, result, answer.status, error, retry_after)


def _speaks_for_the_coop(job: Job, answer: Answer) -> bool:
    """Whether its no may be the coop's own, which has a code in it. What must arrive takes none of
    a web server, or of whoever has the address for a while: they know neither coop nor message."""
    must_arrive = job.give_up_at is None and job.takes_ed25519
    return not must_arrive or answer.status in _COME_AGAIN or _code(answer) is not None


def _words(answer: Answer) -> str:
    """What the peer says of it: the sentence of a problem document, else all that it sent."""
    detail = _problem(answer).get("detail")
    said = detail if isinstance(detail, str) else answer.excerpt.decode("utf-8", "replace")
    return said.replace("\0", "")


def _code(answer: Answer) -> str | None:
    code = _problem(answer).get("code")
    return code if isinstance(code, str) else None


def _problem(answer: Answer) -> dict[str, Any]:
    if "problem+json" not in answer.headers.get("content-type", ""):
        return {}
    try:
        return strict_json.loads(answer.excerpt)
    except ProtocolError:
        return {}
