"""What the API says and takes of the coops we are in touch with: rules about their names, and what
is on its way to them."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ui.web.api.types import Limit, ShortText


class Peer(Struct, frozen=True):
    uri: str
    name: str
    address: str
    place: str | None
    state: str
    since: datetime | None
    last_heard_at: datetime | None
    listings: int
    waiting_deliveries: int


class PeerList(Struct, frozen=True):
    items: list[Peer]
    next: str | None = None


class PeerNew(Struct, frozen=True, forbid_unknown_fields=True):
    """address: a web address, a handle such as @coop@pioneer.example, or a coop's uri."""

    address: Annotated[str, Meta(min_length=1, max_length=500)]


class PeerChange(Struct, frozen=True, forbid_unknown_fields=True):
    uri: Annotated[str, Meta(min_length=1, max_length=500)]
    do: Literal["accept", "decline", "suspend", "resume", "vouch", "take-back", "leave"]
    reason: ShortText = ""


class Domain(Struct, frozen=True):
    """A rule about every coop under a name. over: it ended by itself."""

    domain: str
    level: Literal["allow", "limit", "block"]
    reason: str
    created_at: datetime
    expires_at: datetime | None
    over: bool


class DomainList(Struct, frozen=True):
    items: list[Domain]
    next: str | None = None


class DomainNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """days: for how long; without it the rule holds for good."""

    domain: Annotated[str, Meta(min_length=1, max_length=253)]
    level: Literal["allow", "limit", "block"]
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class Delivery(Struct, frozen=True):
    id: str
    peer: str
    object: str | None
    state: str
    attempts: int
    last_error: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


class DeliveryList(Struct, frozen=True):
    items: list[Delivery]
    next: str | None


class DeliverySearch(Struct, frozen=True, kw_only=True):
    state: Literal["pending", "sending", "held", "delivered", "refused", "dead"] | None = None
    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None
