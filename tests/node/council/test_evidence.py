"""Evidence: each kind convinces somebody who knows the charter alone, and nothing else does."""

from datetime import timedelta

import pytest

from node.council import evidence
from node.council.evidence import Finding, ProvesNothing
from node.council.statements import Kind, Statement
from protocol import datetimes
from tests.node.council.chamber import Chamber, key, uri


@pytest.fixture
def chamber() -> Chamber:
    return Chamber().found()


def proven(chamber: Chamber, code: str, *parts) -> Finding:
    texts = [each.text if isinstance(each, Statement) else each for each in parts]
    charter = chamber.record.charter
    assert charter is not None
    return evidence.check(code, [charter.text], texts, charter.content)


def refuted(chamber: Chamber, code: str, *parts) -> bool:
    with pytest.raises(ProvesNothing):
        proven(chamber, code, *parts)
    return True


def about(chamber: Chamber, ballot: Statement) -> dict[str, str]:
    return {"proposal": "p1", "ballot": ballot.object, "at": datetimes.format(chamber.now)}


def test_e1_two_ballots_of_one_number(chamber):
    chamber.opened()
    yes, no = chamber.ballot("lanehead", "yes"), chamber.ballot("lanehead", "no")
    assert proven(chamber, "E1", yes, no) == Finding("E1", uri("lanehead"), "p1")
    later = chamber.ballot("lanehead", "no", 2, yes.content)
    again = chamber.ballot("lanehead", "yes")
    forged = chamber.ballot("lanehead", "no", signed_by=key("x", "x"), delegate=yes["delegate"])
    others = (later, again, chamber.ballot("pioneer", "no"), forged)
    assert all(refuted(chamber, "E1", yes, other) for other in others)
    assert evidence.equivocations([yes, no, later]) == [tuple(sorted((yes, no), key=_content))]


def _content(each: Statement) -> str:
    return each.content


def test_e2_and_e4_two_histories_of_one_size(chamber):
    other = Chamber(now=chamber.now).found()
    chamber.log(chamber.mandate("lanehead"))
    other.log(other.mandate("lanehead", use="other"))
    heads = (chamber.head(by=("lanehead", "pioneer")), other.head(by=("portici", "pioneer")))
    assert proven(chamber, "E2a", *heads) == Finding("E2a", uri("camara"))
    assert proven(chamber, "E4", *heads) == Finding("E4", uri("pioneer"))
    assert evidence.two_histories(heads) == heads
    assert refuted(chamber, "E2a", heads[0], heads[0])
    assert refuted(chamber, "E4", heads[0], other.head(by=("portici",)))
    other.log(other.mandate("pioneer"))
    longer = other.head()
    assert refuted(chamber, "E2a", heads[0], longer)
    histories = [[entry.text for entry, _said in each.entries] for each in (chamber, other)]
    parts = evidence.rewritten((heads[0], histories[0]), (longer, histories[1]))
    assert proven(chamber, "E2b", *parts) == Finding("E2b", uri("camara"))
    assert refuted(chamber, "E2b", *parts[:3], parts[3], parts[3])
    assert evidence.rewritten((heads[0], histories[0]), (longer, histories[0])) is None


def test_e5_two_mandates_of_one_number(chamber):
    two = chamber.mandate("lanehead"), chamber.mandate("lanehead", use="other")
    assert proven(chamber, "E5", *two) == Finding("E5", uri("lanehead"), None)
    assert refuted(chamber, "E5", two[0], chamber.mandate("lanehead", 2))
    assert refuted(chamber, "E5", two[0], chamber.mandate("pioneer", use="other"))


def test_e3_and_e7_a_ballot_that_was_seen_or_promised_is_left_out(chamber):
    proposal = chamber.opened()
    chamber.must(chamber.ballot("pioneer", "no"))
    ballot = chamber.ballot("lanehead", "yes")
    seen = [
        chamber.say(name, Kind.SEEN, **about(chamber, ballot))
        for name in ("mawimbi", "pioneer", "portici")
    ]
    by = datetimes.format(chamber.now + timedelta(minutes=10))
    promise = chamber.say("camara", Kind.PROMISE, proposal="p1", ballot=ballot.object, by=by)
    head = chamber.head()
    chamber.now = proposal.moment("closesAt")
    late = chamber.say("portici", Kind.SEEN, **about(chamber, ballot))
    close = chamber.must(chamber.close([head]))
    text = {"proposal": proposal.text}
    assert proven(chamber, "E7", ballot, close, text, *seen) == Finding("E7", uri("camara"), "p1")
    assert proven(chamber, "E3", promise, close) == Finding("E3", uri("camara"), "p1")
    chamber.now += timedelta(seconds=1)
    late = chamber.say("portici", Kind.SEEN, **about(chamber, ballot))
    assert refuted(chamber, "E7", ballot, close, text, *seen[:2])
    assert refuted(chamber, "E7", ballot, close, text, *seen[:2], seen[0], late)
    taken = chamber.entries[-2][1]
    assert refuted(chamber, "E7", taken, close, text, *seen)


def test_e6_a_certificate_that_no_recount_gives(chamber):
    proposal = chamber.opened()
    chamber.must(chamber.ballot("pioneer", "no"))
    head = chamber.head()
    chamber.now = proposal.moment("closesAt")
    chamber.must(chamber.close([head]))
    chamber.must(chamber.certify(outcome="passed"))
    assert proven(chamber, "E6", chamber.archive().decode()) == Finding("E6", uri("camara"), "p1")
    honest = Chamber().found().decided({"pioneer": "no"})
    assert refuted(honest, "E6", honest.archive().decode())


def test_evidence_of_another_federation_or_without_its_parts_proves_nothing(chamber):
    two = chamber.mandate("lanehead"), chamber.mandate("lanehead", use="other")
    charter = chamber.record.charter
    assert charter is not None
    with pytest.raises(ProvesNothing):
        evidence.check("E5", [charter.text], [each.text for each in two], "zQmOther")
    for parts in ([], [two[0].text], ["{}", "{}"], [1, 2], [two[0].text, None]):
        with pytest.raises(ProvesNothing):
            evidence.check("E5", [charter.text], parts, charter.content)
    for code in ("E1", "E2a", "E2b", "E3", "E4", "E6", "E7"):
        assert refuted(chamber, code)
