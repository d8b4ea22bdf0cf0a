"""Members out of a table: looked at first, entered once, told what was not taken."""

import pytest

from node import members
from node.errors import InvalidInput
from node.members import Kind, MembershipClass

TABLE = """Name;Class;Kind;Representative;Email;Joined on
Rosa Whitworth;worker;;;rosa@example.org;2019-04-01
Lanehead Windows Ltd;producer;firm;Jean Malik;;
;worker;;;;
Femi;emperor;;;;yesterday
Lanehead Mill;user;firm;;;
'=Sum;;;;;
Rosa Whitworth;worker;;;ROSA@example.org;
"""


async def bring_in(database, text=TABLE, **named):
    return await members.import_members(database, text.encode("utf-8-sig"), **named)


async def register(database):
    async with database.reading() as reader:
        return await members.members(reader)


async def test_a_look_writes_nothing_and_says_what_would_be_written(database):
    looked = await bring_in(database, dry_run=True)
    assert (looked.rows, looked.created, looked.unchanged) == (7, 3, 1)
    assert [(one.row, one.column) for one in looked.refused] == [
        (4, "name"),
        (5, "class"),
        (5, "joined_on"),
        (6, "representative"),
    ]
    assert await register(database) == []

    entered = await bring_in(database)
    assert entered == looked
    by_number = sorted(await register(database), key=lambda one: one.number)
    rosa, firm, formula = by_number
    assert (rosa.membership_class, f"{rosa.joined_on}") == (MembershipClass.WORKER, "2019-04-01")
    assert (firm.kind, firm.representative) == (Kind.FIRM, "Jean Malik")
    assert (formula.name, formula.number) == ("=Sum", 3)

    again = await bring_in(database)
    assert (again.created, again.unchanged) == (0, 4)
    assert len(await register(database)) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"surname,town\nWhitworth,Rochdale\n", "Name\nJosé\n".encode("latin-1"), b"PK\x03\x04"],
    ids=["empty", "no-name", "latin-1", "workbook"],
)
async def test_what_is_no_table_of_members_is_refused_in_words(database, content):
    with pytest.raises(InvalidInput) as refused:
        await members.import_members(database, content)
    assert list(refused.value.fields) == ["file"]
