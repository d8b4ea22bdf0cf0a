"""A coop's key is replaced: by the old one, or because the other coops vouch for the new one."""

from pathlib import Path

import pytest

from federation.storage import UnitOfWork
from node.council.count import contexts, evidence
from node.council.count.evidence import Finding
from node.council.rows import log, pending, store
from node.council.state import heads, replacing
from node.council.steps import rekeying
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol.proofs import strip
from tests.node.council.chamber import NAMES, Chamber, key, public, uri
from tests.node.council.host import ID, open_host

OTHERS = tuple(name for name in NAMES if name != "portici")


@pytest.fixture
def five() -> Chamber:
    return Chamber().found()


def wanted(five: Chamber, *also: str, use: str = "new", **changes: str) -> Statement:
    """Portici asks for another key, which signs, and so do these of its keys."""
    fields = {
        "old": public("portici", "coop"),
        "key": public("portici", use),
        "witness": public("portici", f"{use} witness"),
        "reason": "A laptop was stolen.",
    }
    five.changed["portici"] = use
    return five.say(
        "portici", Kind.REPLACEMENT, *(key("portici", each) for each in also), **(fields | changes)
    )


def vouch(five: Chamber, name: str, for_: Statement) -> Statement:
    return five.say(name, Kind.VOUCH, replacement=for_.content, reason="We telephoned.")


def test_the_old_key_vouches_for_the_new_one_and_signs_nothing_any_more(five):
    five.opened()
    before = five.must(five.ballot("portici", "yes"))
    five.must(wanted(five, "coop"))
    assert five.record.members[uri("portici")].key == public("portici", "new")

    five.changed.clear()
    stolen = five.ballot("portici", "no", 2, before.content)
    assert five.why_not(stolen) == "not-signed"
    assert five.why_not(five.mandate("portici", 2)) == "not-signed"
    five.changed["portici"] = "new"
    after = five.must(five.ballot("portici", "abstain", 2, before.content))

    head = five.head(by=OTHERS)
    five.now = five.record.proposals["p1"].text.moment("closesAt")
    close = five.must(five.close([head]))
    assert set(close["timely"]) == {before.object, after.object}


def stored(five: Chamber, name: str, for_: Statement, by: tuple[str, ...]) -> Statement:
    """A coop shows who has stored the log as it is."""
    about = {"replacement": for_.content, "head": heads.packed(five.head(by=by))}
    return five.say(name, Kind.REKEYING, **about)


def protest(five: Chamber, use: str, against: Statement) -> Statement:
    """Whoever has Portici's key of before says that it is not lost."""
    asking, five.changed["portici"] = five.changed["portici"], use
    said = five.say("portici", Kind.PROTEST, replacement=against.content)
    five.changed["portici"] = asking
    return said


def test_a_lost_key_is_replaced_when_a_quorum_of_the_others_has_vouched_and_stored_that(five):
    asked = five.must(wanted(five))
    assert five.record.members[uri("portici")].key == public("portici", "coop")
    assert five.why_not(vouch(five, "portici", asked)) == "not-signed"
    for name in OTHERS[:3]:
        five.must(vouch(five, name, asked))
    assert five.why_not(vouch(five, "camara", asked)) == "said-already"
    assert five.record.members[uri("portici")].key == public("portici", "coop")
    assert five.why_not(stored(five, "camara", asked, OTHERS)) == "no-quorum"
    too_early = five.head(by=OTHERS)
    five.must(vouch(five, OTHERS[3], asked))
    about = {"replacement": asked.content, "head": heads.packed(too_early)}
    assert five.why_not(five.say("camara", Kind.REKEYING, **about)) == "head-too-early"
    old_witness = ("portici", *OTHERS[:2])
    assert five.why_not(stored(five, "camara", asked, old_witness)) == "no-quorum"
    assert five.record.members[uri("portici")].key == public("portici", "coop")
    five.must(stored(five, "camara", asked, OTHERS[:3]))
    assert five.record.members[uri("portici")].key == public("portici", "new")
    assert five.why_not(vouch(five, "camara", asked)) == "replacement-unknown"
    assert contexts.known(said_of_keys(five)).members == five.record.members


