"""What offices there are, which role each gives, and how long a term may be. All pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from node import limits
from node.accounts import Role
from node.errors import InvalidInput
from node.i18n import LazyString, Text, _


class Office(StrEnum):
    """What somebody is trusted with."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    TREASURER = "treasurer"
    MODERATOR = "moderator"
    ADMIN = "admin"
    DELEGATE = "delegate"
    ALTERNATE = "alternate"
    COMMITTEE = "committee"
    OTHER = "other"


class Standing(StrEnum):
    """Where a term stands on a day."""

    COMING = "coming"
    HELD = "held"
    OVER = "over"


class Term(Protocol):
    """A term as it is kept. ended_on: the first day on which it was over, once it is."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def ended_on(self) -> date | None: ...


OFFICE_WORDS: Mapping[Office, LazyString] = {
    Office.CHAIR: _("Chair"),
    Office.SECRETARY: _("Secretary"),
    Office.TREASURER: _("Treasurer"),
    Office.MODERATOR: _("Moderator"),
    Office.ADMIN: _("Keeper of the node"),
    Office.DELEGATE: _("Delegate"),
    Office.ALTERNATE: _("Alternate delegate"),
    Office.COMMITTEE: _("Seat in a committee"),
    Office.OTHER: _("Another office"),
}
# What an office lets its holder do here, while the term lasts.
GIVES: Mapping[Office, frozenset[Role]] = {
    Office.CHAIR: frozenset(),
    Office.SECRETARY: frozenset({Role.SECRETARY}),
    Office.TREASURER: frozenset({Role.TREASURER}),
    Office.MODERATOR: frozenset({Role.MODERATOR}),
    Office.ADMIN: frozenset({Role.ADMIN}),
    Office.DELEGATE: frozenset({Role.DELEGATE}),
    Office.ALTERNATE: frozenset({Role.DELEGATE}),
    Office.COMMITTEE: frozenset(),
    Office.OTHER: frozenset(),
}
NAMED = frozenset({Office.COMMITTEE, Office.OTHER})
"""These need a name of their own: which committee, which office."""
_THE_COOP = "coop"
"""So a listing of the coop's own names its provider, where a team's has the team's name."""
SPEAKING = frozenset({Office.DELEGATE, Office.ALTERNATE})
"""Whoever holds one speaks for the coop: a mandate."""


def roles_of(held: Iterable[Office]) -> frozenset[Role]:
    """What several offices give together."""
    return frozenset[Role]().union(*(GIVES[office] for office in held))


def standing(term: Term, today: date) -> Standing:
    """A term lasts until somebody, or the clock, has noted its end."""
    if term.ended_on is not None:
        return Standing.OVER
    return Standing.HELD if term.starts_on <= today else Standing.COMING


def is_ending(term: Term, today: date) -> bool:
    """Whether it is time to think of who comes next; a term that is short anyway needs no word."""
    warned_on = term.ends_on - limits.OFFICE_REMINDER
    return term.ended_on is None and term.starts_on < warned_on <= today


def overlaps(term: Term, starts_on: date, ends_on: date) -> bool:
    """Whether a term holds on any of these days; the last one is not among them."""
    return max(term.starts_on, starts_on) < min(term.ended_on or term.ends_on, ends_on)


def next_moment(term: Term, today: date) -> datetime:
    """When the clock has to look at it again: it begins, is nearly over, or is over."""
    days = (term.starts_on, term.ends_on - limits.OFFICE_REMINDER, term.ends_on)
    ahead = [day for day in days if day > today]
    return datetime.combine(min(ahead, default=today + timedelta(days=1)), time(), UTC)


def office_named(value: str) -> Office:
    """Raises InvalidInput for the field `office`."""
    try:
        return Office(value)
    except ValueError:
        names = ", ".join(Office)
        raise InvalidInput({"office": [_("Choose from: %(names)s.", names=names)]}) from None


def check_term(starts_on: date, ends_on: date, today: date) -> None:
    """Raises InvalidInput for the field `ends_on`."""
    complaint: Text | None = None
    if ends_on <= starts_on:
        complaint = _("Choose a day after the first one.")
    elif ends_on <= today:
        complaint = _("Choose a day that is still to come.")
    elif ends_on - starts_on > limits.OFFICE_LONGEST:
        complaint = _("A term lasts ten years at most. Give it again then.")
    if complaint:
        raise InvalidInput({"ends_on": [complaint]})


def key_of(name: str) -> str:
    """By which a committee is known, whatever the capitals of its name."""
    return " ".join(name.split()).casefold()


def fault_of_name(name: str) -> Text | None:
    """Why no committee can be called so."""
    if name.casefold() == _THE_COOP:
        return _("Choose another name: this one means the coop itself.")
    return None


def check_words(office: Office, name: str, decision: str) -> tuple[str, str]:
    """Name and decision as stored. Raises InvalidInput by field."""
    name, decision = " ".join(name.split()), " ".join(decision.split())
    faults: dict[str, list[Text]] = {}
    if office in NAMED and not name:
        faults["name"] = [_("Say which committee, or which office.")]
    if office is Office.COMMITTEE and (fault := fault_of_name(name)):
        faults["name"] = [fault]
    if not decision:
        faults["decision"] = [_("Say who decided so, and when, such as: general meeting, 12 May.")]
    for field, text in (("name", name), ("decision", decision)):
        if len(text) > limits.OFFICE_WORDS_LONGEST:
            faults[field] = [_("This is too long.")]
    if faults:
        raise InvalidInput(faults)
    return (name if office in NAMED else ""), decision
