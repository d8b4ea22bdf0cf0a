"""Another key for a coop in a federation: in place of one that was stolen, or is lost.

Who still has the old key signs with both, and it is done as soon as it is in the log. Who has lost
it asks the other coops, whose people make sure by telephone that it is them, and vouch.
"""

from federation.storage import UnitOfWork
from node import audit
from node.council.deeds import founding
from node.council.hosts import mirroring
from node.council.rows import store
from node.council.rows.keyring import Use, forget_next, held, make
from node.council.state.replacing import LEAST_TO_VOUCH, may_alone
from node.council.steps import following, hosting
from node.council.words import statements
from node.council.words.statements import Kind
from node.errors import Conflict, InvalidInput
from node.i18n import _
from protocol.keys import multikey_of

LONGEST_REASON = 200


async def replace_key(uow: UnitOfWork, federation_id: str, reason: str, *, by: str) -> bool:
    """Ask for new keys for our coop, as its coop and as a witness; the reason is for everybody.

    Returns whether the other coops have to vouch: the old key is not on this node, or it was
    changed too often since they did. Raises InvalidInput, Conflict.
    """
    said = _reason(reason)
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    ours = uow.identities.coop.uri
    if ours not in record.members:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    await forget_next(uow, federation_id)
    old = await held(uow, federation_id, Use.COOP)
    signs = old is not None and multikey_of(old.public_key()) == record.members[ours].key
    if not signs and len(record.members) < LEAST_TO_VOUCH:
        raise Conflict(
            _(
                "With two coops nobody can vouch for a new key in place of a lost one. Bring the "
                "old key back from a backup, or found the federation anew."
            ),
            "no-quorum",
        )
    key = await make(uow, federation_id, Use.NEXT_COOP)
    witness = await make(uow, federation_id, Use.NEXT_WITNESS)
    document = statements.new(
        Kind.REPLACEMENT,
        ours,
        known.digest,
        uow.now,
        old=record.members[ours].key,
        key=multikey_of(key.public_key()),
        witness=multikey_of(witness.public_key()),
        reason=said,
    )
    signers = [key, old] if old is not None and signs else [key]
    await hosting.say(uow, known, [statements.signed(document, *signers, created=uow.now)])
    await audit.record(uow, by, "council.replace-key", federation_id, {"reason": said})
    return not (signs and may_alone(record, ours))


async def vouch(uow: UnitOfWork, federation_id: str, coop: str, reason: str, *, by: str) -> None:
    """Say that a coop's new key is really its own. reason: how we made sure, for everybody.

    Raises InvalidInput, Conflict.
    """
    said = _reason(reason)
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    wanted = [each.asked for each in record.wanted.values() if each.asked.coop == coop]
    key = await following.our_key(uow, known, record)
    if not wanted or key is None:
        raise Conflict(_("This coop does not ask for a new key."), "replacement-unknown")
    document = statements.new(
        Kind.VOUCH,
        uow.identities.coop.uri,
        known.digest,
        uow.now,
        replacement=wanted[0].content,
        reason=said,
    )
    await hosting.say(uow, known, [statements.signed(document, key, created=uow.now)])
    await audit.record(uow, by, "council.vouch", federation_id, {"coop": coop, "reason": said})


async def rejoin(uow: UnitOfWork, host: str, digest: str, *, by: str) -> str:
    """Come back to a federation that this node has forgotten: it was recovered without a backup.

    Its log is fetched first; then we ask for a new key. Returns its id here.
    """
    federation_id = await founding.wanted(uow, host, digest)
    await mirroring.ask(uow, await store.federation(uow, federation_id), host)
    await audit.record(uow, by, "council.rejoin", federation_id, {"charter": digest})
    return federation_id


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise InvalidInput({"reason": [_("Say why, in at most 200 characters.")]})
    return said


__all__ = ["rejoin", "replace_key", "vouch"]
