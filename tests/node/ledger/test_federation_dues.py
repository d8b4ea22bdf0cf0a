"""Dues to a federation: only with the coop's own yes, once a year, for each member."""

from datetime import timedelta

from federation.ourselves import CoopProfile
from node import ledger, members, peers, policies
from node.policies import Answer, PassedPolicy
from tests.support import books as checker
from tests.support.asking import read, write

KEY = policies.DUES_PER_MEMBER


async def test_dues_are_owed_with_our_own_yes_once_a_year_for_each_member(database, clock):
    await write(database, peers.first_profile, CoopProfile("Loaf"))
    for name in ("Rosa", "Ben", "Femi"):
        admit = {"membership_class": "worker", "admit": members.Event.ADMIT}
        await write(database, members.add_member, name=name, **admit)
    passed = PassedPolicy(
        federation_digest="zToadLane",
        certificate_digest="zCertificate",
        id=KEY.name,
        version="1",
        keys={KEY.name: 500},
        text="Five pounds for each member.",
        effective_from=clock.now(),
        answer_by=clock.now() + timedelta(days=28),
    )
    await write(database, policies.put_in_force, passed)
    assert not await write(database, ledger.owe_dues, "GBP")
    accept = {"evidence": "Meeting of 3 May", "by": "rosa"}
    await write(database, policies.answer, "zToadLane", KEY.name, "1", Answer.ACCEPT, **accept)
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
