"""Members from a table: looked at first, entered once, told row by row what was not taken.

Columns are known by their names (COLUMNS), in any order. A row of somebody who is in the register
already (same name, e-mail and telephone, or number) changes nothing, so a file can come twice. The
column `number` keeps the numbers that members have had before.
"""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from typing import Any, Protocol

from msgspec import Struct, field
from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import audit, limits
from node.accounts.rules import check_name
from node.errors import InvalidInput
from node.events import events
from node.i18n import Text, _
from node.members.commands import add_member
from node.members.events import ClassEntered
from node.members.models import Member
from node.members.rules import (
    NUMBER_LONGEST,
    Event,
    Kind,
    MembershipClass,
    check_line,
    check_representative,
)
from node.spreadsheets import unguarded

AT_ONCE = 100
"""Rows per unit of work: others can write in between."""
COLUMNS = (
    "number",
    "name",
    "class",
    "kind",
    "representative",
    "email",
    "phone",
    "address",
    "joined_on",
    "note",
)
_DELIMITERS = ",;\t|"
_Key = tuple[str, str, str]
NoRoom = Callable[[MembershipClass], Text | None]


class Store(Protocol):
    """What is needed of a node."""

    def reading(self) -> Any: ...
    async def write(self, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Any: ...


class Refusal(Struct, frozen=True):
    """Why a row was not taken. row: as a spreadsheet counts, its heading is row 1."""

    row: int
    column: str
    reason: Text


class Report(Struct):
    """What became of a file, or would."""

    rows: int = 0
    created: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


class NewMember(Struct, frozen=True):
    """A row that can be entered."""

    row: int
    number: int | None
    name: str
    membership_class: MembershipClass
    kind: Kind
    representative: str | None
    email: str
    phone: str
    address: str
    joined_on: date | None
    note: str

    @property
    def key(self) -> _Key:
        """What tells members of one name apart."""
        return _key(self.name, self.email, self.phone)


class _Register(Struct):
    """Who is in it by what tells them apart, who by number; fresh: who came in the file before."""

    keys: dict[_Key, int | None] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    fresh: set[_Key] = field(default_factory=set)

    def same(self, one: NewMember) -> Text | None:
        """None: nobody knows them yet. Empty: they are here already. Else why they cannot be."""
        if one.number is None:
            return "" if one.key in self.keys or one.key in self.fresh else None
        name = self.names.get(one.number)
        if name is not None:
            is_theirs = name.casefold() == one.name.casefold()
            return "" if is_theirs else _("This is the number of %(name)s.", name=name)
        if one.key in self.keys:
            has = self.keys[one.key] or "–"
            return _("They are in the register already, as number %(number)s.", number=has)
        if one.key in self.fresh and (one.email or one.phone):
            return _("They stand in the table before, with another number.")
        return None

    def add(self, one: NewMember) -> None:
        self.fresh.add(one.key)
        if one.number is not None:
            self.names[one.number] = one.name


async def import_members(
    store: Store,
    data: bytes,
    *,
    dry_run: bool = False,
    by: str = audit.OPERATOR,
    no_room: NoRoom = lambda _entered: None,
) -> Report:
    """Enter the members of a CSV file, or (dry_run) only say what would happen. no_room: why a
    class takes no other one, asked of each in the order in which they enter.

    Raises InvalidInput for the field "file" when no row can be read at all.
    """
    report, wanted = Report(), []
    for number, cells in await asyncio.to_thread(rows_of, data):
        report.rows += 1
        try:
            wanted.append(read_row(number, cells))
        except InvalidInput as error:
            report.refused += [
                Refusal(number, column, messages[0]) for column, messages in error.fields.items()
            ]
    async with store.reading() as reader:
        known = await _known(reader)
    new = _with_room(_new_among(wanted, known, report), no_room, report)
    if not dry_run:
        await _enter_all(store, new, report, by)
    report.refused.sort(key=lambda each: each.row)
    return report


def rows_of(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file as cells by our column, each with its number."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            {"file": [_("Save the table as CSV in UTF-8, and try again.")]}
        ) from None
    first_line = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first_line.count)
    )
    try:
        heading, *rows = list(reader) or [[]]
    except csv.Error as error:
        complaint = _("The table cannot be read: %(why)s.", why=error)
        raise InvalidInput({"file": [complaint]}) from None
    names = [cell.strip().lower().replace(" ", "_") for cell in heading]
    if "name" not in names:
        complaint = _(
            "The first row must name the columns, and one of them is called name. Known are: "
            "%(names)s.",
            names=", ".join(COLUMNS),
        )
        raise InvalidInput({"file": [complaint]})
    if len(rows) > limits.MEMBER_ROWS_MOST:
        complaint = _("Bring in at most %(most)s rows at once.", most=limits.MEMBER_ROWS_MOST)
        raise InvalidInput({"file": [complaint]})
    return [
        (number, {name: unguarded(cell).strip() for name, cell in zip(names, cells, strict=False)})
        for number, cells in enumerate(rows, 2)
        if any(map(str.strip, cells))
    ]


