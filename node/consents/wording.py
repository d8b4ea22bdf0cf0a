"""What members are asked, in the languages of the coop. Pure."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from node import content, limits
from node.i18n import negotiate


class Words(msgspec.Struct, frozen=True):
    """A wording in one language. language: which, if it says so."""

    title: str
    text: str
    language: str = ""


class Standing(Protocol):
    """A wording as a row keeps it."""

    title: str
    text: str
    others: dict[str, dict[str, str]]


def tidied(others: Mapping[str, Words]) -> dict[str, Words]:
    """As they are kept, without those that say nothing."""
    kept = {
        tag: Words(
            content.name(said.title, limits.NAME_LONGEST + 1),
            content.paragraphs(said.text, limits.CONSENT_TEXT_LONGEST + 1),
            tag,
        )
        for tag, said in others.items()
    }
    return {tag: said for tag, said in kept.items() if said.title or said.text}


def read(others: Mapping[str, object]) -> dict[str, Words]:
    """`tidied` from a row."""
    return msgspec.convert(others, dict[str, Words])


def spoken(own: Words, others: Mapping[str, Words], tag: str) -> Words:
    """For who reads a language: in that, else as it was written."""
    found = negotiate(tag, [*others, own.language])
    return others.get(found or "", own)


def only_adds(standing: Standing, title: str, text: str, others: Mapping[str, Words]) -> bool:
    """Whether these words are those that stand, in more languages or in as many."""
    before = read(standing.others)
    is_same = (standing.title, standing.text) == (title, text)
    return is_same and all(others.get(tag) == said for tag, said in before.items())
