"""Obligations made: the creditor says it, the debtor signs it or contests it.

Only with both signatures does one count: in statements, in clearing, and in the books.
"""

import re
from datetime import date

from sqlalchemy import insert

from federation.storage import UnitOfWork
from node import audit, ledger, notices
from node.clearing import deadlines, lines, store, wire
from node.clearing.evidence import Refusal, Signed, other_digest, read_own, wrong_party
from node.clearing.models import obligation_table
from node.clearing.papers import Claim, ContestReason, Kind
from node.clearing.reading import read_claim, read_contest
from node.clearing.rules import BY_HAND, Event, Reason, State
from node.clearing.telling import tell
from node.clearing.views import ObligationView
from node.errors import Conflict, InvalidInput, NodeError, NotAllowed
from node.i18n import _
from node.money import Money
from node.notices import NoticeKind

_o = obligation_table.c
_LONGEST_BASIS = 300
CLAIM_KEY = re.compile(r"[0-9a-hjkmnp-tv-z]{26}", re.ASCII)


async def claim(
    uow: UnitOfWork,
    debtor: str,
    money: Money,
    due_on: date,
    reason: Reason,
    *,
    basis: str = "",
    key: str | None = None,
    by: str,
) -> ObligationView:
    """Say by hand that a coop owes us. basis: where it was decided, the same for both sides; key:
    of the form or call that says it, a new id. Said again with either, it is the claim of before.

    Raises InvalidInput (`amount`, `reason`, `coop`, `basis`), Conflict beyond the trust line.
    """
    _check_claim(money, reason, basis)
    await lines.check_partner(uow, debtor)
    if key is not None and not CLAIM_KEY.fullmatch(key):
        raise Conflict(_("This key is none of ours: open the page again."), "form-used")
    number = key or uow.new_id()
    uri = wire.address(uow, "obligations", number)
    said = Claim(debtor, uow.identities.coop.uri, money, due_on, reason, basis.strip() or uri)
    if known := await find(uow, said):
        if known.money == money:
            return known
        text = _("This was claimed before, with another sum. Say what this one is for.")
        raise InvalidInput({"basis": [text]})
    if key is not None and await store.one(uow, _o.id == key) is not None:
        raise Conflict(_("Another claim was made with this key: take a new one."), "key-used")
    await lines.check(uow, debtor, money, we_owe=False)
    await _check_basis(uow, said)
    made = await say(uow, said, number)
    await audit.record(uow, by, "clearing.claim", made.id)
    return made


async def say(uow: UnitOfWork, said: Claim, number: str | None = None) -> ObligationView:
    """Write a claim of ours and send it to the debtor; the same claim again is the first one."""
    known = await find(uow, said)
    if known is not None:
        return known
    number = number or uow.new_id()
    uri = wire.address(uow, "obligations", number)
    signed = wire.written(uow, Kind.OBLIGATION, uri, said.facts)
    await enter(uow, number, said, signed)
    await wire.say(uow, signed, [said.debtor])
    await lines.warn(uow, said.debtor, said.money.currency, we_owe=False)
    return await store.by_id(uow, number)


async def expect(uow: UnitOfWork, said: Claim) -> ObligationView:
    """Note that we owe this; once the creditor has said it too, sign it within the trust line."""
    known = await find(uow, said)
    if known is None:
        number = uow.new_id()
        await enter(uow, number, said, None)
        await lines.warn(uow, said.creditor, said.money.currency, we_owe=True)
        return await store.by_id(uow, number)
    if known.state is State.ACCRUED and known.document and _agrees(known.claim, said):
        await _acknowledge_within_line(uow, known)
        return await store.by_id(uow, known.id)
    return known


async def acknowledge(uow: UnitOfWork, obligation_id: str, *, by: str) -> ObligationView:
    """Sign that we owe it. Raises NotFound, NotAllowed, Conflict."""
    known = await store.by_id(uow, obligation_id)
    _check_debtor(known)
    made = await _acknowledge(uow, known)
    await audit.record(uow, by, "clearing.acknowledge", made.id)
    return made


async def contest(
    uow: UnitOfWork, obligation_id: str, reason: ContestReason, *, by: str
) -> ObligationView:
    """Say that we do not owe it. Raises NotFound, NotAllowed, Conflict."""
    known = await store.by_id(uow, obligation_id)
    _check_debtor(known)
    made = await _contest(uow, known, reason)
    await audit.record(uow, by, "clearing.contest", made.id, {"reason": reason.value})
    return made


