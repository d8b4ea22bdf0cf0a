"""Where something is collected, or that it is brought, as its listing says it. Pure."""

from node.listings import ListingView, MirrorView


def pickups_of(view: ListingView | MirrorView) -> tuple[str, ...]:
    """Where and when it is collected, as far as terms can say it: its coop's node must know."""
    can_say = isinstance(view, ListingView) or view.pickup_in_terms
    return tuple(view.details.get("pickup", ())) if can_say else ()


def is_brought(view: ListingView | MirrorView) -> bool:
    """Whether it can be brought to whoever asks for it."""
    return "delivered" in view.details.get("mode", ())
