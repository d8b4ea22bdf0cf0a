"""Keeping copies of what coops in touch say, and forgetting them in time.

Private messages are never kept, and what an actor deletes is forgotten at once. Of a listing that
was changed again the older copies go.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert, select

from federation.inbox.kept import Arrival, is_private
from federation.models import HeardActivity, ReturnedActivity
from federation.relations import Standing
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.storage.unit_of_work import UnitOfWork

_LISTING = "Proposal"
_HEARD = table_of(HeardActivity)
_BACK = table_of(ReturnedActivity)


async def keep_copies(
    uow: UnitOfWork, arrivals: Sequence[Arrival], standing: Mapping[str, Standing]
) -> None:
    """Keep what was taken in of coops in touch, if its author's own proof stands on it."""
    rows = [
        {
            "actor": each.activity.actor,
            "object_uri": each.activity.object_id,
            "object_type": each.activity.object_type,
            "raw": each.verified.raw,
            "received_at": uow.now,
        }
        for each in arrivals
        if standing[each.verified.actor] is Standing.PEER and _is_kept(each)
    ]
    for each in arrivals:
        if each.activity.type == "Delete" and each.activity.object_id is not None:
            await _forget(uow, each.activity.actor, each.activity.object_id)
    if rows:
        await uow.execute(insert(_HEARD), rows)


async def forget_old_copies(uow: UnitOfWork, settings: FederationSettings) -> None:
    """Drop what is too old to be missed, and what a later word about the same listing replaced."""
    c = _HEARD.c
    long_ago = uow.now - settings.copies_kept
    await uow.execute(delete(_HEARD).where(c.received_at < long_ago))
    await uow.execute(delete(_BACK).where(_BACK.c.updated_at < long_ago))
    of_listing = c.object_type == _LISTING
    newest = select(func.max(c.seq)).where(of_listing).group_by(c.actor, c.object_uri)
    await uow.execute(delete(_HEARD).where(of_listing, c.seq.not_in(newest)))


def _is_kept(arrival: Arrival) -> bool:
    # A Flag may be a complaint about a person's words.
    if arrival.activity.type == "Flag" or is_private(arrival.activity):
        return False
    return b'"proof"' in arrival.verified.raw


async def _forget(uow: UnitOfWork, actor: str, object_uri: str) -> None:
    about = (HeardActivity.actor == actor, HeardActivity.object_uri == object_uri)
    await blank(uow, HeardActivity.raw, *about)
    await uow.execute(delete(_HEARD).where(*about))
