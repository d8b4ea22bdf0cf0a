"""Who may say what about a proposal, and how a discussion is laid out: pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from node import content, limits
from node.council import State
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import Text, _

TALK = frozenset({State.DISCUSSION, State.FROZEN, State.NOTICE, State.OPEN})
DEEPEST = 3
"""Answers to answers are set in so far and no further: a phone is narrow."""


class Placed(Protocol):
    """Something that may answer something."""

    @property
    def uri(self) -> str: ...
    @property
    def parent(self) -> str | None: ...


Line = TypeVar("Line", bound=Placed)


def check_open(state: State) -> None:
    """Raises Conflict when nothing more can be said."""
    if state not in TALK:
        raise Conflict(_("The discussion of this proposal is over."), "discussion-over")


def check_text(text: str, longest: int = limits.COMMENT_LONGEST, field: str = "text") -> str:
    """What somebody wrote, as it is kept. Raises InvalidInput."""
    tidy = content.paragraphs(text, longest + 1)
    if not tidy:
        raise InvalidInput({field: [_("Write something.")]})
    if len(tidy) > longest:
        raise InvalidInput(
            {field: [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    return tidy


def check_reason(text: str) -> str:
    """Why something is hidden, or should not be. Raises InvalidInput."""
    return check_text(text, limits.HIDING_REASON_LONGEST, "reason")


def check_pace(today: int) -> None:
    """Raises NotAllowed for somebody who has said enough for a day."""
    if today >= limits.COMMENTS_OF_ACCOUNT:
        raise NotAllowed(ENOUGH, "too-many-comments")


ENOUGH: Text = _("You have said much today. Let others speak, and go on tomorrow.")


def laid_out(lines: Iterable[Line]) -> list[tuple[Line, int]]:
    """Comments in reading order, each with how far it is set in; lines: the oldest first.

    What answers something that is not there stands at the top.
    """
    given = list(lines)
    known = {each.uri for each in given}
    answers: defaultdict[str | None, list[Line]] = defaultdict(list)
    for each in given:
        answers[each.parent if each.parent in known else None].append(each)
    return _below(None, answers)


def _below(
    start: str | None, answers: Mapping[str | None, Sequence[Line]]
) -> list[tuple[Line, int]]:
    """Without recursion: a chain of answers may be as long as its authors like."""
    laid: list[tuple[Line, int]] = []
    waiting = [(each, 0) for each in reversed(answers.get(start, ()))]
    while waiting:
        line, depth = waiting.pop()
        laid.append((line, min(depth, DEEPEST)))
        waiting += [(each, depth + 1) for each in reversed(answers.get(line.uri, ()))]
    return laid
