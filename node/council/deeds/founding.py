"""Founding a federation, and coming to belong to one.

A coop invites others with the rules; each answers with its keys; the charter is made of the rules
and the keys, and counts when every founder has signed it. Later ones apply, and a quorum says yes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits, members, peers
from node.council.rows import reminders, store, wire
from node.council.rows.keyring import Use, key
from node.council.rows.models import federation_table, invitee_table
from node.council.rows.store import Federation
from node.council.rows.wire import Message
from node.council.state.record import Inadmissible
from node.council.steps import following, hosting
from node.council.words import charter as charters
from node.council.words import governable, statements
from node.council.words.charter import Rules
from node.council.words.statements import Kind, Statement
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import _
from protocol.errors import ProtocolError
from protocol.keys import multikey_of
from protocol.transparency.merkle import EMPTY_ROOT

INVITING, INVITED, JOINING, APPLYING = "inviting", "invited", "joining", following.APPLYING
_i = invitee_table.c


async def found(uow: UnitOfWork, agreed: Rules, coops: Sequence[str], *, by: str) -> str:
    """Invite coops to found a federation whose log our node will keep. Returns its id here.

    coops: addresses of coops that we have been in touch with. Raises InvalidInput for rules by
    which one coop alone could stop or outvote the others.
    """
    federation_id = uow.new_id()
    ours = uow.identities.coop.uri
    governable.check_founding(agreed, len({*coops, ours}))
    await open_row(uow, federation_id, agreed, ours, federation_id, INVITING, joined=True)
    await _note(uow, federation_id, await _application(uow, federation_id, federation_id))
    for coop in sorted(set(coops) - {ours}):
        await invite(uow, federation_id, coop, by=by)
    await audit.record(uow, by, "council.found", federation_id, {"name": agreed.name})
    return federation_id


async def invite(uow: UnitOfWork, federation_id: str, coop: str, *, by: str) -> None:
    """Ask one more coop to found the federation with us."""
    known = await store.federation(uow, federation_id)
    if known.state != INVITING:
        raise Conflict(
            _("This federation is founded; a coop can apply to be let in."), "founded-already"
        )
    invited = select(_i.coop).where(_i.federation_id == federation_id, _i.coop == coop)
    if await uow.scalar(invited) is None:
        await uow.execute(
            insert(invitee_table).values(
                federation_id=federation_id, coop=coop, application=None, asked_at=uow.now
            )
        )
    facts = {"invitation": federation_id, "rules": known.rules}
    await wire.say(uow, Message.INVITATION, facts, [coop], wire.lane_of(uow, federation_id))
    await audit.record(uow, by, "council.invite", federation_id, {"coop": coop})


async def hear_invitation(
    uow: UnitOfWork, host: str, invitation: str, rules: Mapping[str, Any]
) -> bool:
    """A coop asks us to found a federation with it; a person here decides. Raises InvalidInput."""
    agreed = charters.read_rules(rules)
    known = await store.by_invitation(uow, host, invitation)
    if known is not None:
        return False
    f = federation_table.c
    waiting = select(func.count()).where(f.host == host, f.state == INVITED)
    if (await uow.scalar(waiting) or 0) >= limits.COUNCIL_INVITATIONS:
        raise Inadmissible("too-many-invitations", "Enough of yours wait for an answer.", 409)
    federation_id = uow.new_id()
    await open_row(uow, federation_id, agreed, host, invitation, INVITED, joined=False)
    await reminders.invited(uow, federation_id, agreed.name)
    return True


async def join(uow: UnitOfWork, federation_id: str, *, by: str) -> None:
    """Say yes to an invitation: our keys go to the host, and we sign the charter made of them."""
    known = await store.federation(uow, federation_id)
    if known.state != INVITED:
        raise Conflict(_("There is no invitation that waits for an answer."), "not-invited")
    said = await _application(uow, federation_id, known.invitation)
    await store.change(uow, federation_id, state=JOINING, joined=True)
    await reminders.answered(uow, federation_id)
    await wire.tell(uow, said, [known.host], wire.lane_of(uow, federation_id))
    await audit.record(uow, by, "council.join", federation_id)


async def hear_founder(uow: UnitOfWork, statement: Statement) -> bool:
    """A coop that we invited says yes. When all have, the charter goes round to be signed."""
    known = await store.by_invitation(uow, uow.identities.coop.uri, str(statement["invitation"]))
    if known is None or known.state != INVITING:
        raise Inadmissible("not-invited", "There is no such invitation, or it is over.", 409)
    asked = select(_i.application).where(_i.federation_id == known.id, _i.coop == statement.coop)
    rows = await uow.rows(asked)
    if not rows:
        raise Inadmissible("not-invited", "This coop was not invited.", 403)
    if rows[0].application is not None:
        return False
    if statement["key"] not in statements.signers(statement):
        raise Inadmissible("not-signed", "It is not signed with the key that it names.", 401)
    await _note(uow, known.id, statement)
    said = await uow.scalars(select(_i.application).where(_i.federation_id == known.id))
    if all(said):
        await _send_charter(uow, known, [statements.read(text) for text in said if text])
    return True


async def joining(reader: Reader, host: str, invitation: str) -> Federation | None:
    """What we said yes to when this host invited us, until its log begins."""
    known = await store.by_invitation(reader, host, invitation)
    return known if known is not None and known.state == JOINING else None


async def hear_charter(uow: UnitOfWork, known: Federation, text: str) -> bool:
    """The charter to be signed: we sign if it is made of what we said yes to and of our keys."""
    charter = statements.read(text)
    ours = uow.identities.coop.uri
    if charter.kind is not Kind.CHARTER or charter.coop != known.host:
        raise Inadmissible("bad-charter", "This is no charter of the host's.")
    agreed = charters.read_rules(charter.document)
    governable.check_founding(agreed, len(charter["members"]))
    if agreed.document != known.rules or not charters.is_sound(charter):
        raise Inadmissible("other-rules", "The charter is not what we were invited to.", 409)
    mine = [each for each in charter["members"] if each["coop"] == ours]
    coop_key = await key(uow, known.id, Use.COOP)
    witness = await key(uow, known.id, Use.WITNESS)
    keys = (multikey_of(coop_key.public_key()), multikey_of(witness.public_key()))
    if [(each["key"], each["witness"]) for each in mine] != [keys]:
        raise Inadmissible("other-keys", "The charter does not name our keys.", 409)
    signed = statements.signed(
        {name: value for name, value in charter.document.items() if name != "proof"},
        coop_key,
        created=uow.now,
    )
    await store.change(uow, known.id, digest=signed.content, draft=signed.text)
    facts = {"invitation": known.invitation, "charter": signed.text}
    await wire.say(uow, Message.CHARTER_DRAFT, facts, [known.host], wire.lane_of(uow, known.id))
    return True


async def hear_signature(uow: UnitOfWork, coop: str, invitation: str, text: str) -> bool:
    """A founder has signed the charter; when all have, it becomes the first entry of the log."""
    known = await store.by_invitation(uow, uow.identities.coop.uri, invitation)
    if known is None or known.draft is None:
        return False
    known = await store.locked(uow, known.id)
    if known.size:
        return False
    draft, signed = statements.read(known.draft), statements.read(text)
    founders = {each["key"]: each["coop"] for each in draft["members"]}
    signers = statements.signers(signed)
    if signed.content != draft.content or coop not in {founders.get(each) for each in signers}:
        raise Inadmissible("other-charter", "This is not the charter, signed by you.", 409)
    together = statements.with_proofs(draft, [signed])
    await store.change(uow, known.id, draft=together.text)
    if set(founders) <= statements.signers(together):
        await store.change(uow, known.id, digest=together.content, draft=None)
        await hosting.accept(uow, known.id, together)
    return True


async def apply(
    uow: UnitOfWork, host: str, digest: str, *, by: str, agreed: Rules | None = None
) -> str:
    """Ask to be let into a federation. digest: of its charter, known from its members. agreed: its
    rules, as far as we were told them; its log will say.

    Returns its id here. Raises Conflict, also where that host was asked already: an application of
    today would take the place of the one that some have said yes to.
    """
    known = await store.by_digest(uow, digest)
    if known is not None and known.host == host:
        raise Conflict(_("This federation is known here already."), "federation-known")
    federation_id = await wanted(uow, host, digest, agreed)
    said = await _application(uow, federation_id, None, digest)
    await wire.tell(uow, said, [host], wire.lane_of(uow, federation_id))
    await audit.record(uow, by, "council.apply", federation_id, {"charter": digest})
    return federation_id


async def wanted(uow: UnitOfWork, host: str, digest: str, agreed: Rules | None = None) -> str:
    """The row of a federation that we want into. Wanted again before its log has come, it is asked
    for at this host: the one before was no host, or is none any more. Raises Conflict."""
    known = await store.by_digest(uow, digest)
    if known is not None and (known.state != APPLYING or known.size):
        raise Conflict(_("This federation is known here already."), "federation-known")
    federation_id = known.id if known else uow.new_id()
    if known is None:
        await open_row(uow, federation_id, agreed, host, federation_id, APPLYING, joined=True)
    await store.change(uow, federation_id, digest=digest, host=host, epoch=0, mandate=None)
    return federation_id


async def admit(uow: UnitOfWork, federation_id: str, coop: str, *, by: str) -> None:
    """Say yes to a coop that asked to be let in. When a quorum has, it is a member."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    found_ = [each for each in record.applications.values() if each.coop == coop]
    if not found_:
        raise Conflict(_("This coop has not asked to be let in."), "application-unknown")
    await _say(uow, known, Kind.ADMIT, application=found_[-1].content)
    await audit.record(uow, by, "council.admit", federation_id, {"coop": coop})