def said_of_keys(five: Chamber) -> list[str]:
    """What a context holds, of what took effect."""
    found = [said for entry, said in five.entries if entry.index not in five.record.refused]
    return [each.text for each in found if each.kind in contexts.KINDS]


@pytest.mark.parametrize("coops", [NAMES, ("camara", "mawimbi", "pioneer", "portici")])
def test_a_key_that_lives_says_no_before_it_is_replaced_and_the_others_vouch_anew(coops):
    """Or a thief who has it could keep it; who vouches then knows that somebody has it."""
    some = Chamber(coops).found()
    others = coops[:-1]
    asked = some.must(wanted(some))
    before = [some.must(vouch(some, name, asked)) for name in others]
    assert some.why_not(some.say("camara", Kind.PROTEST, replacement=asked.content)) == (
        "wrong-party"
    )
    some.must(protest(some, "coop", asked))
    assert some.why_not(protest(some, "coop", asked)) == "said-already"
    assert {some.why_not(each) for each in before} == {"said-already"}, "said again by the host"
    assert some.why_not(stored(some, "camara", asked, others)) == "no-quorum"
    some.wait(minutes=1)
    for name in others:
        some.must(vouch(some, name, asked))
    some.must(stored(some, "camara", asked, others))
    assert some.record.members[uri("portici")].key == public("portici", "new")
    assert contexts.known(said_of_keys(some)).members == some.record.members


def test_a_no_is_not_undone_by_asking_again_in_the_same_words(five):
    """Nor after other words: or what the others said before the no would count again."""
    asked = five.must(wanted(five))
    for name in OTHERS[:3]:
        five.must(vouch(five, name, asked))
    five.must(protest(five, "coop", asked))
    five.wait(minutes=1)
    same = statements.signed(strip(asked.document), key("portici", "new"), created=five.now)
    assert (same.content, same.object != asked.object) == (asked.content, True)
    assert five.why_not(same) == "said-already"
    five.must(wanted(five, use="another"))
    assert five.why_not(same) == "said-already"


def test_of_three_coops_two_do_not_take_the_key_of_the_third_while_it_lives():
    """If it is silent, they two give it another: they are the quorum of the others."""
    three = Chamber(("camara", "mawimbi", "portici")).found()
    asked = three.must(wanted(three))
    three.must(protest(three, "coop", asked))
    for name in ("camara", "mawimbi"):
        three.must(vouch(three, name, asked))
    assert three.why_not(stored(three, "camara", asked, ("camara", "mawimbi"))) == "no-quorum"
    again = three.must(wanted(three, use="lost"))
    for name in ("camara", "mawimbi"):
        three.must(vouch(three, name, again))
    assert three.why_not(stored(three, "camara", again, ("camara", "portici"))) == "no-quorum"
    three.must(stored(three, "camara", again, ("camara", "mawimbi")))
    assert three.record.members[uri("portici")].key == public("portici", "lost")


def test_of_two_coops_neither_takes_the_other_ones_key():
    pair = Chamber(("camara", "portici")).found()
    assert pair.why_not(wanted(pair)) == "no-quorum"
    pair.must(wanted(pair, "coop", use="new2"))

    three = Chamber(("camara", "mawimbi", "portici")).found()
    asked = three.must(wanted(three))
    three.must(three.say("mawimbi", Kind.LEAVE))
    assert three.why_not(vouch(three, "camara", asked)) == "no-quorum", "there were three"
    assert three.record.members[uri("portici")].key == public("portici", "coop")


