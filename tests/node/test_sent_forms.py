"""A form that comes again leads where it led, and makes nothing."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from node import limits, sent_forms
from node.sent_forms import Sending, SentForm
from tests.support.asking import read

ROSAS = Sending("5f" * 16, "account rosa", b"/hours: two hours of mending")


class Made:
    """What a form makes: something with another number each time."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def __call__(self, uow: UnitOfWork) -> str:
        await uow.ping()
        self.numbers.append(len(self.numbers))
        return f"/made/{self.numbers[-1]}"


async def send(database: Database, sending: Sending, make: Made) -> str:
    return await database.write(lambda uow: sent_forms.once(uow, sending, make))


async def test_sent_again_it_leads_where_it_led_and_makes_nothing(database: Database) -> None:
    made = Made()
    assert [await send(database, ROSAS, made) for _ in range(3)] == ["/made/0"] * 3
    assert made.numbers == [0]
    assert await read(database, sent_forms.led_to, ROSAS) == "/made/0"


@pytest.mark.parametrize(
    "other",
    [
        {"value": "60" * 16},
        {"who": "account femi"},
        {"who": "guest rosa"},
        {"said": b"/hours: three hours of mending"},
    ],
)
async def test_another_form_sender_or_wording_is_another_sending(
    database: Database, other: dict[str, str]
) -> None:
    made = Made()
    await send(database, ROSAS, made)
    assert await send(database, replace(ROSAS, **other), made) == "/made/1"


async def test_what_failed_was_not_sent(database: Database) -> None:
    async def fail(_uow: UnitOfWork) -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(lambda uow: sent_forms.once(uow, ROSAS, fail))
    assert await read(database, sent_forms.led_to, ROSAS) is None


async def test_of_several_that_come_at_the_same_time_one_makes_something(
    either_database: Database,
) -> None:
    async def make(uow: UnitOfWork) -> str:
        return f"/made/{uow.new_id()}"

    async def one() -> str:
        return await either_database.write(lambda uow: sent_forms.once(uow, ROSAS, make))

    assert len(set(await asyncio.gather(*(one() for _ in range(6))))) == 1
    async with either_database.reading() as reader:
        assert len(await reader.scalars(select(SentForm))) == 1


async def test_the_table_tells_neither_who_sent_a_form_nor_where_it_led(
    database: Database,
) -> None:
    guest = Sending("7a" * 16, "guest cookie", b"/write")
    await send(database, guest, Made())
    async with database.reading() as reader:
        [row] = await reader.rows(select(table_of(SentForm)))
    kept = row.digest + row.answer
    assert not any(said in kept for said in (b"made", b"cookie", b"7a7a", bytes.fromhex("7a7a")))


async def test_it_is_forgotten_after_a_week(database: Database, clock) -> None:
    await send(database, ROSAS, Made())
    clock.advance(limits.FORMS_REMEMBERED - timedelta(seconds=1))
    await database.write(sent_forms.forget_old)
    assert await read(database, sent_forms.led_to, ROSAS) == "/made/0"
    clock.advance(timedelta(seconds=1))
    await database.write(sent_forms.forget_old)
    assert await read(database, sent_forms.led_to, ROSAS) is None
