"""The data map: what is kept about people, why, how long, and who sees it.

A slice says so in its `personal.py`: an entry for each kind of record, beside the function that
says which rows it has of one person. The page that everybody can read and the file that a person
takes along come from this one table, and a test fails for a table of people that no entry names.

    @data_map.about("devices", what=_("…"), …, tables=("account_session",))
    def devices(person):
        return {"devices": stored(AccountSession, of(AccountSession.account_id, …))}
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, Table, false, func, select

from federation.storage import Base, Reader
from federation.storage.base import table_of
from node.i18n import Text, _

Row = Mapping[str, Any]
Found = Mapping[str, Sequence[Row]]
"""Rows by the name of the list that they stand in."""
Shape = Callable[[Reader, Sequence[Any]], Awaitable[Sequence[Row]]]
"""Makes of some rows of the database as many that a person can read."""

AT_ONCE = 500
"""So many rows are read and opened together: a treasurer has all of the books."""


class Chosen(Struct, frozen=True):
    """One list of what is kept about somebody: it can be counted without being read."""

    rows: Select[*tuple[Any, ...]]
    shape: Shape

    async def count(self, reader: Reader) -> int:
        """How many rows there are."""
        only = self.rows.with_only_columns(func.count(), maintain_column_froms=True)
        return await reader.scalar(only.order_by(None)) or 0

    async def read(self, reader: Reader) -> list[Row]:
        """All of them, as a person can read them."""
        found: list[Row] = []
        result = await reader.session.stream(self.rows)
        async for some in result.partitions(AT_ONCE):
            found += await self.shape(reader, some)
        return found


Lists = Mapping[str, Chosen]
"""By name, what `Found` is made of."""


class Person(Struct, frozen=True):
    """Somebody of ours, by the ids of their account and of their line in the register."""

    account_id: str | None
    member_id: str | None


class Basis(StrEnum):
    """What allows us to keep it (GDPR Art. 6)."""

    CONTRACT = "contract"
    LAW = "law"
    CONSENT = "consent"
    INTEREST = "interest"


class Kept(StrEnum):
    """How long."""

    ACCOUNT = "account"
    RULE = "rule"
    MATTER = "matter"
    WITHDRAWN = "withdrawn"
    REGISTER = "register"
    BOOKS = "books"
    FOR_GOOD = "for-good"


class Seen(StrEnum):
    """Who can see it."""

    YOU = "you"
    SIDES = "sides"
    REVIEWERS = "reviewers"
    TREASURER = "treasurer"
    ADMINS = "admins"
    MEMBERS = "members"
    CHOSEN = "chosen"
    FEDERATION = "federation"


class Leaving(StrEnum):
    """What becomes of it when somebody leaves."""

    DELETED = "deleted"
    RECALLED = "recalled"
    NAMELESS = "nameless"
    NAMED = "named"


BASIS_WORDS: Mapping[Basis, Text] = {
    Basis.CONTRACT: _("the membership, or what was agreed"),
    Basis.LAW: _("the law asks for it"),
    Basis.CONSENT: _("your consent, which you can take back"),
    Basis.INTEREST: _("others must be able to rely on what was done"),
}
KEPT_WORDS: Mapping[Kept, Text] = {
    Kept.ACCOUNT: _("until you delete it, or leave"),
    Kept.RULE: _("as long as our rules say"),
    Kept.MATTER: _("until the matter is over, and some time after it"),
    Kept.WITHDRAWN: _("until you take it back, or leave"),
    Kept.REGISTER: _("as long as the register must name former members"),
    Kept.BOOKS: _("as long as books must be kept"),
    Kept.FOR_GOOD: _("for good, without your name once you have left"),
}
SEEN_WORDS: Mapping[Seen, Text] = {
    Seen.YOU: _("you alone"),
    Seen.SIDES: _("you and the other side"),
    Seen.REVIEWERS: _("whoever looks after members"),
    Seen.TREASURER: _("the treasurer"),
    Seen.ADMINS: _("whoever looks after this node"),
    Seen.MEMBERS: _("members of this coop"),
    Seen.CHOSEN: _("whom you chose when you published it"),
    Seen.FEDERATION: _("the coops of the federation"),
}
LEAVING_WORDS: Mapping[Leaving, Text] = {
    Leaving.DELETED: _("it is deleted"),
    Leaving.RECALLED: _("it is deleted here, and other coops are told to delete it"),
    Leaving.NAMELESS: _("it stays, without your name"),
    Leaving.NAMED: _("it stays with your name until the law lets it go"),
}

Choose = Callable[[Person], Lists]


class Entry(Struct, frozen=True):
    """One kind of record. what, why: in words; tables: where it stands in the database.

    rule: the name of the policy that says how long, where one does. after: how long still once the
    matter is over, where that is fixed.
    """

    key: str
    what: Text
    why: Text
    basis: Basis
    kept: Kept
    seen: Seen
    leaving: Leaving
    tables: tuple[str, ...]
    choose: Choose
    rule: str | None = None
    after: timedelta | None = None

    async def count(self, reader: Reader, person: Person) -> int:
        """How much of it there is of somebody."""
        return sum([await one.count(reader) for one in self.choose(person).values()])

    async def collect(self, reader: Reader, person: Person) -> Found:
        """All of it that there is of somebody."""
        return {name: await one.read(reader) for name, one in self.choose(person).items()}


class DataMap:
    """The entries by their keys; filled at start, never changed afterwards."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def about(self, key: str, **columns: Any) -> Callable[[Choose], Choose]:
        """Decorate a function (person) with the columns of an `Entry`."""

        def register(choose: Choose) -> Choose:
            if key in self._entries:
                raise ValueError(f"The data map has two entries {key}.")
            self._entries[key] = Entry(key, choose=choose, **columns)
            return choose

        return register

    def __iter__(self) -> Iterator[Entry]:
        """What a person knows of first, whatever was imported first."""
        return iter(sorted(self._entries.values(), key=lambda entry: _place(entry.key)))


_FIRST = ("account", "devices", "membership", "application", "consents", "listings", "agreements")


def _place(key: str) -> tuple[int, str]:
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


# The node's one map: slices register with it, `privacy` reads it.
data_map = DataMap()


def stored(
    model: type[Base],
    *where: ColumnExpressionArgument[bool],
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> Chosen:
    """Rows as they stand, oldest first, without bytes: those are digests, keys and sealed boxes.

    only: the columns that are the person's own, where the rest is somebody else's.
    """
    table: Table = table_of(model)
    rows = select(table).where(*where).order_by(*table.primary_key)
    names = set(only or table.columns.keys()) - set(without)

    async def shape(_reader: Reader, some: Sequence[Any]) -> list[Row]:
        return [plain(row, names) for row in some]

    return Chosen(rows, shape)


def plain(row: Any, names: Collection[str]) -> dict[str, Any]:
    """These columns of a row, but no bytes."""
    return {
        name: value
        for name, value in row._mapping.items()
        if name in names and not isinstance(value, bytes)
    }


def of(column: ColumnExpressionArgument[Any], value: str | None) -> ColumnElement[bool]:
    """Rows of that person; of nobody none, not those that name nobody."""
    wanted: Any = column
    return false() if value is None else wanted == value
