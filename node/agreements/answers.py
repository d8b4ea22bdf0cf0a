"""Answers to the questions of a listing: like all that somebody says of themselves they are no
terms, but stand sealed beside the agreement; to another coop they go with the words (`saying`)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from federation.storage import Reader
from node import content, limits, threads
from node.agreements import offered as offers
from node.agreements.views import AgreementView
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import ListingView, MirrorView, at_addresses

Asked = Mapping[str, tuple[str, str]]
"""Questions in the reader's language, by the listing's own words: words and their language."""


class Answer(Struct, frozen=True):
    """question: in the listing's own words."""

    question: str
    answer: str


def checked(given: Iterable[Answer], questions: Collection[str]) -> tuple[Answer, ...]:
    """Those that say something, tidied; questions: of what is asked for. Raises InvalidInput."""
    said = [
        Answer(one.question, content.paragraphs(one.answer, limits.ANSWER_LONGEST + 1))
        for one in given
    ]
    faults: list[Text] = []
    named = [one.question for one in said]
    if not set(named) <= set(questions) or len(set(named)) < len(named):
        faults.append(_("Answer each question of the listing once, in the words in which it asks."))
    if any(len(one.answer) > limits.ANSWER_LONGEST for one in said):
        longest = limits.ANSWER_LONGEST
        faults.append(_("This is too long: at most %(longest)s characters.", longest=longest))
    if faults:
        raise InvalidInput({"answers": faults})
    return tuple(one for one in said if one.answer)


def in_words(message: str, given: Sequence[Answer]) -> str:
    """A message with the answers, each below its question, as everybody can read it."""
    return "\n\n".join(filter(None, [message, *(f"{one.question}\n{one.answer}" for one in given)]))


async def from_elsewhere(reader: Reader, view: AgreementView) -> tuple[Answer, ...]:
    """What the other coop's side answered when it asked."""
    if view.peer is None or view.their_uri is None or view.asked_by in view.ours:
        return ()
    given = await threads.answered(reader, view.their_uri, view.peer)
    return tuple(Answer(question, answer) for question, answer in given)


async def asked_in_language(reader: Reader, uri: str, tag: str) -> Asked:
    """The questions of a listing as it asks them of who reads a language; of one that is taken down
    none are told."""
    found = [one for one in await at_addresses(reader, {uri}) if not offers.is_withheld(one)]
    return asked_of(found[0], tag) if found else {}


def asked_of(view: ListingView | MirrorView, tag: str) -> Asked:
    """The same of a listing at hand."""
    own, said = view.details.get("questions", ()), view.telling(tag)
    told, language = own, said.of or said.language
    if "questions" in said.told and len(said.details["questions"]) == len(own):
        told, language = said.details["questions"], said.language
    return {question: (words, language) for question, words in zip(own, told, strict=True)}
