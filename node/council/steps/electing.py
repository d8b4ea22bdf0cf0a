"""Signing who keeps the log: at most one host for each epoch, as long as our node remembers.

Whoever has signed for an epoch cosigns nothing longer of an earlier one: so a checkpoint with a
quorum cannot come about behind the back of the next host.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from federation.storage import Reader, UnitOfWork
from node.council.rows import proving, store, wire
from node.council.rows.keyring import Use, held
from node.council.rows.models import entry_table, host_mandate_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state import keepers
from node.council.state.record import Record
from node.council.words import statements
from node.council.words.statements import Statement
from protocol.keys import multikey_of

_h = host_mandate_table.c


async def note(uow: UnitOfWork, known: Federation, record: Record, mandate: Statement) -> Statement:
    """Remember a host mandate with the signatures under it, and those that were known; together.

    Two of one epoch that one coop signed are evidence against it.
    """
    before = await _text_of(uow, known, mandate.content)
    together = mandate
    if before is None:
        await uow.execute(
            insert(host_mandate_table).values(
                federation_id=known.id,
                content=mandate.content,
                epoch=mandate["epoch"],
                coop=mandate.coop,
                text=mandate.text,
                at=uow.now,
            )
        )
    else:
        together = statements.with_proofs(statements.read(before), [mandate])
        await uow.execute(
            update(host_mandate_table)
            .where(_h.federation_id == known.id, _h.content == mandate.content)
            .values(text=together.text)
        )
    found = [each for each in await drafts(uow, known) if each["epoch"] == mandate["epoch"]]
    pair = keepers.rivals(found, record.members)
    if pair is not None:
        await proving.put_forward(uow, known, record, "E5", [each.text for each in pair])
    return together


async def drafts(reader: Reader, known: Federation) -> list[Statement]:
    """Host mandates that we have seen, the first first."""
    chosen = select(_h.text).where(_h.federation_id == known.id).order_by(_h.at, _h.content)
    return [statements.read(text) for text in await reader.scalars(chosen)]


async def sign(
    uow: UnitOfWork, known: Federation, record: Record, document: Mapping[str, Any]
) -> Statement | None:
    """Sign a host mandate, and show our signature to the coop that it names. None if we did not:
    we are no member, have just been started, or have signed for this epoch or a later one."""
    key = await held(uow, known.id, Use.COOP)
    is_member = uow.identities.coop.uri in record.members
    if key is None or not is_member or known.answered is not None:
        return None
    if document["epoch"] <= max(known.signed_epoch, known.epoch):
        return None
    plain = {name: value for name, value in document.items() if name != "proof"}
    signed = statements.signed(plain, key, created=uow.now)
    await store.change(
        uow, known.id, signed_epoch=signed["epoch"], signed_start=signed["startSize"]
    )
    await show(uow, known, signed, [signed.coop])
    return await note(uow, known, record, signed)


async def show(uow: UnitOfWork, known: Federation, mandate: Statement, to: list[str]) -> None:
    """Show a host mandate with the signatures that we have."""
    facts = {"federation": known.digest, "mandate": mandate.text}
    await wire.say(uow, Message.HOST, facts, to, wire.lane_of(uow, known.id))


async def agree_to_handover(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """The host hands its log over: everybody signs the same mandate, made of its last entry."""
    handover = record.handover
    if handover is None:
        return
    if handover["to"] == uow.identities.coop.uri:
        key = await held(uow, known.id, Use.LOG)
        if key is None or multikey_of(key.public_key()) != handover["logKey"]:
            return  # we never said yes to it
    e = entry_table.c
    place = select(e.position).where(e.federation_id == known.id, e.digest == handover.object)
    size = (await uow.scalar(place) or 0) + 1
    document = keepers.mandate(
        handover["to"],
        record.federation,
        handover.moment("published"),
        epoch=handover["epoch"],
        log_key=handover["logKey"],
        start=(size, record.root_at(size)),
    )
    await sign(uow, known, record, document)


async def _text_of(reader: Reader, known: Federation, content: str) -> str | None:
    chosen = select(_h.text).where(_h.federation_id == known.id, _h.content == content)
    return await reader.scalar(chosen)
