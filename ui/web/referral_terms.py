"""The terms that a desk puts forward with its yes, as its page asks for them."""

from decimal import Decimal, InvalidOperation

from federation.storage import Reader, UnitOfWork
from node import listings, referrals
from node.agreements import Wanted, WantedLine
from node.errors import InvalidInput
from node.i18n import _
from node.money import Money

MOST_TO_CHOOSE = 100


async def wanted(uow: UnitOfWork, referral_id: str, given: dict[str, str]) -> Wanted:
    """What our coop would do for it: a listing of ours, how much of it, at what price."""
    need = (await referrals.detail(uow, referral_id)).referral.need
    listing = await listings.listing(uow, given["listing"])
    amount, quantity = decimal(given["price"]), decimal(given["quantity"])
    currency = need.currency or (listing and listing.price and listing.price.currency)
    if amount is not None and not currency:
        raise InvalidInput({"price": [_("Say in which currency.")]})
    price = Money.of(amount, str(currency)) if amount is not None else None
    return Wanted((WantedLine(given["listing"], quantity, price),))


async def ours(reader: Reader) -> list[tuple[str, str]]:
    """Listings of ours that a referral may end in: id and title."""
    query = listings.SearchQuery(origin="local", limit=MOST_TO_CHOOSE)
    member = listings.Viewer("member", None)
    hits = (await listings.search(reader, query, member, reader.now)).hits
    return sorted([(hit.id, hit.title) for hit in hits], key=lambda one: one[1].casefold())


def decimal(text: str) -> Decimal | None:
    """A number that somebody wrote; None for nothing. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidInput({"value": [_("Write a price as a number, like 12.50.")]})
    return number
