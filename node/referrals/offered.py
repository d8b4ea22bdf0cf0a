"""What a listing offers whoever passes somebody on to it: what a referral begins with."""

from msgspec.structs import replace

from federation.storage import Reader
from node import listings
from node.listings import ListingView, MirrorView
from node.money import Money
from node.referrals import store
from node.referrals.fees import Ceilings, FeeKind, FeeTerms, is_care
from node.referrals.rules import Draft


async def offered(reader: Reader, listing: str | None) -> FeeTerms | None:
    """What the listing offers, as far as the policies in force allow; None for nothing."""
    found = await listings.at_addresses(reader, [listing]) if listing else []
    said = _terms(found[0]) if found else None
    return said and _within(said, await store.ceilings(reader, listing))


async def begun_with(reader: Reader, listing: str | None) -> Draft:
    """A need that another coop's listing could serve: its category, and the fee that it offers."""
    found = await listings.at_addresses(reader, [listing]) if listing else []
    theirs = next((one for one in found if isinstance(one, MirrorView)), None)
    draft = Draft("", category=(theirs and theirs.category) or "", listing_uri=listing)
    fee = await offered(reader, listing) if theirs else None
    if fee is None:
        return draft
    return replace(
        draft,
        currency=fee.amount.currency if fee.amount else "",
        fee_kind=fee.kind,
        fee_amount=fee.amount.decimal if fee.amount else None,
        fee_percent=fee.percent if fee.share else None,
    )


async def with_fee(reader: Reader, draft: Draft) -> Draft:
    """A need of which nobody said what fee it is passed on for: that of the listing, where it can
    be."""
    known = await begun_with(reader, draft.listing_uri)
    ceilings = await store.ceilings(reader, None)
    currency = draft.currency.strip().upper() or known.currency
    is_other = bool(known.currency) and known.currency != currency
    is_over = draft.budget is not None and (known.fee_amount or 0) > draft.budget
    category = draft.category or known.category
    if is_other or is_over or not category or is_care(category, ceilings.care):
        return replace(draft, fee_kind=FeeKind.NONE)
    return replace(
        draft,
        category=category,
        currency=currency,
        fee_kind=known.fee_kind,
        fee_amount=known.fee_amount,
        fee_percent=known.fee_percent,
    )


def _terms(view: ListingView | MirrorView) -> FeeTerms | None:
    said, price = view.conditions.referral_fee, view.prices[0] if view.prices else None
    if said is None:
        return None
    if said.percent is not None:
        return FeeTerms(FeeKind.PERCENT, share=int(said.percent * 100))
    if said.amount is None or price is None or price.currency is None:
        return None
    return FeeTerms(FeeKind.FLAT, Money.of(said.amount, price.currency))


def _within(terms: FeeTerms, ceilings: Ceilings) -> FeeTerms | None:
    if is_care(ceilings.listing, ceilings.care):
        return None
    if terms.amount is not None:
        return terms if terms.amount.decimal <= ceilings.flat else None
    share = min(terms.share, int(ceilings.percent * 100))
    return replace(terms, share=share) if share else None
