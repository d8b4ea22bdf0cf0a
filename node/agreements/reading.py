"""Terms read from their JSON: another coop's, or our own as stored. Pure.

Strict, because both sides sign the very same JSON: what we write of what we read must have the
digest of what came. A member that we do not know, another spelling of an amount, a sum that does
not add up: all of that is refused, in words that name the place.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from node.agreements.guest_tax import TaxedGuests
from node.agreements.terms import (
    MOST_GUESTS,
    Addition,
    Cancellation,
    Line,
    Rate,
    Terms,
    check,
    digest_of,
)
from node.errors import InvalidInput
from node.i18n import Text, _
from node.listings import MOST_EXTRAS
from node.money import Money
from protocol import datetimes
from protocol.errors import ProtocolError

_QUANTITY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?", re.ASCII)


def read_terms(document: Mapping[str, Any]) -> Terms:
    """Terms as another coop wrote them. Raises InvalidInput naming what cannot be used."""
    if not isinstance(document, Mapping):
        raise _bad("terms", _("The terms are one JSON object."))
    terms = stored_terms(document)
    check(terms)
    if digest_of(terms.document) != digest_of(document):
        raise _bad(
            "terms",
            _(
                "These terms are not written as ours are: sums, spelling of amounts, or something "
                "that we do not know."
            ),
        )
    return terms


def stored_terms(document: Mapping[str, Any]) -> Terms:
    """Terms from their JSON, shape alone."""
    deposit, guest_tax = document.get("deposit"), document.get("guestTax")
    return Terms(
        agreement=_text(document, "agreement"),
        sequence=_whole(document, "sequence", 1, 10_000),
        provider=_text(document, "provider"),
        customer=_text(document, "customer"),
        lines=tuple(_line(one) for one in _list(document, "lines")),
        start=_moment(document, "start"),
        end=_moment(document, "end"),
        time_zone=_zone(document),
        guests=_whole(document, "guests", 1, MOST_GUESTS) if "guests" in document else None,
        pickup=_text(document, "pickup") if "pickup" in document else None,
        taxes=tuple(_addition(one) for one in _list(document, "taxes")),
        fees=tuple(_addition(one) for one in _list(document, "fees")),
        deposit=None if deposit is None else read_money(deposit),
        cancellation=_cancellation(document.get("cancellation")),
        guest_tax=None if guest_tax is None else _guest_tax(guest_tax),
        policies=_policies(document.get("policies", {})),
    )


def read_money(stored: object) -> Money:
    """Money as JSON: texts, exactly as we write them, so that 10.1 and "1e3" are not guessed at."""
    if not isinstance(stored, Mapping) or not stored.keys() >= {"amount", "currency"}:
        raise _bad("amount", _('Money is {"amount": "12.50", "currency": "GBP"}.'))
    amount, currency = stored["amount"], stored["currency"]
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise _bad("amount", _("Write amounts as text, such as “12.50”."))
    money = Money.parse(amount, currency)
    if money.text != amount or money.amount < 0:
        raise _bad("amount", _("Write the amount in digits, such as 12.50."))
    return money


def _line(stored: object) -> Line:
    if not isinstance(stored, Mapping):
        raise _bad("lines", _("Each thing is one JSON object."))
    quantity = stored.get("quantity")
    if not isinstance(quantity, str) or not _QUANTITY.fullmatch(quantity):
        raise _bad("quantity", _("Write a quantity as text in digits, such as “1.5”."))
    return Line(
        listing=_text(stored, "listing"),
        kind=_text(stored, "kind"),
        title=_text(stored, "title"),
        quantity=Decimal(quantity),
        unit=_text(stored, "unit"),
        prices=tuple(read_money(one) for one in _list(stored, "prices")),
        extra=_whole(stored, "extra", 1, MOST_EXTRAS) if "extra" in stored else 0,
        project=_text(stored, "project") if "project" in stored else None,
        taxes=tuple(_rate(one) for one in _list(stored, "taxes")),
    )


def _rate(stored: object) -> Rate:
    if not isinstance(stored, Mapping):
        raise _bad("taxes", _("Each has a name and an amount of 0 or more."))
    percent = stored.get("percent")
    if not isinstance(percent, str) or not _QUANTITY.fullmatch(percent):
        raise _bad("taxes", _("Write a percentage as text in digits, such as “20”."))
    return Rate(_text(stored, "name"), Decimal(percent), stored.get("included") is True)


def _addition(stored: object) -> Addition:
    if not isinstance(stored, Mapping):
        raise _bad("taxes", _("Each has a name and an amount of 0 or more."))
    return Addition(_text(stored, "name"), read_money(stored))


def _guest_tax(stored: object) -> TaxedGuests:
    if not isinstance(stored, Mapping):
        raise _bad("guest_tax", _("Each has a name and an amount of 0 or more."))
    persons = _whole(stored, "persons", 0, MOST_GUESTS)
    return TaxedGuests(_text(stored, "name"), read_money(stored.get("each")), persons)


def _cancellation(stored: object) -> Cancellation | None:
    if stored is None:
        return None
    if not isinstance(stored, Mapping):
        raise _bad("cancellation", _("Percentages go from 0 to 100, hours from 0 up."))
    return Cancellation(
        hours=_whole(stored, "hours", 0, 24 * 365),
        early_percent=_whole(stored, "earlyPercent", 0, 100),
        late_percent=_whole(stored, "latePercent", 0, 100),
    )


def _policies(stored: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(stored, Mapping) or not all(isinstance(one, str) for one in stored.values()):
        raise _bad("policies", _("Each policy is named with its version."))
    return tuple(stored.items())


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    stored = document.get(name, [])
    if not isinstance(stored, list) or len(stored) > 100:
        raise _bad(name, _("This is a list, and not too long a one."))
    return stored


def _text(document: Mapping[str, Any], name: str) -> str:
    stored = document.get(name)
    if not isinstance(stored, str) or not 0 < len(stored) <= 2000:
        raise _bad(name, _("This is a text, and it must be there."))
    return stored


def _whole(document: Mapping[str, Any], name: str, lowest: int, highest: int) -> int:
    stored = document.get(name)
    if type(stored) is not int or not lowest <= stored <= highest:
        raise _bad(
            name,
            _(
                "Use a whole number from %(lowest)s to %(highest)s.",
                lowest=lowest,
                highest=highest,
            ),
        )
    return stored


def _moment(document: Mapping[str, Any], name: str) -> datetime | None:
    if name not in document:
        return None
    try:
        return datetimes.parse(_text(document, name))
    except ProtocolError:
        raise _bad(name, _("Write a time as 2027-01-05T10:00:00Z.")) from None


def _zone(document: Mapping[str, Any]) -> str | None:
    if "timeZone" not in document:
        return None
    name = _text(document, "timeZone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _bad(
            "timeZone", _("Name a time zone such as Europe/Rome or Africa/Nairobi.")
        ) from None
    return name


def _bad(name: str, complaint: Text) -> InvalidInput:
    return InvalidInput({name: [complaint]})
