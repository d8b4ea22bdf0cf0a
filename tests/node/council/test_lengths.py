"""What is said in a federation fits into an inbox, also with all that goes with it."""

from pathlib import Path

from sqlalchemy import select

from federation.models import OutboxEntry
from federation.settings import FederationSettings
from node.council.rows import store
from node.council.state import heads
from node.council.steps import hosting
from node.council.words import statements
from protocol.errors import MalformedDocument
from tests.node.council.chamber import Chamber, key, uri
from tests.node.council.host import ID, open_host

WIDE = "\N{HONEYBEE}"
"""Four bytes in one character."""


def code_of(text: str) -> str | None:
    try:
        statements.read(text)
    except MalformedDocument as error:
        return error.code
    return None


def test_nobody_pads_what_others_must_pass_on() -> None:
    chamber = Chamber().found()
    chamber.opened()
    ballot = chamber.ballot("lanehead", "yes")
    strangers = [key(f"stranger {number}", "coop") for number in range(2)]
    padded = statements.signed(ballot.document, *strangers, created=chamber.now)
    assert (code_of(ballot.text), code_of(padded.text)) == (None, "bad-statement")
    shown = heads.packed(chamber.head())
    longer = shown | {"cosignatures": shown["cosignatures"] + "A" * 4}
    assert code_of(chamber.reveal("lanehead", None, closingHead=shown).text) is None
    assert code_of(chamber.reveal("lanehead", None, closingHead=longer).text) == "bad-statement"
    longer = shown | {"checkpoint": chamber.head() * 2}
    assert code_of(chamber.reveal("lanehead", None, closingHead=longer).text) == "bad-statement"
    longer = shown | {"cosignatures": "A" * 152_000}
    assert code_of(chamber.reveal("lanehead", None, closingHead=longer).text) == "too-large"
    assert code_of(chamber.propose(text=WIDE * 30_000).text) is None
    assert code_of(chamber.propose(text=WIDE * 40_000).text) == "too-large"
    charter = chamber.entries[0][1]
    assert len(charter["proof"]) == 5
    assert code_of(charter.text) is None


async def test_no_part_of_the_log_is_longer_than_an_inbox_takes(tmp_path: Path) -> None:
    """However many bytes its characters have."""
    chamber = Chamber().found()
    for number in (1, 2):
        chamber.must(chamber.propose(f"p{number}", text=WIDE * 33_000))
    database = await open_host(tmp_path, chamber)

    async def send(uow):
        known = await store.locked(uow, ID)
        await hosting.send(uow, known, await store.record(uow, known), [uri("lanehead")], 1)
        await uow.session.flush()
        return [len(each) for each in await uow.scalars(select(OutboxEntry.body))]

    lengths = await database.write(send)
    await database.close()
    assert len(lengths) == 2
    assert max(lengths) <= FederationSettings().inbox_bytes
