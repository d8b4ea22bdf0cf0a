"""What people can do: ask, answer, change, deliver, pay, cancel, object."""

import re
from hashlib import sha256

from msgspec import Struct

from federation.storage import UnitOfWork
from node import audit, handoffs, members, threads
from node.accounts import AccountView
from node.agreements import (
    contacts,
    drafting,
    moves,
    repricing,
    saying,
    sharing,
    steps,
    store,
    wire,
)
from node.agreements.beginning import begun
from node.agreements.choices import Step
from node.agreements.contacts import Contact
from node.agreements.drafting import Revision, Wanted
from node.agreements.life import Event
from node.agreements.parties import By, forgets, is_own, of_account, of_guest, sides_of
from node.agreements.paying import DepositEvent, PaymentEvent
from node.agreements.sides import Role
from node.agreements.views import AgreementView, uri_of
from node.agreements.wire import Said
from node.errors import Conflict, InvalidInput, NotAllowed
from node.i18n import _
from node.listings import ANYBODY, Viewer

_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)
"""Long enough that nobody guesses it: a guest's link is made of it."""
_BY_ITSELF = frozenset(
    {
        Event.EXPIRE,
        Event.SCHEDULE,
        Event.AUTO_CONFIRM,
        Event.SETTLE,
        DepositEvent.TAKE_DEPOSIT,
    }
)
_FOR_PEOPLE: dict[str, Step] = {
    step.value: step for step in (*Event, *PaymentEvent, *DepositEvent) if step not in _BY_ITSELF
}

SIGNING = frozenset({Event.ACCEPT, Event.AGREE_CHANGE})
"""Steps that sign what was shown."""
REVISING = frozenset({Event.COUNTER, Event.CHANGE})
"""Steps that say anew what was shown."""


class Asked(Struct, frozen=True):
    """A request that was made. secret: of a guest's link, told now and never again."""

    agreement: AgreementView
    secret: str | None


async def ask(
    uow: UnitOfWork,
    wanted: Wanted,
    *,
    account: AccountView | None,
    contact: Contact | None = None,
    send: bool = True,
    key: str | None = None,
) -> Asked:
    """Ask for listings, of ours or of a peer's; nobody's account: a guest, who says who they are.

    send: False keeps a draft. key: of the form that asks; the same person asking with it again
    gets what they asked for before. Raises NotFound, Conflict ("taken" when somebody was quicker),
    NotAllowed, InvalidInput.
    """
    asked_key = _digest_of(key, account)
    link = contacts.link_for(uow.entropy, key)
    if asked_key and (before := await store.asked_with(uow, asked_key)):
        return Asked(before, link if before.guest else None)
    agreement_id, contact_id = uow.new_id(), uow.new_id()
    viewer = Viewer("member", account.id) if account else ANYBODY
    made = await drafting.draft(
        uow,
        wanted,
        viewer,
        agreement_uri=uri_of(uow.identities.base, agreement_id),
        account_id=account.id if account else None,
    )
    by = of_account(account) if account else of_guest(contact_id)
    if account is None and made.asker is Role.PROVIDER:
        raise NotAllowed(_("Only members can answer what is needed."), "members-only")
    asker = account.id if account else None
    contact = saying.checked(contact, made)
    behind = {made.asker: asker, made.asker.other: made.offered[0].account}
    guest = None if account else contact_id
    agreement = await begun(uow, agreement_id, made, behind, guest=guest)
    await store.add(uow, agreement, asked_key=asked_key)
    if account is not None:
        own = threads.account(account.id)
        await threads.attach_own(uow, own, agreement.listing_uri, agreement.uri, agreement.title)
    kept = None
    if account is None or contact is not None:
        kept = await contacts.keep(
            uow,
            agreement_id,
            made.asker,
            contact or Contact(),
            guest=account is None,
            id_=contact_id,
            link=link,
        )
    document = wire.signed(uow, agreement, made.terms)
    version = await store.add_version(
        uow,
        agreement_id,
        made.terms,
        author=made.asker,
        fees=made.fees,
        policies=made.policies,
        activity_id=None,
        documents=wire.role_documents(agreement, document, frozenset({made.asker})),
    )
    if send:
        await saying.say(uow, agreement, by, link)
        agreement = await steps.take(uow, agreement, Event.REQUEST, by, version=version)
    return Asked(agreement, kept.secret if kept else None)


