"""Who votes for our coop: named by a mandate, in the log, under a number that only rises.

A key that was lost or stolen is replaced by the next mandate. What it signed before stands until
the new delegate votes again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from federation.storage import Reader, UnitOfWork
from node import accounts, audit, notices
from node.council.rows import store, terms
from node.council.rows.keyring import Use, held, make, note, of_delegate, whose
from node.council.rows.store import Federation
from node.council.state.record import Record
from node.council.steps import following, hosting
from node.council.words import shapes, statements
from node.council.words.statements import Kind
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.notices import NoticeKind
from protocol.keys import multikey_of

MOST = 20


class Named(Struct, frozen=True):
    """A delegate to be named. device_key: the public key on their own device; None: the one that
    votes for us by now, if they have one, else a new key on this node."""

    account_id: str
    device_key: str | None = None


async def name_delegates(
    uow: UnitOfWork,
    federation_id: str,
    delegates: Sequence[Named],
    alternates: Sequence[Named] = (),
    *,
    by: str,
) -> int:
    """Say who speaks for us from now on, instead of whoever did; returns the mandate's number.

    Raises InvalidInput, Conflict.
    """
    known = await store.federation(uow, federation_id)
    if known.state != following.ACTIVE:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    if not delegates or len(delegates) + len(alternates) > MOST:
        raise InvalidInput({"delegates": [_("Name between one and twenty people.")]})
    speaking, standing_in = ({each.account_id for each in some} for some in (delegates, alternates))
    people = speaking | standing_in
    if speaking & standing_in:
        raise InvalidInput(
            {"alternates": [_("Nobody stands in for themselves: choose another member.")]}
        )
    record = await store.record(uow, known, with_leaves=False)
    ours = uow.identities.coop.uri
    before = record.mandates.get(ours, {})
    await terms.check_may_serve(uow, known.id, people, before.values())
    await terms.check_may_vote(uow, people)
    epoch = max(before, default=0) + 1
    kept = await _on_devices(uow, known, record)
    document = statements.new(
        Kind.MANDATE,
        ours,
        known.digest,
        uow.now,
        epoch=epoch,
        delegates=[await _named(uow, known, each, kept) for each in delegates],
        alternates=[await _named(uow, known, each, kept) for each in alternates],
    )
    coop_key = await held(uow, known.id, Use.COOP)
    if coop_key is None:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    await hosting.say(uow, known, [statements.signed(document, coop_key, created=uow.now)])
    await notices.withdraw(uow, NoticeKind.COUNCIL_TERM_OVER, federation_id)
    await audit.record(uow, by, "council.mandate", federation_id, {"epoch": epoch})
    return epoch


async def lost_key(
    uow: UnitOfWork,
    federation_id: str,
    key: str,
    *,
    account_id: str,
    device_key: str | None = None,
    by: str,
) -> int:
    """A delegate's key was lost or stolen: the next mandate names the same people, this one of them
    with another key; returns its number. key: the public half of the old one.

    What the old key signed before stands until the delegate votes again. Raises InvalidInput,
    Conflict.
    """
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    ours = uow.identities.coop.uri
    said, coop_key = record.mandates.get(ours, {}), await following.our_key(uow, known, record)
    epoch = max(said, default=0)
    if coop_key is None or key not in in_office(record, ours)[1]:
        raise Conflict(_("This is no key of a delegate of ours."), "not-a-delegate")
    fresh = await _named(uow, known, Named(account_id, device_key), {})
    groups = {
        group: [
            each | {name: fresh[name] for name in ("key", "custody")}
            if each["key"] == key
            else each
            for each in said[epoch][group]
        ]
        for group in ("delegates", "alternates")
    }
    document = statements.new(Kind.MANDATE, ours, known.digest, uow.now, epoch=epoch + 1, **groups)
    await hosting.say(uow, known, [statements.signed(document, coop_key, created=uow.now)])
    await audit.record(uow, by, "council.lost-key", federation_id, {"epoch": epoch + 1})
    return epoch + 1


async def delegate_key(
    reader: Reader, known: Federation, record: Record, account_id: str
) -> str | None:
    """By which an account votes for us, by our newest mandate that is in the log; None: by none."""
    in_force = in_office(record, reader.identities.coop.uri)[1]
    return await of_delegate(reader, known.id, account_id, in_force)


def in_office(record: Record, coop: str) -> tuple[int, set[str]]:
    """The number of a coop's newest mandate, and the keys of whom it names."""
    epoch, named = _newest(record, coop)
    return epoch, {each["key"] for each in named}


def on_devices(record: Record, coop: str) -> set[str]:
    """The keys of those in office who have theirs on their own device."""
    return {each["key"] for each in _newest(record, coop)[1] if each["custody"] == "device"}


def _newest(record: Record, coop: str) -> tuple[int, list[dict[str, Any]]]:
    found = record.mandates.get(coop, {})
    if not found:
        return 0, []
    epoch = max(found)
    return epoch, [*found[epoch]["delegates"], *found[epoch]["alternates"]]


async def _on_devices(reader: Reader, known: Federation, record: Record) -> dict[str, str]:
    """By account, the keys on devices that vote for us now."""
    found = await whose(reader, known.id, on_devices(record, reader.identities.coop.uri))
    return {account_id: key for key, account_id in found.items()}


async def _named(
    uow: UnitOfWork, known: Federation, each: Named, kept: Mapping[str, str]
) -> dict[str, str]:
    account = await accounts.account(uow, each.account_id)
    if account is None:
        raise InvalidInput({"delegates": [_("There is no such account.")]})
    public = kept.get(each.account_id) if each.device_key is None else each.device_key
    if public is not None:
        if not shapes.key(public):
            raise InvalidInput({"delegates": [_("This is no key of a device.")]})
        custody = await note(uow, known.id, public, each.account_id)
        if custody is None:
            used = _("This key is used already: make another one for this federation.")
            raise InvalidInput({"delegates": [used]})
        return {"id": uow.new_id(), "key": public, "custody": custody}
    private = await make(uow, known.id, Use.DELEGATE, each.account_id)
    return {"id": uow.new_id(), "key": multikey_of(private.public_key()), "custody": "node"}
