"""What happens to a letter, when it may come, and what a server's answer means. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from federation.ambient import Entropy
from federation.delivery import backoff
from node import limits
from node.errors import InvalidInput
from node.i18n import Text, _
from node.machine import Machine
from node.mail_settings import PORTS, Security
from node.node_address import is_this_machine
from node.notices import NoticeKind, NoticeView

SECURITY = frozenset(
    {
        NoticeKind.PASSWORD_CHANGED,
        NoticeKind.CODES_MADE,
        NoticeKind.CODE_USED,
        NoticeKind.CODES_FEW,
        NoticeKind.PASSKEY_ADDED,
        NoticeKind.PASSKEY_REMOVED,
        NoticeKind.PASSKEY_DOUBTED,
        NoticeKind.LINKS_ENDED,
        NoticeKind.VOUCHING_ASKED,
    }
)
"""Of these a letter goes at once, whatever somebody chose, and although it was read here: whoever
has stolen an account reads it first."""
NO_LETTER = frozenset(
    {
        NoticeKind.MAIL_ADDRESS_SET,
        NoticeKind.MAIL_ADDRESS_GONE,
        NoticeKind.MEMBERSHIP_SUSPENDED,
        NoticeKind.MEMBERSHIP_REINSTATED,
        NoticeKind.MEMBERSHIP_ENDED,
        NoticeKind.MAIL_WAITS,
    }
)
"""Of a new address the former hears by a letter of its own, of a membership each that is known;
the last would not arrive."""
OWN_LETTER = SECURITY | NO_LETTER
"""What no daily letter says again."""


class State(StrEnum):
    """How far a letter has come."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    DROPPED = "dropped"


class Event(StrEnum):
    """What can happen to a letter."""

    TAKE = "take"
    ACCEPT = "accept"
    TRY_AGAIN = "try_again"
    GIVE_UP = "give_up"
    LOSE = "lose"
    DROP = "drop"


LIFE = Machine(
    "mail-letter",
    State.WAITING,
    {
        (State.WAITING, Event.TAKE): State.SENDING,
        (State.WAITING, Event.TRY_AGAIN): State.WAITING,
        (State.WAITING, Event.GIVE_UP): State.FAILED,
        (State.WAITING, Event.DROP): State.DROPPED,
        (State.SENDING, Event.ACCEPT): State.SENT,
        (State.SENDING, Event.TRY_AGAIN): State.WAITING,
        (State.SENDING, Event.GIVE_UP): State.FAILED,
        (State.SENDING, Event.LOSE): State.UNSURE,
    },
    {
        State.WAITING: _("waits"),
        State.SENDING: _("is being sent"),
        State.SENT: _("taken by the mail server"),
        State.FAILED: _("not sent"),
        State.UNSURE: _("perhaps not sent"),
        State.DROPPED: _("needed no more"),
        Event.TAKE: _("Send"),
        Event.ACCEPT: _("Taken"),
        Event.TRY_AGAIN: _("Try again"),
        Event.GIVE_UP: _("Give up"),
        Event.LOSE: _("Lose sight of it"),
        Event.DROP: _("Let it be"),
    },
)
"""From SENDING nothing leads back but the server's own word: what may have been taken already is
never sent twice."""


class How(StrEnum):
    """How somebody wants to hear of what waits for them."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


HOW_WORDS: Mapping[How, Text] = {
    How.AT_ONCE: _("A letter for each thing, at once"),
    How.DAILY: _("One letter a day, in the morning"),
    How.NEVER: _("None, but about who comes into my account"),
}


class Hours(Struct, frozen=True):
    """When somebody wants no letter: from an hour of the clock in their zone to another."""

    zone: str
    start: int
    end: int

    def after(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet time that it falls into."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return self.morning(moment) if self._is_quiet(local.hour) else moment

    def morning(self, moment: datetime) -> datetime:
        """When the quiet time ends next after a moment."""
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        ends = (self._end_on(day + timedelta(days=step), zone) for step in range(3))
        return next(end for end in ends if end > moment)

    def _end_on(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, time(self.end), zone).astimezone(UTC)

    def _is_quiet(self, hour: int) -> bool:
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


def check_hours(zone: str, start: int, end: int) -> Hours:
    """Raises InvalidInput."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            {"zone": [_("Name a time zone such as Europe/Rome or Africa/Nairobi.")]}
        ) from None
    for name, hour in (("quiet_from", start), ("quiet_until", end)):
        if not 0 <= hour <= 23:
            raise InvalidInput({name: [_("Choose an hour of the day.")]})
    return Hours(zone, start, end)


