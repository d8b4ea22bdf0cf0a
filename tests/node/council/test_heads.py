"""Heads: by whom they hold while members come, go and change keys, and from when they date."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from federation.models import OutboxEntry
from federation.storage import Database, UnitOfWork
from node.council.count import archive
from node.council.hosts import mirroring
from node.council.hosts.mirroring import Batch
from node.council.rows import log, store
from node.council.rows.models import checkpoint_table, federation_table
from node.council.state import cosigned, heads
from node.council.state.electors import Electors
from node.council.state.record import Inadmissible
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol import strict_json
from protocol.keys import multikey_of
from protocol.transparency import checkpoints, notes
from protocol.transparency.checkpoints import Checkpoint
from tests.node.council.chamber import NAMES, Chamber, key, public, uri
from tests.node.council.host import ID, open_host

KEEPER = uri("portici")


def new_witness(chamber: Chamber, name: str) -> Statement:
    """A coop takes another key for its cosignatures."""
    fields = {"old": public(name, "coop"), "key": public(name, "second")}
    fields |= {"witness": public(name, "other"), "reason": "A laptop was stolen."}
    return chamber.say(name, Kind.REPLACEMENT, key(name, "second"), **fields)


def by(chamber: Chamber, *names: str) -> str:
    """A head of the log as it was, with these lines."""
    return chamber.head(by=names)


def test_who_goes_or_takes_another_key_after_the_end_makes_no_ballot_late() -> None:
    """Four of five stored it in time: by the members of the roll that is a quorum for good."""
    chamber = Chamber().found()
    chamber.opened()
    ballot = chamber.must(chamber.ballot("lanehead", "yes"))
    in_time = by(chamber, *NAMES[:4])
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    chamber.must(chamber.say("mawimbi", Kind.LEAVE))
    chamber.must(new_witness(chamber, "pioneer"))
    with pytest.raises(Inadmissible, match="Too few"):
        heads.read_head(chamber.record, in_time)
    close = chamber.must(chamber.close([in_time]))
    assert close["timely"] == [ballot.object]

    chamber.coops = ("camara", "lanehead", "portici")
    assert chamber.must(chamber.certify())["result"]["timely"] == [ballot.object]
    chamber.attest()
    assert archive.verify(chamber.archive(), chamber.record.federation).is_decided


def test_those_who_stay_are_a_quorum_for_the_close_too() -> None:
    """Or some could go, and with them every head that is still to come."""
    chamber = Chamber().found()
    chamber.opened()
    chamber.must(chamber.ballot("lanehead", "yes"))
    in_time = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    chamber.must(chamber.close([in_time]))
    for name in ("mawimbi", "pioneer"):
        chamber.must(chamber.say(name, Kind.LEAVE))
    proposal, three = chamber.record.proposals["p1"], ("camara", "lanehead", "portici")
    for names in (three, (*three[:2], "mawimbi", "pioneer")):
        head = heads.read_head(chamber.record, by(chamber, *names), proposal=proposal)
        assert len(head.lines) == len(names)
    with pytest.raises(Inadmissible, match="Too few"):
        heads.read_head(chamber.record, by(chamber, *three[:2], "mawimbi"), proposal=proposal)


def test_more_lines_make_a_head_sooner_and_never_later() -> None:
    chamber = Chamber((*NAMES, "hartland", "weavers")).found()
    early, at = by(chamber, *NAMES[:3]), chamber.now
    chamber.wait(minutes=1)
    middle, later = by(chamber, *NAMES[3:]), chamber.now
    chamber.wait(minutes=1)
    late = by(chamber, *NAMES[:2], "hartland", "weavers")

    def dated(*texts: str) -> datetime:
        lines = [line for text in texts for line in notes.parse(text).signatures[1:]]
        text = str(checkpoints.with_signatures(notes.parse(heads.body_of(early)), lines))
        return heads.read_head(chamber.record, text).at

    assert dated(early, middle) == at
    assert dated(early, middle, late) == at, "of two lines by one key the first counts"
    assert dated(middle, late) == later + timedelta(minutes=1)
    assert dated(middle, late, early) == at


def test_what_one_coop_reveals_holds_the_head_of_two_thousand() -> None:
    """As a statement has it: of each line what is signed, without a name."""
    few = Chamber().found()
    few.opened()
    names = [f"coop-{number}.a-longer-name-of-a-domain.example/coop" for number in range(2_000)]
    own = [key(name, "witness") for name in names]
    body = notes.parse(heads.body_of(few.head()))
    needed, at = few.record.needed(len(names)), int(few.now.timestamp())
    lines = [
        checkpoints.cosign(body, name, each, at)
        for name, each in zip(names[:needed], own, strict=False)
    ]
    text = str(checkpoints.with_signatures(body, lines))
    reveal = statements.read(few.reveal("lanehead", text).text)
    coops = frozenset(f"https://{name}" for name in names)
    keys = {(name, multikey_of(each.public_key())) for name, each in zip(names, own, strict=True)}
    by = Electors((coops,), frozenset(keys))
    assert len(heads.signed_head(few.record, reveal["closingHead"], by).lines) == needed
    assert heads.unpacked(reveal["closingHead"], by) == text
    few_lines = str(checkpoints.with_signatures(body, lines[1:]))
    with pytest.raises(Inadmissible, match="Too few"):
        heads.signed_head(few.record, heads.packed(few_lines), by)


@pytest.fixture
async def mirror(tmp_path: Path) -> tuple[Chamber, Database]:
    """A node of Camara's, in a federation that Portici keeps the log of."""
    chamber = Chamber().found()
    chamber.opened()
    return chamber, await open_host(tmp_path, chamber)


