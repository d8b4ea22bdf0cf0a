"""Every reader of what somebody else wrote: what it is given here, and what it may say no with.

`READERS` are tried with made-up input by test_readers; `OTHERWISE` says of the rest why not. A
function by one of the names of `NAMES` that stands in neither table fails a test.
"""

import ast
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from federation.errors import FederationError
from node.accounts import rules as account_rules
from node.accounts import webauthn
from node.agreements import hearing as agreement_hearing
from node.agreements import reading as agreement_reading
from node.agreements import wire as agreement_wire
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
from node.listings.exchange import columns
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
from tests.hostile.made_files import (
    BACKUPS,
    BLOCKLISTS,
    BYTES,
    CALENDARS,
    busy,
    damaged_json,
    decision,
    listings_in,
    members_in,
    recovered,
    recovery,
    spoilt,
    unpacked,
)
from tests.hostile.made_up import JUNK, OBJECTS, SCALARS, TEXTS, damaged_objects

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
    "protocol.vocabulary.portraits.vouches_for_in": Fuzz(portraits.vouches_for_in, OBJECTS),
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
        archive.verify, spoilt(decision) | damaged_json(decision), (ArchiveRefused,)
    ),
    "node.council.count.files.verify": Fuzz(
        files.verify,
        damaged_json(decision) | OBJECTS.map(lambda one: json.dumps(one).encode()),
        (ArchiveRefused,),
    ),
    "node.peers.blocklists.read_list": Fuzz(
        lambda content: blocklists.read_list(content, "a list", blocklists.ListReport()), BLOCKLISTS
    ),
    "node.backups.archive.unpack": Fuzz(unpacked, BACKUPS),
    "federation.recovery.read_recovery": Fuzz(
        recovered, spoilt(recovery) | damaged_json(recovery) | st.binary(max_size=60)
    ),
    "node.members.bringing.rows_of": Fuzz(members_in, BYTES),
    "node.members.bringing.read_row": Fuzz(
        lambda made: bringing.read_row(2, made),
        st.dictionaries(st.sampled_from([*bringing.COLUMNS, "x"]), TEXTS, max_size=8),
    ),
    "node.calendars.reading.busy": Fuzz(busy, CALENDARS, (calendar_reading.Fault,)),
    "node.listings.exchange.tables.read_rows": Fuzz(listings_in, BYTES),
    "node.listings.exchange.cells.read": Fuzz(listings_in, BYTES),
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
    "node.listings.availability.calendars.read_calendar": "fetches; `reading.busy` reads",
    "node.listings.availability.calendars.read_calendars_due": "fetches; `reading.busy` reads",
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
