"""Whom we said yes and no to since a backup, as those coops gave it back."""

from federation import relations
from federation.handlers import Returned
from federation.models import RelationState
from federation.relations import change
from federation.storage import UnitOfWork
from node.peers.inbox import handlers


@handlers.on_return("Follow")
async def asked_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We asked a coop to be in touch, perhaps again."""
    known = await relations.relation(uow, returned.to)
    if known is None or known.following_state != RelationState.ACCEPTED:
        asked = {"following_state": RelationState.ASKED, "our_follow_id": returned.activity.id}
        await change(uow, returned.to, consented=True, **asked)
    return True


@handlers.on_return("Accept", "Follow")
async def accepted_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We said yes."""
    await change(uow, returned.to, follower_state=RelationState.ACCEPTED, consented=True)
    return True


@handlers.on_return("Reject", "Follow")
async def declined_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We said no, or no longer."""
    await change(uow, returned.to, follower_state=RelationState.REFUSED, consented=False)
    return True


@handlers.on_return("Undo", "Follow")
async def left_before(uow: UnitOfWork, returned: Returned) -> bool:
    """We took our own Follow back."""
    await change(uow, returned.to, following_state=RelationState.NONE)
    return True
