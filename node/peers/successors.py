"""Another coop goes on under another address: what we knew of it goes with it.

Who says so proves it in one of two ways (FEP-7628). The old address itself says it, and the new
one names the old: that is believed at once. Or the old address is lost, and the new one brings the
word of the recovery key that the old one listed while we knew it: a person here confirms that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, select

from federation import relations
from federation.models import Relation, RelationState, RemoteActor
from federation.relations import change
from federation.storage import Reader, UnitOfWork
from federation.sync import request_sync
from node import audit, notices
from node.errors import NotFound
from node.events import events
from node.i18n import _
from node.notices import NoticeKind
from node.peers import commands, wire
from node.peers.events import CoopMoved
from node.peers.models import Claim
from node.peers.rules import authority_in
from protocol import proofs
from protocol.errors import KeyUnusable, ProofInvalid, ProtocolError
from protocol.iri import authority_of
from protocol.keys import did_method_of, public_from_did
from protocol.vocabulary.actors import parse_actor

_OPEN = (RelationState.ASKED, RelationState.ACCEPTED)
_SAID = ("type", "actor", "object", "target")


class ClaimView(Struct, frozen=True):
    """A coop that says it is one we know. last_heard_at: from the old address."""

    old_uri: str
    new_uri: str
    name: str
    """Under which we knew it."""
    old_authority: str
    new_authority: str
    weave_digest: str | None
    """Of the new address's key."""
    last_heard_at: datetime | None
    received_at: datetime


async def claims(reader: Reader) -> list[ClaimView]:
    """Those that wait for a person, oldest first."""
    old, new = RemoteActor.__table__.alias("old"), RemoteActor.__table__.alias("new")
    rows = await reader.rows(
        select(
            Claim.old_uri,
            Claim.new_uri,
            old.c.name,
            old.c.authority.label("old_authority"),
            new.c.authority.label("new_authority"),
            new.c.key_digest,
            Relation.last_heard_at,
            Claim.received_at,
        )
        .join(old, old.c.uri == Claim.old_uri)
        .join(new, new.c.uri == Claim.new_uri)
        .join(Relation, Relation.actor_uri == Claim.old_uri)
        .order_by(Claim.received_at, Claim.new_uri)
    )
    return [
        ClaimView(
            row.old_uri,
            row.new_uri,
            row.name or row.old_authority,
            row.old_authority,
            row.new_authority,
            row.key_digest.hex() if row.key_digest else None,
            row.last_heard_at,
            row.received_at,
        )
        for row in rows
    ]


async def claiming_uri(reader: Reader, text: str) -> str:
    """The coop at that address which says that it is one we know. Raises NotFound."""
    authority = authority_in(text)
    for uri in await reader.scalars(select(Claim.new_uri).distinct()):
        if authority_of(uri) == authority:
            return uri
    raise _nobody()


async def has_claimed(reader: Reader, new_uri: str) -> bool:
    """Whether a coop says that it is one we know, and nobody has decided yet."""
    return await reader.scalar(select(Claim.old_uri).where(Claim.new_uri == new_uri)) is not None


