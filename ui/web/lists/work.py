"""Hours of work: one's own, and those of all for whoever looks after members."""

from collections.abc import Sequence

from node import hours, members
from node.hours import Entry
from node.i18n import _
from ui.web.context import member_of, reviewer_of
from ui.web.lists.files import Asked, Cell, List, Part
from ui.web.pages.hours import year_of

OWN = ("id", "day", "minutes", "activity", "committee", "state", "reason", "page")
ALL = ("id", "member", "name", *OWN[1:])


async def _own(asked: Asked) -> Part:
    own = await members.by_account(asked.reader, member_of(asked.request).id)
    if own is None:
        return Part([])
    found = await _found(asked, own.id)
    return _part(asked, found, [(one.id, *_rest(one, asked.address)) for one in found])


async def _all(asked: Asked) -> Part:
    found = await _found(asked, None)
    rows = [(one.id, one.member_id, one.member_name, *_rest(one, asked.address)) for one in found]
    return _part(asked, found, rows)


async def _found(asked: Asked, member_id: str | None) -> list[Entry]:
    return await hours.entries(
        asked.reader,
        member_id=member_id,
        year=year_of(asked.request.query),
        before=asked.cursor,
        limit=asked.limit + 1,
    )


def _part(asked: Asked, found: Sequence[Entry], rows: Sequence[Sequence[Cell]]) -> Part:
    shown = rows[: asked.limit]
    return Part(shown, found[len(shown) - 1].id if len(rows) > len(shown) else None)


def _rest(one: Entry, base: str) -> Sequence[Cell]:
    return (
        one.worked_on,
        one.minutes,
        one.activity,
        one.committee,
        one.state,
        one.reason,
        f"{base}/hours/{one.id}",
    )


LISTS = (
    List("/hours", _("My hours of work"), OWN, member_of, _own),
    List("/hours/all", _("Hours of all members"), ALL, reviewer_of, _all),
)
