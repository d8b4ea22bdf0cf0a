"""Contacts to take along: vCard 4.0 (RFC 6350) for address books, a table for spreadsheets.

The library that reads and writes iCalendar also writes vCard's lines: the two formats share
folding, escaping and the structured values (RFC 6350 §3). vobject stops at vCard 3.0.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from node import spreadsheets


class Card(Struct, frozen=True, kw_only=True):
    """Somebody, or a coop. uid: an address that is only theirs; kind: "org", or empty where it is
    not known whether it is a person. groups: what an address book sorts them by."""

    uid: str
    name: str
    kind: str = ""
    org: str = ""
    groups: str = ""
    number: str = ""
    email: str = ""
    phone: str = ""
    url: str = ""
    place: str = ""
    geo: str = ""
    note: str = ""


def vcards(cards: Sequence[Card]) -> bytes:
    """One file with all of them. Not for the event loop: a thousand take a while."""
    return b"".join(_vcard(card) for card in cards)


def table(cards: Sequence[Card]) -> bytes:
    """The same as CSV, UTF-8 with a mark that spreadsheets look for."""
    rows = ([spreadsheets.guarded(cell) for cell in astuple(card)] for card in cards)
    return spreadsheets.table(Card.__struct_fields__, rows).encode("utf-8-sig")


def _vcard(card: Card) -> bytes:
    from icalendar import Component
    from icalendar.prop import vAdr, vOrg, vText, vUri

    class VCard(Component):
        name = "VCARD"

    def org(text: str) -> vOrg:
        return vOrg((text,))

    def place(text: str) -> vAdr:
        return vAdr(("", "", "", text, "", "", ""))

    made = VCard()
    made["VERSION"] = vText("4.0")
    said: dict[str, tuple[str, Callable[[str], Any]]] = {
        "KIND": (card.kind, vText),
        "UID": (card.uid, vUri),
        "FN": (card.name, vText),
        "ORG": (card.org, org),
        "CATEGORIES": (card.groups, vText),
        "EMAIL": (card.email, vText),
        "TEL": (card.phone, vText),
        "URL": (card.url, vUri),
        "ADR": (card.place, place),
        "GEO": (f"geo:{card.geo}" if card.geo else "", vUri),
        "NOTE": (card.note, vText),
    }
    for name, (text, write) in said.items():
        if text:
            made[name] = write(text)
    content: bytes = made.to_ical(sorted=False)
    return content
