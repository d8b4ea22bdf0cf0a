"""Every reader of what somebody else wrote: what it is given here, and what it may say no with.

`READERS` are tried with made-up input by test_readers; `OTHERWISE` says of the rest why not. A
function by one of the names of `NAMES` that stands in neither table fails a test.
"""

import ast
import io
import json
import re
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from federation.errors import FederationError
from federation.recovery import FORMAT, read_recovery
from node.accounts import rules as account_rules
from node.accounts import webauthn
from node.agreements import hearing as agreement_hearing
from node.agreements import reading as agreement_reading
from node.agreements import wire as agreement_wire
from node.backups.archive import unpack
from node.calendars import reading as calendar_reading
from node.clearing import reading as clearing_reading
from node.council.count import archive, files
from node.council.count.archive import ArchiveRefused
from node.council.state import record
from node.council.words import charter, statements
from node.deliberation import inbox as deliberation_inbox
from node.deliberation import wire as deliberation_wire
from node.errors import NodeError
from node.listings import conditions as listing_conditions
from node.listings.availability import words as hours
from node.listings.cursors import Cursor
from node.listings.details import DETAILS
from node.listings.details import readers as detail_readers
from node.listings.details import rules as detail_rules
from node.listings.exchange import cells, columns, tables
from node.listings.models import Kind
from node.members import bringing
from node.money import Money
from node.peers import blocklists
from node.referrals import files as referral_files
from node.voting import rules as voting_rules
from protocol import datetimes, iri, proofs, webfinger
from protocol.errors import ProtocolError
from protocol.http_signatures import SignedMessage, cavage, rfc9421
from protocol.transparency import checkpoints, notes
from protocol.vocabulary import (
    activities,
    actors,
    agreements,
    collections,
    comments,
    free_times,
    handoffs,
    images,
    listings,
    messages,
    papers,
    places,
    portraits,
    prices,
    referrals,
    variants,
)
from tests.hostile.made_up import (
    CELLS,
    JUNK,
    OBJECTS,
    SCALARS,
    TABLES,
    TEXTS,
    damaged_document,
    damaged_objects,
)
from tests.node.council.chamber import Chamber

ROOT = Path(__file__).parent.parent.parent
NAMES = re.compile(r"(parse|read|verify|unpack|busy|rows_of|checked_terms|of_peer)(_\w+)?")
NO = (ProtocolError, NodeError, FederationError)
"""A refusal in words."""


@dataclass(frozen=True)
class Fuzz:
    """call: with what the strategy made. no: further refusals, of this reader alone."""

    call: Callable[[Any], Any]
    made: st.SearchStrategy[Any]
    no: tuple[type[Exception], ...] = ()


FACTS = st.dictionaries(
    st.sampled_from(
        [
            *("amount", "currency", "reason", "dueOn", "basis", "basisDigest", "contract", "since"),
            *("debtor", "creditor", "method", "reference", "paidOn", "covers", "period", "rows"),
            *("run", "offersBy", "coops", "offers", "consents", "leftOut", "reasons", "cleared"),
            *("differences", "residuals", "settlesOn", "attempt", "obligation", "digest", "why"),
        ]
    ),
    JUNK | st.lists(OBJECTS, max_size=3) | st.dictionaries(TEXTS, TEXTS, max_size=3),
    max_size=8,
)
TOLD = st.dictionaries(
    st.sampled_from(["act", "scope", "federation", "comment", "reason", "appealBy"]),
    JUNK | st.sampled_from(["hide", "show", "all", "here", "restore"]),
    max_size=6,
)
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
_NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["signature", "signature-input", "digest", "content-digest", "date", "host", "x"]
        ),
        TEXTS
        | st.lists(
            st.sampled_from(
                [
                    *('keyId="', '"', ",", "=", "sig1=", "(", ")", ";", ":AA==:", "created", "1"),
                    *('algorithm="rsa-sha256"', 'headers="', "(request-target)", '"@method"', " "),
                    *('keyid="http://x.example/"', "\\", "é", "\udc80", "expires=9", "?1", "sig2"),
                ]
            ),
            max_size=14,
        ).map("".join),
    ),
    max_size=5,
)


def _message(headers: list[tuple[str, str]]) -> SignedMessage:
    return SignedMessage("POST", "/inbox", "x.example", "https", tuple(headers), b"{}")


