"""Bringing a file in: row by row what can be taken is taken, the rest is told with its reason.

A row is known again by its file's name and its id, or by what it is called and where it is:
bringing the same file in twice changes nothing, and a changed row changes its listing. Two files
may use one id for different things: it is kept apart by file, see `_known`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import or_, select

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import audit, content, media
from node.config import Config
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import lasting, rules
from node.listings.commands import at_hand, create_many, edit_many, loses_change
from node.listings.exchange import cells
from node.listings.exchange.cells import Reading
from node.listings.exchange.tables import Row, Rows
from node.listings.models import State, listing_table
from node.listings.pace import paced
from node.listings.redrafting import draft_of
from node.listings.rules import ListingDraft, Terms
from node.listings.terms import terms
from node.listings.views import ListingView, listing_view
from node.text import fold

AT_ONCE = 200
"""Rows per unit of work: others can write in between."""

Progress = Callable[[int, int], None]


class Refusal(Struct, frozen=True):
    """Why a row, or one of its cells, was not taken. column: theirs, or our field's name."""

    row: int
    column: str | None
    reason: Text


class ImportReport(Struct):
    """What became of a file. notes: cells that were left out or put right in rows taken."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


class Store(Protocol):
    """What is needed of a node."""

    @property
    def config(self) -> Config: ...
    def reading(self) -> Any: ...
    async def write(self, work: Callable[[UnitOfWork], Any]) -> Any: ...


async def import_rows(
    node: Store,
    rows: Rows,
    *,
    by: str | None,
    kind: str = "service",
    source: str | None = None,
    draft: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Write the rows of a file as listings of ours, published unless `draft`.

    kind: of rows that name none. source: whose ids these are; the file's name unless given.
    dry_run: only say what would happen. progress: told after each batch how many rows are done,
    and of how many.
    """
    report = ImportReport()
    known: dict[tuple[str, str], int] = {}
    async with node.reading() as reader:
        in_force = await terms(reader)
    task = _Task(
        rows,
        node.config.currency,
        kind,
        content.name(source or rows.name, rules.LONGEST_LINE),
        State.DRAFT if draft else State.PUBLISHED,
        by,
    )
    await at_hand()
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        read = await asyncio.to_thread(_read, task, batch, known, report)

        async def store(uow: UnitOfWork, read: Sequence["_Read"] = read) -> "_Outcome":
            return await _store(uow, task, read, in_force)

        if dry_run:
            async with node.reading() as reader:
                outcome = await _decide(reader, task, read, in_force)
        else:
            outcome = await node.write(store)
        report.rows += len(batch)
        report.created += len(outcome.new)
        report.updated += len(outcome.changed)
        report.unchanged += outcome.unchanged
        report.refused += outcome.refused
        report.notes += outcome.notes
        if progress is not None:
            progress(report.rows, rows.total)
    report.refused.sort(key=lambda refusal: refusal.row)
    return report


class _Task(Struct, frozen=True):
    rows: Rows
    currency: str
    kind: str
    source: str
    state: State
    by: str | None

    def refusal(self, row: int, name: str, reason: Text) -> Refusal:
        """About a field, by the name of the column it came from."""
        columns = self.rows.columns.get(name)
        return Refusal(row, columns[0] if columns else name, reason)


class _Read(Struct, frozen=True):
    number: int
    reading: Reading

    @property
    def source_id(self) -> str:
        found: str = self.reading.values["source_id"]
        return found


class _Outcome(Struct):
    new: list[tuple[ListingDraft, State]] = field(default_factory=list)
    changed: list[tuple[ListingView, ListingDraft]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)


def _read(
    task: _Task, batch: Sequence[Row], known: dict[tuple[str, str], int], report: ImportReport
) -> list[_Read]:
    """The rows that can be read; faults and repeats go to the report."""
    taken = []
    for row in batch:
        if row.fault is not None:
            report.refused.append(Refusal(row.number, None, row.fault))
            continue
        reading = cells.read(row, task.rows, task.currency, task.source)
        report.refused += [task.refusal(row.number, *fault) for fault in reading.faults]
        if reading.faults:
            continue
        own = reading.values["source"], reading.values["source_id"]
        earlier = known.setdefault(own, row.number)
        if earlier != row.number:
            reason = _("This is the same as row %(earlier)s.", earlier=earlier)
            report.refused.append(task.refusal(row.number, "source_id", reason))
            continue
        report.notes += [task.refusal(row.number, *note) for note in reading.notes]
        taken.append(_Read(row.number, reading))
    return taken


