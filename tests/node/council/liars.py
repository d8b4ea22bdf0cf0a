"""What a lying coop would do in a council, with the keys that it has."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from federation.storage import UnitOfWork
from node.council.deeds import casting
from node.council.deeds.mandates import delegate_key
from node.council.rows import log, store, wire
from node.council.rows.keyring import Use, by_public, held
from node.council.rows.wire import Message
from node.council.state import keepers
from node.council.state.heads import body_of
from node.council.state.record import entry_text
from node.council.steps import hosting
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from protocol.transparency import checkpoints, merkle, notes
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.merkle import leaf_hash


async def ballot_of(
    uow: UnitOfWork, proposal_id: str, choice: Any, account_id: str, changes: dict[str, Any]
) -> Statement:
    """A coop's next ballot by its real keys, with something changed before it is signed."""
    row = await store.proposal(uow, proposal_id)
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    public = await delegate_key(uow, known, record, account_id) or ""
    document = await casting.to_sign(uow, row, record, choice, public)
    delegate = await by_public(uow, known.id, public)
    coop = await held(uow, known.id, Use.COOP)
    assert coop is not None
    return statements.signed(document | changes, delegate, coop, created=uow.now)


async def vote_again_under_one_number(
    uow: UnitOfWork, proposal_id: str, choice: Any, account_id: str
) -> None:
    """Send a second first ballot: the node would never do that, but who has its keys can."""
    row = await store.proposal(uow, proposal_id)
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    first = {"sequence": 1, "prev": None}
    ballot = await ballot_of(uow, proposal_id, choice, account_id, first)
    await wire.tell(uow, ballot, record.members, wire.lane_of(uow, known.id))


async def vote_past_the_host(
    uow: UnitOfWork, proposal_id: str, choice: Any, account_id: str, to: Sequence[str]
) -> str:
    """Show a ballot to some coops and never to the host; its digest."""
    row = await store.proposal(uow, proposal_id)
    known = await store.federation(uow, row.federation_id)
    ballot = await ballot_of(uow, proposal_id, choice, account_id, {})
    await store.keep(uow, known.id, [ballot])
    await wire.tell(uow, ballot, to, wire.lane_of(uow, known.id))
    return ballot.object


async def show_another_history(uow: UnitOfWork, federation_id: str, coop: str) -> None:
    """Show one coop an entry that nobody else is shown, and sign a checkpoint over it."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known)
    key, log_key = await held(uow, known.id, Use.COOP), await held(uow, known.id, Use.LOG)
    assert key is not None
    assert log_key is not None
    epoch = max(record.mandates[uow.identities.coop.uri]) + 1
    fields = {"epoch": epoch, "delegates": [], "alternates": []}
    document = statements.new(Kind.MANDATE, known.host, known.digest, uow.now, **fields)
    secret = statements.signed(document, key, created=uow.now)
    entry = log.entry_at(known.size, uow.now, secret)
    tree = log.frontier_of(known)
    tree.add(entry.leaf)
    epoch_line = keepers.line_of(known.epoch)
    shown = Checkpoint(record.origin, tree.size, tree.root, (epoch_line,))
    note = checkpoints.sign(shown, log_key)
    facts = {
        "federation": known.digest,
        "old": known.size,
        "entries": [entry.text],
        "statements": [secret.text],
        "checkpoint": str(note),
    }
    await wire.say(uow, Message.ENTRIES, facts, [coop], wire.lane_of(uow, known.id))


async def sign_any_host(uow: UnitOfWork, federation_id: str, mandate: str) -> None:
    """Sign a mandate for a host, whatever we signed before."""
    known = await store.federation(uow, federation_id)
    key = await held(uow, known.id, Use.COOP)
    assert key is not None
    plain = dict(statements.read(mandate).document)
    del plain["proof"]
    signed = statements.signed(plain, key, created=uow.now)
    facts = {"federation": known.digest, "mandate": signed.text}
    await wire.say(uow, Message.HOST, facts, [signed.coop], wire.lane_of(uow, known.id))


async def name_two_sets_of_delegates(uow: UnitOfWork, federation_id: str) -> None:
    """Tell the host another mandate of the number that is in force."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known)
    key = await held(uow, known.id, Use.COOP)
    assert key is not None
    ours = uow.identities.coop.uri
    fields = {"epoch": max(record.mandates[ours]), "delegates": [], "alternates": []}
    document = statements.new(Kind.MANDATE, ours, known.digest, uow.now, **fields)
    said = statements.signed(document, key, created=uow.now)
    await wire.tell(uow, said, [known.host], wire.lane_of(uow, known.id))


async def rewrite_an_entry(uow: UnitOfWork, federation_id: str, coop: str) -> None:
    """Send one coop the last entry dated otherwise, with one more after it, and sign that."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known)
    log_key = await held(uow, known.id, Use.LOG)
    assert log_key is not None
    entries = await store.entries(uow, known.id)
    last = entries[-1]
    [said] = (await store.texts(uow, known.id, [last.digest])).values()
    at = datetimes.format(uow.now - timedelta(days=1))
    other = entry_text(last.kind, last.subject, last.digest, at)
    texts = [*(each.text for each in entries[:-1]), other, last.text]
    root = merkle.root(leaf_hash(each.encode()) for each in texts)
    at_size = Checkpoint(record.origin, len(texts), root, (keepers.line_of(known.epoch),))
    facts = {
        "federation": known.digest,
        "old": len(texts) - 2,
        "entries": texts[-2:],
        "statements": [said, said],
        "checkpoint": str(checkpoints.sign(at_size, log_key)),
    }
    await wire.say(uow, Message.ENTRIES, facts, [coop], wire.lane_of(uow, known.id))


async def cosign_whatever_comes(uow: UnitOfWork, federation_id: str) -> None:
    """Cosign every checkpoint that we were shown, and show that to all."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known)
    key = await held(uow, known.id, Use.WITNESS)
    assert key is not None
    us = record.members[uow.identities.coop.uri]
    for text in await log.checkpoints_of(uow, known.id, known.size):
        body = body_of(text)
        line = checkpoints.cosign(notes.parse(body), us.cosigner, key, int(uow.now.timestamp()))
        facts = {
            "federation": known.digest,
            "checkpoint": body,
            "cosignature": line.line.rstrip("\n"),
        }
        lane = wire.lane_of(uow, known.id)
        await wire.say(uow, Message.COSIGNATURE, facts, record.members, lane)


def close_with_heads_up_to(size: int, lie: pytest.MonkeyPatch, times: int) -> None:
    """The host's first closes know of no head above this size."""
    left = times

    async def newest_head(reader, known, record, **asked):
        nonlocal left
        if "by" in asked and left:
            left -= 1
            known = SimpleNamespace(id=known.id, size=size)
        return await log.newest_head(reader, known, record, **asked)

    lie.setattr(hosting, "log", SimpleNamespace(**vars(log) | {"newest_head": newest_head}))
