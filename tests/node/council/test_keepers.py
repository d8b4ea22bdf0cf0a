"""Whoever keeps the log, it is one log: which hosts count, and what they are held to. Pure."""

import pytest

from node.council.count import archive, evidence
from node.council.count.evidence import Finding, ProvesNothing
from node.council.state.heads import read_head
from node.council.state.record import Inadmissible
from node.council.words.statements import Kind
from tests.node.council.chamber import Chamber, public, uri

ALL = ("camara", "lanehead", "mawimbi", "pioneer", "portici")


@pytest.fixture
def chamber() -> Chamber:
    return Chamber().found()


def test_a_host_counts_by_a_quorum_from_the_very_end_of_the_log(chamber):
    assert chamber.why_not(chamber.mandate_for("lanehead", *ALL[1:4])) == "no-quorum"
    assert chamber.why_not(chamber.mandate_for("lanehead", *ALL[:1], *ALL[2:])) == "not-signed"
    assert chamber.why_not(chamber.mandate_for("lanehead", *ALL[1:], size=2)) == "other-root"
    chamber.taken_over("lanehead")
    assert (chamber.record.host, chamber.record.epoch) == (uri("lanehead"), 1)
    assert chamber.why_not(chamber.mandate_for("portici", *ALL)) == "epoch-used"
    chamber.taken_over("portici")
    assert [each.host for each in chamber.record.keepers.values()] == [
        uri(name) for name in ("camara", "lanehead", "portici")
    ]


def test_the_last_entry_of_a_host_names_the_next_and_ends_its_log(chamber):
    handover = {"epoch": 1, "to": uri("lanehead"), "logKey": public("lanehead", "log")}
    by_another = chamber.say("pioneer", Kind.HANDOVER, **handover)
    assert chamber.why_not(by_another) == "not-the-host"
    to_itself = chamber.say("camara", Kind.HANDOVER, **handover | {"to": uri("camara")})
    assert chamber.why_not(to_itself) == "not-a-member"
    chamber.must(chamber.say("camara", Kind.HANDOVER, **handover))
    assert chamber.why_not(chamber.mandate("pioneer")) == "handed-over"
    applies = chamber.application("rochdale", chamber.record.federation)
    assert chamber.why_not(applies) == "handed-over"
    chamber.taken_over("lanehead")
    chamber.must(chamber.mandate("pioneer"))


def test_a_checkpoint_is_signed_by_the_host_of_the_epoch_that_it_says(chamber):
    old = chamber.head()
    chamber.taken_over("lanehead")
    assert read_head(chamber.record, old).size == 1
    assert read_head(chamber.record, chamber.head()).size == 2
    chamber.heir = "portici"
    with pytest.raises(Inadmissible):
        read_head(chamber.record, chamber.head())
    chamber.epoch = 7
    with pytest.raises(Inadmissible) as unknown:
        read_head(chamber.record, chamber.head())
    assert unknown.value.code == "other-epoch"


def test_a_vote_that_saw_two_hosts_is_recounted_from_its_archive(chamber):
    chamber.opened()
    for name in ALL:
        chamber.must(chamber.ballot(name, "yes"))
    chamber.taken_over("mawimbi")
    head = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    chamber.must(chamber.close([head]))
    chamber.must(chamber.certify())
    chamber.attest()
    verdict = archive.verify(chamber.archive(), chamber.record.federation)
    assert (verdict.result["tally"]["outcome"], len(verdict.result["counted"])) == ("passed", 5)


def test_evidence_names_the_host_of_the_epoch_and_who_signed_two(chamber):
    charter = chamber.record.charter.content
    one = chamber.mandate_for("lanehead", "lanehead", "pioneer", "portici")
    other = chamber.mandate_for("mawimbi", "mawimbi", "pioneer")
    known = [chamber.record.charter.text]
    found = evidence.check("E5", known, [one.text, other.text], charter)
    assert found == Finding("E5", uri("pioneer"))
    honest = chamber.mandate_for("mawimbi", "mawimbi", "camara")
    later = chamber.mandate_for("mawimbi", "mawimbi", "pioneer", epoch=2)
    for rival in (one, honest, later):
        with pytest.raises(ProvesNothing):
            evidence.check("E5", known, [one.text, rival.text], charter)

    before = chamber.head()
    mandate = chamber.taken_over("lanehead")
    twins = [chamber.head()]
    chamber.entries.pop()
    chamber.log(chamber.mandate("portici"))
    twins.append(chamber.head())
    context = [*known, mandate.text]
    assert evidence.check("E2a", context, twins, charter) == Finding("E2a", uri("lanehead"))
    assert evidence.check("E4", context, twins, charter).code == "E4"
    with pytest.raises(ProvesNothing):
        evidence.check("E2a", known, twins, charter)
    chamber.entries.pop()
    across = [before, chamber.head()]
    assert evidence.two_histories(across) is None
    with pytest.raises(ProvesNothing):
        evidence.check("E4", context, across, charter)


def test_who_goes_on_without_what_no_quorum_stored_rewrites_nothing(chamber):
    chamber.must(chamber.mandate("portici"))
    other = Chamber().found()
    mandate = other.taken_over("lanehead")
    other.must(other.mandate("pioneer"))
    dropped, kept = (
        (each.head(), [entry.text for entry, _statement in each.entries])
        for each in (chamber, other)
    )
    parts = evidence.rewritten(dropped, kept)
    context = [other.record.charter.text, mandate.text]
    with pytest.raises(ProvesNothing, match="Another host"):
        evidence.check("E2b", context, parts, other.record.federation)
