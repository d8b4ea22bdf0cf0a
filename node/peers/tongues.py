"""What coops say of themselves in several languages, and which of it a reader gets. Pure."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from federation.ourselves import CoopProfile
from node.i18n import negotiate
from node.peers.view import PeerView

_Said = TypeVar("_Said", CoopProfile, PeerView)


class Words(msgspec.Struct, frozen=True):
    """The same as the coop says in its main language, in another; empty: not said in that."""

    name: str = ""
    summary: str = ""
    story: str = ""
    principles: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    legal_form: str = ""
    area: str = ""
    sectors: tuple[str, ...] = ()
    dissolution: str = ""


def spoken(said: Mapping[str, object], language: str) -> str:
    """The tag under which something is said for a reader; empty: only as the coop writes itself."""
    return negotiate(language, [tag for tag, words in said.items() if words]) or ""


def in_tongue(coop: _Said, language: str) -> _Said:
    """A coop as it is called, and says what it does, in a reader's language, as far as it does."""
    name, summary = spoken(coop.names, language), spoken(coop.summaries, language)
    return replace(
        coop,
        name=coop.names[name] if name else coop.name,
        summary=coop.summaries[summary] if summary else coop.summary,
        tongue=summary,
    )
