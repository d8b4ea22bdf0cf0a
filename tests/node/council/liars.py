"""What a lying coop would do in a council, with the keys that it has."""

from typing import Any

from federation.storage import UnitOfWork
from node.council import casting, keepers, log, statements, store, wire
from node.council.keyring import Use, by_public, held
from node.council.mandates import delegate_key
from node.council.statements import Kind
from node.council.wire import Message
from protocol.transparency import checkpoints
from protocol.transparency.checkpoints import Checkpoint


async def vote_again_under_one_number(
    uow: UnitOfWork, proposal_id: str, choice: Any, account_id: str
) -> None:
    """Send a second first ballot: the node would never do that, but who has its keys can."""
    row = await store.proposal(uow, proposal_id)
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    public = await delegate_key(uow, known, account_id)
    document = await casting.to_sign(uow, row, record, choice, public or "")
    document |= {"sequence": 1, "prev": None}
    delegate = await by_public(uow, known.id, public or "")
    coop = await held(uow, known.id, Use.COOP)
    assert coop is not None
    ballot = statements.signed(document, delegate, coop, created=uow.now)
    await wire.tell(uow, ballot, record.members, wire.lane_of(uow, known.id))


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
    entry = log.next_entry(known, uow.now, secret)
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
