"""Coops end the membership of another one: by their charter's class, and with its rights kept."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from node import council
from node.council import State
from node.council.count import archive
from node.council.state import effects
from node.council.words import charter, statements
from node.council.words.statements import Kind, Statement
from node.notices.models import Notice
from protocol import datetimes
from protocol.proofs import strip
from tests.node.council.chamber import NAMES, QUICK, Chamber, key, public, uri
from tests.node.council.hall import HallOpener
from tests.stories.council import CLASSES as SHORT

pytestmark = pytest.mark.long

SOON = charter.DEFAULT_CLASSES["charter"] | {"commentHours": 0, "noticeHours": 72}
CLASSES = {"ordinary": QUICK, "charter": SOON}
KEYS = {"key": "coop", "witness": "witness"}
ALL_BUT_ONE = dict.fromkeys(NAMES, "yes") | {"mawimbi": "no"}


def against(name: str, **changes: Any) -> dict[str, Any]:
    return {"class": "charter", "policies": {}, "excludes": uri(name)} | changes


@pytest.fixture
def five() -> Chamber:
    return Chamber().found(classes=CLASSES)


def test_a_coop_is_out_when_a_quorum_counted_it_and_what_it_said_before_stands(five):
    """It votes on that itself, and in another vote that is going on: what is cast is counted, and
    what comes afterwards is not (VOT-09)."""
    five.current, opens = "p2", five.now + timedelta(hours=96)
    ends = {"closesAt": opens + timedelta(days=30), "finalizeBy": opens + timedelta(days=40)}
    five.opened(**{field: datetimes.format(moment) for field, moment in ends.items()})
    before = five.must(five.ballot("mawimbi", "yes"))
    five.current = "p1"
    five.decided(ALL_BUT_ONE, **against("mawimbi"))
    assert uri("mawimbi") in five.record.members
    assert five.why_not(five.put_down(member=uri("portici"))) == "other-member"
    five.must(five.put_down())
    assert uri("mawimbi") not in five.record.members
    assert five.why_not(five.put_down()) == "said-already"

    five.current = "p2"
    assert five.why_not(five.ballot("mawimbi", "no", 2, before.content)) == "not-a-member"
    assert uri("mawimbi") in five.record.proposals["p2"].roll()
    five.coops = tuple(name for name in NAMES if name != "mawimbi")
    head, five.now = five.head(), five.record.proposals["p2"].text.moment("closesAt")
    assert five.must(five.close([head]))["timely"] == [before.object]
    five.must(five.certify())
    five.attest()
    verdict = archive.verify(five.archive(), five.record.federation)
    assert (len(verdict.members), verdict.result["roll"]) == (4, 5)
    five.current = "p3"
    assert set(five.opened() and five.record.proposals["p3"].roll()) == set(verdict.members)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"class": "ordinary"}, "exclusion-class"),
        ({"policies": {"referrals.fee_ceiling_percent": "5"}}, "exclusion-alone"),
        ({"charter": {"name": "Lane"}}, "exclusion-alone"),
        ({"excludes": uri("portici")}, "no-such-member"),
        ({"excludes": uri("nobody")}, "no-such-member"),
    ],
)
def test_a_membership_is_ended_by_a_double_majority_and_alone(five, changes, code):
    assert five.why_not(five.propose(**against("mawimbi", **changes))) == code


def test_two_coops_cannot_shut_each_other_out():
    two = Chamber(NAMES[:2]).found(classes=CLASSES)
    assert two.why_not(two.propose(**against("camara"))) == "too-few-left"


def test_who_votes_against_it_with_a_third_keeps_the_coop_in(five):
    five.decided(ALL_BUT_ONE | {"camara": "no"}, **against("mawimbi"))
    assert five.why_not(five.put_down()) == "not-carried"


async def told(seat: Any) -> set[str]:
    return set(await seat.read(lambda reader: reader.scalars(select(Notice.kind))))


async def test_a_host_that_is_excluded_is_told_votes_and_gives_the_log_to_another(
    assemble: HallOpener,
) -> None:
    made = await assemble(5)
    classes = council.DEFAULT_CLASSES["charter"] | {"commentHours": 24, "noticeHours": 72}
    made.classes = SHORT | {"charter": classes}
    five = await made.found()
    camara, lanehead = five.coops["camara"], five.coops["lanehead"]
    await five.opened(decision_class="charter", policies={}, excludes=camara.uri)
    assert "council-excludes" in await told(camara)
    await five.votes(dict.fromkeys(five.coops, "yes") | {"camara": "no"})
    await five.ended()
    assert await five.states() == {State.IN_FORCE}
    number = await five.id_at("lanehead")
    kept = await lanehead.read(council.keeping, number)
    assert (kept.is_excluded, kept.lied, kept.may_take_over) == (True, False, True)
    await lanehead.write(council.take_over, number, by="operator")
    await five.settle()
    for name in ("lanehead", "portici", "pioneer", "mawimbi"):
        [view] = await five.coops[name].read(council.federations)
        assert (view.host, len(view.members), view.stopped_because) == (lanehead.uri, 4, None)
    [gone] = await camara.read(council.federations)
    assert (gone.state, "council-left" in await told(camara)) == ("left", True)

    del five.coops["camara"]
    five.town.coops.remove(camara)
    five._host = "lanehead"
    await five.opened()
    await five.votes(dict.fromkeys(("lanehead", "portici", "pioneer"), "yes"))
    await five.ended()
    assert await five.states() == {State.IN_FORCE}
    assert set((await five.detail("portici")).weights) == {each.uri for each in five.town.coops}


def test_a_yes_of_before_lets_nobody_in_who_has_gone_since():
    """A coop asks twice and is let in by the second; then it goes. Its first asking is over too."""
    four = Chamber(NAMES[:4]).found(classes=CLASSES)

    def asks(use: str) -> Statement:
        four.changed["portici"] = use
        keys = {"key": public("portici", use), "witness": public("portici", f"{use} witness")}
        fields = {"invitation": None, "name": "Portici", "members": 10, **keys}
        return four.must(four.say("portici", Kind.APPLICATION, **fields))

    first, second = asks("coop"), asks("coop anew")
    for application, names in ((first, NAMES[:2]), (second, NAMES[:3])):
        for name in names:
            four.must(four.say(name, Kind.ADMIT, application=application.content))
    assert uri("portici") in four.record.members
    four.must(four.say("portici", Kind.LEAVE))
    for name in NAMES[2:4]:
        late = four.say(name, Kind.ADMIT, application=first.content)
        assert four.why_not(late) == "application-unknown"
    assert uri("portici") not in four.record.members
    four.changed["portici"] = "coop"
    four.wait(minutes=1)
    same = statements.signed(strip(first.document), key("portici", "coop"), created=four.now)
    assert (same.content, same.object != first.object) == (first.content, True)
    assert four.why_not(same) == "said-already"
    third = asks("coop once more")
    for name in NAMES[:3]:
        four.must(four.say(name, Kind.ADMIT, application=third.content))
    assert uri("portici") in four.record.members
    four.must(four.say("portici", Kind.LEAVE))
    kept_by_a_former_version = four.say(NAMES[2], Kind.ADMIT, application=first.content)
    effects.settle(four.record, four.record.size, kept_by_a_former_version)
    assert uri("portici") in four.record.members


def test_whoever_was_let_in_again_is_not_put_out_by_what_was_decided_before(five):
    five.decided(ALL_BUT_ONE, **against("mawimbi"))
    decided = five.put_down()
    five.must(decided)
    five.coops = tuple(name for name in NAMES if name != "mawimbi")
    five.changed["mawimbi"] = "coop anew"
    keys = {use: public("mawimbi", f"{name} anew") for use, name in KEYS.items()}
    fields = {"invitation": None, "name": "Mawimbi", "members": 10, **keys}
    asked = five.must(five.say("mawimbi", Kind.APPLICATION, **fields))
    for name in five.coops[:3]:
        five.must(five.say(name, Kind.ADMIT, application=asked.content))
    assert uri("mawimbi") in five.record.members
    assert five.why_not(five.put_down()) == "said-already"
    assert uri("mawimbi") in five.record.members