ICAL = st.lists(
    st.sampled_from(
        [
            *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "VERSION:2.0"),
            *("DTSTART:20270111T090000Z", "DTEND:20270111T100000Z", "DURATION:PT1H", "UID:x"),
            *("DTSTART;VALUE=DATE:20270111", "DTSTART;TZID=Mars/Base:20270111T090000", "DTSTART:"),
            *("RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2", "RRULE:COUNT=-1"),
            *("RRULE:FREQ=SECONDLY", "RRULE:FREQ=WEEKLY;UNTIL=00010101", "RRULE:x", "RRULE:"),
            *("RDATE:20270112T090000Z,20270113", "EXDATE:20270111T090000Z", "DURATION:-P1W", "X"),
            *("RECURRENCE-ID:20270111T090000Z", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", ":", ";"),
            *("BEGIN:VTIMEZONE", "TZID:Mars/Base", "BEGIN:STANDARD", "TZOFFSETTO:+9999", "\x00"),
            *("DTSTART:99991231T235959Z", "DURATION:P99999999D", " folded", "END:STANDARD"),
            *("DTSTART;TZID=:20270111T090000", "END:VTIMEZONE", "é" * 40, "DTSTART:00000000"),
        ]
    ),
    max_size=24,
).map(lambda lines: "\r\n".join(lines).encode())
CALENDARS = (
    ICAL
    | ICAL.map(
        lambda body: (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270111T090000Z\r\n"
            + body
            + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    )
    | st.binary(max_size=60)
)


def _busy(content: bytes) -> Any:
    first, last = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    return calendar_reading.busy(content, first, last, ZoneInfo("Europe/London"))


@cache
def _archive() -> bytes:
    """A decision of three coops as a file."""
    names = ("camara", "lanehead", "mawimbi")
    return Chamber(names).found().decided(dict.fromkeys(names, "yes")).archive()


def _spoilt(whole: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    """A good file with other bytes in some places."""

    def spoil(places: list[tuple[int, bytes]]) -> bytes:
        data = bytearray(whole())
        for place, other in places:
            at = place % max(len(data), 1)
            data[at : at + 1] = other
        return bytes(data)

    return st.lists(st.tuples(st.integers(0, 2**20), st.binary(max_size=3)), max_size=4).map(spoil)


def _damaged_json(whole: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    return st.deferred(lambda: damaged_document(json.loads(whole()))).map(
        lambda document: json.dumps(document).encode()
    )


@cache
def _backup() -> bytes:
    manifest = {"format": "rochdale-backup-1", "files": [], "counts": {"x": 1}, "name": "x"}
    manifest |= dict.fromkeys(("program", "revision", "address", "database"), "x")
    manifest["made_at"] = "2027-01-05T10:00:00Z"
    return _tar([("data/a", b"b"), ("manifest.json", json.dumps(manifest).encode())])


def _tar(entries: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["data/a", "data", "data/a/b", "../x", "/x", "", ".", "manifest.json"])
        | st.text(max_size=8).map(lambda name: name.replace("\0", "")),
        st.binary(max_size=20) | OBJECTS.map(lambda document: json.dumps(document).encode()),
    ),
    max_size=5,
).map(_tar)
BACKUPS = ENTRIES | _spoilt(_backup) | st.binary(max_size=60)


def _unpacked(content: bytes) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup.tar.gz"
        file.write_bytes(content)
        into = Path(folder) / "out"
        into.mkdir()
        try:
            return unpack(file, into)
        finally:
            assert {each.name for each in Path(folder).iterdir()} == {"backup.tar.gz", "out"}


@cache
def _recovery() -> bytes:
    """A file of the right shape; its keys are none."""
    names = [f"{actor}-{kind}" for actor in ("coop", "node") for kind in ("rsa", "ed25519")]
    keys = dict.fromkeys([*names, "recovery"], "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END")
    told = {"format": FORMAT, "name": "x", "address": "https://x.example", "peers": []}
    return json.dumps(told | {"epoch": 1, "encrypted": False, "retired": [], "keys": keys}).encode()


def _recovered(content: bytes) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        return read_recovery(Path(file.name), "a passphrase")


def _table(content: bytes) -> Any:
    return [bringing.read_row(number, cells_) for number, cells_ in bringing.rows_of(content)]


def _rows(content: bytes) -> Any:
    rows = tables.read_rows(content, "file.csv")
    return [cells.read(row, rows, "GBP", "file") for row in rows]


BYTES = (
    TABLES.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(CELLS, max_size=6).map(
        lambda row: ("name,joined_on\n" + ",".join(row)).encode("utf-8", "surrogatepass")
    )
    | st.binary(max_size=60)
)
STATEMENTS = (
    OBJECTS.map(json.dumps) | TEXTS | damaged_objects(("council-statement",)).map(json.dumps)
)
NOTES = TEXTS | st.lists(
    st.sampled_from(["x.example", "\n", "\n\n", "— ", "AAAA", " ", "0", "12", "/", "=", "x+y"]),
    max_size=12,
).map("".join)

WHOLE = st.dictionaries(
    st.sampled_from(["amount", "currency", "hours", "seasons", "minimum", "label"]),
    SCALARS
    | st.sampled_from(["12.50", "GBP", [], {}])
    | st.lists(
        st.dictionaries(
            st.sampled_from(["first", "last", "amount"]),
            SCALARS | st.sampled_from(["2027-01-11", "90", "0"]),
        )
        | JUNK,
        max_size=3,
    ),
    max_size=5,
)
SUMS = st.dictionaries(
    st.sampled_from(["from", "to", "currency", "per", "on", "said", "least", "step", "most"]),
    SCALARS | st.sampled_from(["12.50", "0", "hour", "2027-01-11", "GBP", [], {}]),
    max_size=5,
)
SAID = (
    JUNK
    | SUMS
    | st.lists(SUMS | TEXTS, max_size=4)
    | st.sampled_from([option.key for one in DETAILS for option in one.options])
)
"""What may stand in a field that only one kind of listing has."""
BLOCKLISTS = st.lists(
    st.sampled_from(["#domain", "#severity", "#public_comment", "x.example", "*.example", "noop"])
    | st.sampled_from(["suspend", "silence", "0x7f.1", "a..b", "[::1]", "é.example", "x" * 300])
    | st.sampled_from([",", "\n", "\r", '"', "\0", "\ufeff"])
    | CELLS,
    max_size=16,
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")) | st.binary(max_size=60)

READERS: dict[str, Fuzz] = {
    # Of peers: documents, once their names have one meaning.
    "protocol.vocabulary.activities.parse_activity": Fuzz(activities.parse_activity, OBJECTS),
    "protocol.vocabulary.actors.parse_actor": Fuzz(actors.parse_actor, OBJECTS),
    "protocol.vocabulary.actors.public_keys_in": Fuzz(actors.public_keys_in, OBJECTS),
    "protocol.vocabulary.actors.policy_heads_in": Fuzz(actors.policy_heads_in, OBJECTS),
    "protocol.vocabulary.agreements.parse_agreement": Fuzz(agreements.parse_agreement, OBJECTS),
    "protocol.vocabulary.agreements.parse_statement": Fuzz(
        lambda document: agreements.parse_statement(document, "https://x.example/coop"), OBJECTS
    ),
    "protocol.vocabulary.collections.parse_collection": Fuzz(collections.parse_collection, OBJECTS),
    "protocol.vocabulary.collections.parse_page": Fuzz(collections.parse_page, OBJECTS),
    "protocol.vocabulary.comments.parse_comment": Fuzz(comments.parse_comment, OBJECTS),
    "protocol.vocabulary.free_times.parse_free_times": Fuzz(free_times.parse_free_times, OBJECTS),
    "protocol.vocabulary.handoffs.parse_handoff": Fuzz(
        lambda document: handoffs.parse_handoff(
            document, str(document.get("context")), str(document.get("attributedTo"))
        ),
        OBJECTS,
    ),
    "protocol.vocabulary.images.images_in": Fuzz(
        lambda document: images.images_in([document]), OBJECTS
    ),
    "protocol.vocabulary.variants.left_in": Fuzz(variants.left_in, JUNK | OBJECTS),
    "protocol.vocabulary.listings.parse_listing": Fuzz(listings.parse_listing, OBJECTS),
    "protocol.vocabulary.messages.parse_message": Fuzz(messages.parse_message, OBJECTS),
    "protocol.vocabulary.papers.parse_paper": Fuzz(papers.parse_paper, OBJECTS),
    "protocol.vocabulary.places.parse_place": Fuzz(places.parse_place, OBJECTS | JUNK),
    "protocol.vocabulary.portraits.portrait_in": Fuzz(portraits.portrait_in, OBJECTS),
    "protocol.vocabulary.prices.parse_price": Fuzz(prices.parse_price, OBJECTS),
    "protocol.vocabulary.prices.parse_extras": Fuzz(prices.parse_extras, OBJECTS),
    "protocol.vocabulary.prices.parse_alternatives": Fuzz(prices.parse_alternatives, OBJECTS),
    "protocol.vocabulary.prices.parse_federation_prices": Fuzz(
        prices.parse_federation_prices, OBJECTS
    ),
    "protocol.vocabulary.prices._prices_in": Fuzz(
        lambda document: prices._prices_in([document]), OBJECTS
    ),
    "protocol.vocabulary.prices._quantities_in": Fuzz(
        prices._quantities_in, st.fixed_dictionaries({"quantities": SUMS | JUNK})
    ),
    "protocol.vocabulary.prices._whole_in": Fuzz(
        lambda document: prices._whole_in(prices.PriceOnWire(), document),
        st.fixed_dictionaries({"wholePrice": WHOLE | JUNK}),
    ),
    "protocol.vocabulary.referrals.parse_referral": Fuzz(referrals.parse_referral, OBJECTS),
    "protocol.vocabulary.referrals.parse_statement": Fuzz(referrals.parse_statement, OBJECTS),
    # Of peers: words and headers.
    "protocol.webfinger.parse_resource": Fuzz(webfinger.parse_resource, TEXTS),
    "protocol.iri.parse_iri": Fuzz(iri.parse_iri, TEXTS),
    "protocol.iri.read_iri": Fuzz(iri.read_iri, TEXTS),
    "protocol.datetimes.parse": Fuzz(datetimes.parse, TEXTS),
    "protocol.datetimes.parse_http_date": Fuzz(datetimes.parse_http_date, TEXTS),
    "protocol.http_signatures.cavage.parse": Fuzz(
        lambda headers: cavage.parse(_message(headers)), HEADERS
    ),
    "protocol.http_signatures.rfc9421.parse": Fuzz(
        lambda headers: rfc9421.parse(_message(headers)), HEADERS
    ),
    "protocol.transparency.notes.parse": Fuzz(notes.parse, NOTES),
    "protocol.transparency.notes.parse_line": Fuzz(notes.parse_line, NOTES),
    "protocol.transparency.checkpoints.parse_text": Fuzz(checkpoints.parse_text, NOTES),
    "protocol.proofs.verify_proof": Fuzz(
        lambda document: proofs.verify_proof(document, _KEY, _NOW), OBJECTS
    ),
    # Of peers: what the slices make of it.
    "node.agreements.reading.read_terms": Fuzz(agreement_reading.read_terms, OBJECTS | JUNK),
    "node.agreements.reading.read_money": Fuzz(agreement_reading.read_money, JUNK),
    "node.agreements.wire.read_said": Fuzz(
        lambda document: agreement_wire.read_said(
            agreements.parse_statement(document, str(document.get("attributedTo")))
        ),
        OBJECTS,
    ),
    "node.agreements.hearing.checked_terms": Fuzz(
        lambda document: agreement_hearing.checked_terms(
            agreements.parse_agreement(document), "https://x.example/agreements/1"
        ),
        OBJECTS,
        (agreement_hearing.Refusal,),
    ),
    "node.deliberation.inbox._Told.read": Fuzz(
        lambda facts: deliberation_inbox._Told.read(facts, "https://x.example/coop"), TOLD
    ),
    "node.clearing.reading.read_claim": Fuzz(clearing_reading.read_claim, FACTS),
    "node.clearing.reading.read_contest": Fuzz(clearing_reading.read_contest, FACTS),
    "node.clearing.reading.read_rows": Fuzz(lambda f: clearing_reading.read_rows(f, 9), FACTS),
    "node.clearing.reading.read_payment": Fuzz(
        lambda f: clearing_reading.read_payment(f, 9), FACTS
    ),
    "node.clearing.reading.read_call": Fuzz(lambda f: clearing_reading.read_call(f, 9), FACTS),
    "node.clearing.reading.read_proposed": Fuzz(
        lambda f: clearing_reading.read_proposed(f, 9, 9), FACTS
    ),
    "node.clearing.reading.read_differences": Fuzz(
        lambda f: clearing_reading.read_differences(f, "GBP"), FACTS
    ),
    "node.clearing.reading.read_texts": Fuzz(
        lambda f: clearing_reading.read_texts(f, "coops", 9), FACTS
    ),
    "node.clearing.reading.read_reasons": Fuzz(clearing_reading.read_reasons, FACTS),
    "node.listings.details.rules.of_peer": Fuzz(
        lambda said: detail_rules.of_peer(*said),
        st.tuples(
            st.dictionaries(st.sampled_from([one.key for one in DETAILS]), SAID, max_size=6) | JUNK,
            st.sampled_from(Kind),
        ),
    ),
    "node.listings.details.readers.read": Fuzz(
        lambda said: detail_readers.read(*said),
        st.tuples(st.sampled_from(DETAILS), SAID),
        (detail_readers.Unfit,),
    ),
    "node.council.words.statements.read": Fuzz(statements.read, STATEMENTS),
    "node.council.words.charter.read_rules": Fuzz(charter.read_rules, OBJECTS),
    "node.council.state.record.read_entry": Fuzz(
        lambda text: record.read_entry(0, text), STATEMENTS
    ),
    "node.deliberation.wire.read_thread": Fuzz(deliberation_wire.read_thread, TEXTS),
    "node.referrals.files.read_file": Fuzz(referral_files.read_file, OBJECTS | JUNK),
    "node.voting.rules.read_rule": Fuzz(
        voting_rules.read_rule, JUNK | OBJECTS, (voting_rules.UnusableRule,)
    ),
    "node.voting.rules.read_weights": Fuzz(
        voting_rules.read_weights, JUNK | OBJECTS, (voting_rules.UnusableRule,)
    ),
    # Files that somebody brings.
    "node.council.count.archive.verify": Fuzz(
        archive.verify, _spoilt(_archive) | _damaged_json(_archive), (ArchiveRefused,)
    ),
    "node.council.count.files.verify": Fuzz(
        files.verify,
        _damaged_json(_archive) | OBJECTS.map(lambda one: json.dumps(one).encode()),
        (ArchiveRefused,),
    ),
    "node.peers.blocklists.read_list": Fuzz(
        lambda content: blocklists.read_list(content, "a list", blocklists.ListReport()), BLOCKLISTS
    ),
    "node.backups.archive.unpack": Fuzz(_unpacked, BACKUPS),
    "federation.recovery.read_recovery": Fuzz(
        _recovered, _spoilt(_recovery) | _damaged_json(_recovery) | st.binary(max_size=60)
    ),
    "node.members.bringing.rows_of": Fuzz(_table, BYTES),
    "node.members.bringing.read_row": Fuzz(
        lambda made: bringing.read_row(2, made),
        st.dictionaries(st.sampled_from([*bringing.COLUMNS, "x"]), TEXTS, max_size=8),
    ),
    "node.calendars.reading.busy": Fuzz(_busy, CALENDARS, (calendar_reading.Fault,)),
    "node.listings.exchange.tables.read_rows": Fuzz(_rows, BYTES),
    "node.listings.exchange.cells.read": Fuzz(_rows, BYTES),
    # What people type, and what browsers bring back.
    "node.listings.cursors.Cursor.read": Fuzz(
        Cursor.read,
        TEXTS | JUNK.map(json.dumps).map(lambda text: b64encode(text.encode()).decode()),
    ),
    "node.money.Money.parse": Fuzz(
        lambda said: Money.parse(*said), st.tuples(TEXTS, TEXTS | st.just("GBP"))
    ),
    "node.listings.exchange.columns.read_mapping": Fuzz(columns.read_mapping, TEXTS),
    "node.listings.conditions.read_projects": Fuzz(listing_conditions.read_projects, TEXTS),
    "node.listings.conditions.read_taxes": Fuzz(listing_conditions.read_taxes, TEXTS),
    "node.listings.availability.words.read_hours": Fuzz(hours.read_hours, TEXTS, (hours.Unclear,)),
    "node.listings.availability.words.read_clock": Fuzz(hours.read_clock, TEXTS, (hours.Unclear,)),
    "node.listings.availability.words.read_other_days": Fuzz(
        hours.read_other_days, TEXTS, (hours.Unclear,)
    ),
    "node.listings.availability.words.read_shifts": Fuzz(
        hours.read_shifts, TEXTS, (hours.Unclear,)
    ),
    "node.listings.availability.words.read_lengths": Fuzz(
        hours.read_lengths, TEXTS, (hours.Unclear,)
    ),
    "node.accounts.rules.read_recovery_code": Fuzz(account_rules.read_recovery_code, TEXTS),
    "node.accounts.webauthn.read": Fuzz(
        webauthn.read, TEXTS | OBJECTS.map(json.dumps) | JUNK.map(json.dumps)
    ),
}

_STORED = "what this node stored itself, once another reader of this table had read it"
_TYPED = "what the node's own operator writes into its settings"
_SIGNED = "signed by good keys and bad ones in the corpus, and what it parses is tried here"
_INSIDE = "a part of another reader of this table, which is tried with the whole"
OTHERWISE: Mapping[str, str] = {
    "federation.key_files.read_generation": _STORED,
    "federation.key_files.read_seal": _STORED,
    "federation.key_files.read_state": _STORED,
    "federation.served.requests.read_activity": "the bytes of a request: rows JSN-07 and JSN-09",
    "federation.sync.read_all_since": "asks for catalogues again; reads no word",
    "node.accounts.passwords.verify_password": "a password is any text: rows UIX-22, UIX-23",
    "node.agreements.parties.of_peer": "names who asks; reads no word",
    "node.agreements.feestore.read_fees": _STORED,
    "node.consents.wording.read": _STORED,
    "node.calendars.process.busy_spans": "starts the process in which `reading.busy` reads",
    "node.clearing.evidence.read_own": _STORED,
    "node.clearing.runs.read_offers": _STORED,
    "node.council.count.counting.read_seen": _INSIDE,
    "node.council.state.heads.read_head": _INSIDE,
    "node.doctor.inside.read_folder": _STORED,
    "node.ledger.exports.book.read_book": _STORED,
    "node.ledger.verifying.verify": _STORED,
    "node.listings.availability.calendars.read_calendars_due": "fetches; `reading.busy` reads",
    "node.listings.availability.stored.read_row": _STORED,
    "node.listings.availability.wire.read_times": "what parse_free_times read",
    "node.listings.conditions.read": _STORED,
    "node.listings.exchange.conditions.read": _INSIDE,
    "node.listings.exchange.own_prices.read": _INSIDE,
    "node.listings.exchange.prices.read_price": _INSIDE,
    "node.listings.pictures.read": _STORED,
    "node.listings.pictures.read_theirs": _STORED,
    "node.listings.prices.read": _STORED,
    "node.listings.seasons.read": _STORED,
    "node.listings.translations.read": _STORED,
    "node.mail_settings.read_address": _TYPED,
    "node.node_address.parse_address": _TYPED,
    "node.node_address.parse_dev_peers": _TYPED,
    "node.policies.checking.read_draft": "a draft without faults, says its contract",
    "node.profiles.queries.read": _STORED,
    "node.voting.ballots.read": "made-up choices: tests/node/voting",
    "protocol.http_signatures.__init__.verify": _SIGNED,
    "protocol.http_signatures.cavage.verify": _SIGNED,
    "protocol.http_signatures.rfc9421.verify": _SIGNED,
    "protocol.proofs.verify_hashed": _INSIDE,
    "protocol.transparency.notes.verify": _SIGNED,
}
"""Of the rest, why it is not tried with made-up input here."""


def readers() -> Iterator[str]:
    """Every function of ours by such a name, by its place."""
    for layer in ("protocol", "federation", "node"):
        for file in sorted((ROOT / layer).rglob("*.py")):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for name in _functions(ast.parse(file.read_text(encoding="utf-8"))):
                own = name.rpartition(".")[2]
                is_part = module.startswith("protocol.vocabulary.") and own.endswith("_in")
                if is_part or NAMES.fullmatch(own):
                    yield f"{module}.{name}"


def _functions(parent: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Of a module, and those of its classes that belong to no object."""
    for item in parent.body:
        if isinstance(item, ast.ClassDef):
            yield from (f"{item.name}.{name}" for name in _functions(item))
        is_function = isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and (isinstance(parent, ast.Module) or item.decorator_list):
            yield item.name
