from decimal import Decimal
from fractions import Fraction

import pytest

from node import policies
from node.errors import InvalidInput, NotFound
from node.policies import Choice, Exact, PolicyKey, Share, WholeNumber, Words, YesNo
from tests.support.asking import read


async def adopt(database, key, value, version="v1"):
    await database.write(
        lambda uow: policies.adopt(uow, key, value, version=version, decided_by="minutes")
    )


async def test_what_nobody_decided_has_its_default(database):
    async with database.reading() as reader:
        assert await policies.value(reader, policies.LISTINGS_MAX_AGE_DAYS) == 180
        assert await policies.value(reader, "mirrors.stale_after_days") == 7
        found = await policies.in_force(reader, policies.LISTINGS_REQUIRED_FIELDS)
    assert (found.value, found.version, found.since) == ((), "default", None)


async def test_a_decision_is_in_force_with_its_version_until_the_next_one(database, clock):
    await adopt(database, policies.LISTINGS_MAX_AGE_DAYS, 90, version="v1")
    clock.advance(60)
    await adopt(database, policies.LISTINGS_MAX_AGE_DAYS, 60, version="v2")
    async with database.reading() as reader:
        found = await policies.in_force(reader, policies.LISTINGS_MAX_AGE_DAYS)
        values = await policies.all_values(reader)
    assert (found.value, found.version, found.since) == (60, "v2", clock.now())
    assert values["listings.max_age_days"] == 60
    assert set(values) == set(policies.REGISTRY)


async def test_a_decision_that_lapses_leaves_the_default(database):
    await adopt(database, policies.LISTINGS_REQUIRED_FIELDS, ("place", "price", "place"))
    found = await read(database, policies.value, policies.LISTINGS_REQUIRED_FIELDS)
    assert found == ("place", "price")
    await database.write(
        lambda uow: policies.lapse(uow, policies.LISTINGS_REQUIRED_FIELDS, by="board")
    )
    async with database.reading() as reader:
        assert await policies.value(reader, policies.LISTINGS_REQUIRED_FIELDS) == ()


async def test_a_value_out_of_bounds_is_not_adopted(database):
    with pytest.raises(InvalidInput, match="0 to 3650"):
        await adopt(database, policies.LISTINGS_MAX_AGE_DAYS, -1)
    async with database.reading() as reader:
        assert await policies.value(reader, policies.LISTINGS_MAX_AGE_DAYS) == 180


async def test_an_unknown_name_is_said_to_be_unknown(database):
    async with database.reading() as reader:
        with pytest.raises(NotFound, match=r"listings\.nonsense"):
            await policies.value(reader, "listings.nonsense")


def test_a_key_is_registered_once():
    with pytest.raises(ValueError, match="registered twice"):
        PolicyKey("ranking.text", WholeNumber(0, 1), default=0, unit="", description="")


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (WholeNumber(0, 10), 10, 10),
        (YesNo(), False, False),
        (Exact(Decimal(0), Decimal(100)), Decimal("2.50"), "2.50"),
        (Share(), Fraction(4, 6), "2/3"),
        (Words(), ("a", "b"), ["a", "b"]),
        (Choice(("none", "counts")), "counts", "counts"),
    ],
)
def test_each_kind_of_value_survives_storage(kind, value, stored):
    assert kind.write(value) == stored
    assert kind.read(stored) == value


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (WholeNumber(0, 10), True),  # JSON's true is not 1
        (WholeNumber(0, 10), 10.0),
        (WholeNumber(0, 10), 11),
        (YesNo(), 1),
        (Exact(Decimal(0), Decimal(100)), 2.5),  # a float is never exact
        (Exact(Decimal(0), Decimal(100)), "1e1"),
        (Exact(Decimal(0), Decimal(100)), "100.1"),
        (Share(), "3/2"),
        (Share(), "1/0"),
        (Share(), "0.5"),
        (Words(), "ab"),
        (Words(), ["a", 1]),
        (Words(("a",)), ["b"]),
        (Words(), [""]),
        (Choice(("none",)), "all"),
    ],
)
def test_each_kind_refuses_what_it_is_not(kind, stored):
    with pytest.raises(InvalidInput):
        kind.read(stored)


def test_every_key_says_what_it_means():
    for key in policies.REGISTRY.values():
        assert len(str(key.description)) > 20
