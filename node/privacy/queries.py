"""What is kept about people, and about one of them."""

from typing import Any

from msgspec import Struct

from federation.storage import Reader
from node import members, policies
from node.data_map import Entry, Found, Person, data_map


class Line(Struct, frozen=True):
    """An entry of the data map with the rule that says how long, as it is in force."""

    entry: Entry
    rule: policies.InForce[Any] | None

    @property
    def key(self) -> policies.PolicyKey[Any] | None:
        """Whose value `rule` is."""
        return policies.key_named(self.entry.rule) if self.entry.rule else None


class Known(Struct, frozen=True):
    """How many rows one entry of the map holds of one person."""

    entry: Entry
    count: int


async def map_lines(reader: Reader) -> list[Line]:
    """The data map, with the rules in force."""
    keys = {entry.rule: policies.key_named(entry.rule) for entry in data_map if entry.rule}
    book = await policies.rulebook(reader, list(keys.values()))
    return [
        Line(entry, book.in_force(keys[entry.rule]) if entry.rule else None) for entry in data_map
    ]


async def person_of(reader: Reader, account_id: str) -> Person:
    """Whoever signs in with an account, with their line in the register if they have one."""
    member = await members.by_account(reader, account_id)
    return Person(account_id, member.id if member else None)


async def what_we_know(reader: Reader, person: Person) -> list[Known]:
    """How much is kept about somebody, in the order of the map."""
    return [Known(entry, await entry.count(reader, person)) for entry in data_map]


async def all_we_know(reader: Reader, person: Person) -> list[tuple[Entry, Found]]:
    """All that is kept about somebody, in the order of the map."""
    return [(entry, await entry.collect(reader, person)) for entry in data_map]
