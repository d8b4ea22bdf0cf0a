"""Our keys in a federation: one for each purpose, made when it is first needed.

A cosignature does not say whose it is, so a witness's key signs nothing else. A delegate's key of
custody "node" lies here, and whoever runs the node can vote with it; of one of custody "device"
there is the public half alone. In the database all are sealed with a key file beside it: a copy of
the database alone cannot speak for the coop. A key that cannot be opened is as good as lost, and is
replaced like a lost one.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, delete, insert, select, update

from federation.storage import Reader, UnitOfWork
from node.council.rows.models import key_table
from node.errors import Conflict
from node.i18n import _
from protocol.keys import multikey_of

_k = key_table.c
_NONCE_BYTES = 12
_ELSEWHERE = b""
"""What is sealed of a key on a device."""


class Use(StrEnum):
    """NEXT_…: made to take the place of another one, as soon as the log says so."""

    COOP = "coop"
    WITNESS = "witness"
    LOG = "log"
    DELEGATE = "delegate"
    NEXT_COOP = "next-coop"
    NEXT_WITNESS = "next-witness"


async def key(
    uow: UnitOfWork, federation_id: str, use: Use, subject: str = ""
) -> Ed25519PrivateKey:
    """Our newest key for a purpose; made if there is none."""
    return await held(uow, federation_id, use, subject) or await make(
        uow, federation_id, use, subject
    )


async def make(
    uow: UnitOfWork, federation_id: str, use: Use, subject: str = ""
) -> Ed25519PrivateKey:
    """A new key for a purpose."""
    private = Ed25519PrivateKey.from_private_bytes(uow.entropy.token(32))
    await keep(uow, federation_id, use, private, subject)
    return private


async def keep(
    uow: UnitOfWork, federation_id: str, use: Use, private: Ed25519PrivateKey, subject: str = ""
) -> None:
    """Write a key down, sealed."""
    public, nonce = multikey_of(private.public_key()), uow.entropy.token(_NONCE_BYTES)
    box = AESGCM(uow.identities.seal).encrypt(nonce, private.private_bytes_raw(), public.encode())
    await uow.execute(
        insert(key_table).values(
            public=public,
            federation_id=federation_id,
            use=use.value,
            subject=subject,
            sealed=nonce + box,
            created_at=uow.now,
        )
    )


async def note(uow: UnitOfWork, federation_id: str, public: str, account_id: str) -> str | None:
    """Write down whose key on a device this is. Returns its custody, which is "node" if it was made
    here; None if it is somebody else's, or of another use."""
    known = await uow.rows(select(key_table).where(_k.public == public))
    if known:
        theirs = (federation_id, Use.DELEGATE.value, account_id)
        if (known[0].federation_id, known[0].use, known[0].subject) != theirs:
            return None
        return "device" if known[0].sealed == _ELSEWHERE else "node"
    await uow.execute(
        insert(key_table).values(
            public=public,
            federation_id=federation_id,
            use=Use.DELEGATE.value,
            subject=account_id,
            sealed=_ELSEWHERE,
            created_at=uow.now,
        )
    )
    return "device"


async def held(
    reader: Reader, federation_id: str, use: Use, subject: str = ""
) -> Ed25519PrivateKey | None:
    """Our newest key for a purpose, if there is one that can be opened."""
    found = await _newest_first(reader, federation_id, use, subject)
    return next((private for row in found if (private := _opened(reader, row))), None)


async def of_delegate(
    reader: Reader, federation_id: str, account_id: str, among: Collection[str]
) -> str | None:
    """The public half of a delegate's newest key among these: on their device, or here if it can be
    opened."""
    found = await _newest_first(reader, federation_id, Use.DELEGATE, account_id)
    named = (row for row in found if row.public in among)
    usable = (row for row in named if row.sealed == _ELSEWHERE or _opened(reader, row))
    return next((row.public for row in usable), None)


async def whose(reader: Reader, federation_id: str, keys: Collection[str]) -> dict[str, str]:
    """By public half, the accounts of delegates' keys that are known here."""
    chosen = select(_k.public, _k.subject).where(
        _k.federation_id == federation_id,
        _k.use == Use.DELEGATE.value,
        _k.public.in_(keys),
    )
    return {each.public: each.subject for each in await reader.rows(chosen)}


async def by_public(reader: Reader, federation_id: str, public: str) -> Ed25519PrivateKey:
    """The private half of a key of ours. Raises Conflict: it may lie on a delegate's device."""
    rows = await reader.rows(
        select(key_table).where(_k.federation_id == federation_id, _k.public == public)
    )
    private = _opened(reader, rows[0]) if rows else None
    if private is None:
        elsewhere = _("That key is not on this node; sign on the delegate's own device.")
        raise Conflict(elsewhere, "key-elsewhere")
    return private


async def take_up(uow: UnitOfWork, federation_id: str, coop: str, witness: str) -> None:
    """These are our keys now, by the log: what they take the place of is thrown away."""
    ours = _k.federation_id == federation_id
    for public, next_, use in (
        (coop, Use.NEXT_COOP, Use.COOP),
        (witness, Use.NEXT_WITNESS, Use.WITNESS),
    ):
        is_next = ours & (_k.public == public) & (_k.use == next_.value)
        if await uow.scalar(select(_k.public).where(is_next)) is None:
            continue
        await uow.execute(delete(key_table).where(ours, _k.use == use.value))
        await uow.execute(update(key_table).where(is_next).values(use=use.value))
        await uow.execute(delete(key_table).where(ours, _k.use == next_.value))


async def forget_next(uow: UnitOfWork, federation_id: str) -> None:
    """Throw away keys that were made to replace others and never did."""
    unused = _k.use.in_([Use.NEXT_COOP.value, Use.NEXT_WITNESS.value])
    await uow.execute(delete(key_table).where(_k.federation_id == federation_id, unused))


async def _newest_first(
    reader: Reader, federation_id: str, use: Use, subject: str
) -> list[Row[Any]]:
    """Of two that were made at once, the same one on each database, however it sorts text."""
    chosen = select(key_table).where(
        _k.federation_id == federation_id, _k.use == use.value, _k.subject == subject
    )
    by_name = sorted(await reader.rows(chosen), key=lambda row: row.public)
    return sorted(by_name, key=lambda row: row.created_at, reverse=True)


def _opened(reader: Reader, row: Row[Any]) -> Ed25519PrivateKey | None:
    if row.sealed == _ELSEWHERE:
        return None
    if isinstance(reader, UnitOfWork):
        reader.expect_voice()  # a key that is opened while something is written will sign it
    nonce, box = row.sealed[:_NONCE_BYTES], row.sealed[_NONCE_BYTES:]
    try:
        raw = AESGCM(reader.identities.seal).decrypt(nonce, box, row.public.encode())
    except InvalidTag:
        return None
    return Ed25519PrivateKey.from_private_bytes(raw)