async def do(
    uow: UnitOfWork,
    agreement_id: str,
    step: str,
    by: By,
    said: Said | None = None,
    *,
    revision: Revision | None = None,
    digest: str | None = None,
) -> AgreementView:
    """Take any step that is people's; revision: what a counter-offer or a change says anew.

    digest: of the terms that were shown to whoever signs or revises; None: of those on the table.
    Raises NotFound for whoever has no part in it, NotAllowed, Conflict ("terms-changed" when other
    terms were shown), Closed, InvalidInput.
    """
    agreement = await store.load(uow, agreement_id)
    if not sides_of(agreement, by):
        raise store.nothing()
    taken = _step(step)
    if taken is Event.REQUEST:
        await members.check_takes_part(uow, by.name if by.kind == "account" else None)
        await saying.say(uow, agreement, by)
        version = await store.version(uow, agreement.id, agreement.sequence)
        return await steps.take(uow, agreement, taken, by, version=version)
    if digest is not None and taken in SIGNING | REVISING:
        await moves.check_shown(uow, agreement, Event(taken), digest)
    if taken in REVISING:
        return await _revise(uow, agreement, Event(taken), by, revision or Revision())
    if taken in SIGNING:
        return await moves.agree(uow, agreement, Event(taken), by)
    return await moves.act(uow, agreement, taken, by, said or Said())


async def set_shared(uow: UnitOfWork, agreement_id: str, by: By, *, shared: bool) -> None:
    """Tick or untick: the other side may have one's name and contact.

    Raises NotFound, and NotAllowed for whoever would tick for somebody else.
    """
    agreement = await store.load(uow, agreement_id)
    if not sides_of(agreement, by):
        raise store.nothing()
    own = [role for role in Role if is_own(agreement, by, role)]
    if not own:
        raise NotAllowed(_("Only whose contact it is can decide this."), "contact-own")
    for role in own:
        await contacts.mark(uow, agreement_id, role, shared=shared)
        tell = sharing.announce if shared else sharing.withdraw
        await tell(uow, agreement, role)
    await audit.record(
        uow, by.recorded, f"agreements.{'share' if shared else 'unshare'}", agreement_id
    )


async def forget_contact(uow: UnitOfWork, agreement_id: str, by: By) -> None:
    """Destroy what one's side said of itself for an agreement, and what another coop handed out.
    What went to the other coop with the request is taken back there, what came with it is gone
    here.

    An admin does it for whoever has no account, too, once it is over. Raises NotFound, Conflict.
    """
    agreement = await store.load(uow, agreement_id)
    if not sides_of(agreement, by):
        raise store.nothing()
    own = forgets(agreement, by)
    if not own:
        raise Conflict(
            _("While this goes on, only whose contact it is can delete it."), "contact-needed"
        )
    for role in own:
        await sharing.withdraw(uow, agreement, role)
    for role in (*own, *(set(Role) - agreement.ours)):
        await contacts.forget(uow, agreement_id, role)
    await handoffs.forget(uow, [agreement_id])
    await threads.withdraw_for(uow, [one for one in (agreement.uri, agreement.their_uri) if one])
    await audit.record(uow, by.recorded, "agreements.forget", agreement_id)


async def _revise(
    uow: UnitOfWork, agreement: AgreementView, step: Event, by: By, revision: Revision
) -> AgreementView:
    versions = await store.versions(uow, agreement.id)
    standing = next(one for one in versions if one.sequence == agreement.sequence)
    role = steps.role_of(agreement, step, by)
    terms = await repricing.revised(uow, standing.terms, revision, role)
    return await moves.propose(uow, agreement, step, by, moves.with_next_sequence(terms, versions))


def _digest_of(key: str | None, account: AccountView | None) -> str | None:
    """What is kept of a form's key; each person's keys are their own. Raises InvalidInput."""
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput({"key": [_("This key is none of ours: open the page again.")]})
    return sha256(f"{account.id if account else 'guest'} {key}".encode()).hexdigest()


def _step(name: str) -> Step:
    step = _FOR_PEOPLE.get(name)
    if step is None:
        raise InvalidInput({"step": [_("Choose from: %(names)s.", names=", ".join(_FOR_PEOPLE))]})
    return step
