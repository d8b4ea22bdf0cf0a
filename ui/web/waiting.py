"""What only one person can take further, for one block of the first page: what ends first is first.

Each kind stands once in `what_waits`, with who it waits for, how it is found, and the notices that
told of it: whoever sees the row is not told a second time below it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from node.notices import NoticeKind, NoticeView

MOST_SHOWN = 30
"""More than that nobody does today; what ends later comes up by itself. A link shows all of it."""
LEAST_ENDLESS = 10
"""So many of them are without a deadline, if so many are: however much ends soon, the longest
waiting ones stand there, and the next come up when these are done."""


class Kind(Struct, frozen=True):
    """What is waited for: an answer, a vote, a look. told: the notices that tell of the same. row:
    the macro in `templates/home/waiting.html` that shows it. comes_last: it waits for nobody
    else."""

    name: str
    told: frozenset[NoticeKind]
    row: str
    comes_last: bool = False


def kind(name: str, *told: NoticeKind, row: str = "", comes_last: bool = False) -> Kind:
    """A kind, shown by the row of its name unless another is told."""
    return Kind(name, frozenset(told), row or name, comes_last)


class Waiting(Struct, frozen=True):
    """One thing. by: when it is too late, None if it waits as long as it takes. called: what its
    notices are about, where that is not its id."""

    kind: Kind
    about: Any
    since: datetime
    by: datetime | None = None
    called: str = ""

    @property
    def day(self) -> datetime:
        """The day that stands beside it."""
        return self.by or self.since

    @property
    def subject(self) -> str:
        """What its notices are about."""
        return self.called or str(self.about.id)


def in_order(found: Iterable[Waiting]) -> list[Waiting]:
    """What ends first; then what others wait for, the longest first; one's own drafts last."""
    return sorted(found, key=lambda one: (one.by is None, one.kind.comes_last, one.day))


def shown(found: Sequence[Waiting]) -> list[Waiting]:
    """What the first page names of all that waits, in its order."""
    ending = [one for one in found if one.by is not None]
    room = max(LEAST_ENDLESS, MOST_SHOWN - len(ending))
    endless = [one for one in found if one.by is None][:room]
    return ending[: MOST_SHOWN - len(endless)] + endless


def told_besides(told: Iterable[NoticeView], found: Iterable[Waiting]) -> list[NoticeView]:
    """What was told, not read yet, and has no row among what waits for the same person."""
    above = {(kind, one.subject) for one in found for kind in one.kind.told}
    return [one for one in told if not one.read and (one.kind, one.subject) not in above]
