"""Every table is about people and in the data map, or it is said here why it is about nobody."""

import re

import pytest

import node.runtime
import node.tables  # noqa: F401 - registers the tables
from federation.storage import Base, Database, UnitOfWork
from node import ledger, privacy
from node.data_map import Person, data_map
from node.ledger import recipes
from node.money import Money

OF_COOPS = {
    *("clearing_run", "clearing_run_part", "obligation", "obligation_statement", "settlement"),
    *("trust_line", "coop_profile", "coop_succession", "peer_claim", "peer_welcome", "peer_wish"),
    *("correspondent", "domain_rule", "host_state", "listing_mirror", "relation", "sync_state"),
    *("remote_actor", "remote_key", "local_actor", "group_actor", "group_question", "group_word"),
}
"""What organisations are, owe and offer."""
MADE_IN_COMMON = {
    *("council_checkpoint", "council_entry", "council_evidence", "council_federation"),
    *("council_host_mandate", "council_invitee", "council_pending", "council_proposal"),
    *("council_seen", "council_statement", "council_touched", "consent_text", "joining_form"),
    *("ledger_period", "committee"),
}
"""What coops sign for each other, which names keys and coops, and forms and months."""
MACHINERY = {
    *("ledger_head", "member_register_head", "referral_consent_head", "timer", "tombstone"),
    "sent_form",
    *("alert", "outside_look", "search_entry", "search_word", "seen_activity", "vault_erasure"),
    *("vault_key", "webhook", "webhook_attempt", "webhook_delivery", "webhook_message"),
    *(
        "departure",
        "delivery",
        "heard_activity",
        "inbox_entry",
        "outbox_entry",
        "returned_activity",
    ),
}
"""Copies on their way of what the map names where it stands; ends of chains; random ids and keys.

What is personal is never in a message: it is fetched, or the message is forgotten on arrival.
"""
OF_NOBODY = OF_COOPS | MADE_IN_COMMON | MACHINERY
NAMES_SOMEBODY = re.compile(
    r"(.+_)?(account|account_id|member_id|email|phone|byline|guest)"
    r"|by|(cast|made|created|decided|answered)_by"
)


def test_every_table_is_in_the_map_or_about_nobody() -> None:
    named = {table for entry in data_map for table in entry.tables}
    tables = set(Base.metadata.tables)
    assert named | OF_NOBODY == tables
    assert not named & OF_NOBODY


def test_no_table_of_nobody_has_a_column_of_somebody() -> None:
    found = [
        f"{table}.{column.name}"
        for table in sorted(OF_NOBODY)
        for column in Base.metadata.tables[table].columns
        if NAMES_SOMEBODY.fullmatch(column.name)
    ]
    # Minutes or a certificate: by what a coop decided how much it trusts another.
    assert found == ["trust_line.decided_by"]


def test_no_table_is_named_twice() -> None:
    named = [table for entry in data_map for table in entry.tables]
    assert len(named) == len(set(named))


async def test_more_than_one_batch_is_read_and_opened_on_both_databases(
    either_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def book(uow: UnitOfWork) -> None:
        for number in range(5):
            fee = {"fee": Money(250 + number, "GBP", 2)}
            source = f"agreement:{number}"
            await ledger.post(uow, recipes.PLATFORM_FEE, source=source, party="rosa", amounts=fee)

    await either_database.write(book)
    monkeypatch.setattr("node.data_map.AT_ONCE", 2)
    async with either_database.reading() as reader:
        known = dict(await privacy.all_we_know(reader, Person("rosa", None)))
    [books] = [found for entry, found in known.items() if entry.key == "books"]
    assert [row["source"] for row in books["entries"]] == [f"agreement:{n}" for n in range(5)]
    assert len(books["postings"]) == 10
