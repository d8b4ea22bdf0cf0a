"""What can be told, and what a message says of it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from node.i18n import Text, _
from protocol import datetimes


class Kind(StrEnum):
    """What happened; the `type` of a message. TEST is sent on request and never chosen."""

    LISTING_PUBLISHED = "listing.published"
    LISTING_UPDATED = "listing.updated"
    LISTING_RETIRED = "listing.retired"
    AGREEMENT_REQUESTED = "agreement.requested"
    AGREEMENT_CHANGED = "agreement.changed"
    REFERRAL_RECEIVED = "referral.received"
    REFERRAL_CHANGED = "referral.changed"
    MEMBER_ADMITTED = "member.admitted"
    PEER_CHANGED = "peer.changed"
    NODE_ALERT = "node.alert"
    TEST = "webhook.test"


KIND_WORDS: Mapping[Kind, Text] = {
    Kind.LISTING_PUBLISHED: _("A listing of ours is published, or available again"),
    Kind.LISTING_UPDATED: _("A listing of ours was changed, paused, or has ended"),
    Kind.LISTING_RETIRED: _("A listing of ours was taken down"),
    Kind.AGREEMENT_REQUESTED: _("Something is asked for, or booked"),
    Kind.AGREEMENT_CHANGED: _("An agreement, or its payment, goes on"),
    Kind.REFERRAL_RECEIVED: _("Another coop passes somebody on to us"),
    Kind.REFERRAL_CHANGED: _("A referral goes on"),
    Kind.MEMBER_ADMITTED: _("A member is admitted"),
    Kind.PEER_CHANGED: _("Where we stand with another coop has changed"),
    Kind.NODE_ALERT: _("Something is wrong with the node, or is mended"),
}
"""Those that can be chosen, in the order in which pages show them."""


class About(Struct, frozen=True, kw_only=True):
    """All that a message may say of what happened: no field here is for anything of a person.

    url: where the API tells the rest, to whoever may know it. uri: its public address. state,
    step: words of the table of its kind.
    """

    url: str
    id: str | None = None
    uri: str | None = None
    state: str | None = None
    payment: str | None = None
    step: str | None = None


def body(kind: Kind, about: About, at: datetime) -> bytes:
    """The message, as it is signed and sent each time."""
    data = {name: value for name, value in asdict(about).items() if value is not None}
    return msgspec.json.encode({"type": kind, "timestamp": datetimes.format(at), "data": data})
