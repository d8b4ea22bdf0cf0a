"""Consents of members: to the words they read, until they take it back, and it can be shown."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from federation.storage import Database, UnitOfWork
from node import accounts, consents, limits, notices, vault
from node.accounts import Role
from node.consents import Asked, Mine, Reworded, Words
from node.consents.models import ConsentGiven
from node.data_map import Person, data_map
from node.errors import Conflict, InvalidInput, NotFound
from tests.support.asking import Asking, write
from tests.support.clock import FixedClock
from tests.support.statements import sql_meanwhile

TEXT = "You may show photographs of my work on the web."


class House(Asking):
    """A coop with one member, Rosa."""

    def __init__(self, database: Database, rosa: str) -> None:
        super().__init__(database)
        self.rosa = rosa

    async def asked(self) -> list[Asked]:
        return await self.read(consents.asked)

    async def reworded(self, tag: str = "en") -> list[Reworded]:
        return await self.read(consents.reworded, self.rosa, tag)

    async def told(self) -> list[str]:
        async with self.database.reading() as reader:
            account = await accounts.account(reader, self.rosa)
            assert account is not None
            return [str(one.text) for one in await notices.notices(reader, account)]

    async def mine(self) -> list[Mine]:
        return await self.read(consents.mine, self.rosa)


@pytest.fixture
async def house(database: Database) -> House:
    rosa = await write(
        database, accounts.create_account, handle="rosa", name="Rosa", roles={Role.MEMBER}
    )
    return House(database, rosa.id)


async def test_who_agreed_to_some_words_did_not_agree_to_others(
    house: House, clock: FixedClock
) -> None:
    first = await house.write(consents.ask, "Photographs", TEXT, by="femi")
    await house.write(consents.give, house.rosa, first)
    await house.write(consents.give, house.rosa, first)
    [one] = await house.asked()
    assert (one.version, one.agreed) == (1, 1)
    began = clock.now()

    clock.advance(timedelta(minutes=1))
    wider = f"{TEXT} In print too."
    second = await house.write(consents.ask, "Photographs", wider, matter=first, by="femi")
    [one] = await house.asked()
    assert (one.id, one.matter, one.version, one.agreed) == (second, first, 2, 0)
    [given] = await house.mine()
    assert (given.version, given.is_current, given.withdrawn_at) == (1, False, None)
    with pytest.raises(Conflict, match="worded anew"):
        await house.write(consents.give, house.rosa, first)

    await house.write(consents.give, house.rosa, second)
    new, old = await house.mine()
    assert (new.version, new.is_current, new.at > began) == (2, True, True)
    assert old.withdrawn_at is not None
    await house.write(consents.withdraw, house.rosa, first)
    assert all(each.withdrawn_at for each in await house.mine())
    assert (await house.asked())[0].agreed == 0


async def test_many_who_agreed_hear_of_new_words_by_as_few_statements_as_one(house: House) -> None:
    async def costs(uow: UnitOfWork, text: str) -> int:
        with sql_meanwhile() as asked:
            await consents.ask(uow, "Photographs", text, matter=first, by="femi")
        return len(asked)

    async def agree(uow: UnitOfWork) -> None:
        for n in range(9):
            made = await accounts.create_account(uow, handle=f"m{n}", name="M", roles={Role.MEMBER})
            await consents.give(uow, made.id, second)

    first = await house.write(consents.ask, "Photographs", TEXT, by="femi")
    await house.write(consents.give, house.rosa, first)
    alone = await house.write(costs, f"{TEXT} In print.")
    [second] = [one.id for one in await house.asked()]
    await house.write(agree)
    assert await house.write(costs, f"{TEXT} In books.") == alone
    assert len(await house.told()) == 1


async def test_who_agreed_hears_that_it_is_worded_anew_until_they_say_yes_or_no(
    house: House, clock: FixedClock
) -> None:
    first = await house.write(consents.ask, "Photographs", TEXT, by="femi")
    await house.write(consents.give, house.rosa, first)
    assert await house.reworded() == []
    clock.advance(timedelta(days=1))
    other = {"fr": Words("Photos", "Aussi imprimées.")}
    anew = {"matter": first, "by": "femi"}
    await house.write(consents.ask, "Photographs", f"{TEXT} In print.", others=other, **anew)
    third = await house.write(
        consents.ask, "Photographs", f"{TEXT} In books.", others=other, **anew
    )
    [one] = await house.reworded("fr")
    assert (one.id, one.agreed, one.said.title, one.asked_at) == (first, 1, "Photos", clock.now())
    assert await house.told() == [
        "“Photographs”, to which you agreed, has been worded anew. Read it, and say yes or no."
    ]
    await house.write(consents.give, house.rosa, third)
    assert (await house.reworded(), await house.told()) == ([], [])
    [new, old] = await house.mine()
    assert (new.version, new.at, old.version) == (3, clock.now(), 1)

    await house.write(consents.ask, "Photographs", TEXT, **anew)
    await house.write(consents.withdraw, house.rosa, first)
    assert (await house.reworded(), await house.told()) == ([], [])
    assert (await house.mine())[0].withdrawn_at == clock.now()
    await house.write(consents.ask, "Photographs", "Never.", **anew)
    assert await house.told() == []


async def test_what_nobody_is_asked_any_more_binds_nobody(house: House) -> None:
    first = await house.write(consents.ask, "Newsletter", "Once a month, by e-mail.", by="femi")
    await house.write(consents.give, house.rosa, first)
    await house.write(consents.stop_asking, first, by="femi")
    assert await house.asked() == []
    assert (await house.mine())[0].withdrawn_at is not None
    with pytest.raises(NotFound):
        await house.write(consents.ask, "Newsletter", "Weekly.", matter=first, by="femi")


async def test_a_restore_does_not_bring_back_what_was_taken_back(house: House) -> None:
    first = await house.write(consents.ask, "Photographs", TEXT, by="femi")
    await house.write(consents.give, house.rosa, first)
    await house.write(consents.withdraw, house.rosa, first)
    taken_back = (await house.mine())[0].withdrawn_at
    erased = await house.read(vault.unlogged)
    await house.database.write(
        lambda uow: uow.execute(update(ConsentGiven).values(withdrawn_at=None))
    )
    await house.write(consents.withdraw_again, erased)
    assert (await house.mine())[0].withdrawn_at == taken_back


async def test_it_is_in_what_somebody_takes_along_with_the_words(house: House) -> None:
    first = await house.write(consents.ask, "Photographs", TEXT, by="femi")
    await house.write(consents.give, house.rosa, first)
    await house.write(consents.withdraw_all, house.rosa)
    [entry] = [one for one in data_map if one.key == "agreed"]
    found = await house.read(entry.collect, Person(house.rosa, None))
    [row] = found["consents"]
    assert (row["text"], row["version"]) == (TEXT, 1)
    assert row["withdrawn_at"] is not None


async def test_a_question_has_words_and_there_are_few_of_them(house: House) -> None:
    with pytest.raises(InvalidInput) as refused:
        await house.write(consents.ask, " ", "x" * 5_000, by="femi")
    assert set(refused.value.fields) == {"title", "text"}
    for nr in range(limits.CONSENTS_ASKED):
        await house.write(consents.ask, f"Matter {nr}", TEXT, by="femi")
    with pytest.raises(Conflict, match="nobody reads more"):
        await house.write(consents.ask, "One more", TEXT, by="femi")


async def test_a_language_is_added_to_a_wording_and_nobody_is_asked_anew(house: House) -> None:
    first = await house.write(consents.ask, "Photographs", TEXT, language="en", by="femi")
    await house.write(consents.give, house.rosa, first, language="fr")
    french = {"fr": Words("Photos", "Vous pouvez montrer mon travail.")}
    same = await house.write(
        consents.ask,
        "Photographs",
        TEXT,
        matter=first,
        language="en",
        others=french | {"ar": Words(" ", "")},
        by="femi",
    )
    [one] = await house.asked()
    assert (same, one.version, one.agreed) == (first, 1, 1)
    assert (one.told("fr").title, one.told("fr").language) == ("Photos", "fr")
    assert (one.told("ar").title, one.told("ar").language) == ("Photographs", "en")
    [given] = await house.mine()
    assert given.language == "en"  # French was not there to be read

    await house.write(consents.withdraw, house.rosa, first)
    await house.write(consents.give, house.rosa, first, language="fr")
    assert (await house.mine())[0].language == "fr"
    other = {"fr": Words("Photos", "Aussi imprimées.")}
    second = await house.write(
        consents.ask, "Photographs", TEXT, matter=first, language="en", others=other, by="femi"
    )
    assert second != first
    assert (await house.asked())[0].agreed == 0
    half = {"fr": Words("Photos", "")}
    with pytest.raises(InvalidInput) as refused:
        await house.write(consents.ask, "Photographs", TEXT, others=half, by="femi")
    assert set(refused.value.fields) == {"text-fr"}