def test_of_two_coops_neither_takes_the_other_ones_key_though_a_third_had_vouched():
    three = Chamber(("camara", "mawimbi", "portici")).found()
    asked = three.must(wanted(three))
    for name in ("camara", "mawimbi"):
        three.must(vouch(three, name, asked))
    three.must(three.say("mawimbi", Kind.LEAVE))
    alone = stored(three, "camara", asked, ("camara",))
    assert three.why_not(alone) == "no-quorum"
    assert three.record.members[uri("portici")].key == public("portici", "coop")
    assert contexts.known([*said_of_keys(three), alone.text]).members == three.record.members


def join(chamber: Chamber, name: str, by: tuple[str, ...]) -> None:
    asked = chamber.must(chamber.application(name, chamber.record.federation))
    for each in by:
        chamber.must(chamber.say(each, Kind.ADMIT, application=asked.content))


def test_a_key_that_waits_for_one_who_leaves_waits_no_longer(five):
    asked = five.must(wanted(five))
    for name in OTHERS[:3]:
        five.must(vouch(five, name, asked))
    before = five.head(by=OTHERS[:3])
    five.must(five.say(OTHERS[3], Kind.LEAVE))
    about = {"replacement": asked.content, "head": heads.packed(before)}
    assert five.why_not(five.say("camara", Kind.REKEYING, **about)) == "head-too-early"
    five.must(stored(five, "camara", asked, OTHERS[:3]))
    assert five.record.members[uri("portici")].key == public("portici", "new")
    assert contexts.known(said_of_keys(five)).members == five.record.members


def test_what_was_enough_for_a_key_before_others_came_is_judged_anew(five):
    asked = five.must(wanted(five))
    for name in OTHERS:
        five.must(vouch(five, name, asked))
    join(five, "hartland", OTHERS)
    all_but_one = (*OTHERS, "hartland")
    before = five.head(by=all_but_one)
    assert five.why_not(stored(five, "camara", asked, all_but_one)) == "no-quorum"
    five.must(vouch(five, "hartland", asked))
    about = {"replacement": asked.content, "head": heads.packed(before)}
    assert five.why_not(five.say("camara", Kind.REKEYING, **about)) == "head-too-early"
    five.must(stored(five, "camara", asked, all_but_one))
    assert five.record.members[uri("portici")].key == public("portici", "new")


async def test_what_the_log_takes_no_more_of_a_key_is_said_anew(tmp_path: Path, five) -> None:
    """The host itself has lost its key, so whoever vouched says it, and others join meanwhile."""
    asked = five.must(wanted(five))
    for name in OTHERS:
        five.must(vouch(five, name, asked))
    database = await open_host(tmp_path, five)

    async def say(uow: UnitOfWork) -> list[Statement]:
        await store.change(uow, ID, host=uri("portici"))
        known = await store.federation(uow, ID)
        if known.size < len(five.entries):
            await log.write(uow, known, five.entries[known.size :], {})
        known = await store.federation(uow, ID)
        record = await store.record(uow, known)
        await log.note_checkpoint(uow, known, record, five.head(by=five.coops), [])
        said = await rekeying.due(uow, known)
        await pending.keep(uow, known, said)
        return said

    found = [await database.write(say) for _time in range(2)]
    join(five, "hartland", OTHERS)
    five.must(vouch(five, "hartland", asked))
    five.coops = (*five.coops, "hartland")
    found += [await database.write(say) for _time in range(2)]
    async with database.reading() as reader:
        kept = await pending.unlogged(reader, await store.federation(reader, ID))
    await database.close()
    assert [len(each) for each in found] == [1, 0, 1, 0]
    assert [each.text for each in kept] == [each.text for each in found[2]]
    five.must(found[2][0])


def test_a_thief_who_was_quicker_is_undone_by_the_others(five):
    five.must(wanted(five, "coop", use="thief"))
    right = five.must(wanted(five, old=public("portici", "thief")))
    for name in OTHERS:
        five.must(vouch(five, name, right))
    five.must(stored(five, "camara", right, OTHERS))
    assert five.record.members[uri("portici")].key == public("portici", "new")
    five.changed["portici"] = "thief"
    assert five.why_not(five.mandate("portici")) == "not-signed"


