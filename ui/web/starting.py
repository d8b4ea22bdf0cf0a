"""How a listing begins: by its kind, the questions that a good one answers.

They are put into the text on request; what is left without an answer goes when it is kept.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from node.i18n import Text, _, available_languages, speaking

QUESTIONS: Mapping[str, Sequence[Text]] = {
    "service": (
        _("What exactly do you do, and how long does it take?"),
        _("What should be there when you come, and what do you bring?"),
        _("How far do you travel, and when?"),
        _("What experience do you have?"),
    ),
    "goods": (
        _("What is it made of, how large is it, how many are there?"),
        _("Where does it come from?"),
        _("How does it reach people, and how long does it keep?"),
    ),
    "stay": (
        _("Who can stay, and how many?"),
        _("What is there: beds, kitchen, bath, the way in without steps?"),
        _("How does one get there, and from when to when?"),
        _("What is asked of guests?"),
    ),
    "lend": (
        _("What is it, and in what state?"),
        _("For how long can it be had, and where is it fetched and brought back?"),
        _("What should one know to use it safely?"),
        _("What if it breaks?"),
    ),
    "request": (
        _("What is needed, for whom, and why?"),
        _("Where, and until when?"),
        _("What can you give for it?"),
        _("How will you choose, if several answer?"),
    ),
    "opening": (
        _("What would one do here, and with whom?"),
        _("How many hours, and what is paid?"),
        _("What should one bring along, and what can be learnt?"),
        _("How does one become a member?"),
    ),
}


def with_questions(body: str, kind: str) -> str:
    """A text with the questions of its kind that it has not yet, each to be answered below."""
    lines = map(_line, missing(body, kind))
    return "\n\n\n".join(filter(None, [body.strip(), *lines])) + "\n"


def missing(body: str, kind: str) -> list[Text]:
    """The questions of a kind that a text has not yet."""
    lines = {line.strip() for line in body.splitlines()}
    return [one for one in QUESTIONS.get(kind, ()) if _line(one) not in lines]


def answered(body: str) -> str:
    """A text without the questions under which nothing was written."""
    lines, asked = body.splitlines(), _asked()
    if asked.isdisjoint(map(str.strip, lines)):
        return body
    kept: list[str] = []
    below = ""
    for line in reversed(lines):
        is_question = line.strip() in asked
        if below or not is_question:
            kept.append(line)
        below = "" if is_question else below + line.strip()
    return "\n".join(reversed(kept)).strip()


@cache
def _asked() -> frozenset[str]:
    """Every question, in every language that somebody may have begun in."""
    found = set()
    for tag in available_languages():
        with speaking(tag):
            found |= {_line(question) for asked in QUESTIONS.values() for question in asked}
    return frozenset(found)


def _line(question: Text) -> str:
    return f"**{question}**"
