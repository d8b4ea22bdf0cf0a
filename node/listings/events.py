"""What other slices, and webhooks, may want to know about our listings."""

from dataclasses import dataclass

from node.listings.models import State


@dataclass(frozen=True, slots=True)
class ListingChange:
    """One listing, before (None: it is new) and after. uri: where it is, or would be, public."""

    listing_id: str
    uri: str
    before: State | None
    after: State


@dataclass(frozen=True, slots=True)
class ListingsChanged:
    """Listings of ours were written, said anew, or went on in their lives."""

    changes: tuple[ListingChange, ...]
