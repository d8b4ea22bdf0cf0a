"""Dues to a federation: only with the coop's own yes, once a year, for each member."""

from datetime import timedelta

import pytest

from federation.ourselves import CoopProfile
from node import ledger, members, peers, policies
from node.policies import Answer, PassedPolicy
from tests.support import books as checker
from tests.support.asking import read, write

KEY = policies.DUES_PER_MEMBER


async def three_members(database) -> None:
    await write(database, peers.first_profile, CoopProfile("Loaf"))
    for name in ("Rosa", "Ben", "Femi"):
        admit = {"membership_class": "worker", "admit": members.Event.ADMIT}
        await write(database, members.add_member, name=name, **admit)


def passed(federation: str, pence: int, clock) -> PassedPolicy:
    return PassedPolicy(
        federation_digest=federation,
        certificate_digest=f"zCertificate{federation}",
        id=KEY.name,
        version="1",
        keys={KEY.name: pence},
        text="So much for each member.",
        effective_from=clock.now(),
        answer_by=clock.now() + timedelta(days=28),
    )


async def said_yes(database, federation: str) -> None:
    accept = {"evidence": "Meeting of 3 May", "by": "rosa"}
    await write(database, policies.answer, federation, KEY.name, "1", Answer.ACCEPT, **accept)


async def test_dues_are_owed_with_our_own_yes_once_a_year_for_each_member(database, clock):
    await three_members(database)
    await write(database, policies.put_in_force, passed("zToadLane", 500, clock))
    assert not await write(database, ledger.owe_dues, "GBP")
    await said_yes(database, "zToadLane")
    assert [await write(database, ledger.owe_dues, "GBP") for _again in range(2)] == [True, False]
    clock.advance(timedelta(days=365))
    assert await write(database, ledger.owe_dues, "GBP")

    second, first = (await read(database, ledger.entries))[0]
    assert [money.text for money in first.totals] == ["15.00"]
    assert first.policy_versions == {KEY.name: "1"}
    assert {line.account.code for line in second.postings} == {
        line.account.code for line in first.postings
    }
    assert await checker.faults(database) == []


@pytest.mark.parametrize("pence", [500, 200])
async def test_each_federation_is_owed_its_own(database, clock, pence):
    await three_members(database)
    for federation, each in (("zToadLane", 500), ("zPennine", pence)):
        await write(database, policies.put_in_force, passed(federation, each, clock))
        await said_yes(database, federation)
    assert [await write(database, ledger.owe_dues, "GBP") for _again in range(2)] == [True, False]
    found = await read(database, ledger.by_party, clock.now().date())
    owed = {one.name: [money.text for money in one.by_type.values()] for one in found}
    assert owed == {"zToadLane": ["15.00"], "zPennine": [f"{3 * pence / 100:.2f}"]}
    assert await checker.faults(database) == []
