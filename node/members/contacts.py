"""The register as contacts to take along: for an address book, or a spreadsheet."""

from federation.storage import UnitOfWork
from node import audit
from node.contacts import Card
from node.members.queries import MemberView, members
from node.members.rules import CLASS_WORDS

_AT_ONCE = 500


async def contacts(uow: UnitOfWork, *, by: str = audit.OPERATOR) -> list[Card]:
    """Everybody who is a member today; that somebody took this along is noted.

    Notes stay in the register: they are not the member's own words.
    """
    cards: list[Card] = []
    last = None
    while page := await members(uow, after=last, limit=_AT_ONCE):
        cards += [_card(uow.identities.base, one) for one in page]
        last = page[-1].id
    await audit.record(uow, by, "members.export", "register", {"members": len(cards)})
    return cards


def _card(base: str, member: MemberView) -> Card:
    return Card(
        uid=f"{base}/members/{member.id}",
        name=member.name,
        groups=str(CLASS_WORDS[member.membership_class]),
        number=str(member.number or ""),
        email=member.email or "",
        phone=member.phone or "",
        place=member.address or "",
    )