def test_a_new_key_is_nobodys_and_was_nobodys(five):
    taken = {"key": public("camara", "coop")}
    assert five.why_not(wanted(five, use="coop", old=public("camara", "coop"))) == "other-key"
    assert five.why_not(wanted(five, **taken)) == "key-taken"
    five.must(wanted(five, "coop"))
    back = {"old": public("portici", "new"), "key": public("portici", "coop")}
    assert five.why_not(wanted(five, "coop", **back)) == "key-taken"
    assert five.why_not(wanted(five, use="new2")) == "other-key"


def change(five: Chamber, number: int) -> Statement:
    """Portici changes its key by itself, once more."""
    before = five.changed.get("portici", "coop")
    return wanted(five, before, use=f"new {number}", old=public("portici", before))


@pytest.mark.parametrize("coops", [NAMES, ("camara", "portici")])
def test_however_often_a_coop_changes_its_key_a_vote_asks_for_few_keys(coops):
    """Some changes it makes by itself, then others have to vouch; and whoever comes and goes, each
    set of coops stands there once."""
    five = Chamber(coops).found()
    five.opened()
    for number in range(replacing.MOST_ALONE):
        five.must(change(five, number))
    vote = five.record.proposals["p1"]
    assert len(vote.electors.sets) == 1
    assert len(vote.electors.keys) == len(coops) + replacing.MOST_ALONE
    one_more = five.must(change(five, 9))
    assert five.record.members[uri("portici")].key == one_more["old"]
    five.changed["portici"] = f"new {replacing.MOST_ALONE - 1}"
    five.must(five.mandate("portici", 2))
    others = tuple(each for each in coops if each != "portici")
    for name in others:
        five.must(vouch(five, name, one_more))
    assert five.why_not(five.say("portici", Kind.PROTEST, replacement=one_more.content)) == (
        "said-already"
    )
    five.must(stored(five, "camara", one_more, others))
    assert five.record.members[uri("portici")].key == one_more["key"]
    five.changed["portici"] = "new 9"
    five.must(change(five, 10))
    assert five.record.members[uri("portici")].key == public("portici", "new 10")


def test_who_goes_and_comes_back_adds_no_set_of_coops_to_a_vote(five):
    five.opened()
    for number in range(3):
        five.must(five.say("mawimbi", Kind.LEAVE))
        five.changed["mawimbi"] = f"again {number}"
        fields = {"key": public("mawimbi", f"again {number}")}
        fields |= {"witness": public("mawimbi", f"witness {number}")}
        plain = {"invitation": None, "name": "Mawimbi", "members": 10}
        asked = five.must(five.say("mawimbi", Kind.APPLICATION, **plain, **fields))
        for name in ("camara", "lanehead", "pioneer"):
            five.must(five.say(name, Kind.ADMIT, application=asked.content))
    electors = five.record.proposals["p1"].electors
    assert {len(each) for each in electors.sets} == {4, 5}
    assert (len(electors.sets), len(electors.keys)) == (2, 8)


def test_what_was_signed_with_the_old_key_is_still_evidence(five):
    five.opened()
    pair = [five.ballot("portici", vote).text for vote in ("yes", "no")]
    five.must(wanted(five, "coop"))
    context = [
        statement.text for _entry, statement in five.entries if statement.kind in contexts.KINDS
    ]
    found = evidence.check("E1", context, pair, five.record.federation)
    assert found == Finding("E1", uri("portici"), "p1")


def test_a_mandate_ends_what_earlier_delegates_may_sign_and_not_what_they_signed(five):
    five.opened()
    before = five.must(five.ballot("portici", "yes"))
    five.must(five.mandate("portici", 2, "other delegate"))
    assert five.why_not(five.ballot("portici", "no", 2, before.content)) == "mandate-replaced"
    head = five.head()
    five.now = five.record.proposals["p1"].text.moment("closesAt")
    assert five.must(five.close([head]))["timely"] == [before.object]
