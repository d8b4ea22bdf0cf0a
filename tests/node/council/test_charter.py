"""The charter is changed by a decision: who may, how, and from when the new rules hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from node import council
from node.council.count import archive
from node.council.rows import terms
from node.council.state.record import read_entry
from node.council.words import charter, statements
from node.council.words.statements import Kind
from node.errors import InvalidInput
from protocol.errors import MalformedDocument
from tests.node.council.chamber import NAMES, QUICK, Chamber, key, uri

BY_DOUBLE_MAJORITY = charter.DEFAULT_CLASSES["charter"] | {"commentHours": 0, "noticeHours": 72}
CLASSES = {"ordinary": QUICK, "charter": BY_DOUBLE_MAJORITY}
HARDER = {"ordinary": QUICK | {"rule": QUICK["rule"] | {"threshold": "3/4"}}}
OTHER = statements.digest_of(b"another certificate")
ALL = dict.fromkeys(NAMES, "yes")
THREE_OF_FIVE = ALL | {"camara": "no", "portici": "no"}


def amending(**changes: Any) -> dict[str, Any]:
    return {"class": "charter", "policies": {}, "charter": changes}


@pytest.fixture
def five() -> Chamber:
    return Chamber().found(classes=CLASSES)


def test_a_change_of_the_charter_decides_the_next_vote_and_keeps_the_federations_name():
    five = Chamber((*NAMES, "hartland", "weavers")).found(classes=CLASSES)
    name = five.record.federation
    three_quarters = amending(
        classes=CLASSES | HARDER, name="Lane of Toads", witnessQuorum="4n/5+1"
    )
    five.decided(ALL | {"portici": "no"}, **three_quarters)
    assert (five.record.rules["name"], five.record.quorum) == ("Toad Lane", 5)
    five.must(five.put_down())
    assert five.record.rules["name"] == "Lane of Toads"
    assert (five.record.federation, five.record.quorum) == (name, 6)
    assert not five.log(five.put_down()), "said twice"

    five.current = "p2"
    five.decided(ALL | {"camara": "no", "portici": "no"})
    verdict = archive.verify(five.archive(), name)
    assert (verdict.name, verdict.result["tally"]["outcome"]) == ("Lane of Toads", "rejected")
    assert verdict.result["rule"]["threshold"] == "3/4"


def test_a_vote_keeps_to_the_rules_of_its_notice(five):
    first = five.opened(**amending(classes=HARDER | {"charter": BY_DOUBLE_MAJORITY}))
    noticed, later = (five.must(five.propose(id=each)) for each in ("p2", "p3"))
    five.must(five.notice(noticed))
    for name in NAMES:
        five.must(five.ballot(name, "yes"))
    head, five.now = five.head(), first.moment("closesAt")
    five.must(five.close([head]))
    five.must(five.certify())
    five.attest()
    five.must(five.put_down())
    bars = [
        five.record.class_of(five.record.proposals[each["id"]])["rule"]["threshold"]
        for each in (noticed, later)
    ]
    assert bars == ["1/2", "3/4"]


def test_what_changes_the_charter_is_decided_by_its_own_class_and_alone(five):
    refused = {
        "charter-class": amending(name="Other") | {"class": "ordinary"},
        "charter-alone": amending(name="Other") | {"policies": {"referrals.x": "5"}},
        "bad-charter": amending(witnessQuorum="1n/2+1"),
    }
    for code, changes in refused.items():
        assert five.why_not(five.propose(**changes)) == code
    for useless in ({"name": "Toad Lane"}, {"host": "x"}, {"competences": ["b.", "a."]}):
        assert not five.log(five.propose(**amending() | {"charter": useless}))


def test_a_charter_cannot_make_changing_it_easier_than_a_double_majority():
    rule = BY_DOUBLE_MAJORITY["rule"]
    easier = (
        rule | {"threshold": "1/2"},
        rule | {"use_weights": True},
        rule | {"chambers": []},
        {"method": "schulze"},
    )
    for each in easier:
        with pytest.raises(InvalidInput):
            charter.rules("Toad Lane", classes=CLASSES | {"charter": QUICK | {"rule": each}})
    assert charter.rules("Toad Lane", classes=CLASSES).document["witnessQuorum"] == "2n/3+1"


RULE = BY_DOUBLE_MAJORITY["rule"]
ONE_BY_ONE = {"threshold": "1/1", "cmp": ">"}
NOBODY = {"id": "unions", "threshold": "1/2", "cmp": ">", "base": "cast", "group": "unions"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classes": {"ordinary": QUICK}}, "must stay"),
        ({"witnessQuorum": "4n/5+1"}, "so large a quorum"),
        ({"delegateTermDays": 2}, "as long as the longest notice"),
        ({"rule": {"threshold": "1/1", "base": "electorate"}}, "One coop that is gone"),
        ({"rule": {"quorum": {"fraction": "1/1", "cmp": ">", "counts": "participants"}}}, "all"),
        ({"rule": {"chambers": [*RULE["chambers"], NOBODY]}}, "not even all"),
        ({"class": {"proxies": 2}}, "stands in"),
        ({"class": {"rollHours": 73}}, "before notice"),
        ({"classes": CLASSES | {"hard": QUICK | {"rule": QUICK["rule"] | ONE_BY_ONE}}}, "not even"),
    ],
)
def test_a_federation_cannot_decide_to_be_unable_to_decide(five, changes, words):
    given = dict(changes)
    if "rule" in given:
        given["class"] = {"rule": RULE | given.pop("rule")}
    if "class" in given:
        given["classes"] = CLASSES | {"charter": BY_DOUBLE_MAJORITY | given.pop("class")}
    assert not five.log(five.propose(**amending(**given)))
    refused = five.record.refused[five.record.size - 1]
    assert refused.code == "bad-charter"
    assert words in str(refused)


def test_a_change_that_was_harmless_when_it_was_decided_is_looked_at_again(five):
    """For five coops three quarters are four of them; for four they would be all."""
    five.decided(ALL, **amending(witnessQuorum="3n/4+1"))
    five.must(five.say("portici", Kind.LEAVE))
    assert five.why_not(five.put_down()) == "bad-charter"


def test_new_weights_may_not_leave_a_coop_without_any_power(five):
    """Three votes for each of three coops and one for each of two: any two of the three decide."""
    small = {uri(name): five.record.members[uri(name)] for name in ("camara", "portici")}
    five.record.members |= {coop: replace(each, members=2) for coop, each in small.items()}
    dummy = {"scheme": "tiers", "tiers": [{"from": 0, "votes": 1}, {"from": 10, "votes": 3}]}
    text = five.propose(**amending(scheme=dummy))
    assert five.why_not(text) == "powerless"
    assert five.log(five.propose(**amending(scheme=dummy, dummiesAccepted=True)))


@pytest.mark.parametrize(
    ("forged", "code"),
    [({"changes": {"name": "Mine"}}, "other-rules"), ({"certificate": OTHER}, "other-certificate")],
)
def test_rules_that_nobody_voted_on_have_no_effect(five, forged, code):
    five.decided(THREE_OF_FIVE, **amending(name="Other"))
    assert five.why_not(five.put_down()) == "not-carried"
    assert five.why_not(five.put_down(**forged)) == code


def test_delegates_whose_term_is_over_stand_on_no_roll():
    five = Chamber().found(classes=CLASSES, delegate_term_days=30)
    for name in NAMES:
        five.must(five.mandate(name))
    five.wait(days=27)
    text = five.must(five.propose())
    five.must(five.notice(text))
    assert five.why_not(five.row("camara", text)) == "term-over"
    five.must(five.row("camara", text, delegates=[]))


def test_a_mandate_that_is_dated_at_the_end_of_the_calendar_ends_there():
    """No check stands against that date, and every coop shows who was named."""
    five = Chamber().found(classes=CLASSES, delegate_term_days=30)
    mandate = five.must(five.mandate("camara"))
    assert terms.end_by_charter(five.record, mandate) == five.now + timedelta(days=30)
    last = datetime(9999, 12, 31, tzinfo=UTC)
    named = {"epoch": 2, "delegates": mandate["delegates"], "alternates": []}
    dated = statements.new(Kind.MANDATE, uri("camara"), five.record.federation, last, **named)
    late = five.must(statements.signed(dated, key("camara", "coop"), created=five.now))
    assert terms.end_by_charter(five.record, late) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [("v", "true"), ("kind", '"gossip"'), ("digest", '"z"'), ("at", '"now"'), ("subject", '"Ä"')],
)
def test_an_entry_of_another_form_is_refused(five, wrong):
    name, value = wrong
    good = five.entries[0][0]
    old = {"v": "1", "kind": '"charter"', "digest": f'"{good.digest}"'}
    before = old.get(name, f'"{good.at if name == "at" else good.subject}"')
    with pytest.raises(MalformedDocument):
        read_entry(0, good.text.replace(f'"{name}":{before}', f'"{name}":{value}'))


def test_an_entry_that_files_a_statement_under_something_else_has_no_effect(five):
    statement = five.mandate("portici")
    entry = five.entry(statement, subject=uri("camara"))
    assert not five.take(entry, statement)
    assert five.record.mandates == {}


async def test_no_federation_is_founded_that_one_coop_could_stop_or_outvote(assemble):
    [host, _other] = (await assemble(2)).town.coops
    coops = [uri(name) for name in ("camara", "mawimbi", "pioneer", "portici")]
    strict = RULE | {"threshold": "1/1", "base": "electorate"}
    refused = {
        "witness_quorum": [{"witness_quorum": "8n/9+1"}],
        "classes": [
            {"classes": CLASSES | {"charter": BY_DOUBLE_MAJORITY | changes}}
            for changes in ({"proxies": 100}, {"rule": strict}, {"rollHours": 73})
        ],
    }
    for field, given in refused.items():
        for each in given:
            with pytest.raises(InvalidInput) as no:
                await host.write(
                    council.found, charter.rules("Toad Lane", **each), coops, by="rosa"
                )
            assert list(no.value.fields) == [field]
    assert await host.read(council.federations) == []