async def hear_claim(uow: UnitOfWork, signed: Signed) -> bool:
    """A coop says that we owe it. Returns whether that was news. Raises Refusal."""
    said = read_claim(signed.paper.facts)
    if said.creditor != signed.paper.author or said.debtor != uow.identities.coop.uri:
        raise wrong_party()
    known = await find(uow, said)
    if known is not None and known.document is not None:
        if not _agrees(known.claim, said):
            raise Refusal(409, "claim-changed", "This was claimed before, with another sum or day.")
        return False
    if await store.one(uow, _o.uri == signed.paper.uri) is not None:
        raise Refusal(409, "claim-changed", "This address stands for another obligation.")
    if known is None:
        return await _hear_new(uow, said, signed)
    filled = await _fill(uow, known, said, signed)
    if _agrees(known.claim, said):
        await _acknowledge_within_line(uow, filled)
    else:
        await _contest(uow, filled, ContestReason.AMOUNT_DIFFERS)
    return True


async def hear_acknowledgement(uow: UnitOfWork, signed: Signed) -> bool:
    """The debtor signs what we claimed. Raises Refusal, Conflict."""
    known = await _answered(uow, signed)
    if known.state not in (State.ACCRUED, State.CONTESTED):
        return False
    await count(uow, known, signed)
    return True


async def hear_contest(uow: UnitOfWork, signed: Signed) -> bool:
    """The debtor contests what we claimed. Raises Refusal."""
    known = await _answered(uow, signed)
    if known.state is not State.ACCRUED:
        return False
    reason = read_contest(signed.paper.facts)
    await store.move(uow, [known], Event.CONTEST, contested_because=reason.value)
    await _tell(uow, NoticeKind.OBLIGATION_CONTESTED, known)
    return True


async def _hear_new(uow: UnitOfWork, said: Claim, signed: Signed) -> bool:
    try:
        await lines.check(uow, said.creditor, said.money, we_owe=True)
    except NodeError as error:
        raise Refusal(409, error.code, str(error)) from None
    number = uow.new_id()
    await enter(uow, number, said, signed)
    await lines.warn(uow, said.creditor, said.money.currency, we_owe=True)
    await _tell(uow, NoticeKind.OBLIGATION_CLAIMED, await store.by_id(uow, number))
    return True


async def _answered(uow: UnitOfWork, signed: Signed) -> ObligationView:
    known = await store.one(uow, _o.uri == (signed.paper.answers or ""))
    if known is None:
        raise Refusal(409, "unknown-obligation", "We know of no such obligation.")
    if signed.paper.author != known.debtor or known.we_owe:
        raise wrong_party()
    if signed.paper.answers_digest != known.digest:
        raise other_digest()
    return known


async def _acknowledge_within_line(uow: UnitOfWork, known: ObligationView) -> None:
    """Sign what both sides said; beyond the line the treasurer signs or contests it."""
    room = await lines.headroom(uow, known.creditor, known.money.currency, we_owe=True)
    if room.is_overdrawn:  # what is owed already counts what is to be signed
        await _tell(uow, NoticeKind.OBLIGATION_CLAIMED, known)
        return
    await _acknowledge(uow, known)


async def _acknowledge(uow: UnitOfWork, known: ObligationView) -> ObligationView:
    if known.document is None:
        raise Conflict(
            _("The other coop has not said yet that we owe this. It will, or ask it to."),
            "not-claimed",
        )
    claimed = read_own(known.document)
    uri = wire.address(uow, "acknowledgements", known.id)
    signed = wire.written(uow, Kind.ACKNOWLEDGEMENT, uri, answers=claimed)
    await count(uow, known, signed)
    await wire.answer(uow, signed, known.creditor, "Accept")
    return await store.by_id(uow, known.id)


async def _contest(uow: UnitOfWork, known: ObligationView, reason: ContestReason) -> ObligationView:
    if known.document is None:
        raise Conflict(_("The other coop has not said yet that we owe this."), "not-claimed")
    uri = wire.address(uow, "contests", known.id)
    facts = {"reason": reason.value}
    signed = wire.written(uow, Kind.CONTEST, uri, facts, answers=read_own(known.document))
    await store.move(uow, [known], Event.CONTEST, contested_because=reason.value)
    await wire.answer(uow, signed, known.creditor, "Reject")
    await notices.withdraw(uow, NoticeKind.OBLIGATION_CLAIMED, known.id)
    return await store.by_id(uow, known.id)