class Group(StrEnum):
    """Until when what a digest names waits."""

    SOON = "soon"
    WEEK = "week"
    LATER = "later"
    OPEN = "open"


_WEEK = 7


def by_deadline(told: Sequence[NoticeView], now: datetime) -> list[tuple[Group, list[NoticeView]]]:
    """What waits, by how soon it must be done, the soonest first; then what has no day."""
    groups: dict[Group, list[NoticeView]] = {group: [] for group in Group}
    for one in sorted(told, key=lambda one: (one.when, one.id)):
        groups[_group(one.when, now)].append(one)
    return [(group, found) for group, found in groups.items() if found]


def _group(when: str, now: datetime) -> Group:
    if not when:
        return Group.OPEN
    days = (datetime.fromisoformat(when).date() - now.date()).days
    if days < 0:
        return Group.OPEN
    if days <= 1:
        return Group.SOON
    return Group.WEEK if days <= _WEEK else Group.LATER


class Step(StrEnum):
    """What the server was told when it answered."""

    FROM = "MAIL FROM"
    TO = "RCPT TO"
    DATA = "DATA"


class Verdict(StrEnum):
    """What an answer means for a letter."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


class Outcome(Struct, frozen=True):
    """What came of one try. said: the server's words. is_address: nobody is reached there."""

    verdict: Verdict
    said: str = ""
    is_address: bool = False


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_NO_ADDRESS = frozenset({"", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_BAD_SENDER = frozenset({"5.1.7", "5.1.8"})
_LONGEST_SAID = 300


def judged(step: Step, code: int, said: str) -> Outcome:
    """What a server's no means (RFC 5321 §4.2.1, RFC 3463).

    4xx is for now. 5xx about the sender is about this node, and waits for whoever runs it; servers
    may say it only when they hear of the recipient. 5xx about the recipient is about the address if
    it says so, or nothing closer: a full mailbox and a matter of policy end this letter alone.
    After the letter itself anything else than a no is no answer.
    """
    words = spoken(f"{code} {said}")
    enhanced = _ENHANCED.match(said)
    why = enhanced[1] if enhanced else ""
    if step is Step.DATA and not 400 <= code < 600:
        return Outcome(Verdict.UNSURE, words)
    if code < 500 or step is Step.FROM or (step is Step.TO and why in _BAD_SENDER):
        return Outcome(Verdict.LATER, words)
    return Outcome(Verdict.REFUSED, words, step is Step.TO and why in _NO_ADDRESS)


def spoken(text: str) -> str:
    """A server's words on one line, cut to what fits on a page."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:_LONGEST_SAID]


def next_try(
    tries: int, *, now: datetime, give_up_at: datetime, entropy: Entropy
) -> datetime | None:
    """When to try again after so many failures; None: give up."""
    wait = backoff.delay(
        tries, base=limits.MAIL_FIRST_WAIT, longest=limits.MAIL_LONGEST_WAIT, entropy=entropy
    )
    moment = now + wait
    return moment if moment < give_up_at else None


def candidates(host: str) -> list[tuple[int, Security]]:
    """Where a mail server usually takes letters, the safest first."""
    usual = [
        (PORTS[Security.TLS], Security.TLS),
        (PORTS[Security.STARTTLS], Security.STARTTLS),
        (PORTS[Security.NONE], Security.STARTTLS),
    ]
    own = [(PORTS[Security.NONE], Security.NONE)] if is_this_machine(host) else []
    return usual + own
