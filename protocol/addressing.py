"""Who a document is meant for: `to` and `cc`, and never the whole world by accident."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from msgspec import Struct

from protocol.terms import PUBLIC
from protocol.vocabulary.base import ids

__all__ = ["PUBLIC", "Audience", "audience_of", "is_public", "recipients"]


class Audience(Struct, frozen=True):
    """Ids of actors and collections; the public collection stands as its full IRI."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return PUBLIC in self.to or PUBLIC in self.cc


def audience_of(document: dict[str, Any]) -> Audience:
    """The audience of a normalised document. `bto` and `bcc` are not for us to read.

    Raises MalformedDocument if `to` or `cc` hold anything but ids.
    """
    return Audience(to=ids(document.get("to")), cc=ids(document.get("cc")))


def is_public(document: dict[str, Any]) -> bool:
    """Whether a normalised document is addressed to everybody."""
    return audience_of(document).is_public


def recipients(
    audience: Audience,
    *,
    own: Container[str],
    collections: Mapping[str, Iterable[str]],
) -> tuple[str, ...]:
    """The actors to deliver to, each once, in the order given.

    `collections` holds the members of those collections that are ours (followers); an id in it is
    replaced by its members. The public collection has no inbox, and our `own` actors know already.
    """
    found: dict[str, None] = {}
    for target in (*audience.to, *audience.cc):
        for actor in collections.get(target, (target,)):
            if actor != PUBLIC and actor not in own:
                found[actor] = None
    return tuple(found)
