"""Every letter that there is, from the code's own lists: kinds, and what each kind tells apart."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from node.accounts import Role
from node.joining import Status
from node.mail import Letter, LetterKind
from node.mail.letters import Sheet
from node.notices import NoticeKind, NoticeView
from node.notices.alert_words import Alert
from node.notices.sentences import sentence
from node.profiles import FIELD_WORDS
from ui.web.letters import membership, words
from ui.web.words import ROLES

DAY = "2027-03-05"
NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
OURS = {
    "when": DAY,
    "sum": "12.50",
    "office": ROLES[Role.MODERATOR].message,
    "field": next(iter(FIELD_WORDS.values())).message,
}
"""What fills places of a notice, and is no words of anybody's."""
_FREE = (
    *("address", "currency", "free", "key", "left", "limit", "longest", "name", "number"),
    *("percent", "seconds", "shortest", "taken", "title", "version", "wanted"),
)


def sheet_of(coop: str, language: str = "ar") -> Sheet:
    return Sheet(coop, "https://loaf.example", language, "Europe/London", NOW)


def every_letter(free: str) -> Iterator[tuple[str, Letter]]:
    """Each by a name; free: what people wrote, wherever they may."""
    for kind in LetterKind:
        for name, said in _MAKERS[kind](free):
            given = {"path": "/see/x", "stop": "/mail/stop/x", "thread": "t1"} | said
            yield f"{kind} {name}", Letter(id="l1", kind=kind, to="rosa@example.org", **given)


def _told(free: str) -> Iterator[tuple[str, NoticeView]]:
    for kind in NoticeKind:
        values: dict[str, object] = {**dict.fromkeys(_FREE, free), **OURS}
        for alert in Alert if kind in (NoticeKind.ALERT, NoticeKind.ALERT_OVER) else [None]:
            text = sentence(kind, values | ({"alert": alert} if alert else {}))
            when = DAY if "%(when)s" in text.message else ""
            told = NoticeView("1", kind, "7", text, NOW, read=False, when=when)
            yield f"{kind} {alert or ''}", told


def _notices(free: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in _told(free):
        yield name, {"told": [one]}
    yield "that always comes", {"told": [one], "stop": ""}


def _digest(free: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", {"told": [one for _name, one in _told(free)]}


def _with(*values: Mapping[str, str]) -> Callable[[str], Iterator[tuple[str, dict[str, Any]]]]:
    return lambda _free: ((" ".join(said.values()), {"values": said}) for said in values)


def _application(free: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for state in words._APPLICATION:
        for path in ("/see/x", ""):
            yield f"{state} {path}", {"values": {"state": state, "until": DAY}, "path": path}
    yield "again", {"values": {"state": Status.SUBMITTED, "again": "y"}}
    yield "alone", {"values": {"state": Status.DECLINED, "alone": "y", "until": DAY}}


def _membership(free: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for event in membership._DECIDED:
        yield event, {"values": {"event": event, "on": DAY, "until": DAY, "reason": free}}


_MAKERS: Mapping[LetterKind, Callable[[str], Iterator[tuple[str, dict[str, Any]]]]] = {
    LetterKind.NOTICE: _notices,
    LetterKind.DIGEST: _digest,
    LetterKind.CONFIRM: _with({}),
    LetterKind.MOVED: _with({}, {"gone": "y"}),
    LetterKind.WAY_IN: _with({"hours": "1"}, {"hours": "3"}, {"roles": " ".join(sorted(Role))}),
    LetterKind.APPLICATION: _application,
    LetterKind.MEMBERSHIP: _membership,
    LetterKind.TEST: _with({}),
}