def _new_among(wanted: Sequence[NewMember], known: _Register, report: Report) -> list[NewMember]:
    """Whom the register does not know yet, those with a number first: others go on above it."""
    new: list[NewMember] = []
    for one in sorted(wanted, key=lambda each: each.number is None):
        there = known.same(one)
        if there is None:
            known.add(one)
            new.append(one)
        elif there:
            report.refused.append(Refusal(one.row, "number", there))
        else:
            report.unchanged += 1
    return new


def _with_room(new: Sequence[NewMember], no_room: NoRoom, report: Report) -> list[NewMember]:
    """Those for whom there is room, in the order in which they enter: whose class has room only
    once others are in come after those."""
    entering: list[NewMember] = []
    later = [one for one in new if not _enters(one, no_room, entering)]
    for one in later:
        if why := no_room(one.membership_class):
            report.refused.append(Refusal(one.row, "class", why))
        else:
            entering.append(one)
    report.created = len(entering)
    return entering


def read_row(row: int, cells: dict[str, str]) -> NewMember:
    """One row. Raises InvalidInput by column."""
    faults: dict[str, Sequence[Text]] = {}
    kind = _one_of(Kind, cells.get("kind") or Kind.PERSON, "kind", faults)
    membership_class = _one_of(
        MembershipClass, cells.get("class") or MembershipClass.USER, "class", faults
    )
    joined_on = None
    try:
        joined_on = date.fromisoformat(cells["joined_on"]) if cells.get("joined_on") else None
    except ValueError:
        faults["joined_on"] = [_("Write the day as 2027-03-31.")]
    number = _number(cells.get("number", ""), faults)
    name, representative = "", None
    try:
        name = check_name(cells.get("name", ""))
        representative = check_representative(kind or Kind.PERSON, cells.get("representative"))
    except InvalidInput as error:
        faults |= error.fields
    lines = {}
    for column in ("email", "phone", "address", "note"):
        try:
            lines[column] = check_line(cells.get(column), column) or ""
        except InvalidInput as error:
            faults |= error.fields
    if faults or kind is None or membership_class is None:
        raise InvalidInput(faults)
    return NewMember(
        row,
        number,
        name,
        membership_class,
        kind,
        representative,
        lines["email"],
        lines["phone"],
        lines["address"],
        joined_on,
        lines["note"],
    )


def _enters(one: NewMember, no_room: NoRoom, entering: list[NewMember]) -> bool:
    if no_room(one.membership_class):
        return False
    entering.append(one)
    return True


async def _enter_all(store: Store, new: Sequence[NewMember], report: Report, by: str) -> None:
    """Some at once. Whoever somebody else has entered meanwhile, perhaps out of the same table, is
    not entered again."""
    ours: set[str] = set()
    for start in range(0, len(new), AT_ONCE):
        entered, there = await _enter(store, new[start : start + AT_ONCE], ours, by)
        ours |= entered
        report.created -= len(there)
        report.unchanged += sum(not why for _one, why in there)
        report.refused += [Refusal(one.row, "number", why) for one, why in there if why]


async def _enter(
    store: Store, batch: Sequence[NewMember], ours: Collection[str], by: str
) -> tuple[set[str], list[tuple[NewMember, Text]]]:
    """The ids of those who are entered, and who is there already, with why they cannot be. ours:
    whom this table brought before."""

    async def write(uow: UnitOfWork) -> tuple[set[str], list[tuple[NewMember, Text]]]:
        known = await _known(uow, ours)
        looked = [(one, known.same(one)) for one in batch]
        new = [one for one, why in looked if why is None]
        entered = [await _add(uow, one, by) for one in new]
        if new:
            classes = frozenset(one.membership_class for one in new)
            await events.announce(uow, ClassEntered(classes))
        return set(entered), [(one, why) for one, why in looked if why is not None]

    found: tuple[set[str], list[tuple[NewMember, Text]]] = await store.write(write)
    return found


async def _add(uow: UnitOfWork, one: NewMember, by: str) -> str:
    added = await add_member(
        uow,
        name=one.name,
        membership_class=one.membership_class,
        kind=one.kind,
        representative=one.representative,
        email=one.email,
        phone=one.phone,
        address=one.address,
        number=one.number,
        note=one.note,
        admit=Event.ADMIT,
        joined_on=one.joined_on,
        by=by,
        announces=False,
    )
    return added.id


async def _known(reader: Reader, without: Collection[str] = ()) -> _Register:
    known = _Register()
    columns = (Member.id, Member.number, Member.name, Member.email, Member.phone)
    for row in await reader.rows(select(*columns)):
        if row.id in without:
            continue
        known.keys.setdefault(_key(row.name, row.email or "", row.phone or ""), row.number)
        if row.number is not None:
            known.names[row.number] = row.name
    return known


def _key(name: str, email: str, phone: str) -> _Key:
    return name.casefold(), email.casefold(), phone


def _number(text: str, faults: dict[str, Sequence[Text]]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= NUMBER_LONGEST and int(text):
        return int(text)
    faults["number"] = [_("Write a whole number, like 12.")]
    return None


def _one_of(kinds: type[Any], value: str, column: str, faults: dict[str, Sequence[Text]]) -> Any:
    try:
        return kinds(value.lower())
    except ValueError:
        faults[column] = [_("Choose from: %(names)s.", names=", ".join(one.value for one in kinds))]
        return None
