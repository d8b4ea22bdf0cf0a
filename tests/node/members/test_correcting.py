"""What the register says wrongly is put right by an entry more; none that stands is rewritten."""

import pytest

from node import accounts, audit, members, notices
from node.accounts import Role
from node.errors import Conflict, InvalidInput
from node.members import Event, Kind
from tests.node.members.test_members import an_account, apply
from tests.support.asking import read, write


async def test_a_name_is_put_right_and_the_history_says_what_it_was(database):
    made = await apply(database, "Rosa Whitworht", admit=Event.ADMIT)
    said = {"name": "Rosa Whitworth"}
    right = await write(database, members.correct, made.id, said, by="gina", reason="her passport")
    assert (right.name, right.number) == ("Rosa Whitworth", made.number)

    last = (await read(database, members.history, made.id))[-1]
    assert (last.event, last.content.name, last.content.by) == ("correct", right.name, "gina")
    assert [(str(field), was) for field, was in members.corrected(last.content.details)] == [
        ("Name", "Rosa Whitworht")
    ]
    assert await read(database, members.first_fault) is None
    lines = await read(database, audit.entries)
    [line] = [one for one in lines if one.what == "members.correct"]
    assert (line.actor, line.subject) == ("gina", made.id)


async def test_how_somebody_was_reached_before_is_kept_nowhere(database):
    made = await apply(database, phone="0113 496 0123", admit=Event.ADMIT)
    said = {"phone": "0113 496 0999", "address": "3 Mill Lane\nLeeds", "email": ""}
    right = await write(database, members.correct, made.id, said, by="femi")
    assert (right.phone, right.address, right.email) == (said["phone"], said["address"], None)
    last = (await read(database, members.history, made.id))[-1]
    assert members.corrected(last.content.details) == [
        (members.FIELD_WORDS["phone"], ""),
        (members.FIELD_WORDS["address"], ""),
    ]


async def test_what_stands_there_already_adds_nothing_to_the_history(database):
    made = await apply(database, admit=Event.ADMIT)
    await write(database, members.correct, made.id, {"name": made.name, "phone": ""})
    assert len(await read(database, members.history, made.id)) == 2


async def test_a_firm_needs_somebody_who_speaks_for_it_and_a_person_nobody(database):
    firm = await apply(database, "Mill Ltd", kind=Kind.FIRM, representative="Ada")
    with pytest.raises(InvalidInput) as refused:
        await write(database, members.correct, firm.id, {"representative": " "})
    assert list(refused.value.fields) == ["representative"]
    right = await write(database, members.correct, firm.id, {"representative": "Ada Lovelace"})
    assert right.representative == "Ada Lovelace"
    person = await apply(database)
    same = await write(database, members.correct, person.id, {"representative": "Somebody"})
    assert same.representative is None


async def test_who_was_forgotten_is_not_named_anew(database):
    made = await apply(database)
    await write(database, members.change_status, made.id, Event.WITHDRAW)
    await write(database, members.forget, made.id)
    with pytest.raises(Conflict, match="forgotten"):
        await write(database, members.correct, made.id, {"name": "Rosa"})


async def test_a_member_asks_for_another_name_and_hears_that_it_was_put_right(database):
    account = await an_account(database)
    secretary = await an_account(database, "gina", (Role.SECRETARY,))
    made = await apply(database, account_id=account.id, admit=Event.ADMIT)
    await write(database, members.ask_for_name, made.id, "Femi Ade")
    [asked] = await read(database, notices.notices, secretary)
    assert str(asked.text) == (
        "Femi Adeyemi asks to be called “Femi Ade” in the register. Put it right, or talk to them."
    )
    await write(database, members.correct, made.id, {"name": "Femi Ade"}, by=secretary.id)
    assert await read(database, notices.notices, secretary) == []
    [told] = await read(
        database, notices.notices, await read(database, accounts.account, account.id)
    )
    assert str(told.text) == "What the register says of you was put right."
