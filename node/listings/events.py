"""What other slices, and webhooks, may want to know about our listings."""

from msgspec import Struct

from node.listings.models import State


class ListingChange(Struct, frozen=True):
    """One listing, before (None: it is new) and after. uri: where it is, or would be, public."""

    listing_id: str
    uri: str
    before: State | None
    after: State


class ListingsChanged(Struct, frozen=True):
    """Listings of ours were written, said anew, or went on in their lives."""

    changes: tuple[ListingChange, ...]
