"""Evidence: each kind convinces somebody who knows the charter alone, and nothing else does."""

import random
from datetime import timedelta

import pytest

from node.council.count import archive, contexts, evidence, files
from node.council.count.evidence import Finding, ProvesNothing
from node.council.rows import proving, store
from node.council.words import charter
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from protocol.transparency import checkpoints, merkle, notes
from protocol.transparency.checkpoints import Checkpoint
from tests.node.council.chamber import NAMES, QUICK, Chamber, key, uri
from tests.node.council.host import ID, open_host

_SOON = {"commentHours": 0, "noticeHours": 72}


@pytest.fixture
def chamber() -> Chamber:
    return Chamber().found()


def proven(chamber: Chamber, code: str, *parts) -> Finding:
    """What it proves, also as a file that somebody has alone; no byte of that can be another."""
    texts = [each.text if isinstance(each, Statement) else each for each in parts]
    first = chamber.record.charter
    assert first is not None
    found = evidence.check(code, [first.text], texts, first.content)
    data = shown_by_pioneer(chamber, found, [first.text], texts)
    verdict = files.verify(data, first.content)
    assert isinstance(verdict, files.Proven)
    assert (verdict.finding, verdict.found_by) == (found, uri("pioneer"))
    for place in random.Random(code).sample(range(len(data)), 20):
        with pytest.raises(archive.ArchiveRefused):
            files.verify(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    return found


def shown_by_pioneer(chamber: Chamber, found: Finding, context: list[str], parts: list) -> bytes:
    """The evidence as a file."""
    fields = {"code": found.code, "culprit": found.culprit, "proposal": found.proposal}
    said = chamber.say("pioneer", Kind.EVIDENCE, **fields, context=context, parts=parts)
    return files.of_evidence(said)


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
    first = chamber.record.charter
    assert first is not None
    with pytest.raises(ProvesNothing):
        evidence.check("E5", [first.text], [each.text for each in two], "zQmOther")
    for parts in ([], [two[0].text], ["{}", "{}"], [1, 2], [two[0].text, None]):
        with pytest.raises(ProvesNothing):
            evidence.check("E5", [first.text], parts, first.content)
    for code in ("E1", "E2a", "E2b", "E3", "E4", "E6", "E7"):
        assert refuted(chamber, code)


def test_e7_what_a_quorum_had_stored_in_time_and_a_close_leaves_out(chamber):
    """With no receipt at all: the head that the host signed is enough."""
    chamber.opened()
    early = chamber.head()
    ballot = chamber.must(chamber.ballot("lanehead", "yes"))
    grant = chamber.say(
        "pioneer",
        Kind.PROXY,
        **{"sequence": 1, "class": "ordinary", "only": None, "holder": None},
        until=datetimes.format(chamber.now),
    )
    chamber.log(grant)
    stored, few = chamber.head(), chamber.head(by=("camara", "pioneer"))
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    unseen = chamber.must(chamber.ballot("pioneer", "no"))
    at = chamber.now
    chamber.wait(minutes=1)
    late, chamber.now = chamber.head(), at
    close = chamber.must(chamber.close([early]))
    honest = chamber.close([stored])

    def parts(said: Statement, head: str, closed: Statement = close) -> list:
        entries = [entry for entry, _said in chamber.entries]
        index = next(each.index for each in entries if each.digest == said.object)
        size = chamber.record.opened(head)[0].size
        path = merkle.inclusion_proof([each.leaf for each in entries[:size]], min(index, size - 1))
        shown = {
            "proposal": chamber.record.proposals["p1"].text.text,
            "head": head,
            "index": index,
            "entry": entries[index].text,
            "path": [notes.encode(each) for each in path],
        }
        return [said, closed, shown]

    for said in (ballot, grant):
        assert proven(chamber, "E7", *parts(said, stored)) == Finding("E7", uri("camara"), "p1")
    assert refuted(chamber, "E7", *parts(ballot, few))
    assert refuted(chamber, "E7", *parts(unseen, stored))
    assert refuted(chamber, "E7", *parts(unseen, late))
    assert refuted(chamber, "E7", *parts(ballot, stored, honest))
    swapped = parts(ballot, stored)
    swapped[0] = unseen
    assert refuted(chamber, "E7", *swapped)


def context_of(chamber: Chamber) -> list[str]:
    """As few statements as say who belongs and which quorum holds."""
    said = [
        statement
        for entry, statement in chamber.entries
        if entry.index not in chamber.record.refused
    ]
    changes = {
        each.proposal for each in said if each.kind is Kind.RULES and contexts.is_needed(each)
    }
    return [
        each.text
        for each in said
        if each.kind in contexts.KINDS
        or (each.kind in contexts.DECIDED and each.proposal in changes)
    ]


def two_heads_of(heir: str, chamber: Chamber) -> list[str]:
    """Two histories, both signed by the host of now."""
    other = Checkpoint(chamber.record.origin, 3, bytes(32), (f"epoch {chamber.epoch}",))
    at = Checkpoint(chamber.record.origin, 3, bytes(31) + b"x", (f"epoch {chamber.epoch}",))
    return [str(checkpoints.sign(each, key(heir, "log"))) for each in (other, at)]


def test_a_host_that_fewer_coops_appointed_is_found_out_when_some_have_left(chamber):
    for name in ("camara", "mawimbi"):
        chamber.must(chamber.say(name, Kind.LEAVE))
    chamber.must(chamber.mandate_for("pioneer", "lanehead", "pioneer", "portici"))
    chamber.epoch, chamber.heir = 1, "pioneer"
    heads, federation = two_heads_of("pioneer", chamber), chamber.record.federation
    found = evidence.check("E2a", context_of(chamber), heads, federation)
    assert found == Finding("E2a", uri("pioneer"))
    left = [each for each in context_of(chamber) if '"kind":"leave"' not in each]
    with pytest.raises(ProvesNothing):
        evidence.check("E2a", left, heads, federation)
    two = [chamber.mandate("camara").text, chamber.mandate("camara", use="other").text]
    assert evidence.check("E5", context_of(chamber), two, federation).culprit == uri("camara")


async def test_a_host_that_a_smaller_quorum_appointed_is_found_out_when_the_charter_says_so(
    tmp_path,
):
    """The context shows the decision; without those who counted it, it is nobody's word."""
    names = (*NAMES, "hartland", "weavers")
    classes = {"ordinary": QUICK, "charter": charter.DEFAULT_CLASSES["charter"] | _SOON}
    chamber = Chamber(names).found(classes=classes, witness_quorum="4n/5+1")
    changes = {"witnessQuorum": "2n/3+1"}
    chamber.decided(
        dict.fromkeys(names, "yes"), **{"class": "charter", "policies": {}, "charter": changes}
    )
    decided = chamber.record.proposals["p1"].certificate
    assert decided is not None
    fields = {"proposal": "p1", "certificate": decided.object, "changes": changes}
    chamber.must(chamber.say(chamber.host, Kind.RULES, **fields))
    chamber.must(chamber.mandate_for("pioneer", *names[2:]))
    chamber.epoch, chamber.heir = 1, "pioneer"
    heads, name = two_heads_of("pioneer", chamber), chamber.record.federation
    context = context_of(chamber)
    assert evidence.check("E2a", context, heads, name) == Finding("E2a", uri("pioneer"))
    attested = [each for each in context if '"kind":"attestation"' in each]
    by_few = [each for each in context if each not in attested[5:]]
    for forged in (by_few, [each for each in context if '"kind":"proposal"' not in each]):
        with pytest.raises(ProvesNothing):
            evidence.check("E2a", forged, heads, name)

    database = await open_host(tmp_path, chamber)
    async with database.reading() as reader:
        kept = await proving.context_of(reader, await store.federation(reader, ID))
    await database.close()
    assert kept == context
