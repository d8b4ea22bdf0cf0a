"""A node reads its own answer to a decision before the last count that the decision needs."""

from pathlib import Path

from node import policies
from node.council import State
from node.council.rows import store
from node.council.words.statements import Kind
from node.policies import Answer
from tests.node.council.chamber import NAMES, Chamber
from tests.node.council.host import ID, open_host

DUES, FEES = policies.DUES_PER_MEMBER, policies.REFERRALS_FEE_CEILING_PERCENT


async def test_what_our_coop_said_to_a_decision_takes_effect_whenever_it_is_read(
    tmp_path: Path,
) -> None:
    chamber = Chamber().found(competences=("dues.", "referrals."))
    chamber.opened(policies={DUES.name: 500, FEES.name: "5"})
    for name in NAMES:
        chamber.must(chamber.ballot(name, "yes"))
    head = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    chamber.must(chamber.close([head]))
    certificate = chamber.must(chamber.certify()).object
    chamber.attest(*NAMES[:4])
    about = {"proposal": "p1", "certificate": certificate}
    for name in NAMES:
        said = {"verdict": "accept", "decision": "Meeting of 2 March"}
        chamber.must(chamber.say(name, Kind.RATIFICATION, **about, **said))
    excepted = {"key": FEES.name, "reason": "Our statutes fix it."}
    chamber.must(chamber.say("camara", Kind.RESERVATION, **about, **excepted))
    chamber.attest(NAMES[4])

    database = await open_host(tmp_path, chamber)
    async with database.reading() as reader:
        [passed] = await policies.passed(reader)
        row = await store.proposal_named(reader, ID, "p1")
    await database.close()
    assert passed.answer is Answer.ACCEPT
    assert passed.reservations == {FEES.name: "Our statutes fix it."}
    assert row is not None
    assert row.state == State.IN_FORCE
