"""What we signed just before our key was replaced, and the log never took: signed with the new one.

The host refuses what comes with the old key after the log has another. So nothing that a person of
ours said, a vote least of all, is lost in between.
"""

from federation.storage import UnitOfWork
from node import audit
from node.council.count.checks import check
from node.council.deeds import casting
from node.council.rows import pending, store
from node.council.rows.keyring import Use, held
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Record
from node.council.steps import following, hosting
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol.keys import multikey_of

_OF_THE_OLD_KEY = (Kind.REPLACEMENT, Kind.PROTEST)
"""What only the key could say that was replaced."""


async def sign_anew(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """Say again, with the key that the log has for us, what an earlier one of ours signed."""
    ours, key = uow.identities.coop.uri, await held(uow, known.id, Use.COOP)
    us = record.members.get(ours)
    if key is None or us is None or multikey_of(key.public_key()) != us.key:
        return
    former = set(record.former_keys.get(ours, ()))
    for old in await pending.unlogged(uow, known):
        if old.coop != ours or not former & statements.signers(old):
            continue
        await pending.drop(uow, known, old)
        if old.kind in _OF_THE_OLD_KEY:  # people ask again
            continue
        if old.kind is Kind.ROW:
            await _forget_row(uow, known, old)
            continue
        kept = [each for each in old["proof"] if _key_of(each) not in former]
        signed = statements.signed(dict(old.document) | {"proof": kept}, key, created=uow.now)
        await _say(uow, known, old, signed)
    await hosting.say(uow, known, await following.rows_owed(uow, known))


async def _forget_row(uow: UnitOfWork, known: Federation, old: Statement) -> None:
    """It names the old key: another one is made in its place."""
    row = await store.proposal_named(uow, known.id, old.proposal)
    if row is not None:
        await store.change_proposal(uow, row.id, nonce=None)


async def _say(uow: UnitOfWork, known: Federation, old: Statement, signed: Statement) -> None:
    about = [signed.proposal] if signed.proposal else []
    try:
        check(await store.record(uow, known, about), signed)
    except Inadmissible as error:  # something else was said since
        detail = {"kind": signed.kind.value, "reason": error.code}
        await audit.record(uow, audit.NODE, "council.not-said-again", known.id, detail)
        return
    if signed.kind is Kind.BALLOT:
        await casting.send_anew(uow, known, old, signed)
    else:
        await hosting.say(uow, known, [signed])


def _key_of(proof: dict[str, str]) -> str:
    return proof["verificationMethod"].partition("#")[2]
