"""What we serve to peers: the table through which the layers above answer for their addresses.

documents = DocumentTable()

@documents.at("/listings/{id}")
async def listing(reader, requester, id): ...     # dict | Withdrawn | Protected | None

@documents.catalogue
async def listings(reader, requester, after, limit): ...
"""

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import Struct

from federation.relations import Standing
from federation.storage.unit_of_work import Reader
from protocol import strict_json
from protocol.errors import ProtocolError


class Requester(Struct, frozen=True):
    """Who asks: the related coop behind a signed request, or nobody we know (actor None).

    signer: the actor whose key signed it: the coop itself, or its node.
    """

    actor: str | None
    standing: Standing
    signer: str | None = None

    @property
    def is_peer(self) -> bool:
        """Whether what is meant for peers may be shown."""
        return self.standing is Standing.PEER


ANYONE = Requester(None, Standing.STRANGER)


class Withdrawn(Struct, frozen=True):
    """It was here and is gone for good; tombstone is the AS2 document that says so."""

    tombstone: dict[str, Any]


class Protected(Struct, frozen=True):
    """It is here, but not for this requester: 401 to the unsigned, 404 to all others."""


Answer = dict[str, Any] | Withdrawn | Protected | None
Document = Callable[..., Awaitable[Answer]]


class CataloguePage(Struct, frozen=True):
    """Part of a catalogue, in the order of the last change; withdrawn objects as Tombstones.

    next: the position after the last item, also when there is nothing more yet, so that a reader
    can come back for changes; None on an empty page, but for who begins. total: how many live
    objects, if told.
    """

    items: list[dict[str, Any]]
    next: str | None
    total: int | None = None


Catalogue = Callable[[Reader, Requester, str | None, int], Awaitable[CataloguePage]]
_Document = TypeVar("_Document", bound=Document)
_Catalogue = TypeVar("_Catalogue", bound=Catalogue)


class BadCursor(ValueError):
    """A catalogue position that we never gave out, or gave out before a restore."""


class DocumentTable:
    """Which function answers for which path."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._patterns: list[tuple[re.Pattern[str], Document]] = []
        self._counting: set[str] = set()
        self._catalogues: dict[str, Catalogue] = {}

    def at(self, path_template: str, *, counts: bool = False) -> Callable[[_Document], _Document]:
        """Register for a path such as "/listings/{id}"; a part in braces is one path segment.

        counts: reading it leaves a trace, so the function gets a UnitOfWork in place of a Reader.
        It is asked only when somebody signed; others hear 401, whether there is something or not.
        """

        def register(document: _Document) -> _Document:
            self._add(path_template, document)
            if counts:
                self._counting.add(path_template)
            return document

        return register

    def catalogue(self, function: _Catalogue) -> _Catalogue:
        """Register a part of our catalogue; the function's name becomes part of the cursors."""
        self._add_catalogue(function.__name__, function)
        return function

    def include(self, other: "DocumentTable") -> None:
        """Take over all registrations of another table; a path registered twice is an error."""
        for path_template, document in other._documents.items():
            self._add(path_template, document)
        self._counting |= other._counting
        for name, catalogue in other._catalogues.items():
            self._add_catalogue(name, catalogue)

    def counts(self, path: str) -> bool:
        """Whether reading what stands at a path leaves a trace."""
        return any(_pattern(template).fullmatch(path) for template in self._counting)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that is registered, as a template."""
        return tuple(self._documents)

    def covers(self, path: str) -> bool:
        """Whether some function answers for a path."""
        return any(pattern.fullmatch(path) for pattern, _document in self._patterns)

    async def answer(self, reader: Reader, requester: Requester, path: str) -> Answer:
        """What stands at a path for this requester; None if nothing does."""
        for pattern, document in self._patterns:
            if match := pattern.fullmatch(path):
                return await document(reader, requester, **match.groupdict())
        return None

    async def catalogue_page(
        self, reader: Reader, requester: Requester, after: str | None, limit: int
    ) -> CataloguePage:
        """One page of all parts together. Raises BadCursor.

        The cursor holds one position per part, so that a reader can return for changes of any. A
        part that is empty for who begins has a position too: what comes later may go again.
        """
        positions, started = self._positions(after), dict[str, str]()
        total: int | None = None
        for name, catalogue in self._catalogues.items():
            page = await catalogue(reader, requester, positions.get(name), limit)
            if page.total is not None:
                total = page.total + (total or 0)
            if page.items and page.next:
                return CataloguePage(page.items, _cursor(positions | {name: page.next}), total)
            if page.items:
                return page
            if page.next:
                started[name] = page.next
        return CataloguePage([], _cursor(positions | started) if started else None, total)

    def _positions(self, cursor: str | None) -> dict[str, str]:
        if cursor is None:
            return {}
        try:
            positions = strict_json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        except (ValueError, binascii.Error, ProtocolError):
            raise BadCursor(cursor) from None
        if not positions.keys() <= self._catalogues.keys():
            raise BadCursor(cursor)
        if not all(isinstance(position, str) for position in positions.values()):
            raise BadCursor(cursor)
        return positions

    def _add(self, path_template: str, document: Document) -> None:
        if path_template in self._documents:
            raise ValueError(f"{path_template} is registered twice.")
        self._documents[path_template] = document
        self._patterns.append((_pattern(path_template), document))

    def _add_catalogue(self, name: str, catalogue: Catalogue) -> None:
        if name in self._catalogues:
            raise ValueError(f"The catalogue part {name} is registered twice.")
        self._catalogues[name] = catalogue


def _pattern(path_template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path_template)
    literals = map(re.escape, parts[::2])
    names = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*names, ""], strict=True)))


def _cursor(positions: dict[str, str]) -> str:
    text = json.dumps(positions, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")
