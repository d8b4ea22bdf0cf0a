"""Something is offered and booked through the pages."""

from collections.abc import Mapping
from decimal import Decimal

from node import listings
from node.listings import Availability, Hours, ListingView, Way, Weekly
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import Answer, Visitor

SLOT = "2027-01-11T09:00:00+00:00/2027-01-11T10:00:00+00:00"
GUEST = {"name": "Nora Quiet", "contact": "0161 555 0101", "message": "Ring twice."}


async def by_the_hour(coop: Coop, title: str = "Home clean", **said) -> ListingView:
    """A service with free hours on Monday mornings, at 18 pounds."""
    price = {"price_amount": Decimal(18), "currency": "GBP", "unit": "hour"} | said
    listing = await offer(coop, title, **price)
    mornings = Availability(Way.SLOTS, "Europe/London", (Weekly(0, Hours(9 * 60, 12 * 60)),))
    await coop.write(listings.set_availability, listing.id, mornings, by=None)
    return listing


async def booked(visitor: Visitor, path: str, **said: str) -> str:
    """Look first, then send; the page that tells of it."""
    look = await visitor.post(path, {"do": "look", "time": SLOT, **said})
    assert look.status == 200, look.text
    assert "Nothing is sent yet" in look.text
    sent = await visitor.post(path, {"do": "send", "time": SLOT, **said})
    assert sent.status == 303, sent.text
    return sent.page


async def signs(visitor: Visitor, page: str, step: str = "accept") -> Answer:
    """Press the button that signs what the page shows."""
    digest = (await visitor.get(page)).holds("digest")
    return await visitor.post(f"{page}/steps", {"step": step, "digest": digest})


async def revises(visitor: Visitor, page: str, said: Mapping[str, str]) -> Answer:
    """Send another offer, or a change, of the terms that its page shows."""
    digest = (await visitor.get(f"{page}/steps/{said['step']}")).holds("digest")
    return await visitor.post(f"{page}/steps", {**said, "digest": digest})
