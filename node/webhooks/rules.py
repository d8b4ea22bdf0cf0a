"""Secrets, signatures, what an answer means, and when to try again. Pure."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from federation.ambient import Entropy
from federation.delivery import backoff
from node import limits
from node.i18n import Text, _
from node.machine import Machine

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
_GONE = 410
_COME_AGAIN = frozenset({429, 502, 503, 504})


class State(StrEnum):
    """How far a message has come with one webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to a message on its way."""

    TAKE = "take"
    TRY_AGAIN = "try_again"
    GIVE_UP = "give_up"
    REPLAY = "replay"


LIFE = Machine(
    "webhook-delivery",
    State.PENDING,
    {
        (State.PENDING, Event.TAKE): State.DELIVERED,
        (State.PENDING, Event.TRY_AGAIN): State.PENDING,
        (State.PENDING, Event.GIVE_UP): State.FAILED,
        (State.FAILED, Event.REPLAY): State.PENDING,
        (State.DELIVERED, Event.REPLAY): State.PENDING,
    },
    {
        State.PENDING: _("on its way"),
        State.DELIVERED: _("arrived"),
        State.FAILED: _("given up"),
        Event.TAKE: _("Taken"),
        Event.TRY_AGAIN: _("Try again"),
        Event.GIVE_UP: _("Give up"),
        Event.REPLAY: _("Send again"),
    },
)


class Off(StrEnum):
    """Why a webhook is off."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


OFF_WORDS: Mapping[Off, Text] = {
    Off.BY_HAND: _("switched off by hand"),
    Off.FAILING: _("nothing arrived there for too long"),
    Off.GONE: _("the program there said that it is gone"),
}


def secret_text(secret: bytes) -> str:
    """A secret as programs take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def headers(secret: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """All headers of one attempt: who it is from can be proven, and that it is not old."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    digest = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{digest}",
    }


def was_taken(status: int | None) -> bool:
    """Whether the program there has it. A redirect is no yes: it is not followed."""
    return status is not None and 200 <= status < 300


def is_gone(status: int | None) -> bool:
    """Whether the program there wants nothing more, ever."""
    return status == _GONE


def asks_for_time(status: int | None) -> bool:
    """Whether its Retry-After counts."""
    return status in _COME_AGAIN


def next_try(
    tries: int,
    *,
    now: datetime,
    give_up_at: datetime,
    entropy: Entropy,
    asked: timedelta | None = None,
) -> datetime | None:
    """When to try again after so many failures; None: give up. asked: by the other side."""
    wait = backoff.delay(
        tries,
        base=limits.WEBHOOK_FIRST_WAIT,
        longest=limits.WEBHOOK_LONGEST_WAIT,
        entropy=entropy,
    )
    moment = now + max(wait, asked or wait)
    return moment if moment < give_up_at else None


def is_dead(failing_since: datetime | None, now: datetime) -> bool:
    """Whether nothing has arrived there for so long that it is switched off."""
    return failing_since is not None and now - failing_since >= limits.WEBHOOK_OFF_AFTER
