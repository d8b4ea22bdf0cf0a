"""Contacts for address books and spreadsheets: whole, escaped, and run by no program."""

import csv
import io

from node.contacts import Card, table, vcards

ROSA = Card(
    uid="https://loaf.example/members/1",
    name="Rosa; Whitworth, née \\ O'Brien",
    groups="worker",
    number="7",
    email="=cmd@evil.example",
    phone="+44 161 496 0000",
    note="two\nlines",
)
COOP = Card(
    uid="https://portici.example/coop",
    name="Portici " + "ò" * 80,
    kind="org",
    org="Portici, Casa; comune",
    url="https://portici.example",
    place="Portici, IT",
    geo="40.82,14.34",
)


def lines_of(content: bytes) -> list[str]:
    """The lines, unfolded (RFC 6350 §3.2)."""
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_card_says_its_version_first_and_escapes_what_would_end_a_value() -> None:
    lines = lines_of(vcards([ROSA]))
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert lines[-2:] == ["END:VCARD", ""]
    assert "FN:Rosa\\; Whitworth\\, née \\\\ O'Brien" in lines
    assert "NOTE:two\\nlines" in lines
    assert "TEL:+44 161 496 0000" in lines
    assert not any(line.startswith(("KIND", "ORG", "ADR", "GEO", "URL")) for line in lines)


def test_a_coop_is_an_organisation_with_a_place() -> None:
    content = vcards([ROSA, COOP])
    lines = lines_of(content)
    assert lines.count("BEGIN:VCARD") == 2
    for line in (
        "KIND:org",
        "UID:https://portici.example/coop",
        "ORG:Portici\\, Casa\\; comune",
        "ADR:;;;Portici\\, IT;;;",
        "GEO:geo:40.82,14.34",
        f"FN:{COOP.name}",
    ):
        assert line in lines
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_a_table_has_every_field_and_runs_nothing() -> None:
    content = table([ROSA, COOP])
    assert content.startswith(b"\xef\xbb\xbf")
    rosa, coop = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert rosa["name"] == ROSA.name
    assert rosa["email"] == "'=cmd@evil.example"
    assert rosa["phone"] == "'+44 161 496 0000"
    assert (coop["kind"], coop["geo"]) == ("org", "40.82,14.34")
