"""Sealing, destroying, and destroying again after a restore."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from federation.storage import UnitOfWork
from node.errors import Conflict
from node.i18n import _
from node.vault.models import erasure_table, key_table
from node.vault.queries import is_destroyed
from node.vault.sealing import KEY_BYTES, sealed

_k = key_table.c
_e = erasure_table.c


async def seal(uow: UnitOfWork, subject: str, content: dict[str, Any]) -> bytes:
    """The content, readable as long as the subject's key is there; the first call makes the key.

    content: what JSON can hold. Raises Conflict for a subject that was destroyed.
    """
    key = await uow.scalar(select(_k.key).where(_k.subject == subject))
    if key is None:
        key = await _new_key(uow, subject)
    return sealed(key, subject, content, uow.entropy)


async def destroy(uow: UnitOfWork, *subjects: str) -> None:
    """Make all that was sealed under these subjects unreadable, for good."""
    await forget_again(uow, dict.fromkeys(subjects, uow.now), logged_at=None)


async def forget_again(
    uow: UnitOfWork, erased: Mapping[str, datetime], *, logged_at: datetime | None
) -> None:
    """Destroy what is not destroyed yet. erased: subjects with the time of their erasure."""
    if not erased:
        return
    done = set(await uow.scalars(select(_e.subject).where(_e.subject.in_(erased))))
    rows = [
        {"subject": subject, "at": at, "logged_at": logged_at}
        for subject, at in erased.items()
        if subject not in done
    ]
    if rows:
        await uow.execute(insert(erasure_table), rows)
    theirs = _k.subject.in_(erased)
    # Overwritten where it stands first: a deleted row may leave its bytes in a free page.
    await uow.execute(update(key_table).where(theirs).values(key=bytes(KEY_BYTES)))
    await uow.execute(delete(key_table).where(theirs))


async def note_logged(uow: UnitOfWork, subjects: Collection[str]) -> None:
    """These stand in the erasure log now."""
    logged = update(erasure_table).where(_e.subject.in_(subjects)).values(logged_at=uow.now)
    await uow.execute(logged)


async def _new_key(uow: UnitOfWork, subject: str) -> bytes:
    if await is_destroyed(uow, subject):
        raise Conflict(
            _("What was kept about this person was deleted, and nothing is added to it."),
            "person-forgotten",
        )
    key = uow.entropy.token(KEY_BYTES)
    await uow.execute(insert(key_table).values(subject=subject, key=key))
    return key
