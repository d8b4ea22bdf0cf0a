"""A class of members keeps to its cap: whoever is admitted, changes class or comes with a table."""

import pytest

from node import class_caps, members, policies
from node.class_caps import Cap, first_broken
from node.errors import Conflict, InvalidInput
from node.members import Event, MembershipClass
from tests.support.asking import read

MOST, PERCENT = policies.MEMBERS_CLASS_MOST, policies.MEMBERS_CLASS_PERCENT
VOTES = policies.MEMBERS_CLASS_VOTE_PERCENT
VOTING = frozenset({"worker", "user", "investor"})


async def decide(database, key, *words):
    await database.write(lambda uow: policies.choose(uow, key.name, list(words), by="admin"))


async def enter(database, name, membership_class, admit=Event.ADMIT):
    return await database.write(
        lambda uow: members.add_member(
            uow, name=name, membership_class=membership_class, admit=admit
        )
    )


async def counted(database):
    return await read(database, members.count_by_class)


@pytest.mark.parametrize(
    ("key", "classes", "limit", "counts", "is_broken"),
    [
        (MOST, {"investor"}, 2, {"investor": 2}, False),
        (MOST, {"investor"}, 2, {"investor": 3}, True),
        (MOST, {"investor", "supporter"}, 2, {"investor": 2, "supporter": 1}, True),
        (PERCENT, {"investor"}, 25, {"investor": 1, "worker": 3}, False),
        (PERCENT, {"investor"}, 25, {"investor": 1, "worker": 2, "supporter": 0}, True),
        (PERCENT, {"investor"}, 0, {"investor": 1, "worker": 99}, True),
        (VOTES, {"investor"}, 25, {"investor": 1, "worker": 2, "supporter": 9}, True),
        (VOTES, {"investor"}, 25, {"investor": 1, "worker": 3}, False),
        (VOTES, {"supporter"}, 25, {"supporter": 9, "worker": 1}, False),
    ],
)
def test_a_cap_counts_heads_parts_or_votes(key, classes, limit, counts, is_broken):
    cap = Cap(key, frozenset(classes), limit, VOTING)
    by_class = {MembershipClass(name): count for name, count in counts.items()}
    assert cap.is_broken(by_class) is is_broken


def test_within_a_cap_nobody_is_one_more():
    cap = Cap(MOST, frozenset({"investor", "supporter"}), 1, VOTING)
    counts = {MembershipClass.INVESTOR: 2}
    assert first_broken([cap], counts, {"investor"}, "worker") is cap
    assert first_broken([cap], counts, {"investor"}, "supporter") is None
    assert first_broken([cap], counts, {"worker"}) is None


async def test_nobody_is_admitted_or_changes_class_beyond_the_cap(database):
    await decide(database, MOST, "investor=1")
    await enter(database, "Ada", "investor")
    applied = await enter(database, "Bo", "investor", admit=None)
    worker = await enter(database, "Cleo", "worker")
    with pytest.raises(Conflict, match=r"at most 1 member of .*waiting list"):
        await database.write(lambda uow: members.admit(uow, applied.id))
    with pytest.raises(Conflict, match=r"members\.class_most"):
        await database.write(lambda uow: members.change_class(uow, worker.id, "investor"))
    assert await counted(database) == {"investor": 1, "worker": 1}
    async with database.reading() as reader:
        assert (await members.member(reader, applied.id)).status == members.Status.APPLIED


async def test_a_cap_that_came_later_moves_nobody_out(database):
    ada, bo = [await enter(database, name, "investor") for name in ("Ada", "Bo")]
    await decide(database, MOST, "investor=1")
    await database.write(lambda uow: members.change_status(uow, ada.id, Event.PAUSE))
    await database.write(lambda uow: members.change_status(uow, ada.id, Event.RETURN))
    await database.write(lambda uow: members.change_class(uow, bo.id, "worker"))
    with pytest.raises(Conflict):
        await database.write(lambda uow: members.change_class(uow, bo.id, "investor"))


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_table_is_told_row_by_row_where_a_class_is_full(database, dry_run):
    await decide(database, PERCENT, "investor+supporter=50")
    table = "name,class\nAda,investor\nBo,worker\nCleo,investor\nDan,supporter\nEve,user\n"
    report = await class_caps.import_members(database, table.encode(), dry_run=dry_run)
    assert [(one.row, one.column) for one in report.refused] == [(5, "class")]
    assert "waiting list" in str(report.refused[0].reason)
    assert report.created == 4
    entered = {} if dry_run else {"worker": 1, "investor": 2, "user": 1}
    assert await counted(database) == entered


async def test_a_table_is_counted_once_for_its_rows(database, monkeypatch):
    await decide(database, MOST, "investor=9")
    counts = []

    async def counting(reader):
        counts.append(await count_by_class(reader))
        return counts[-1]

    count_by_class = members.count_by_class
    monkeypatch.setattr(members, "count_by_class", counting)
    await class_caps.import_members(
        database, b"name,class\nAda,investor\nBo,worker\nCleo,investor\n"
    )
    assert counts == [{}, {"investor": 2, "worker": 1}]


async def test_a_table_brings_nobody_into_a_class_that_was_filled_meanwhile(database):
    await decide(database, MOST, "investor=1")

    class Overtaken:
        reading = database.reading

        async def write(self, work):
            await enter(database, "Zoe", "investor")
            return await database.write(work)

    with pytest.raises(Conflict, match="at most 1 member"):
        await class_caps.import_members(Overtaken(), b"name,class\nAda,worker\nBo,investor\n")
    assert await counted(database) == {"investor": 1}


@pytest.mark.parametrize("word", ["investor", "investor=-1", "baker=3", "investor=101", "=5"])
async def test_a_cap_is_written_as_a_name_and_a_number(database, word):
    with pytest.raises(InvalidInput):
        await decide(database, PERCENT, word)
