"""Our keys in a federation: one for each purpose, made when it is first needed.

A cosignature does not say whose it is, so a witness's key signs nothing else. A delegate's key of
custody "node" lies here, and whoever runs the node can vote with it; one of custody "device" does
not.
"""

from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select

from federation.storage import Reader, UnitOfWork
from node.council.models import key_table
from node.errors import NotFound
from node.i18n import _
from protocol.keys import multikey_of

_k = key_table.c


class Use(StrEnum):
    COOP = "coop"
    WITNESS = "witness"
    LOG = "log"
    DELEGATE = "delegate"


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
    await uow.execute(
        insert(key_table).values(
            public=multikey_of(private.public_key()),
            federation_id=federation_id,
            use=use.value,
            subject=subject,
            private=private.private_bytes_raw(),
            created_at=uow.now,
        )
    )
    return private


async def held(
    reader: Reader, federation_id: str, use: Use, subject: str = ""
) -> Ed25519PrivateKey | None:
    """Our newest key for a purpose, if there is one."""
    chosen = select(_k.private).where(
        _k.federation_id == federation_id, _k.use == use.value, _k.subject == subject
    )
    found = await reader.scalars(chosen.order_by(_k.created_at.desc(), _k.public))
    return Ed25519PrivateKey.from_private_bytes(found[0]) if found else None


async def by_public(reader: Reader, federation_id: str, public: str) -> Ed25519PrivateKey:
    """The private half of a key of ours. Raises NotFound: it may lie on a delegate's device."""
    private = await reader.scalar(
        select(_k.private).where(_k.federation_id == federation_id, _k.public == public)
    )
    if private is None:
        raise NotFound(_("That key is not on this node; sign on the delegate's own device."))
    return Ed25519PrivateKey.from_private_bytes(private)
