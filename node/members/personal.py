"""What the register says of a member."""

from sqlalchemy import select

from federation.storage import Reader
from node.data_map import Basis, Found, Kept, Leaving, Person, Row, Seen, data_map, of, stored
from node.i18n import _
from node.members.models import Mandate, Member, MemberInvitation
from node.members.queries import history


@data_map.about(
    "membership",
    what=_("Your line in the register, and what happened to your membership"),
    why=_("A coop must be able to say who its members are, and were"),
    basis=Basis.LAW,
    kept=Kept.REGISTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.NAMED,
    tables=(
        "member",
        "member_event",
        "member_event_content",
        "member_key",
        "member_invitation",
    ),
    rule="retention.register_years",
)
async def membership(reader: Reader, person: Person) -> Found:
    me = person.member_id
    invited = of(MemberInvitation.member_id, me)
    return {
        "register": await stored(reader, Member, of(Member.id, me)),
        "history": await _history(reader, me),
        "invitations": await stored(reader, MemberInvitation, invited),
    }


@data_map.about(
    "mandates",
    what=_("When you spoke for the coop in a federation"),
    why=_("So that it can be shown who was allowed to vote"),
    basis=Basis.INTEREST,
    kept=Kept.FOR_GOOD,
    seen=Seen.MEMBERS,
    leaving=Leaving.NAMELESS,
    tables=("mandate",),
)
async def mandates(reader: Reader, person: Person) -> Found:
    return {"mandates": await stored(reader, Mandate, of(Mandate.member_id, person.member_id))}


async def _history(reader: Reader, member_id: str | None) -> list[Row]:
    known = await reader.scalar(select(Member.id).where(of(Member.id, member_id)))
    lines = await history(reader, known) if known else []
    return [
        {
            "event": line.event,
            "at": line.at,
            "name": line.content.name if line.content else None,
            "membership_class": line.content.membership_class if line.content else None,
            "reason": line.content.reason if line.content else None,
        }
        for line in lines
    ]
