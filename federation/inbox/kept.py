"""Messages whose bytes are kept: those that wait, those our code failed on, and evidence."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from federation.handlers import Verified
from federation.inbox.authorise import authorise
from federation.inbox.memory import Digests, Name
from federation.models import InboxEntry, InboxState
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.storage.unit_of_work import Reader, UnitOfWork
from federation.under_way import ENDED
from protocol import addressing, jsonld, strict_json
from protocol.errors import ProtocolError
from protocol.iri import authority_of, origin_of
from protocol.vocabulary.activities import Activity, parse_activity

ID_REUSED = "id-reused"
"""Two bodies came under one id, and the second is kept as evidence."""


class Arrival(Struct, frozen=True):
    """An authenticated, authorised message.

    proven: owner by id of embedded documents with a verified proof of their own.
    digest: SHA-256 of the bytes.
    said: that of what its author's proof is over, if it bears one: whoever hands it on may write
    it anew, and makes no second story of it.
    stale: nothing but an old proof speaks for it: it has no effect, and leaves no memory, since
    its author may still deliver it.
    speaks_rfc9421: its sender's host has shown, for the first time, that it signs so.
    """

    activity: Activity
    verified: Verified
    proven: Mapping[str, str]
    digest: bytes
    said: bytes | None = None
    stale: bool = False
    speaks_rfc9421: bool = False

    @property
    def name(self) -> Name:
        """What it is remembered by."""
        return Name(self.verified.actor, self.activity.id)

    @property
    def digests(self) -> Digests:
        """What tells it from another under its name. Before 0.2 the bytes alone counted."""
        return (self.digest,) if self.said is None else (self.said, self.digest)


class Kept(Struct, frozen=True):
    """A message to keep, and why."""

    arrival: Arrival
    state: InboxState
    code: str | None = None
    detail: str | None = None
    needs: tuple[str, ...] = ()


async def keep(uow: UnitOfWork, messages: Sequence[Kept]) -> list[Kept]:
    """Store their bytes; returns what is kept now. Evidence is kept once per actor and id: it must
    not fill the disk."""
    if not messages:
        return []
    ids = {each.arrival.name.activity_id for each in messages if _is_evidence(each)}
    known = select(InboxEntry.actor, InboxEntry.activity_id).where(
        InboxEntry.activity_id.in_(ids), InboxEntry.state == InboxState.REFUSED
    )
    kept = {Name(*row) for row in await uow.rows(known)} if ids else set()
    new = []
    for each in messages:
        if _is_evidence(each):
            if each.arrival.name in kept:
                continue
            kept.add(each.arrival.name)
        new.append(each)
    if new:
        await uow.execute(insert(table_of(InboxEntry)), [_row(uow, each) for each in new])
    return new


async def told_twice(reader: Reader, actors: Collection[str]) -> dict[str, datetime]:
    """Those of the actors of whom two bodies under one id are kept, and when that came last."""
    entry = table_of(InboxEntry).c
    chosen = select(entry.actor, func.max(entry.received_at)).where(
        entry.state == InboxState.REFUSED, entry.code == ID_REUSED, entry.actor.in_(actors)
    )
    return dict(await reader.rows(chosen.group_by(entry.actor)))


def _is_evidence(message: Kept) -> bool:
    return message.state is InboxState.REFUSED


def is_private(activity: Activity) -> bool:
    """Whether it is a message for named people alone: of that we keep no evidence but its id."""
    return activity.object_type == "Note" and not addressing.is_public(activity.document)


async def forget_private(uow: UnitOfWork, actor: str) -> None:
    """Forget the private messages of an actor that were kept, whatever they wait for."""
    kept = select(InboxEntry.id, InboxEntry.raw).where(
        InboxEntry.actor == actor, InboxEntry.activity_type.in_(("Create", "Update", "Flag"))
    )
    gone = [row.id for row in await uow.rows(kept) if row.raw and _is_private_text(row.raw)]
    await blank(uow, InboxEntry.raw, InboxEntry.id.in_(gone))
    await uow.execute(delete(table_of(InboxEntry)).where(InboxEntry.id.in_(gone)))


def _is_private_text(raw: bytes) -> bool:
    try:
        activity = parse_activity(jsonld.normalise(strict_json.loads(raw)))
        return activity.type == "Flag" or is_private(activity)
    except ProtocolError:
        return False


def restored(entry: Any, base: str) -> tuple[Activity, Verified]:
    """Read a kept message again, by the rules of today. Raises ProtocolError and Refused."""
    verified = Verified(
        actor=entry.actor,
        key_id=entry.key_id,
        by=entry.verified_by,
        raw=entry.raw,
        received_at=entry.received_at,
    )
    activity = parse_activity(jsonld.normalise(strict_json.loads(verified.raw)))
    believed = authorise(activity, verified.actor, our_origin=origin_of(base), proven=entry.proven)
    return believed, verified


def _row(uow: UnitOfWork, message: Kept) -> dict[str, Any]:
    arrival, verified = message.arrival, message.arrival.verified
    return {
        "id": uow.new_id(),
        "activity_id": arrival.activity.id,
        "activity_type": arrival.activity.type,
        "actor": verified.actor,
        "authority": authority_of(verified.actor),
        "key_id": verified.key_id,
        "verified_by": verified.by,
        "raw": _bytes_to_keep(message),
        "proven": dict(arrival.proven),
        "state": message.state,
        "needs": list(message.needs),
        "attempts": 0,
        "next_attempt_at": _first_attempt(message, uow.now),
        "code": message.code,
        "detail": message.detail,
        "received_at": verified.received_at,
        "updated_at": uow.now,
    }


def _bytes_to_keep(message: Kept) -> bytes:
    return (
        b""
        if _is_evidence(message) and is_private(message.arrival.activity)
        else (message.arrival.verified.raw)
    )


def _first_attempt(message: Kept, now: datetime) -> datetime | None:
    return None if _is_evidence(message) or message.code == ENDED else now
