"""Where somebody gets mail, and which letters went there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation.storage import Reader
from node import vault
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
    plain,
    stored,
)
from node.i18n import _
from node.mail.models import MailAddress, MailLetter, address_table

_CHOSEN = ("how", "zone", "quiet_from", "quiet_until", "confirmed_at", "refused_at")
_LETTER = ("id", "kind", "state", "tries", "created_at", "ended_at", "error")


@data_map.about(
    "mail",
    what=_("The e-mail address that you gave for news, and which letters went there"),
    why=_("So that you hear of what waits for you, and can come in again"),
    basis=Basis.CONSENT,
    kept=Kept.WITHDRAWN,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("mail_address", "mail_letter"),
)
def mail(person: Person) -> Lists:
    me = person.account_id
    mine = select(address_table).where(of(MailAddress.account_id, me))
    return {
        "address": Chosen(mine, _opened),
        "letters": stored(MailLetter, of(MailLetter.account_id, me), only=_LETTER),
    }


async def _opened(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    known, wanted = [
        await _addresses(reader, [(row.account_id, getattr(row, name)) for row in rows])
        for name in ("box", "wanted")
    ]
    return [
        {"address": address, "not_confirmed": asked, **plain(row, _CHOSEN)}
        for row, address, asked in zip(rows, known, wanted, strict=True)
    ]


async def _addresses(reader: Reader, boxes: Sequence[tuple[str, bytes | None]]) -> list[str | None]:
    opened = iter(await vault.unseal_each(reader, [(who, box) for who, box in boxes if box]))
    found = [next(opened) if box else None for _who, box in boxes]
    return [content["address"] if content else None for content in found]
