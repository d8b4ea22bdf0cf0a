"""What a clock that was ahead planned and gave up, on either database."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from federation import delivery
from federation.models import Delivery, DeliveryState
from federation.outbox import publish
from federation.storage import Database, UnitOfWork
from federation.storage.base import table_of
from federation.storage.pauses import bring_back
from protocol.contexts import AS2
from tests.federation.factories import GROCER, follower
from tests.support.clock import FixedClock
from tests.support.loaf import BASE

A_YEAR = timedelta(days=365)


@pytest.fixture
async def letter(database: Database) -> Database:
    """A message that waits to be sent."""

    async def say(uow: UnitOfWork) -> None:
        follower(uow)
        await uow.session.flush()
        said = {
            "@context": AS2,
            "type": "Like",
            "actor": f"{BASE}/coop",
            "to": [GROCER],
            "object": GROCER,
        }
        await publish(uow, said, to_actors=[GROCER], object_uri=f"{BASE}/things/1")

    await database.write(say)
    return database


async def change(database: Database, **columns: object) -> None:
    await database.write(lambda uow: uow.execute(update(table_of(Delivery)).values(**columns)))


async def stands(database: Database) -> tuple[str, object]:
    async with database.reading() as reader:
        [row] = await reader.rows(select(Delivery.state, Delivery.next_attempt_at))
        return row.state, row.next_attempt_at


async def test_a_try_in_a_year_is_brought_back_and_one_within_a_pause_is_let_be(
    letter: Database, clock: FixedClock
) -> None:
    soon = clock.now() + timedelta(hours=12)
    await change(letter, next_attempt_at=soon)
    await letter.write(bring_back)
    assert await stands(letter) == ("pending", soon)
    await change(letter, next_attempt_at=clock.now() + A_YEAR)
    await letter.write(bring_back)
    assert await stands(letter) == ("pending", clock.now() + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("why", "state"),
    [
        ("no-answer: Nobody answers there.", DeliveryState.PENDING),
        (None, DeliveryState.PENDING),
        ("dropped: by a person", DeliveryState.DEAD),
        ("blocked: blocked by us", DeliveryState.DEAD),
        ("process-ended: The program ended 5 times at this.", DeliveryState.DEAD),
    ],
)
async def test_what_was_given_up_before_its_time_is_sent_unless_somebody_meant_it(
    letter: Database, why: str | None, state: DeliveryState
) -> None:
    await change(letter, state="dead", next_attempt_at=None, last_error=why)
    await letter.write(delivery.take_up_again)
    assert (await stands(letter))[0] == state


async def test_what_was_given_up_in_time_stays_so(letter: Database, clock: FixedClock) -> None:
    await change(letter, state="dead", next_attempt_at=None)
    clock.advance(timedelta(days=31))
    await letter.write(delivery.take_up_again)
    assert (await stands(letter))[0] == DeliveryState.DEAD
