"""Where one thing that a federation can do meets another, and words that no rule has thought of."""

from typing import Any

import pytest

from node.council.count import archive, checks, contexts, counting
from node.council.state import keepers
from node.council.state.record import Inadmissible
from node.council.words import charter
from node.council.words.statements import Kind
from node.errors import InvalidInput
from protocol.errors import MalformedDocument
from tests.node.council.chamber import NAMES, QUICK, Chamber

CHARTER = charter.DEFAULT_CLASSES["charter"] | {"commentHours": 0, "noticeHours": 72}
CLASSES = {"ordinary": QUICK, "charter": CHARTER}
YES = dict.fromkeys(NAMES, "yes")


def founded(**rules: Any) -> Chamber:
    return Chamber().found(**({"classes": CLASSES} | rules))


def change(five: Chamber, name: str, **changes: Any) -> bool:
    """Decide that the charter changes, and write it down; whether that had an effect."""
    five.current = name
    five.decided(YES, **{"class": "charter", "policies": {}, "charter": changes})
    return five.log(five.put_down(name))


def test_a_charter_changed_in_a_second_round_is_recounted_as_it_was_decided() -> None:
    five = founded()
    easier = {"classes": CLASSES | {"ordinary": QUICK | {"rule": QUICK["rule"] | {"quorum": None}}}}
    easier["classes"]["ordinary"]["rule"].pop("quorum")
    about = {"class": "charter", "policies": {}, "charter": easier}
    five.current = "c1"
    five.decided({}, **about)
    five.wait(days=8)
    five.current = "c1-second"
    five.decided(YES, **about)
    assert five.log(five.put_down("c1-second"))
    five.current = "p1"
    five.decided({NAMES[0]: "yes"})
    verdict = archive.verify(five.archive(), five.record.federation)
    assert "quorum" not in verdict.result["rule"]


@pytest.mark.parametrize(
    "fields",
    [
        {"closesAt": "9999-12-31T23:00:00Z", "finalizeBy": "9999-12-31T23:59:59Z"},
        {"class": "charter", "policies": {}, "charter": {"competences": 5}},
        {"class": "gone"},
    ],
)
def test_hostile_texts_are_refused_and_stop_nothing(fields: dict[str, Any]) -> None:
    five = founded()
    for name in NAMES:
        five.must(five.mandate(name))
    assert five.why_not(five.propose(**fields))
    five.must(five.propose("p2"))


def test_a_class_that_is_gone_takes_no_rival_texts() -> None:
    five = founded(classes=CLASSES | {"extra": QUICK})
    for name in NAMES:
        five.must(five.mandate(name))
    five.must(five.propose("p1", **{"class": "extra"}))
    assert change(five, "c1", classes=CLASSES)
    assert five.why_not(five.amend(NAMES[0], "Another text.")) == "class-unknown"


def test_a_number_that_is_too_long_is_no_epoch() -> None:
    origin, huge = founded().record.origin, "9" * 5_000
    text = f"{origin}\n1\n{'A' * 43}=\nepoch {huge}\n\n\N{EM DASH} x AAAAAAAA\n"
    with pytest.raises(MalformedDocument):
        keepers.opened(text, origin, {})


def test_no_coop_can_use_up_the_epochs() -> None:
    five = founded()
    mandate = keepers.mandate(
        five.record.host,
        five.record.federation,
        five.now,
        epoch=keepers.FARTHEST + 1,
        log_key="z6MkevpxS85MqH2MqaAitinTW3T84685DvRRuaHEKjnptn6K",
        start=(0, b""),
    )
    with pytest.raises(Inadmissible, match="too far"):
        checks._next_epoch(five.record, mandate)


def test_what_is_decided_stays_recountable_when_the_quorum_grows() -> None:
    five = Chamber((*NAMES, "hartland", "weavers")).found(classes=CLASSES)
    five.decided(YES)
    before = counting.recount(five.record, five.record.proposals["p1"])
    assert change(five, "c1", witnessQuorum="4n/5+1")
    assert counting.recount(five.record, five.record.proposals["p1"]) == before


def test_a_change_that_another_one_overtook_is_not_written_down() -> None:
    five = founded()
    five.current = "c1"
    first = {"classes": CLASSES | {"aaa": QUICK}}
    five.decided(YES, **{"class": "charter", "policies": {}, "charter": first})
    five.current = "c2"
    second = {"classes": CLASSES | {"bbb": QUICK}}
    five.decided(YES, **{"class": "charter", "policies": {}, "charter": second})
    assert five.log(five.put_down("c1"))
    assert not five.log(five.put_down("c2"))
    assert "aaa" in five.record.rules["classes"]


def test_what_a_quorum_has_decided_is_written_down_however_many_join_before() -> None:
    """A log and a context tell the same: what was judged once stays so."""
    five = founded()
    five.current, changes = "c1", {"witnessQuorum": "3n/4+1"}
    five.decided(YES, **{"class": "charter", "policies": {}, "charter": changes})
    for name in ("hartland", "weavers", "mill"):
        asked = five.must(five.application(name, five.record.federation))
        for each in NAMES:
            five.log(five.say(each, Kind.ADMIT, application=asked.content))
    assert five.record.quorum > len(NAMES)
    assert five.log(five.put_down("c1"))
    needed = (*contexts.KINDS, *contexts.DECIDED)
    told = [said.text for _entry, said in five.entries if said.kind in needed]
    assert contexts.known(told).quorum == five.record.quorum


def test_what_lets_an_urgent_decision_go_on_is_a_yes_or_a_no() -> None:
    five = founded()
    for name in NAMES:
        five.must(five.mandate(name))
    five.must(five.propose(policies={}, confirms=five.record.federation))
    assert five.why_not(five.amend(NAMES[0], "Do not.")) == "not-amendable"


def test_a_cap_that_a_quorum_cannot_keep_is_refused_before_it_blocks_a_vote() -> None:
    agreed = charter.rules(
        "Toad Lane", classes=CLASSES, scheme={"scheme": "proportional", "cap": "1/5"}
    )
    with pytest.raises(InvalidInput):
        charter.check_power(agreed, dict.fromkeys(NAMES, 7))


def test_the_charter_is_not_changed_in_a_hurry() -> None:
    with pytest.raises(InvalidInput):
        charter.rules("Toad Lane", classes=CLASSES | {"charter": CHARTER | {"urgent": True}})


def test_nobody_takes_a_proposal_back_once_there_is_a_roll():
    """Or the mover could annul a vote that is lost, after reading the ballots."""
    five = Chamber().found()
    five.opened()
    assert five.why_not(five.say("portici", Kind.WITHDRAWAL, proposal="p1")) == "proposal-state"
