"""Members out of a table: looked at first, entered once, told what was not taken."""

import pytest

from node import members
from node.errors import InvalidInput
from node.members import Kind, MembershipClass
from tests.support.asking import read
from tests.support.meanwhile import Meanwhile

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
    return await read(database, members.members)


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


async def test_a_table_that_two_bring_in_at_once_enters_everybody_once(either_database):
    other = Meanwhile(either_database, lambda: bring_in(either_database))
    report = await bring_in(other)
    assert (report.created, report.unchanged) == (0, 4)
    assert len(await register(either_database)) == 3


async def test_a_number_that_somebody_else_gave_meanwhile_is_told_by_row(database):
    other = Meanwhile(database, lambda: bring_in(database, "name;number\nFemi;7\n"))
    report = await bring_in(other, "name;number\nAda;\nRosa;7\n")
    assert [(one.row, str(one.reason)) for one in report.refused] == [
        (3, "This is the number of Femi.")
    ]
    assert (report.created, {one.name for one in await register(database)}) == (1, {"Femi", "Ada"})


async def test_of_a_long_table_whoever_bears_the_same_name_is_entered(database):
    rows = "".join(f"Rosa;{number}\n" for number in range(1, 106))
    report = await bring_in(database, f"name;number\n{rows}")
    assert (report.created, report.refused) == (105, [])


async def test_signs_that_nobody_types_stand_in_no_cell(either_database):
    table = "name;email;phone;note\nRosa;a\0@b.example;\x1b[31m12;\u202ex\n"
    assert (await bring_in(either_database, table)).created == 1
    [rosa] = await register(either_database)
    assert (rosa.email, rosa.phone) == ("a@b.example", "[31m12")
    assert (await bring_in(either_database, table)).unchanged == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"surname,town\nWhitworth,Rochdale\n", "Name\nJosé\n".encode("latin-1"), b"PK\x03\x04"],
    ids=["empty", "no-name", "latin-1", "workbook"],
)
async def test_what_is_no_table_of_members_is_refused_in_words(database, content):
    with pytest.raises(InvalidInput) as refused:
        await members.import_members(database, content)
    assert list(refused.value.fields) == ["file"]


async def test_numbers_of_before_are_kept_and_new_ones_go_on_above_the_highest(database):
    table = "name;number;address\nAda;;\nRosa;40;3 Mill Lane\nJean Malik;12;\nJean Malik;7;\n"
    report = await bring_in(database, table)
    assert (report.created, report.refused) == (4, [])
    there = {(one.name, one.number) for one in await register(database)}
    assert there == {("Rosa", 40), ("Jean Malik", 12), ("Jean Malik", 7), ("Ada", 41)}
    [rosa] = [one for one in await register(database) if one.name == "Rosa"]
    assert rosa.address == "3 Mill Lane"
    again = await bring_in(database, table)
    assert (again.created, again.unchanged) == (0, 4)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Femi;40;", "This is the number of Rosa."),
        ("Rosa;41;rosa@example.org", "They are in the register already, as number 40."),
        ("Ben;x;", "Write a whole number, like 12."),
        ("Ben;0;", "Write a whole number, like 12."),
        ("Ben;²;", "Write a whole number, like 12."),
        ("Ben;1234567890;", "Write a whole number, like 12."),
        ("Zoë;50;z@example.org\nZoë;51;z@example.org", "They stand in the table before"),
    ],
)
async def test_a_number_that_cannot_be_theirs_is_told_by_row(database, row, why):
    head = "name;number;email\n"
    await bring_in(database, f"{head}Rosa;40;rosa@example.org\n")
    report = await bring_in(database, head + row + "\n")
    [refused] = report.refused
    assert (refused.column, why in str(refused.reason)) == ("number", True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "élodie"}, {"Élodie Brown"}),
        ({"q": "brown"}, {"Élodie Brown", "Jim Brown"}),
        ({"q": "brown jim"}, {"Jim Brown"}),
        ({"q": "2"}, {"Jim Brown"}),
        ({"q": "100%"}, set()),
        ({"membership_class": "worker"}, {"Élodie Brown"}),
    ],
)
async def test_members_are_found_by_name_number_and_class(either_database, asked, found):
    await bring_in(
        either_database, "number;name;class\n1;Élodie Brown;worker\n2;Jim Brown;user\n3;Ada;user\n"
    )
    seen = await read(either_database, members.members, **asked)
    assert {one.name for one in seen} == found
