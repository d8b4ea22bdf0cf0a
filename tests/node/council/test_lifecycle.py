"""What comes after a vote: own answers, urgent rules that lapse, sunset, terms of office."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from federation.ourselves import CoopProfile
from federation.storage import Database
from node import council, members, peers, policies
from node.audit.models import AuditEntry
from node.council import MandateView, ProposalView, State
from node.council.rows import store, terms
from node.council.steps import enforcing
from node.errors import Conflict, InvalidInput, NotAllowed
from node.notices.models import Notice
from tests.node.council.chamber import NAMES, QUICK, Chamber
from tests.stories.council import CLASSES, Council

CEILING, DUES = policies.REFERRALS_FEE_CEILING_PERCENT, policies.DUES_PER_MEMBER
ORDINARY = CLASSES["ordinary"] | {"secondRound": True, "answerHours": 48}
ALL_CLASSES = {
    "ordinary": ORDINARY,
    "urgent": ORDINARY | {"urgent": True, "silenceBinds": True},
}


@pytest.fixture
async def pair(assemble: Any) -> Council:
    made: Council = await assemble(2)
    made.classes = ALL_CLASSES
    made.competences = ("referrals.", "dues.")
    return await made.found()


async def decided(pair: Council, **changes: Any) -> None:
    await pair.opened(**changes)
    await pair.votes({"lanehead": "yes", "portici": "yes"})
    await pair.ended()


async def value(pair: Council, name: str, key: Any) -> Any:
    return await pair.coops[name].read(policies.value, key)


async def told(pair: Council, name: str) -> set[str]:
    """Kinds of notices that a coop's people have."""
    return set(await pair.coops[name].read(lambda reader: reader.scalars(select(Notice.kind))))


async def row_of(coop: Any, view: ProposalView) -> int:
    """How many members a coop's row on a proposal says it has."""
    known = await coop.read(store.federation, view.federation_id)
    record = await coop.read(store.record, known, [view.name])
    return int(record.proposal(view.name).rows[coop.uri]["members"])


async def days(pair: Council, number: int) -> None:
    await pair.wait(days=number)
    for coop in pair.town.coops:
        await coop.write(policies.run_due)


async def test_what_needs_a_coops_own_yes_binds_nobody_else(pair: Council) -> None:
    keys = {DUES.name: 500, CEILING.name: "3"}
    await decided(pair, policies=keys, until=pair.town.clock.now() + timedelta(days=90))
    assert await pair.states() == {State.RATIFYING}
    portici, lanehead = pair.coops["portici"], pair.coops["lanehead"]
    row = await pair.row("portici")
    assert "council-answer" in await told(pair, "portici")
    with pytest.raises(InvalidInput):
        await portici.write(council.answer, row.id, accepts=True, decision=" ", by="rosa")
    said = {"accepts": True, "decision": "Meeting of 3 May", "by": "rosa"}
    await portici.write(council.answer, row.id, **said)
    await pair.settle()
    with pytest.raises(Conflict, match="said this already"):
        await portici.write(council.answer, row.id, **said)
    assert "council-answer" not in await told(pair, "portici")
    with pytest.raises(NotAllowed):
        await portici.write(council.reserve, row.id, DUES.name, "No money.", by="rosa")
    reason = "The law of our country sets another ceiling."
    await portici.write(council.reserve, row.id, CEILING.name, reason, by="rosa")
    await pair.settle()

    await days(pair, 8)
    assert await pair.states() == {State.IN_FORCE}
    assert (await value(pair, "portici", DUES), await value(pair, "lanehead", DUES)) == (500, 0)
    fees = [await value(pair, name, CEILING) for name in ("portici", "lanehead")]
    assert fees == [Decimal(5), Decimal(3)]
    for name, coop in pair.coops.items():
        found = await coop.read(council.answers, (await pair.row(name)).id)
        by_coop = {each.coop: each for each in found.coops}
        assert by_coop[portici.uri].is_bound
        assert by_coop[portici.uri].reservations == {CEILING.name: reason}
        assert (by_coop[lanehead.uri].verdict, by_coop[lanehead.uri].is_bound) == ("silent", False)

    # A late yes still counts; at its sunset all of it ends by itself, and people were told before.
    await lanehead.write(
        council.answer, (await pair.row("lanehead")).id, accepts=True, decision="Late", by="ben"
    )
    await pair.settle()
    assert await value(pair, "lanehead", DUES) == 500
    await days(pair, 65)
    assert "policy-ends" in await told(pair, "lanehead")
    await days(pair, 20)
    assert await value(pair, "lanehead", DUES) == 0
    assert await pair.states() == {State.OVER}
    assert {"policy-ended"} == await told(pair, "portici") & {"policy-ends", "policy-ended"}