async def _store(uow: UnitOfWork, task: _Task, read: Sequence[_Read], in_force: Terms) -> _Outcome:
    outcome = await _decide(uow, task, read, in_force)
    await create_many(uow, outcome.new, in_force, by=task.by)
    await edit_many(uow, outcome.changed, in_force)
    if outcome.new or outcome.changed:
        counts = {"created": len(outcome.new), "updated": len(outcome.changed)}
        await audit.record(uow, task.by or audit.OPERATOR, "listings.import", "file", counts)
    return outcome


async def _decide(reader: Reader, task: _Task, read: Sequence[_Read], in_force: Terms) -> _Outcome:
    """Which rows are new, which change a listing, and which cannot be taken."""
    standing = await _standing(reader, [one.source_id for one in read])
    notes = await _find_pictures(reader, task, read)
    outcome = _Outcome(notes=notes)
    async for one in paced(read):
        before = _known(standing.get(one.source_id, ()), one.reading)
        if before is not None and before.state is State.RETIRED:
            reason = _("This listing was taken down here, and that is final.")
            outcome.refused.append(task.refusal(one.number, "source_id", reason))
            continue
        try:
            tidy = _draft(task, one.reading, before, in_force, reader)
        except InvalidInput as error:
            outcome.refused += [
                task.refusal(one.number, name, complaint)
                for name, complaints in error.fields.items()
                for complaint in complaints
            ]
            continue
        if before is None:
            outcome.new.append((tidy, one.reading.state or task.state))
        elif tidy == draft_of(before):
            outcome.unchanged += 1
        elif loses_change(before, tidy):
            reason = _(
                "What was changed here is not out yet, and this row would replace it: let somebody "
                "publish it or take it back, then bring the file in again."
            )
            outcome.refused.append(Refusal(one.number, None, reason))
        else:
            outcome.changed.append((before, tidy))
    return outcome


async def _find_pictures(reader: Reader, task: _Task, read: Sequence[_Read]) -> list[Refusal]:
    """Keep of the rows' pictures those that lie here; notes about the others."""
    named = {one.number: one.reading.values.get("pictures", ()) for one in read}
    digests = {picture.digest for pictures in named.values() for picture in pictures}
    sizes = await media.known(reader, digests) if digests else {}
    notes = []
    for one in read:
        found = [each for each in named[one.number] if each.digest in sizes]
        if len(found) < len(named[one.number]):
            lost = _("The pictures of this are not on this node; they were left out.")
            notes.append(task.refusal(one.number, "pictures", lost))
        if named[one.number]:
            one.reading.values["pictures"] = tuple(
                replace(each, width=sizes[each.digest][0], height=sizes[each.digest][1])
                for each in found
            )
    return notes


def _draft(
    task: _Task, reading: Reading, before: ListingView | None, in_force: Terms, reader: Reader
) -> ListingDraft:
    values = dict(reading.values)
    if before is None:
        tidy = rules.clean(ListingDraft(**{"kind": task.kind} | values), in_force)
        if reading.state is not State.EXPIRED:
            lasting.check_running_time(tidy, in_force, reader.now.date())
        return tidy
    del values["source_id"], values["source"]  # what it was first known by stays
    if "details" in values and not task.rows.ours:
        values["details"] = {**before.details, **values["details"]}
    if values.get("place") == before.place_name and values.get("lat") is None:
        values.pop("lat", None)
        values.pop("lon", None)
    return rules.clean(replace(draft_of(before), **values), in_force)


def _known(candidates: Sequence[ListingView], reading: Reading) -> ListingView | None:
    """Which of the listings with a row's id the row is about, if any."""
    values = reading.values
    for view in candidates:
        if view.source_id is None or view.source == values["source"]:
            return view
    said = fold(values["title"]), fold(values.get("place") or "")
    # The same list under another name, as a spreadsheet is saved anew; what waits comes second.
    called = [(view, view.title) for view in candidates]
    called += [(view, view.latest.title) for view in candidates]
    return next(
        (view for view, title in called if (fold(title), fold(view.place_name or "")) == said),
        None,
    )


async def _standing(
    reader: Reader, source_ids: Sequence[str]
) -> Mapping[str, Sequence[ListingView]]:
    """What we have by the ids of the rows: as they were brought in, or exported from here."""
    c = listing_table.c
    named = or_(c.source_id.in_(source_ids), c.id.in_(source_ids) & c.source_id.is_(None))
    rows = await reader.rows(select(listing_table).where(named).order_by(c.created_at, c.id))
    found: defaultdict[str, list[ListingView]] = defaultdict(list)
    for row in rows:
        found[row.source_id or row.id].append(listing_view(row, reader.identities.base))
    return found