async def confirm(uow: UnitOfWork, new_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Believe a coop that it is the one we knew. Raises NotFound."""
    others: set[str] = set()
    for claim in await _claims_of(uow, new_uri):
        known = await relations.relation(uow, claim.old_uri)
        if known is not None:
            await carry_over(uow, known, new_uri)
        # Whoever else says the same of that address is not it.
        same = delete(Claim).where(Claim.old_uri == claim.old_uri).returning(Claim.new_uri)
        others |= set(await uow.scalars(same)) - {new_uri}
        await audit.record(uow, by, "peers.confirm-move", new_uri, {"old": claim.old_uri})
    still = set(await uow.scalars(select(Claim.new_uri).where(Claim.new_uri.in_(others))))
    await notices.withdraw(uow, NoticeKind.PEER_CLAIMS, new_uri, *(others - still))
    asking = await relations.relation(uow, new_uri)
    if asking is not None and asking.their_follow_id is not None:
        await commands.welcome(uow, new_uri, by=by)


async def deny(uow: UnitOfWork, new_uri: str, *, by: str = audit.OPERATOR) -> None:
    """Do not believe it; what we know of the old address stays as it is. Raises NotFound."""
    denied = await _claims_of(uow, new_uri)
    await uow.execute(delete(Claim).where(Claim.new_uri == new_uri))
    await notices.withdraw(uow, NoticeKind.PEER_CLAIMS, new_uri)
    asking = await relations.relation(uow, new_uri)
    if asking is not None and asking.follower_state == RelationState.ASKED:
        await commands.decline(uow, new_uri, by=by)
    for claim in denied:
        await audit.record(uow, by, "peers.deny-move", new_uri, {"old": claim.old_uri})


async def note(uow: UnitOfWork, old: RemoteActor, new: RemoteActor) -> None:
    """Have a person decide about a proven claim."""
    row = Claim(old_uri=old.uri, new_uri=new.uri, received_at=uow.now)
    await uow.session.merge(row)
    await uow.session.flush()
    await notices.withdraw(uow, NoticeKind.PEER_ASKS, new.uri)
    await notices.give(
        uow, NoticeKind.PEER_CLAIMS, new.uri, name=old.name or old.authority, address=new.authority
    )


async def carry_over(uow: UnitOfWork, known: Relation, new_uri: str) -> None:
    """What a person here agreed to with a coop counts for its new address, and nothing more."""
    old_uri, accepted, nothing = known.actor_uri, RelationState.ACCEPTED, RelationState.NONE
    there = await change(uow, new_uri, consented=True, last_heard_at=uow.now)
    if known.follower_state == accepted:
        await change(uow, new_uri, follower_state=accepted)
    if known.following_state == accepted and there.following_state != accepted:
        follow_id = await wire.send_follow(uow, new_uri)
        await change(uow, new_uri, following_state=accepted, our_follow_id=follow_id)
        await request_sync(uow, new_uri, complete=True)
    await change(uow, old_uri, follower_state=nothing, following_state=nothing, consented=False)
    await events.announce(uow, CoopMoved(old_uri, new_uri))
    moved = await uow.session.get_one(RemoteActor, new_uri)
    await notices.give(
        uow, NoticeKind.PEER_MOVED, new_uri, name=moved.name, address=moved.authority
    )


def recovery_names(actor: RemoteActor) -> list[str]:
    """The recovery keys that an actor listed when it last described itself, as did:key."""
    known = parse_actor(actor.document).also_known_as
    return [name for name in known if name.startswith("did:key:")]


def is_proven(statement: Any, old: str, new: str, names: Sequence[str], now: datetime) -> bool:
    """Whether one of these recovery keys says that `old` goes on as `new`, word for word. Pure.

    statement: the `instrument` of a Move as it was received, not normalised.
    """
    expected = dict(zip(_SAID, ("Move", old, old, new), strict=True))
    if not isinstance(statement, dict) or {key: statement.get(key) for key in _SAID} != expected:
        return False
    return any(_is_signed(statement, name, now) for name in names)


def _is_signed(statement: dict[str, Any], name: str, now: datetime) -> bool:
    try:
        key = public_from_did(name)
        if proofs.verification_method_of(statement) != did_method_of(key):
            return False
        proofs.verify_proof(statement, key, now)
    except (KeyUnusable, ProofInvalid, ProtocolError):
        return False
    return True


async def _claims_of(uow: UnitOfWork, new_uri: str) -> list[Claim]:
    found = await uow.scalars(select(Claim).where(Claim.new_uri == new_uri))
    if not found:
        raise _nobody()
    return found


def _nobody() -> NotFound:
    return NotFound(_("No coop at that address says that it is one we know."))
