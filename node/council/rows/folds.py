"""What this process remembers of logs, so that it reads and settles each statement once.

A log only grows, and the roots of full subtrees in the federation's row say all that it holds. What
is remembered is gone on from only if it leads to those very roots: a transaction that was rolled
back, another process or a restored file leave nothing wrong behind.
"""

from collections.abc import Collection
from typing import TypeVar

from msgspec import Struct, field
from sqlalchemy import or_, select

from federation.storage import Reader
from node.council.rows.models import entry_table, statement_table
from node.council.state.effects import settle
from node.council.state.record import Record
from node.council.words import statements
from node.council.words.statements import STRUCTURE
from protocol.transparency.merkle import Frontier

Key = TypeVar("Key")
Value = TypeVar("Value")
_e, _s = entry_table.c, statement_table.c
# A federation of ten coops takes half a megabyte, one of a thousand some 40 MB for each vote.
_MOST_LOGS = 16
_MOST_FOLDS = 4


class _Log(Struct):
    """One log: its leaves, the tree above them, and records by the proposals that they tell of,
    each with how far it goes."""

    leaves: list[bytes] = field(default_factory=list)
    tree: Frontier = field(default_factory=lambda: Frontier(0, []))
    folds: dict[frozenset[str], tuple[int, Record]] = field(default_factory=dict)

    def fits(self, frontier: list[str]) -> bool:
        return [each.hex() for each in self.tree.hashes] == frontier


_logs: dict[str, _Log] = {}


async def folded(
    reader: Reader,
    federation_id: str,
    size: int,
    frontier: list[str],
    proposals: Collection[str],
    *,
    with_leaves: bool,
) -> Record:
    """What the first so many entries say; the caller may go on with it as it likes."""
    log = await _log(reader, federation_id, size, frontier)
    about = frozenset(proposals)
    upto, found = log.folds.get(about, (0, Record()))
    if upto < size:
        found = found.copy()
        await _settle(reader, federation_id, found, about, upto, size)
        found.size = size
    _keep(log.folds, about, (size, found), _MOST_FOLDS)
    return found.copy(log.leaves if with_leaves else ())


async def _settle(
    reader: Reader, federation_id: str, found: Record, about: frozenset[str], start: int, end: int
) -> None:
    kinds = [kind.value for kind in STRUCTURE]
    chosen = (
        select(_e.position, _s.text)
        .join(statement_table, (_s.federation_id == _e.federation_id) & (_s.digest == _e.digest))
        .where(
            _e.federation_id == federation_id,
            _e.position >= start,
            _e.position < end,
            or_(_e.kind.in_(kinds), _e.subject.in_(about)),
            _e.refused.is_(None),
        )
        .order_by(_e.position)
    )
    for position, text in await reader.rows(chosen):
        settle(found, position, statements.read(text))


async def _log(reader: Reader, federation_id: str, size: int, frontier: list[str]) -> _Log:
    known = _logs.get(federation_id, _Log())
    if len(known.leaves) == size and known.fits(frontier):
        return known
    grown = await _grown(reader, federation_id, known, size)
    if known.leaves and not grown.fits(frontier):
        grown = await _grown(reader, federation_id, _Log(), size)
    if grown.fits(frontier):
        _keep(_logs, federation_id, grown, _MOST_LOGS)
    return grown


async def _grown(reader: Reader, federation_id: str, known: _Log, size: int) -> _Log:
    start = len(known.leaves)
    if start > size:
        return await _grown(reader, federation_id, _Log(), size)
    chosen = select(_e.leaf).where(
        _e.federation_id == federation_id, _e.position >= start, _e.position < size
    )
    fresh = await reader.scalars(chosen.order_by(_e.position))
    tree = Frontier(known.tree.size, list(known.tree.hashes))
    for leaf in fresh:
        tree.add(leaf)
    return _Log([*known.leaves, *fresh], tree, dict(known.folds))


def _keep(kept: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Keep as the newest; the oldest goes."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
