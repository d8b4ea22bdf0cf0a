"""Of much that waits the first page names what ends soon, and lets nothing be hidden for ever."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from node.notices import NoticeKind, NoticeView
from tests.support.clock import START
from ui.web.waiting import (
    LEAST_ENDLESS,
    MOST_SHOWN,
    Kind,
    Waiting,
    kind,
    shown,
    told_besides,
)
from ui.web.what_waits import kinds

VOTE, PEER = kind("vote"), kind("peer")


def ending(count: int) -> list[Waiting]:
    return [Waiting(VOTE, n, START, START + timedelta(days=n)) for n in range(count)]


def endless(count: int) -> list[Waiting]:
    return [Waiting(PEER, n, START - timedelta(days=99 - n)) for n in range(count)]


@pytest.mark.parametrize(
    ("with_end", "without", "named"),
    [
        (12, 12, (12, 12)),
        (99, 0, (MOST_SHOWN, 0)),
        (0, 99, (0, MOST_SHOWN)),
        (99, 3, (MOST_SHOWN - 3, 3)),
        (99, 99, (MOST_SHOWN - LEAST_ENDLESS, LEAST_ENDLESS)),
        (5, 99, (5, MOST_SHOWN - 5)),
    ],
)
def test_what_has_no_deadline_keeps_its_place_however_much_ends_sooner(
    with_end: int, without: int, named: tuple[int, int]
) -> None:
    first, last = ending(with_end), endless(without)
    assert shown(first + last) == first[: named[0]] + last[: named[1]]


def told(kind: NoticeKind, subject: str, *, read: bool = False) -> NoticeView:
    return NoticeView("1", kind, subject, "Look", START, read)


@pytest.mark.parametrize("each", kinds(), ids=lambda each: each.name)
def test_who_is_told_of_something_sees_it_either_as_what_waits_or_as_what_was_told(
    each: Kind,
) -> None:
    found = [Waiting(each, SimpleNamespace(id="this"), START)]
    for one in each.told:
        here, elsewhere = told(one, "this"), told(one, "that")
        assert told_besides([here, elsewhere], found) == [elsewhere]
        assert told_besides([here, told(one, "that", read=True)], []) == [here]