async def test_an_urgent_rule_holds_at_once_and_lapses_unless_it_is_confirmed(
    pair: Council,
) -> None:
    await decided(pair, decision_class="urgent", policies={CEILING.name: "3"})
    assert await value(pair, "lanehead", CEILING) == Decimal(3)
    urgent = await pair.detail("portici")
    with pytest.raises(InvalidInput, match="sets no policies"):
        await pair.opened(decision_class="urgent", policies={}, confirms=urgent.digest)
    await pair.wait(minutes=1)  # what was refused is still a draft: the next one is newer
    await decided(pair, title="It goes on", policies={}, confirms=urgent.digest)
    await days(pair, 30)
    assert await value(pair, "lanehead", CEILING) == Decimal(3)

    await decided(pair, decision_class="urgent", policies={CEILING.name: "2", DUES.name: 500})
    assert await value(pair, "lanehead", DUES) == 0
    await days(pair, 8)
    assert await value(pair, "lanehead", DUES) == 500  # nobody answered, and silence binds here
    assert "policy-urgent" in await told(pair, "lanehead")
    await days(pair, 7)
    assert await value(pair, "lanehead", CEILING) == Decimal(5)
    assert await pair.states() == {State.OVER}


async def test_a_key_that_nobody_knows_takes_nothing_else_of_a_decision_with_it(
    database: Database,
) -> None:
    """A later version may know it, or nobody: all read that the decision is in force."""
    keys = {CEILING.name: "3", "referrals.unheard_of": "1"}
    five = Chamber().found(classes={"ordinary": QUICK})
    five.decided(dict.fromkeys(NAMES, "yes"), policies=keys)
    proposal = five.record.proposals["p1"]
    await database.write(lambda uow: peers.first_profile(uow, CoopProfile("Loaf")))
    await database.write(lambda uow: enforcing.put_in_force(uow, five.record, proposal))
    async with database.reading() as reader:
        [passed] = await policies.passed(reader)
        assert passed.keys == (CEILING.name,)
        [noted] = await reader.rows(
            select(AuditEntry.what, AuditEntry.detail).where(AuditEntry.what.contains("unusable"))
        )
    assert "referrals.unheard_of" in noted.detail["reason"]


async def test_terms_of_office_and_what_is_told_of_members(pair: Council) -> None:
    portici = pair.coops["portici"]

    async def choose(key: Any, value: object) -> None:
        await portici.write(policies.choose, key.name, value, by="rosa")

    number = await pair.id_at("portici")
    [before] = await portici.read(council.our_delegates, number)
    await choose(policies.DELEGATE_TERM_DAYS, 30)
    [after] = await portici.read(council.our_delegates, number)
    assert before.until - after.until == timedelta(days=730 - 30)
    assert (await portici.read(council.mandates_of, number))[portici.uri] == MandateView(
        delegates=1, alternates=0, custodies=frozenset({"node"}), until=None
    )
    await choose(policies.MEMBER_DATA_SHARE, "none")
    await portici.write(
        members.add_member, name="Rosa", membership_class="worker", admit=members.Event.ADMIT
    )
    await pair.wait(days=31)
    await pair.opened()
    assert "council-term-over" in await told(pair, "portici")
    with pytest.raises(InvalidInput):
        await pair.vote("portici", "yes")
    await choose(policies.DELEGATE_MAX_TERMS, 1)
    with pytest.raises(NotAllowed, match="1 terms in a row"):
        await pair.name_delegate("portici")
    await choose(policies.DELEGATE_MAX_TERMS, 2)
    await pair.name_delegate("portici")
    await pair.settle()
    assert "council-term-over" not in await told(pair, "portici")
    await pair.vote("portici", "yes")
    row = await pair.row("portici")
    assert await row_of(portici, row) == 0

    await choose(policies.MEMBER_DATA_SHARE, "counts")
    await pair.opened(title="Another")
    assert await row_of(portici, await pair.row("portici")) == 1


def test_who_was_out_for_a_whole_term_begins_anew() -> None:
    start, term = datetime(2027, 1, 5, tzinfo=UTC), timedelta(days=30)
    named = [start, start + timedelta(days=29), start + timedelta(days=60)]
    assert terms.in_office_since(named, term) == start
    back = start + timedelta(days=121)
    assert terms.in_office_since([*named, back], term) == back
