"""Opening what was sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from federation.storage import Reader
from node.vault.models import erasure_table, key_table
from node.vault.sealing import opened

_e = erasure_table.c


async def unseal(reader: Reader, subject: str, box: bytes) -> dict[str, Any] | None:
    """The content; None when the subject's key was destroyed."""
    return (await unseal_many(reader, {subject: box}))[subject]


async def unseal_many(
    reader: Reader, boxes: Mapping[str, bytes]
) -> dict[str, dict[str, Any] | None]:
    """`unseal` for one box of each of many subjects, in one query."""
    return dict(zip(boxes, await unseal_each(reader, list(boxes.items())), strict=True))


async def unseal_all(
    reader: Reader, subject: str, boxes: Sequence[bytes]
) -> list[dict[str, Any] | None]:
    """`unseal` for many boxes of one subject, in one query."""
    return await unseal_each(reader, [(subject, box) for box in boxes])


async def unseal_each(
    reader: Reader, boxes: Sequence[tuple[str, bytes]]
) -> list[dict[str, Any] | None]:
    """`unseal` for many boxes, each with its subject, in one query."""
    subjects = {subject for subject, _box in boxes}
    wanted = select(key_table.c.subject, key_table.c.key).where(key_table.c.subject.in_(subjects))
    keys: dict[str, bytes] = {row.subject: row.key for row in await reader.rows(wanted)}
    return [
        opened(keys[subject], subject, box) if subject in keys else None for subject, box in boxes
    ]


async def is_destroyed(reader: Reader, subject: str) -> bool:
    """Whether the subject's key was destroyed."""
    return bool(await reader.scalar(select(_e.subject).where(_e.subject == subject)))


def destroyed() -> Select[tuple[str]]:
    """The subjects whose key was destroyed, for a statement of another slice."""
    return select(_e.subject)


async def unlogged(reader: Reader) -> dict[str, datetime]:
    """Erasures that are not in the erasure log yet, with their time."""
    rows = await reader.rows(select(_e.subject, _e.at).where(_e.logged_at.is_(None)))
    return {row.subject: row.at for row in rows}
