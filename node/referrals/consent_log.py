"""The consent log: what people were asked, said and had shared, in a chain nobody can rewrite.

A line holds random ids and a salted digest; what it says lies beside it, sealed under the
person's key. When that key is destroyed the chain still holds, and says nothing about anybody.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, update

from federation.storage import Reader, UnitOfWork
from node import hash_chain, vault
from node.referrals.models import head_table, link_table
from node.referrals.views import ConsentView
from protocol import datetimes

ASKED = "asked"
GIVEN = "given"
SHARED = "shared"
WITHDRAWN = "withdrawn"
DELETED = "deleted"

_HEAD = 1
_h = head_table.c
_l = link_table.c


class Line(Struct, frozen=True):
    """One line as it is chained."""

    seq: int
    id: str
    case_id: str
    event: str
    at: datetime
    content_digest: bytes
    previous: bytes
    digest: bytes = b""

    @property
    def document(self) -> dict[str, Any]:
        """What is hashed."""
        return {
            "seq": self.seq,
            "id": self.id,
            "case": self.case_id,
            "event": self.event,
            "at": datetimes.format(self.at),
            "content": self.content_digest.hex(),
            "previous": self.previous.hex(),
        }


async def append(uow: UnitOfWork, consent: ConsentView, event: str, **said: Any) -> None:
    """Add a line; the row of the log's head is locked, so lines come one after another."""
    seq, previous = await _locked_head(uow)
    salt = uow.entropy.token(hash_chain.SALT_BYTES)
    plain = msgspec.json.encode(said, order="sorted")
    digest = hash_chain.salted_digest(salt, plain)
    line = Line(seq + 1, uow.new_id(), consent.case_id, event, uow.now, digest, previous)
    forgotten = await vault.is_destroyed(uow, consent.subject)
    content = {"salt": salt.hex(), "said": said}
    sealed = None if forgotten else await vault.seal(uow, consent.subject, content)
    ended = hash_chain.digest_of(line.document)
    await uow.execute(
        insert(link_table).values(
            seq=line.seq,
            id=line.id,
            case_id=line.case_id,
            event=line.event,
            at=line.at,
            content_digest=line.content_digest,
            previous=line.previous,
            digest=ended,
            sealed=sealed,
        )
    )
    moved = update(head_table).where(_h.id == _HEAD)
    await uow.execute(moved.values(seq=line.seq, digest=ended))


async def lines(reader: Reader, case_id: str | None = None) -> Sequence[Line]:
    """The log, or what it says of one case, oldest first."""
    chosen = select(link_table).order_by(_l.seq)
    if case_id is not None:
        chosen = chosen.where(_l.case_id == case_id)
    return [
        Line(
            row.seq,
            row.id,
            row.case_id,
            row.event,
            row.at,
            row.content_digest,
            row.previous,
            row.digest,
        )
        for row in await reader.rows(chosen)
    ]


async def first_fault(reader: Reader) -> int | None:
    """The line at which the log does not hold; None if it holds."""
    return hash_chain.first_fault(await lines(reader))


async def _locked_head(uow: UnitOfWork) -> tuple[int, bytes]:
    rows = await uow.rows(select(_h.seq, _h.digest).where(_h.id == _HEAD).with_for_update())
    if rows:
        return rows[0].seq, rows[0].digest
    await uow.execute(insert(head_table).values(id=_HEAD, seq=0, digest=hash_chain.START))
    return 0, hash_chain.START
