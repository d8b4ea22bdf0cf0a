"""What was agreed with others, and what came of it: agreements, people passed on, what is owed."""

from collections.abc import Sequence

from yarl import URL

from node import agreements, clearing, i18n, listings, referrals
from node.i18n import _
from node.money import Money
from ui.web.context import member_of, treasurer_of
from ui.web.lists.files import Asked, Cell, List, Part

AGREEMENTS = (
    "id",
    "title",
    "kind",
    "state",
    "payment",
    "deposit",
    "provider",
    "customer",
    "amount",
    "currency",
    "start",
    "end",
    "pickup",
    "lots",
    "answer_by",
    "asked",
    "agreed",
    "confirmed",
    "ended",
    "page",
)
REFERRALS = (
    "id",
    "side",
    "coop",
    "coop_name",
    "state",
    "need",
    "category",
    "place",
    "urgency",
    "budget",
    "fee_due",
    "currency",
    "answer_by",
    "consent_until",
    "outcome",
    "written",
    "changed",
    "page",
)
STANDING = (
    "coop",
    "coop_name",
    "currency",
    "they_owe",
    "we_owe",
    "net",
    "statement",
    "page",
)
OBLIGATIONS = (
    "id",
    "coop",
    "we_owe",
    "amount",
    "remaining",
    "currency",
    "due",
    "reason",
    "basis",
    "state",
    "made",
    "acknowledged",
    "page",
)


async def _agreements(asked: Asked) -> Part:
    by = agreements.of_account(member_of(asked.request))
    lot = asked.request.query.get("lot", "").strip()
    found = await agreements.agreements(
        asked.reader, by, lot=lot, after=asked.cursor, limit=asked.limit + 1
    )
    shown = await agreements.titled(asked.reader, found[: asked.limit], i18n.language.get())
    totals = await agreements.totals(asked.reader, shown)
    rows = [_agreement(one, totals.get(one.id, ()), asked.address) for one in shown]
    return Part(rows, shown[-1].id if len(found) > asked.limit else None)


def _agreement(one: agreements.AgreementView, total: Sequence[Money], base: str) -> Sequence[Cell]:
    """Sums in several currencies stand in one cell each, with a space between."""
    return (
        one.id,
        one.title,
        one.kind,
        one.state,
        one.payment,
        one.deposit,
        one.provider_coop,
        one.customer_coop,
        " ".join(f"{each.decimal:f}" for each in total),
        " ".join(each.currency for each in total),
        one.start_at,
        one.end_at,
        one.pickup,
        "; ".join(one.lots),
        one.answer_by,
        one.created_at,
        one.agreed_at,
        one.confirmed_at,
        one.ended_at,
        f"{base}/agreements/{one.id}",
    )


async def _referrals(asked: Asked) -> Part:
    """For the desk all of them; for a member what they wrote down. Nothing here names a person."""
    account = member_of(asked.request)
    by = None if account.is_admin else account.id
    found = await referrals.listed(asked.reader, by=by, after=asked.cursor, limit=asked.limit + 1)
    shown = found[: asked.limit]
    names = await listings.coop_names(asked.reader, {one.peer for one in shown if one.peer})
    rows = [_referral(one, names.get(one.peer or "", ""), asked.address) for one in shown]
    return Part(rows, shown[-1].id if len(found) > asked.limit else None)


def _referral(one: referrals.ReferralView, name: str, base: str) -> Sequence[Cell]:
    need = one.need
    return (
        one.id,
        one.side,
        one.peer,
        name,
        one.state,
        need.summary,
        need.category,
        need.place,
        need.urgency,
        need.budget.decimal if need.budget else None,
        one.fee_due.decimal if one.fee_due else None,
        one.fee_due.currency if one.fee_due else need.currency,
        one.answer_due,
        one.consent_until,
        one.outcome,
        one.created_at,
        one.updated_at,
        f"{base}/referrals/{one.id}",
    )


async def _standing(asked: Asked) -> Part:
    found = await clearing.partners(asked.reader)
    names = await listings.coop_names(asked.reader, {one.partner for one in found})
    return Part(
        [
            (
                one.partner,
                names.get(one.partner, ""),
                one.currency,
                one.owed.used.decimal,
                one.owing.used.decimal,
                one.net.decimal,
                one.statement.state if one.statement else None,
                asked.address + _page_of(one),
            )
            for one in found
        ]
    )


def _page_of(one: clearing.PartnerView) -> str:
    return str(URL("/owed/with").with_query(uri=one.partner, currency=one.currency))


async def _obligations(asked: Asked) -> Part:
    """With the coop and the currency that are named, or with all of them."""
    said = asked.request.query
    found, more = await clearing.obligations(
        asked.reader,
        partner=said.get("uri") or None,
        currency=said.get("currency") or None,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return Part([_obligation(one, asked.address) for one in found], more)


def _obligation(one: clearing.ObligationView, base: str) -> Sequence[Cell]:
    return (
        one.id,
        one.partner,
        one.we_owe,
        one.money.decimal,
        one.remaining.decimal,
        one.money.currency,
        one.due_on,
        one.reason,
        one.basis,
        one.state,
        one.created_at,
        one.acknowledged_at,
        f"{base}/owed/{one.id}",
    )


LISTS = (
    List("/agreements", _("Agreements"), AGREEMENTS, member_of, _agreements),
    List("/referrals", _("Referrals"), REFERRALS, member_of, _referrals),
    List("/owed", _("Owed between coops"), STANDING, treasurer_of, _standing),
    List("/owed/with", _("Owed between coops"), OBLIGATIONS, treasurer_of, _obligations),
)
