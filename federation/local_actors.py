"""Actors of ours beside the coop and its node, such as a federation that we keep (`Group`).

Unlike those two they come and go while the node runs, so they lie in the database, their private
keys sealed with the node's key file: a copy of the database alone cannot speak for them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, select

from federation.identities import Identity, identity_of
from federation.models import LocalActor
from federation.ourselves import COOP_USER, NODE_USER
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol import keys, webfinger
from protocol.webfinger import Handle

_NONCE_BYTES = 12
# Opening a key takes as long as some signatures do; a node has few such actors.
_OPENED = 64
_TAKEN = frozenset({COOP_USER, NODE_USER})


@dataclass(frozen=True, slots=True)
class FreshKeys:
    """Keys that no actor has yet."""

    rsa: RSAPrivateKey = field(repr=False)
    ed25519: Ed25519PrivateKey = field(repr=False)


def fresh_keys() -> FreshKeys:
    """Takes some 0.1 s of computing: not for the event loop."""
    return FreshKeys(keys.generate_rsa(), keys.generate_ed25519())


async def open_actor(
    uow: UnitOfWork, uri: str, kind: str, username: str, fresh: FreshKeys
) -> Identity:
    """Be one more actor; one that we are already gets these keys in place of its own.

    username: what it would like to be called; numbered if somebody here is called so. It stays,
    since other servers know an actor by it.
    """
    known = await uow.session.get(LocalActor, uri)
    actor = known or LocalActor(
        uri=uri,
        kind=kind,
        username=await _free(uow, username),
        generation=0,
        created_at=uow.now,
    )
    actor.generation += 1
    actor.rsa = _seal(uow, uri, keys.private_to_pem(fresh.rsa))
    actor.ed25519 = _seal(uow, uri, keys.private_to_pem(fresh.ed25519))
    uow.session.add(actor)
    await uow.session.flush()
    found = await identity(uow, uri)
    if found is None:
        raise AssertionError(f"{uri} cannot be opened with the key that sealed it")
    return found


async def identity(reader: Reader, uri: str) -> Identity | None:
    """One of our actors; None for anyone else, and for one whose keys cannot be opened."""
    return (await identities(reader, [uri])).get(uri)


async def identities(reader: Reader, uris: Collection[str]) -> dict[str, Identity]:
    """Those of the actors that are ours; a look into the database only for others than the two."""
    ours = {uri: reader.identities.of(uri) for uri in set(uris)}
    found = {uri: each for uri, each in ours.items() if each is not None}
    if len(found) < len(ours):
        chosen = select(table_of(LocalActor)).where(LocalActor.uri.in_(ours.keys() - found))
        for row in await reader.rows(chosen):
            if (opened := _identity(reader, row)) is not None:
                found[row.uri] = opened
    return found


async def username(reader: Reader, uri: str) -> str | None:
    """What one of these actors is called."""
    return await reader.scalar(select(LocalActor.username).where(LocalActor.uri == uri))


async def webfinger_document(reader: Reader, resource: str) -> dict[str, Any] | None:
    """The JRD of one of these actors; None for any other name. Raises MalformedDocument."""
    asked, host = webfinger.parse_resource(resource), reader.identities.authority
    chosen = select(LocalActor.uri, LocalActor.username)
    if isinstance(asked, str):
        chosen = chosen.where(LocalActor.uri == asked.rstrip("/"))
    elif isinstance(asked, Handle) and asked.host in (host, host.partition(":")[0]):
        chosen = chosen.where(LocalActor.username == (asked.user or "").lower())
    else:
        return None
    rows = await reader.rows(chosen)
    if not rows:
        return None
    subject, node = f"acct:{rows[0].username}@{host}", reader.identities.node.uri
    return webfinger.document(subject, rows[0].uri, profile_page=rows[0].uri, node_actor=node)


async def _free(reader: Reader, wanted: str) -> str:
    like = LocalActor.username.startswith(wanted, autoescape=True)
    taken = _TAKEN | set(await reader.scalars(select(LocalActor.username).where(like)))
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def _seal(uow: UnitOfWork, uri: str, pem: bytes) -> bytes:
    nonce = uow.entropy.token(_NONCE_BYTES)
    return nonce + AESGCM(uow.identities.seal).encrypt(nonce, pem, uri.encode())


def _identity(reader: Reader, row: Row[Any]) -> Identity | None:
    if isinstance(reader, UnitOfWork):
        reader.expect_voice()  # a key that is opened while something is written will sign it
    base = reader.identities.base
    try:
        return _opened(
            reader.identities.seal, base, row.uri, row.kind, row.generation, row.rsa, row.ed25519
        )
    except InvalidTag:
        return None


@lru_cache(maxsize=_OPENED)
def _opened(
    seal: bytes, base: str, uri: str, kind: str, generation: int, rsa: bytes, ed25519: bytes
) -> Identity:
    private = [_open(seal, uri, box) for box in (rsa, ed25519)]
    if not isinstance(private[0], RSAPrivateKey) or not isinstance(private[1], Ed25519PrivateKey):
        raise InvalidTag
    pairs = [(generation, private[0], private[1])]
    return identity_of(uri, kind, f"{uri}/inbox", f"{base}/inbox", pairs)


def _open(seal: bytes, uri: str, box: bytes) -> keys.PrivateKey:
    pem = AESGCM(seal).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], uri.encode())
    return keys.private_from_pem(pem, ours=True)
