"""Who are our people, and what do they tell of themselves?"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select

from federation.storage import Reader
from node import accounts, members
from node.errors import NotFound
from node.i18n import _
from node.profiles.models import profile_table
from node.profiles.rules import EVERYBODY, Audience, Cleared, Field, Line, Profile, Told, Viewer
from node.text import words

_p = profile_table.c
_MOST_WORDS = 12
"""One sign can be written out as several words: no database takes a thousand parts."""


async def profile(reader: Reader, profile_id: str) -> Profile | None:
    """Somebody by their public id, whether they belong to us today or not."""
    found = await _chosen(reader, _p.id == profile_id)
    return found[0] if found else None


async def profile_of(reader: Reader, account_id: str) -> Profile:
    """What an account tells of itself. Raises NotFound."""
    found = await _chosen(reader, _p.account_id == account_id)
    if not found:
        raise NotFound(_("There is no such account."))
    return found[0]


async def of_accounts(reader: Reader, account_ids: Collection[str | None]) -> dict[str, Profile]:
    """Several of them, by their accounts; None is nobody's."""
    wanted = {one for one in account_ids if one is not None}
    found = await _chosen(reader, _p.account_id.in_(wanted)) if wanted else []
    return {one.account_id: one for one in found}


async def viewer(reader: Reader, account_id: str | None) -> Viewer:
    """Somebody who looks; None: somebody from the street."""
    if account_id is None:
        return EVERYBODY
    return viewer_as(account_id, await of_accounts(reader, [account_id]))


def viewer_as(account_id: str | None, known: dict[str, Profile]) -> Viewer:
    """The same, of somebody who was read with others."""
    own = known.get(account_id) if account_id is not None else None
    return Viewer(account_id, is_member=own is not None and own.is_here)


async def people(
    reader: Reader, *, q: str = "", after: str | None = None, limit: int = 50
) -> list[Profile]:
    """Those of whom members see something, in the order of the alphabet.

    q: beginnings of words that all stand in what members see; the first dozen count. after: the id
    of the last one seen.
    """
    sought = words(q)[:_MOST_WORDS]
    if q.strip() and not sought:
        return []
    wanted: list[ColumnElement[bool]] = [_p.is_listed, _is_here()]
    wanted += [_p.words.contains(f" {word}", autoescape=True) for word in sought]
    if after is not None:
        wanted.append(await _behind(reader, after))
    return await _chosen(reader, *wanted, limit=limit)


async def used_pictures(reader: Reader) -> set[str]:
    """The digests of all pictures that somebody has in their profile, whoever sees them."""
    return await _pictures(reader)


async def pictures_of(reader: Reader, account_id: str) -> set[str]:
    """The same of one account."""
    return await _pictures(reader, _p.account_id == account_id)


async def _pictures(reader: Reader, *which: ColumnElement[bool]) -> set[str]:
    told = await reader.scalars(select(_p.told).where(*which))
    return {one[Field.PICTURE]["text"] for one in told if Field.PICTURE in one}


def written(told: Told) -> dict[str, Any]:
    """As it stands in a row; `read` the other way round."""
    return {one.value: {"text": said.text, "to": said.audience.value} for one, said in told.items()}


def read(told: dict[str, Any]) -> Told:
    return {Field(one): Line(said["text"], Audience(said["to"])) for one, said in told.items()}


async def _behind(reader: Reader, last: str) -> ColumnElement[bool]:
    places = await reader.scalars(select(_p.place).where(_p.id == last))
    at = places[0] if places else ""
    return or_(_p.place > at, and_(_p.place == at, _p.id > last))


async def _chosen(
    reader: Reader, *which: ColumnElement[bool], limit: int | None = None
) -> list[Profile]:
    chosen = select(profile_table, _is_here().label("is_here")).where(*which)
    rows = await reader.rows(chosen.order_by(_p.place, _p.id).limit(limit))
    names = await accounts.names(reader, {row.account_id for row in rows})
    return [_view(row, names[row.account_id]) for row in rows]


def _is_here() -> ColumnElement[bool]:
    """Open, and nothing in the register against it: who is not in it came in by an admin's link."""
    return and_(
        ~_p.is_former,
        _p.account_id.in_(accounts.open_ids()),
        _p.account_id.not_in(members.accounts_away()),
    )


def _view(row: Row[Any], name: str) -> Profile:
    return Profile(
        row.id,
        row.account_id,
        name,
        read(row.told),
        is_here=bool(row.is_here),
        cleared=_cleared(row.cleared),
    )


def _cleared(said: Sequence[Any]) -> tuple[Cleared, ...]:
    return tuple(Cleared(Field(one["field"]), one["reason"]) for one in said)