async def leave(uow: UnitOfWork, federation_id: str, *, by: str) -> None:
    """Leave a federation, of ourselves."""
    known = await store.federation(uow, federation_id)
    if hosting.keeps(uow, known):
        raise NotAllowed(
            _("Your node keeps this federation's log. Hand it over to another coop first."),
            "host-leaves",
        )
    await _say(uow, known, Kind.LEAVE)
    await audit.record(uow, by, "council.leave", federation_id)


async def _say(uow: UnitOfWork, known: Federation, kind: Kind, **fields: Any) -> None:
    """Say something to the log as our coop. Raises Conflict unless we are a member."""
    if known.state != following.ACTIVE:
        raise Conflict(_("We are no member of this federation."), "not-a-member")
    document = statements.new(kind, uow.identities.coop.uri, known.digest, uow.now, **fields)
    private = await key(uow, known.id, Use.COOP)
    await hosting.say(uow, known, [statements.signed(document, private, created=uow.now)])


async def open_row(
    uow: UnitOfWork,
    federation_id: str,
    agreed: Rules | None,
    host: str,
    invitation: str,
    state: str,
    *,
    joined: bool,
) -> None:
    """A federation's row, as long as there is no charter."""
    await uow.execute(
        insert(federation_table).values(
            id=federation_id,
            digest=None,
            name=agreed.name if agreed else "",
            host=host,
            state=state,
            rules=agreed.document if agreed else {},
            invitation=invitation,
            joined=joined,
            draft=None,
            size=0,
            frontier=[],
            announced=0,
            cosigned_size=0,
            cosigned_root=EMPTY_ROOT,
            head_size=0,
            stopped_because=None,
            epoch=0,
            mandate=None,
            signed_epoch=0,
            signed_start=0,
            asked=None,
            well_at=uow.now,
            answered=None,
            created_at=uow.now,
        )
    )