async def follow(uow: UnitOfWork) -> None:
    await uow.execute(update(federation_table).values(host=KEEPER))


async def told(uow: UnitOfWork) -> list[str]:
    """Heads that our node has shown to others."""
    bodies = await uow.scalars(select(OutboxEntry.body).order_by(OutboxEntry.seq))
    found = [strict_json.loads(each)["object"] for each in bodies]
    return [each["facts"]["head"] for each in found if each["kind"] == "councilHead"]


async def test_a_head_that_came_before_its_entries_counts_when_they_are_here(mirror) -> None:
    """Or a node that was behind would hold a good host for silent."""
    chamber, database = mirror
    start = len(chamber.entries)
    chamber.must(chamber.ballot("lanehead", "yes"))
    new, head = chamber.entries[start:], chamber.head()

    async def hear(uow: UnitOfWork) -> tuple[int, int]:
        await follow(uow)
        await mirroring.hear_head(uow, await store.federation(uow, ID), KEEPER, head)
        before = (await store.federation(uow, ID)).head_size
        texts = tuple(entry.text for entry, _said in new), tuple(said.text for _entry, said in new)
        await mirroring.hear_entries(uow, ID, Batch(KEEPER, start, *texts, heads.body_of(head)))
        return before, (await store.federation(uow, ID)).head_size

    assert await database.write(hear) == (0, start + 1)
    await database.close()


