"""What the register says of a member."""

from collections.abc import Sequence
from typing import Any

from federation.storage import Reader
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    stored,
)
from node.i18n import _
from node.members.models import Colleague, Member, MemberEvent, MemberInvitation
from node.members.queries import events_of, history_line


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
        "member_offer",
    ),
    rule="retention.register_years",
)
def membership(person: Person) -> Lists:
    me = person.member_id
    invited = of(MemberInvitation.member_id, me)
    return {
        "register": stored(Member, of(Member.id, me)),
        "history": Chosen(events_of(of(MemberEvent.member_id, me)), _history),
        "invitations": stored(MemberInvitation, invited),
    }


@data_map.about(
    "acting-for",
    what=_("For which firm you act"),
    why=_("Several people can act for one member"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.REVIEWERS,
    leaving=Leaving.DELETED,
    tables=("member_colleague",),
)
def acting(person: Person) -> Lists:
    return {"firm": stored(Colleague, of(Colleague.account_id, person.account_id))}


async def _history(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
    return [
        {
            "event": line.event,
            "at": line.at,
            "name": line.content.name if line.content else None,
            "membership_class": line.content.membership_class if line.content else None,
            "reason": line.content.reason if line.content else None,
            "details": line.content.details if line.content else None,
        }
        for line in map(history_line, rows)
    ]
