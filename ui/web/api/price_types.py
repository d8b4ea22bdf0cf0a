"""What the API sends and takes of prices."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct


class Season(Struct, frozen=True, forbid_unknown_fields=True):
    """Days from first to last, both included, and what one night or day of them costs. yearly: in
    each year."""

    first: date
    last: date
    amount: Decimal
    yearly: bool = False


class Tax(Struct, frozen=True, forbid_unknown_fields=True):
    """percent: up to 100; above 0 on top of the price, in it 0 says that none is charged."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    percent: Decimal


class Price(Struct, frozen=True):
    """amount: a decimal number as text, or null where only `text` says what it costs; 0 is a gift.
    maximum: of a scale on which one chooses; suggested: what those give who can. label: for what
    it is, where there are several. least, step, most: how many one takes at this
    price; whom: "members" where it is for those of this coop alone, "federation" where it is for
    those of coops in a federation with it, too; never the first. taxes, included, deposit: in
    place of the listing's `conditions`; a deposit of 0 is none."""

    amount: str | None
    currency: str | None
    unit: str | None
    text: str | None
    maximum: str | None = None
    label: str | None = None
    suggested: str | None = None
    least: str | None = None
    step: str | None = None
    most: str | None = None
    whom: str | None = None
    hours: str | None = None
    """Asked on top of the money, for each unit."""
    seasons: list[Season] = []
    taxes: list[Tax] = []
    included: list[Tax] = []
    deposit: str | None = None


class Extra(Struct, frozen=True):
    """What can be added, in the currency of the price. most: how many of it one can have. always:
    it is part of every booking, once."""

    label: str
    amount: str
    most: str | None = None
    always: bool = False


class PriceGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount: Decimal | None = None
    maximum: Decimal | None = None
    currency: Annotated[str, Meta(max_length=8)] | None = None
    unit: Annotated[str, Meta(max_length=30)] | None = None
    text: Annotated[str, Meta(max_length=300)] | None = None
    label: Annotated[str, Meta(max_length=80)] | None = None
    suggested: Decimal | None = None
    least: Decimal | None = None
    step: Decimal | None = None
    most: Decimal | None = None
    whom: Literal["members", "federation"] | None = None
    hours: Decimal | None = None
    seasons: list[Season] = []
    taxes: Annotated[list[Tax], Meta(max_length=5)] = []
    included: Annotated[list[Tax], Meta(max_length=5)] = []
    deposit: Decimal | None = None


class ExtraGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: Annotated[str, Meta(max_length=80)]
    amount: Decimal
    most: Decimal | None = None
    always: bool = False