async def _application(
    uow: UnitOfWork, federation_id: str, invitation: str | None, digest: str | None = None
) -> Statement:
    coop_key = await key(uow, federation_id, Use.COOP)
    witness = await key(uow, federation_id, Use.WITNESS)
    counted = await members.count_by_class(uow)
    document = statements.new(
        Kind.APPLICATION,
        uow.identities.coop.uri,
        digest,
        uow.now,
        invitation=invitation,
        name=(await peers.our_profile(uow)).name,
        key=multikey_of(coop_key.public_key()),
        witness=multikey_of(witness.public_key()),
        members=sum(counted.values()),
    )
    return statements.signed(document, coop_key, created=uow.now)


async def _note(uow: UnitOfWork, federation_id: str, statement: Statement) -> None:
    """Keep a founder's keys."""
    changed = update(invitee_table).where(
        _i.federation_id == federation_id, _i.coop == statement.coop
    )
    if statement.coop == uow.identities.coop.uri:
        await uow.execute(
            insert(invitee_table).values(
                federation_id=federation_id,
                coop=statement.coop,
                application=statement.text,
                asked_at=uow.now,
            )
        )
        return
    await uow.execute(changed.values(application=statement.text))


async def _send_charter(
    uow: UnitOfWork, known: Federation, applications: Sequence[Statement]
) -> None:
    """Make the charter, sign it first, and send it round."""
    log_key = await key(uow, known.id, Use.LOG)
    coop_key = await key(uow, known.id, Use.COOP)
    try:
        document = charters.draft(
            charters.read_rules(known.rules),
            applications,
            uow.identities.coop.uri,
            multikey_of(log_key.public_key()),
            uow.now,
        )
    except (InvalidInput, ProtocolError) as error:
        raise Inadmissible("bad-charter", str(error)) from None
    signed = statements.signed(document, coop_key, created=uow.now)
    await store.change(uow, known.id, draft=signed.text)
    facts = {"invitation": known.invitation, "charter": signed.text}
    coops = [each.coop for each in applications]
    await wire.say(uow, Message.CHARTER_DRAFT, facts, coops, wire.lane_of(uow, known.id))


__all__ = ["admit", "apply", "found", "invite", "join", "leave"]