async def count(uow: UnitOfWork, known: ObligationView, signed: Signed) -> None:
    """Both have signed: from now on it counts, and stands in the books."""
    await store.move(
        uow,
        [known],
        Event.ACKNOWLEDGE,
        answer=signed.document,
        acknowledged_at=uow.now,
        contested_because=None,
    )
    recipes = ledger.recipes
    recipe = recipes.OBLIGATION_OWED if known.we_owe else recipes.OBLIGATION_DUE_TO_US
    await ledger.post(
        uow,
        recipe,
        source=f"obligation:{known.uri}",
        amounts={"amount": known.money},
        party=known.partner,
    )
    for kind in (NoticeKind.OBLIGATION_CLAIMED, NoticeKind.OBLIGATION_CONTESTED):
        await notices.withdraw(uow, kind, known.id)
    await deadlines.arm(uow, known.money.currency)


async def enter(uow: UnitOfWork, number: str, said: Claim, signed: Signed | None) -> None:
    """Write a claim that is not here yet; nobody is told."""
    ours = uow.identities.coop.uri
    await uow.execute(
        insert(obligation_table).values(
            id=number,
            uri=signed.paper.uri if signed else None,
            creditor=said.creditor,
            debtor=said.debtor,
            partner=said.creditor if said.debtor == ours else said.debtor,
            currency=said.money.currency,
            scale=said.money.scale,
            amount=said.money.amount,
            remaining=said.money.amount,
            due_on=said.due_on,
            reason=said.reason.value,
            basis=said.basis,
            evidence_digest=said.evidence_digest,
            state=State.ACCRUED.value,
            document=signed.document if signed else None,
            digest=signed.digest if signed else None,
            created_at=uow.now,
        )
    )


async def _fill(
    uow: UnitOfWork, known: ObligationView, said: Claim, signed: Signed
) -> ObligationView:
    """What we expected was said: from now on it has its address, and the day that it is due."""
    await uow.execute(
        obligation_table.update()
        .where(_o.id == known.id)
        .values(
            uri=signed.paper.uri,
            document=signed.document,
            digest=signed.digest,
            due_on=said.due_on,
        )
    )
    return await store.by_id(uow, known.id)


async def is_known(uow: UnitOfWork, said: Claim) -> bool:
    """Whether this was claimed, or is expected, already."""
    return await find(uow, said) is not None


async def find(uow: UnitOfWork, said: Claim) -> ObligationView | None:
    """The obligation that this claim is about, if it is here."""
    return await store.one(
        uow,
        _o.creditor == said.creditor,
        _o.debtor == said.debtor,
        _o.basis == said.basis,
        _o.reason == said.reason.value,
        _o.currency == said.money.currency,
    )


def _agrees(one: Claim, other: Claim) -> bool:
    """The same parties, sum and evidence; the creditor alone says when it is due."""
    return (one.debtor, one.creditor, one.money, one.evidence_digest) == (
        other.debtor,
        other.creditor,
        other.money,
        other.evidence_digest,
    )


async def _check_basis(uow: UnitOfWork, said: Claim) -> None:
    """What a coop claims is named once, whoever owes it. Raises InvalidInput (`basis`)."""
    of_others = await store.one(
        uow,
        _o.creditor == said.creditor,
        _o.debtor != said.debtor,
        _o.basis == said.basis,
        _o.reason == said.reason.value,
        _o.currency == said.money.currency,
    )
    if of_others is not None:
        text = _("This was claimed of another coop by the same words: add which coop it is for.")
        raise InvalidInput({"basis": [text]})


def _check_debtor(known: ObligationView) -> None:
    if not known.we_owe:
        raise NotAllowed(_("Whether it is owed is for the other coop to say."), "wrong-party")


def _check_claim(money: Money, reason: Reason, basis: str) -> None:
    if money.amount <= 0:
        raise InvalidInput({"amount": [_("Use an amount above zero.")]})
    if reason not in BY_HAND:
        raise InvalidInput(
            {"reason": [_("Fees and payments come from their referral or agreement.")]}
        )
    if len(basis) > _LONGEST_BASIS:
        raise InvalidInput({"basis": [_("Use at most %(n)s characters.", n=_LONGEST_BASIS)]})


async def _tell(uow: UnitOfWork, kind: NoticeKind, known: ObligationView) -> None:
    await tell(uow, kind, known.id, coop=known.partner, money=known.money)
