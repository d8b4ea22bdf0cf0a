"""The table of kinds: `waits` puts them into it, with whom they wait for and how they are found."""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from federation.storage.unit_of_work import Reader
from node.accounts import AccountView, Duty
from ui.web.waiting import Kind, Waiting

Whom = Callable[[AccountView], bool]
Find = Callable[[Reader, AccountView], Awaitable[Iterable[Waiting]]]


class Row(Struct, frozen=True):
    """Kinds that are found together. find: one query or a few, never one for each that waits."""

    kinds: tuple[Kind, ...]
    whom: Whom
    find: Find


TABLE: list[Row] = []


def everybody(_who: AccountView) -> bool:
    """Whoever it waits for is found by who they are."""
    return True


def whoever_looks_after(duty: Duty) -> Whom:
    """Those who look after something for all."""
    return lambda who: who.looks_after(duty)


def waits(*kinds: Kind, whom: Whom = everybody) -> Callable[[Find], Find]:
    """Decorate a coroutine that finds what waits of some kinds, for those whom they wait for."""

    def register(find: Find) -> Find:
        TABLE.append(Row(kinds, whom, find))
        return find

    return register


def kinds() -> list[Kind]:
    """Every kind that there is."""
    return [kind for row in TABLE for kind in row.kinds]
