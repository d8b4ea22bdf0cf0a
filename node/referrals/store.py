"""Reading and writing referrals, and the one way in which a referral takes a step."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, listings, policies
from node.errors import NotFound
from node.events import events
from node.i18n import _
from node.policies import InForce, PolicyKey
from node.referrals.events import ReferralChanged
from node.referrals.fees import Ceilings
from node.referrals.life import Event, Party, Side, State, step
from node.referrals.models import consent_table, referral_table, step_table
from node.referrals.views import ConsentView, ReferralView, consent_view, referral_view

_r = referral_table.c
_c = consent_table.c

_FRESH: dict[str, Any] = dict.fromkeys(
    [
        "offer_id",
        "terms_digest",
        "answer_due",
        "consent_until",
        "box",
        "handoff",
        "agreement",
        "agreement_id",
        "reason",
        "outcome",
        "job_value",
        "fee_due",
        "completion_digest",
        "deleted_at",
        "by",
        "sent_at",
        "accepted_at",
        "answered_at",
    ]
) | {"rank": 0}


def address(reader: Reader, referral_id: str, *more: str) -> str:
    """Where something of a referral of ours lives."""
    return "/".join([reader.identities.base, "referrals", referral_id, *more])


async def add(uow: UnitOfWork, **columns: Any) -> ReferralView:
    """A new row; what is not given is empty."""
    dated = {"created_at": uow.now, "updated_at": uow.now}
    await uow.execute(insert(referral_table).values(_FRESH | dated | columns))
    return await get(uow, columns["id"])


async def find(reader: Reader, referral_id: str) -> ReferralView | None:
    """A referral by its id here."""
    rows = await reader.rows(select(referral_table).where(_r.id == referral_id))
    return referral_view(rows[0]) if rows else None


async def get(reader: Reader, referral_id: str) -> ReferralView:
    """As `find`. Raises NotFound."""
    found = await find(reader, referral_id)
    if found is None:
        raise NotFound(_("This referral is not here."))
    return found


async def by_uri(reader: Reader, uri: str) -> ReferralView | None:
    """A referral by the sender's address for it."""
    rows = await reader.rows(select(referral_table).where(_r.uri == uri))
    return referral_view(rows[0]) if rows else None


async def by_offer(reader: Reader, offer_id: str) -> ReferralView | None:
    """A referral by the Offer that passed it on."""
    rows = await reader.rows(select(referral_table).where(_r.offer_id == offer_id))
    return referral_view(rows[0]) if rows else None


async def by_agreement(reader: Reader, agreement_id: str) -> ReferralView | None:
    """A referral by our agreement that came of it."""
    rows = await reader.rows(select(referral_table).where(_r.agreement_id == agreement_id))
    return referral_view(rows[0]) if rows else None


async def of_case(reader: Reader, case_id: str) -> list[ReferralView]:
    """Every attempt of a case of ours, in their order."""
    chosen = select(referral_table).where(_r.case_id == case_id, _r.side == Side.SENT)
    return [referral_view(row) for row in await reader.rows(chosen.order_by(_r.rank))]


async def with_subject(reader: Reader, subject: str) -> list[ReferralView]:
    """Every attempt about one person's need."""
    chosen = select(referral_table).where(_r.subject == subject)
    return [referral_view(row) for row in await reader.rows(chosen)]


async def change(uow: UnitOfWork, referral_id: str, **columns: Any) -> ReferralView:
    """Write some columns."""
    changed = update(referral_table).where(_r.id == referral_id)
    await uow.execute(changed.values(columns | {"updated_at": uow.now}))
    return await get(uow, referral_id)


async def take_step(
    uow: UnitOfWork,
    view: ReferralView,
    event: Event,
    party: Party,
    *,
    by: str,
    reason: str | None = None,
    evidence: str | None = None,
    crossed: State | None = None,
    **columns: Any,
) -> ReferralView:
    """Let something happen to a referral, and note it. Raises NotAllowed and Conflict.

    by: an account's id, or the uri of the coop that said it. crossed: where it leads, by what the
    other coop says of its own side, whatever the table has from here.
    """
    after = crossed or step(view.state, event, party)
    before = select(func.count()).where(step_table.c.referral_id == view.id)
    await uow.execute(
        insert(step_table).values(
            id=uow.new_id(),
            referral_id=view.id,
            number=(await uow.scalar(before) or 0) + 1,
            event=event.value,
            before=view.state.value,
            after=after.value,
            party=party.value,
            by=by,
            at=uow.now,
            reason=reason,
            evidence=evidence,
        )
    )
    await audit.record(uow, by, f"referrals.{event.value}", view.id)
    told = columns if reason is None else columns | {"reason": reason}
    changed = await change(uow, view.id, state=after.value, **told)
    await events.announce(uow, ReferralChanged(view.id, view.uri, view.side, after, event))
    return changed


async def was_taken(reader: Reader, referral_id: str, evidence: str) -> bool:
    """Whether a message with this digest has had its effect."""
    s = step_table.c
    known = select(s.id).where(s.referral_id == referral_id, s.evidence == evidence)
    return await reader.scalar(known) is not None


async def consent_of(reader: Reader, case_id: str) -> ConsentView | None:
    """What the person of a case was asked and said."""
    rows = await reader.rows(select(consent_table).where(_c.case_id == case_id))
    return consent_view(rows[0]) if rows else None


async def ceilings(reader: Reader, listing: str | None) -> Ceilings:
    """What fees may be today, with the policies that say so. listing: what the need is for."""
    made = _ceilings((await policies.rulebook(reader, _KEYS)).settled)
    return replace(made, listing=await _category(reader, listing))


async def ceilings_for_others(
    reader: Reader, published: datetime | None, listing: str | None
) -> Ceilings:
    """What another coop's Offer of that moment is judged by."""
    book = await policies.rulebook(reader, _KEYS)

    def in_force(key: PolicyKey[Any]) -> InForce[Any]:
        return book.for_others(key, published)

    made = replace(_ceilings(in_force), listing=await _category(reader, listing))
    answer = in_force(policies.REFERRALS_ANSWER_DAYS)
    if answer.federation is None:
        return made
    return replace(made, answer_days=answer.value, answer=answer.limit)


async def _category(reader: Reader, listing: str | None) -> str:
    if listing is None:
        return ""
    return (await listings.categories(reader, [listing])).get(listing, "")


_KEYS: tuple[PolicyKey[Any], ...] = (
    policies.REFERRALS_FEE_CEILING_PERCENT,
    policies.REFERRALS_FEE_CEILING_FLAT,
    policies.REFERRALS_CARE_CATEGORIES,
    policies.REFERRALS_ANSWER_DAYS,
)


def _ceilings(in_force: Callable[[PolicyKey[Any]], InForce[Any]]) -> Ceilings:
    percent, flat, care = map(in_force, _KEYS[:3])
    return Ceilings(
        percent.value,
        flat.value,
        frozenset(care.value),
        (percent.limit, flat.limit, care.limit),
    )
