"""What a process remembers of a log: each statement once, and nothing that is not in the log."""

from pathlib import Path

import pytest

from node.council.count import archive
from node.council.count.replaying import replay
from node.council.rows import folds, proving, store
from node.council.steps import hosting
from node.council.words import statements
from protocol import proofs
from tests.node.council.chamber import Chamber, key, uri
from tests.node.council.host import ID, open_host


@pytest.fixture
async def host(tmp_path: Path):
    chamber = Chamber(("camara", "lanehead", "mawimbi")).found()
    chamber.opened()
    database = await open_host(tmp_path, chamber)
    yield chamber, database
    await database.close()


async def told(uow):
    """What the log says of the vote, as the host's tables have it."""
    return await store.record(uow, await store.federation(uow, ID), ["p1"])


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch):
    """How often something is called."""

    def watch(module, name: str) -> list[str]:
        calls, real = [], getattr(module, name)

        def counting(*given):
            calls.append(name)
            return real(*given)

        monkeypatch.setattr(module, name, counting)
        return calls

    return watch


async def test_each_statement_is_settled_once_however_many_messages_come(host, counted):
    chamber, database = host
    ballots = [chamber.ballot(name, "yes") for name in chamber.coops]
    await database.write(told)
    settled = counted(folds, "settle")
    for ballot in ballots:
        await database.write(lambda uow, said=ballot: hosting.accept(uow, ID, said))
        await database.write(told)
    assert len(settled) == len(ballots)
    record = await database.write(told)
    assert [each for _index, each in record.proposals["p1"].ballots] == ballots
    assert len(record.root_at(record.size)) == 32


async def test_what_was_rolled_back_or_changed_by_its_reader_is_not_remembered(host):
    chamber, database = host
    first, second = chamber.mandate("lanehead", 2), chamber.mandate("mawimbi", 2)

    async def undone(uow):
        await hosting.accept(uow, ID, first)
        assert 2 in (await told(uow)).mandates[uri("lanehead")]
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(undone)
    (await database.write(told)).mandates[uri("camara")].clear()
    await database.write(lambda uow: hosting.accept(uow, ID, second))
    found = await database.write(told)
    chamber.must(second)
    assert found.mandates == replay(chamber.entries).mandates


async def test_a_receipt_of_the_same_ballot_is_no_second_ballot(host):
    chamber, database = host
    ballot = chamber.ballot("lanehead", "yes")
    await database.write(lambda uow: hosting.accept(uow, ID, ballot))

    async def again(uow):
        known = await store.federation(uow, ID)
        await proving.two_ballots(uow, known, await told(uow), [ballot])
        return await store.has_evidence(uow, ID, "E1", uri("lanehead"))

    assert not await database.write(again)


def test_each_proof_of_an_archive_is_checked_once(counted):
    names = tuple(f"c{number}" for number in range(12))
    chamber = Chamber(names).found().decided(dict.fromkeys(names, "yes"))
    data = chamber.archive()
    statements._signed_by.clear()
    checked = counted(proofs, "verify_hashed")
    archive.verify(data)
    assert len(checked) == sum(len(each["proof"]) for _entry, each in chamber.entries)


def test_a_proof_that_does_not_hold_is_refused_each_time_that_it_comes():
    chamber = Chamber().found()
    mandate = chamber.mandate("lanehead")
    other = statements.signed(
        dict(mandate.document) | {"epoch": 2, "proof": []}, key("x", "coop"), created=chamber.now
    )
    mixed = dict(other.document) | {"proof": mandate["proof"]}
    forged = statements.read(statements._statement(mixed).text)
    for _again in range(2):
        assert chamber.why_not(forged) == "proof-mismatch"