async def test_a_head_is_found_below_many_checkpoints_that_are_none(
    mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read a few at a time."""
    chamber, database = mirror
    monkeypatch.setattr(log, "_AT_ONCE", 2)
    size = len(chamber.entries)
    wanted = chamber.head(size=size - 6)
    shown = [wanted, *(chamber.head(by=("camara",), size=size - back) for back in range(6))]

    async def note(uow: UnitOfWork) -> int:
        known = await store.federation(uow, ID)
        record = await store.record(uow, known, ["p1"])
        for text in shown:
            await log.note_checkpoint(uow, known, record, text, [])
        asked = {"least": 1, "proposal": record.proposals["p1"]}
        found = await log.newest_head(uow, known, record, **asked)
        return record.opened(found)[0].size if found else 0

    assert await database.write(note) == size - 6
    await database.close()


async def test_lines_are_added_to_a_head_and_those_of_who_left_stay(mirror) -> None:
    chamber, database = mirror
    first, at = by(chamber, "camara", "lanehead", "pioneer"), chamber.now
    of_who_left = by(chamber, "mawimbi")
    chamber.wait(minutes=5)
    again = by(chamber, "camara", "portici")
    chamber.must(chamber.say("mawimbi", Kind.LEAVE))

    async def note(uow: UnitOfWork) -> list[datetime]:
        known = await store.federation(uow, ID)
        record = await store.record(uow, known, ["p1"])
        await log.note_checkpoint(uow, known, record, first, [])
        taken = [chamber.entries[-1]]
        known = await log.write(uow, await store.locked(uow, ID), taken, {})
        record = await store.record(uow, known, ["p1"])
        for each in (again, of_who_left):
            await log.note_checkpoint(uow, known, record, each, [])
        [row] = await uow.rows(select(checkpoint_table))
        assert len(row.cosignatures) == 5
        proposal = record.proposals["p1"]
        found = await log.newest_head(uow, known, record, least=1, proposal=proposal)
        assert found is not None
        return [heads.read_head(record, found, proposal=proposal).at]

    assert await database.write(note) == [at]
    await database.close()


def change_keys(chamber: Chamber, own: str, number: int) -> str:
    """Pioneer takes other keys; the use of its own from now on. own: of the one that it has."""
    fresh = f"own {number}"
    fields = {"old": public("pioneer", own), "key": public("pioneer", fresh)}
    fields |= {"witness": public("pioneer", f"{number}"), "reason": "A laptop was stolen."}
    chamber.changed["pioneer"] = own
    chamber.must(chamber.say("pioneer", Kind.REPLACEMENT, key("pioneer", fresh), **fields))
    return fresh


@pytest.mark.parametrize(("is_voted_on", "kept"), [(False, 3), (True, 5)])
def test_who_takes_ever_new_keys_pushes_out_no_line_that_a_vote_counts_by(
    *, is_voted_on: bool, kept: int
) -> None:
    """Nor makes a checkpoint longer without a vote: the keys that were replaced last stay, however
    early others say that they signed."""
    chamber = Chamber().found()
    if is_voted_on:
        chamber.opened()
    body = notes.parse(heads.body_of(chamber.head()))
    lines = cosigned.good(chamber.record, body, notes.parse(chamber.head()).signatures[1:])
    first, own = cosigned.of(lines, "pioneer.example/coop"), "coop"
    for number in range(4):
        chamber.wait(minutes=1)
        fresh = key("pioneer", f"{number}")
        own = change_keys(chamber, own, number)
        at = int(chamber.now.timestamp()) - 3600 * number
        line = checkpoints.cosign(body, "pioneer.example/coop", fresh, at)
        votes = cosigned.of_votes(chamber.record.proposals.values())
        more = cosigned.good(chamber.record, body, [line])
        lines = cosigned.merged(chamber.record, lines, more, votes)
    theirs = cosigned.of(lines, "pioneer.example/coop")
    assert (len(theirs), first[0] in theirs) == (kept, is_voted_on)
    assert cosigned.count(chamber.record, lines) == 5


def test_many_keys_crowd_a_checkpoint_only_where_their_lines_do() -> None:
    chamber, own = Chamber().found(), "coop"
    for number in range(4):
        own = change_keys(chamber, own, number)
    body = notes.parse(heads.body_of(chamber.head()))
    by = [key("pioneer", use) for use in ("witness", "0", "1")]
    lines = [checkpoints.cosign(body, "pioneer.example/coop", each, 0) for each in by]
    found = [cosigned.good(chamber.record, body, lines[:most]) for most in (2, 3)]
    assert [cosigned.is_crowded(chamber.record, each) for each in found] == [False, True]


async def test_of_many_histories_two_are_kept_and_our_own(mirror) -> None:
    """A host that signs ever other roots fills no disk, and hides nothing from us."""
    chamber, database = mirror
    ours, size = chamber.head(), len(chamber.entries)
    forged = [
        str(
            checkpoints.sign(
                Checkpoint(chamber.record.origin, size, bytes([number]) * 32, ("epoch 0",)),
                key("camara", "log"),
            )
        )
        for number in range(4)
    ]

    async def note(uow: UnitOfWork) -> list[str]:
        known = await store.federation(uow, ID)
        record = await store.record(uow, known, ["p1"])
        for text in (*forged, ours):
            await log.note_checkpoint(uow, known, record, text, [])
        assert await log.newest_head(uow, known, record) is not None
        return await uow.scalars(select(checkpoint_table.c.root))

    root = chamber.record.root_at(size).hex()
    assert sorted(await database.write(note)) == sorted(["00" * 32, "01" * 32, root])
    await database.close()


async def test_a_node_keeps_every_line_that_a_vote_of_its_counts_by(mirror) -> None:
    chamber, database = mirror
    start, head = len(chamber.entries), notes.parse(heads.body_of(chamber.head()))
    keys, now = [key("pioneer", "witness")], int(chamber.now.timestamp())
    own = "coop"
    for number in range(3):
        own = change_keys(chamber, own, number)
        keys.append(key("pioneer", f"{number}"))
    lines = [checkpoints.cosign(head, "pioneer.example/coop", each, now) for each in keys]

    async def note(uow: UnitOfWork) -> list[str]:
        known = await log.write(uow, await store.locked(uow, ID), chamber.entries[start:], {})
        record = await store.record(uow, known)
        for line in lines:
            text = str(checkpoints.with_signatures(head, [line]))
            await log.note_checkpoint(uow, known, record, text, [])
        [row] = await uow.rows(select(checkpoint_table))
        return cosigned.of(row.cosignatures, "pioneer.example/coop")

    assert len(await database.write(note)) == 4
    await database.close()


async def test_members_show_what_they_cosigned_in_time_however_much_came_after(mirror) -> None:
    """A host that hides the head over a grant adds entries without effect: the first checkpoint
    over the grant is shown for all that, and none from after the end."""
    chamber, database = mirror
    closes = chamber.record.proposals["p1"].text.moment("closesAt")
    start = len(chamber.entries)
    chamber.must(chamber.ballot("lanehead", "yes"))
    shown = [chamber.head(by=("camara",))]
    for late in (False, False, False, False, True, True, True):
        chamber.now = closes + timedelta(seconds=int(late))
        chamber.log(chamber.say("pioneer", Kind.ADMIT, application=chamber.record.federation))
        shown.append(chamber.head(by=("camara",)))

    async def compare(uow: UnitOfWork) -> list[str]:
        await follow(uow)
        taken = chamber.entries[start:]
        known = await log.write(uow, await store.locked(uow, ID), taken, chamber.record.refused)
        record = await store.record(uow, known)
        for each in shown:
            await log.note_checkpoint(uow, known, record, each, [])
        row = await store.proposal_named(uow, ID, "p1")
        assert row is not None
        await mirroring.compare_heads(uow, row)
        return await told(uow)

    assert await database.write(compare) == [*reversed(shown[2:5]), shown[0]]
    await database.close()
