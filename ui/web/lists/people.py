"""Of people: the register, who applied, who holds an office, what somebody was told."""

from node import joining, members, notices, offices, policies
from node.i18n import _
from node.joining import Status
from ui.web.context import member_of, reviewer_of, visitor_of
from ui.web.lists.files import Asked, List, Part
from ui.web.member_filter import member_filter
from ui.web.noticing import page_of

REGISTER = (*members.COLUMNS, "status", "id", "page")
"""With the names of the columns that come in again."""
APPLICATIONS = ("id", "name", "kind", "class", "status", "applied", "changed", "lapses", "page")
OFFICES = (
    "id",
    "office",
    "title",
    "holder",
    "from",
    "until",
    "ended",
    "standing",
    "decision",
)
NOTICES = ("id", "kind", "text", "at", "read", "page")


async def _register(asked: Asked) -> Part:
    found = await members.members(
        asked.reader,
        **member_filter(asked.request.query),
        after=asked.cursor,
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    rows = [
        (
            one.number,
            one.name,
            one.membership_class,
            one.kind,
            one.representative,
            one.email,
            one.phone,
            one.address,
            one.joined_on,
            one.note,
            one.status,
            one.id,
            f"{asked.address}/members/{one.id}",
        )
        for one in shown
    ]
    return Part(rows, shown[-1].id if len(found) > asked.limit else None)


async def _applications(asked: Asked) -> Part:
    """Without what people wrote, and without how they are reached: that is on the page of each."""
    found = await joining.applications(
        asked.reader, tuple(Status), before=asked.cursor, limit=asked.limit + 1
    )
    shown = found[: asked.limit]
    rows = [
        (
            one.id,
            one.given.name if one.given else None,
            one.kind,
            one.membership_class,
            one.status,
            one.created_at,
            one.changed_at,
            one.due_at,
            f"{asked.address}/applications/{one.id}",
        )
        for one in shown
    ]
    return Part(rows, shown[-1].id if len(found) > asked.limit else None)


async def _offices(asked: Asked) -> Part:
    """For members; for everybody where the coop has decided so, without what is over and by which
    decision."""
    if await policies.value(asked.reader, policies.OFFICES_SHOWN_TO) != "everybody":
        member_of(asked.request)
    is_ours = visitor_of(asked.request).account is not None
    return Part(
        [
            (
                one.id,
                one.office,
                str(one.title),
                one.member_name,
                one.starts_on,
                one.ends_on,
                one.ended_on,
                one.standing,
                one.decision if is_ours else None,
            )
            for one in await offices.holdings(asked.reader, over=is_ours)
        ]
    )


async def _notices(asked: Asked) -> Part:
    told = await notices.notices(asked.reader, member_of(asked.request))
    return Part(
        [
            (
                one.id,
                one.kind,
                str(one.text),
                one.created_at,
                one.read,
                asked.address + page_of(one),
            )
            for one in told
        ]
    )


LISTS = (
    List(
        "/members",
        _("Members"),
        REGISTER,
        reviewer_of,
        _register,
        noted="members.export",
    ),
    List("/applications", _("Applications"), APPLICATIONS, reviewer_of, _applications),
    List("/offices", _("Offices"), OFFICES, visitor_of, _offices),
    List("/notices", _("For you"), NOTICES, member_of, _notices),
)
