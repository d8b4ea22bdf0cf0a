"""A small file of the person, such as a letter or a photo: sealed, and handed off after a yes."""

from base64 import b64decode, b64encode
from typing import Any

import structlog
from msgspec import Struct
from sqlalchemy import delete, insert, select

from federation.storage import Reader, UnitOfWork
from node import content as texts
from node import limits, vault
from node.errors import InvalidInput
from node.i18n import _
from node.referrals.models import file_table

log = structlog.get_logger()

LONGEST_NAME = 120
# Kinds that a desk can open anywhere, by how they begin; a text has no sign of its own.
_SIGNS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
_TEXT = "text/plain"
_f = file_table.c


class File(Struct, frozen=True):
    """One file. media_type: by what it holds, not by what somebody said of it."""

    name: str
    media_type: str
    content: bytes

    @property
    def document(self) -> dict[str, str]:
        """As it stands in a hand-off."""
        text = b64encode(self.content).decode()
        return {"name": self.name, "mediaType": self.media_type, "content": text}


class FileView(Struct, frozen=True):
    """A file without its content. name: empty once it cannot be read any more."""

    name: str
    media_type: str
    size: int


def checked_file(name: str, content: bytes) -> File:
    """A file that may be kept. Raises InvalidInput (file)."""
    if not content:
        raise InvalidInput({"file": [_("Choose a file.")]})
    if len(content) > limits.REFERRAL_FILE_BYTES:
        most = limits.REFERRAL_FILE_BYTES // 1024
        raise InvalidInput({"file": [_("A file has at most %(n)s KiB.", n=most)]})
    media_type = next((kind for sign, kind in _SIGNS.items() if content.startswith(sign)), None)
    if media_type is None and not _is_text(content):
        raise InvalidInput({"file": [_("Send a PDF, a JPEG or PNG picture, or plain text.")]})
    last = name.replace("\\", "/").rpartition("/")[2]
    return File(texts.name(last, LONGEST_NAME) or "file", media_type or _TEXT, content)


def read_file(told: Any) -> File | None:
    """A file in a hand-off; None for one that we would not have taken ourselves."""
    try:
        return checked_file(str(told["name"]), b64decode(told["content"], validate=True))
    except (InvalidInput, KeyError, TypeError, ValueError):
        log.warning("handoff-file-refused")
        return None


async def keep(uow: UnitOfWork, subject: str, file: File | None) -> None:
    """Seal it in place of the one before."""
    await drop(uow, subject)
    if file is None:
        return
    box = await vault.seal(uow, subject, dict(file.document))
    await uow.execute(
        insert(file_table).values(
            subject=subject, media_type=file.media_type, size=len(file.content), box=box
        )
    )


async def drop(uow: UnitOfWork, subject: str) -> None:
    """There is none any more."""
    await uow.execute(delete(file_table).where(_f.subject == subject))


async def has_file(reader: Reader, subject: str) -> bool:
    """Whether there is one."""
    return await reader.scalar(select(_f.size).where(_f.subject == subject)) is not None


async def file_of(reader: Reader, subject: str) -> File | None:
    """The file, if it is here and can be read."""
    rows = await reader.rows(select(_f.box).where(_f.subject == subject))
    told = await vault.unseal(reader, subject, rows[0].box) if rows else None
    return read_file(told) if told else None


async def describe(reader: Reader, subject: str) -> FileView | None:
    """What there is, without its content."""
    file = await file_of(reader, subject)
    return FileView(file.name, file.media_type, len(file.content)) if file else None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
