"""Who holds what, until when, and who held it before."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from federation.storage import Reader
from node import members
from node.errors import NotFound
from node.i18n import Text, _
from node.offices.models import committee_table, holding_table
from node.offices.rules import OFFICE_WORDS, Office, Standing, is_ending, key_of, standing

_h = holding_table.c
_PLACES = {office: place for place, office in enumerate(Office)}


class Holding(Struct, frozen=True):
    """One term. ends_on, ended_on: the first day on which it no longer holds, planned and true.

    is_ending: it is time to think of who comes next.
    """

    id: str
    office: Office
    name: str
    member_id: str
    member_name: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    decision: str
    given_by: str
    given_at: datetime
    reason: str
    standing: Standing
    is_ending: bool

    @property
    def title(self) -> Text:
        """What the office is called."""
        return self.name or OFFICE_WORDS[self.office]

    @property
    def until(self) -> date:
        """The first day on which it no longer holds, as far as is known."""
        return self.ended_on or self.ends_on


async def holdings(
    reader: Reader,
    *,
    member_id: str | None = None,
    offices: Collection[Office] = (),
    over: bool = True,
) -> list[Holding]:
    """Terms in the order of the offices, the latest first. over: those that are over, too."""
    wanted = select(holding_table).order_by(_h.starts_on.desc(), _h.id.desc())
    if member_id is not None:
        wanted = wanted.where(_h.member_id == member_id)
    if offices:
        wanted = wanted.where(_h.office.in_([office.value for office in offices]))
    if not over:
        wanted = wanted.where(_h.ended_on.is_(None))
    rows = await reader.rows(wanted)
    names = await members.names(reader, {row.member_id for row in rows})
    views = [view(row, names, reader.now.date()) for row in rows]
    return sorted(views, key=lambda one: (_PLACES[one.office], one.name.casefold()))


async def holding(reader: Reader, holding_id: str) -> Holding:
    """One term. Raises NotFound."""
    row = await stored(reader, holding_id)
    return view(row, await members.names(reader, [row.member_id]), reader.now.date())


async def stored(reader: Reader, holding_id: str) -> Row[Any]:
    """The row itself, for commands. Raises NotFound."""
    rows = await reader.rows(select(holding_table).where(_h.id == holding_id))
    if not rows:
        raise NotFound(_("Nobody holds or held this."))
    return rows[0]


async def spelled(reader: Reader, name: str) -> str:
    """A committee's name as it stands here first, whatever its capitals: seats and teams go by it
    to the letter."""
    known = [
        *await reader.scalars(select(committee_table.c.name)),
        *await reader.scalars(
            select(_h.name).where(_h.office == Office.COMMITTEE.value).order_by(_h.id)
        ),
    ]
    return next((one for one in known if key_of(one) == key_of(name)), name)


def view(row: Row[Any], names: dict[str, str], today: date) -> Holding:
    """A row as pages see it."""
    return Holding(
        id=row.id,
        office=Office(row.office),
        name=row.name,
        member_id=row.member_id,
        member_name=names.get(row.member_id, ""),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ended_on=row.ended_on,
        decision=row.decision,
        given_by=row.given_by,
        given_at=row.given_at,
        reason=row.reason,
        standing=standing(row, today),
        is_ending=is_ending(row, today),
    )
