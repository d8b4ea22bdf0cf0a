"""What a federation passed: from when, until when, and for whom."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from federation.ourselves import CoopProfile
from node import notices, peers, policies
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotAllowed
from node.notices.models import Notice
from node.policies import Answer, PassedPolicy
from node.policies.merging import in_force_at
from tests.support.asking import read, write

DAY = timedelta(days=1)
FEDERATION = "zToadLane"
AGE, DUES = policies.LISTINGS_MAX_AGE_DAYS, policies.DUES_PER_MEMBER


@pytest.fixture
async def coop(database):
    await database.write(lambda uow: peers.first_profile(uow, CoopProfile("Loaf")))
    return database


@pytest.fixture
def fair(clock):
    return PassedPolicy(
        federation_digest=FEDERATION,
        certificate_digest="zCertificate",
        id="fresh-listings",
        version="1",
        keys={AGE.name: 90, DUES.name: 500},
        text="Listings are looked at every three months.",
        effective_from=clock.now() + 7 * DAY,
    )


async def age(coop):
    return await read(coop, policies.value, AGE)


async def head(coop):
    async with coop.reading() as reader:
        return dict((await peers.our_profile(reader)).policy_heads)


async def test_it_holds_from_its_day_and_the_coops_document_says_so(coop, clock, fair):
    await write(coop, policies.put_in_force, fair)
    await write(coop, policies.put_in_force, fair)  # said again: no further effect
    assert (await age(coop), await head(coop)) == (180, {})
    clock.advance(7 * DAY)
    await write(coop, policies.run_due)
    assert await age(coop) == 90
    first = await head(coop)
    assert first.keys() == {FEDERATION}

    later = replace(fair, version="2", keys={AGE.name: 60}, effective_from=clock.now() + DAY)
    await write(coop, policies.put_in_force, later)
    assert await age(coop) == 90
    clock.advance(DAY)
    await write(coop, policies.run_due)
    assert await age(coop) == 60
    assert (await head(coop))[FEDERATION] != first[FEDERATION]

    clock.advance(DAY)
    await write(coop, policies.withdraw, FEDERATION, fair.id)
    assert (await age(coop), await head(coop)) == (180, {})
    async with coop.reading() as reader:
        shown = await policies.entry(reader, AGE.name)
        passed = await policies.passed(reader)
    assert [one.value for one in shown.history] == [60, 90]
    assert [one.version for one in passed] == ["2", "1"]


RULES = {
    "first": ("1", 0, {AGE.name: 90, DUES.name: 500}),
    "fewer keys": ("2", 3, {AGE.name: 60}),
    "urgent": ("3", 5, {AGE.name: 40}),
    "after it": ("4", 25, {AGE.name: 150, policies.REFERRALS_ANSWER_DAYS.name: 2}),
}


async def test_in_whatever_order_they_are_heard_later_rules_replace_earlier_ones_key_by_key(
    coop, clock, fair
):
    start = clock.now()
    orders = {"-".join(order): order for order in permutations(RULES)}
    for federation, order in orders.items():
        for name in order:
            version, day, keys = RULES[name]
            given = replace(fair, federation_digest=federation, id=",".join(keys), keys=keys)
            given = replace(given, version=version, effective_from=start + day * DAY)
            await write(coop, policies.put_in_force, replace(given, emergency=name == "urgent"))
            if name == "urgent":  # so it goes on past its two weeks, and not past the next rule
                await write(coop, policies.confirm_emergency, federation, given.id, version)
    async with coop.reading() as reader:
        decisions = (await policies.rulebook(reader, [AGE])).decisions[AGE.name]
        passed = await policies.passed(reader)
    for federation in orders:
        own = [one for one in decisions if one.federation == federation]
        days = (0, 2, 3, 5, 24, 25, 400)
        held = [in_force_at(AGE, own, start + day * DAY).value for day in days]
        assert held == [90, 90, 60, 40, 40, 150, 150], federation
        ends = {one.version: one.ends_at for one in passed if one.federation == federation}
        assert ends == {"1": None, "2": start + 5 * DAY, "3": start + 25 * DAY, "4": None}


async def test_what_was_replaced_does_not_come_back(coop, clock, fair):
    urgent = replace(fair, effective_from=clock.now(), emergency=True)
    later = replace(fair, id=AGE.name, keys={AGE.name: 120}, effective_from=clock.now() + 5 * DAY)
    await write(coop, policies.put_in_force, urgent)
    await write(coop, policies.put_in_force, later)
    await write(coop, policies.confirm_emergency, FEDERATION, fair.id, "1")
    clock.advance(30 * DAY)
    assert await age(coop) == 120


async def test_another_certificate_for_a_known_version_is_refused(coop, fair):
    await write(coop, policies.put_in_force, fair)
    with pytest.raises(Conflict, match="another certificate"):
        await write(coop, policies.put_in_force, replace(fair, certificate_digest="zOther"))
    bad = replace(fair, version="9", keys={AGE.name: -1})
    with pytest.raises(InvalidInput, match=r"listings\.max_age_days"):
        await write(coop, policies.put_in_force, bad)


async def test_an_urgent_policy_lapses_after_two_weeks_unless_it_is_confirmed(coop, clock, fair):
    urgent = replace(fair, effective_from=clock.now(), emergency=True)
    await write(coop, policies.put_in_force, urgent)
    await write(coop, policies.put_in_force, replace(urgent, id="kept", keys={AGE.name: 100}))
    await write(coop, policies.confirm_emergency, FEDERATION, "kept", "1")
    assert await age(coop) == 90
    clock.advance(14 * DAY)
    assert await age(coop) == 100
    with pytest.raises(Conflict, match="lapsed"):
        await write(coop, policies.confirm_emergency, FEDERATION, urgent.id, "1")


@pytest.mark.parametrize(
    ("said", "silence_binds", "dues"),
    [
        (Answer.ACCEPT, False, 500),
        (Answer.REJECT, True, 0),
        (Answer.SILENCE, False, 0),
        (Answer.SILENCE, True, 500),
    ],
)
async def test_what_needs_our_yes_binds_by_our_answer(coop, clock, fair, said, silence_binds, dues):
    asked = replace(fair, answer_by=clock.now() + 9 * DAY, silence_binds=silence_binds)
    await write(coop, policies.put_in_force, asked)
    clock.advance(8 * DAY)
    if said is not Answer.SILENCE:
        named = (FEDERATION, fair.id, "1", said)
        await write(coop, policies.answer, *named, evidence="zMinutes", by="board")
    clock.advance(2 * DAY)
    await write(coop, policies.run_due)
    async with coop.reading() as reader:
        assert await policies.value(reader, DUES) == dues
        [view] = await policies.passed(reader)
    assert view.answer is said


async def test_a_coop_excepts_itself_only_where_the_key_knows_that(coop, clock, fair):
    banned = policies.LISTINGS_BANNED_CATEGORIES
    made = replace(fair, keys={AGE.name: 90, banned.name: ["honey"]}, effective_from=clock.now())
    await write(coop, policies.put_in_force, made)
    named = (FEDERATION, fair.id, "1")
    with pytest.raises(NotAllowed):
        await write(coop, policies.reserve, *named, AGE.name, "We cannot", by="board")
    await write(coop, policies.reserve, *named, banned.name, "Lawful here", by="board")
    async with coop.reading() as reader:
        assert await policies.value(reader, banned) == ()
        [view] = await policies.passed(reader)
    assert view.reservations == {banned.name: "Lawful here"}
    assert await age(coop) == 90


async def test_our_own_choice_is_stricter_or_refused_in_words(coop, clock, fair):
    await write(coop, policies.put_in_force, replace(fair, effective_from=clock.now()))
    with pytest.raises(InvalidInput, match=r"90 \(fresh-listings, version 1\).*not looser"):
        await write(coop, policies.choose, AGE.name, 120, by="board")
    assert (await write(coop, policies.choose, AGE.name, 30, by="board")).version == "own-1"
    assert await age(coop) == 30
    await write(coop, policies.lapse, AGE, by="board")
    assert await age(coop) == 90


async def test_federations_that_differ_stop_what_goes_out_until_somebody_chooses(coop, clock, fair):
    key = policies.RANKING_TEXT
    for federation, weight in (("zToad", 10), ("zMare", 30)):
        made = replace(fair, federation_digest=federation, keys={key.name: weight})
        await write(coop, policies.put_in_force, replace(made, effective_from=clock.now()))
    with pytest.raises(Conflict, match=r"ranking\.text: 10 / 30"):
        await write(coop, policies.settled, key)
    await write(coop, policies.choose, key.name, 20, by="board")
    await write(coop, policies.settled, key)
    await write(coop, policies.lapse, key, by="board")
    await write(coop, policies.leave_federation, "zMare")
    async with coop.reading() as reader:
        assert await policies.value(reader, key) == 10


async def test_read_notices_go_when_they_are_old_and_rules_that_contradict_stop_that(coop, clock):
    async def texts():
        async with coop.reading() as reader:
            return await reader.scalars(select(Notice.kind))

    give = (notices.give, notices.NoticeKind.PEER_LEFT)
    await write(coop, *give, "old", to_role=Role.ADMIN, quiet=True, name="A")
    clock.advance(40 * DAY)
    await write(coop, *give, "new", to_role=Role.ADMIN, quiet=True, name="B")
    await write(coop, *give, "unread", to_role=Role.ADMIN, name="C")
    await write(coop, policies.choose, "retention.min_days", 60, by="board")
    await write(coop, policies.choose, "retention.max_days", 30, by="board")
    await write(coop, policies.run_due)
    assert sorted(await texts()) == ["peer-left"] * 3 + ["policy-contradiction"]
    await write(coop, policies.choose, "retention.min_days", 0, by="board")
    await write(coop, policies.run_due)
    assert await texts() == ["peer-left"] * 2
