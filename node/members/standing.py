"""What a suspension stops: anything new. What is under way goes on, what is out stays readable."""

from federation.storage import Reader
from node.errors import NotAllowed
from node.i18n import Text, _
from node.members.colleagues import acting_for
from node.members.queries import MemberView
from node.members.rules import Status
from node.members.telling import Decision, last_decision

STOPPED: Text = _(
    "Your membership is suspended. Meanwhile you offer, ask for and book nothing new; what is "
    "under way goes on. On your first page stands why, and where you can object."
)

PAUSED: Text = _(
    "Your membership is paused, and you publish nothing new meanwhile. A draft can wait; or ask "
    "those who look after members to let you return."
)


async def is_suspended(reader: Reader, account_id: str | None) -> bool:
    """Whether the membership that an account acts under is suspended now, a firm's colleagues'
    like that of who speaks for it."""
    member = await acting_for(reader, account_id) if account_id else None
    return member is not None and member.status is Status.SUSPENDED


async def check_takes_part(reader: Reader, account_id: str | None) -> None:
    """Raises NotAllowed for whoever may begin nothing new now."""
    if await is_suspended(reader, account_id):
        raise NotAllowed(STOPPED, "membership-suspended")


async def suspension(reader: Reader, member: MemberView | None) -> Decision | None:
    """Why a member may begin nothing new now; None: they may, like who is no member."""
    if member is None or member.status is not Status.SUSPENDED:
        return None
    return await last_decision(reader, member.id)
