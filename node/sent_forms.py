"""Forms that made something, and where they led: one that comes again leads there, no more.

Without script nothing stops a second tap, and on a slow line people go back and send again. So a
form that makes something brings a value of its own, random and made with the page. What it made is
kept with that value in one unit of work, for as long as pages stay open in browsers.

Of the value a digest is kept, over who sent it, where to, and what it said: nobody else's form is
taken for it, nor one that says something else. The answer is sealed under the value, since that of
a guest is a secret link: whoever reads the table finds neither who sent a form nor what it made.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from sqlalchemy import LargeBinary, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from federation.storage import Base, Reader, UnitOfWork
from federation.storage.base import table_of
from federation.storage.pauses import planned
from node import limits

_NONCE_BYTES = 12


class SentForm(Base):
    """One form that made something."""

    __tablename__ = "sent_form"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    answer: Mapped[bytes]
    """Where it led, sealed."""
    made_at: Mapped[datetime] = mapped_column(index=True, info=planned(timedelta(0)))


_table = table_of(SentForm)
_t = _table.c


class Sending(Struct, frozen=True):
    """One sending of a form. value: its own, as the page that was sent holds it.

    who: the account, or the browser of a guest. said: a digest of all that it says, and where to.
    """

    value: str
    who: str
    said: bytes

    @property
    def digest(self) -> bytes:
        """Which form it is: the same one, from the same sender, that says the same."""
        parts = (self.value.encode(), self.who.encode(), self.said)
        return sha256(b"".join(sha256(part).digest() for part in parts)).digest()

    @property
    def key(self) -> bytes:
        """Under which the answer lies: it comes from the value alone, which is kept nowhere."""
        return sha256(b"answer of a form\0" + self.value.encode()).digest()


async def led_to(reader: Reader, sending: Sending) -> str | None:
    """Where it led when it came before; None: it never came, or made nothing."""
    box = await reader.scalar(select(_t.answer).where(_t.digest == sending.digest))
    if box is None:
        return None
    nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
    return AESGCM(sending.key).decrypt(nonce, sealed, sending.digest).decode()


async def once(
    uow: UnitOfWork, sending: Sending, make: Callable[[UnitOfWork], Awaitable[str]]
) -> str:
    """Where a form leads: if it came before, where that led, and else where `make` says."""
    before = await led_to(uow, sending)
    if before is not None:
        return before
    to = await make(uow)
    nonce = uow.entropy.token(_NONCE_BYTES)
    answer = nonce + AESGCM(sending.key).encrypt(nonce, to.encode(), sending.digest)
    row = {"digest": sending.digest, "answer": answer, "made_at": uow.now}
    await uow.execute(insert(_table), [row])
    return to


async def forget_old(uow: UnitOfWork) -> None:
    """Delete what is older than pages are kept open."""
    await uow.execute(delete(_table).where(_t.made_at <= uow.now - limits.FORMS_REMEMBERED))
