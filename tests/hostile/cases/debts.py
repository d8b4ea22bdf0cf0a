"""What is owed, by papers: paid twice, claimed by one side alone, cleared for more than there is.

Portici owes Lanehead 90 euros, signed by both, and attacks Lanehead with its own keys.
"""

from datetime import date, timedelta
from typing import Any

from node import clearing, ledger
from node.clearing import ObligationView, State
from node.clearing.papers import Kind, Payment
from node.ledger import Method
from protocol.vocabulary import activities
from tests.hostile.rows import Rows
from tests.hostile.siege import MEMORY, Request, Siege
from tests.stories import by_hand
from tests.stories.ring import eur, of_uri, owe
from tests.support import books
from tests.support.town import Coop

rows = Rows()
PAID_ON = date(2027, 1, 20)


def paper(
    siege: Siege, speaker: Coop, kind: str, facts: Any, answers: Any = None, **changed: Any
) -> Request:
    """Signed by hand: the document, and the message that brings it."""
    hand, number = siege.hand(speaker), siege.number()
    document = siege.proven(by_hand.paper(speaker, number, kind, facts, answers) | changed, hand)
    to = (siege.coop.uri,)
    brought = activities.create(
        f"{speaker.address}/activities/by-hand-{number}", speaker.uri, document, to
    )
    return siege.signed(brought, hand)


async def owed(siege: Siege, debtor: Coop | None = None) -> ObligationView:
    """Signed by both: 90 euros, of Portici's unless of another's."""
    owing = debtor or siege.town.coops[1]
    line = {"decided_by": "minutes", "by": "operator"}
    await owing.write(clearing.decide_line, siege.coop.uri, "EUR", eur(1_000_000), **line)
    claimed: ObligationView = await owe(siege.town, owing, siege.coop, 9_000)
    assert claimed.state is State.ACKNOWLEDGED
    return claimed


async def paid(siege: Siege, claimed: ObligationView) -> None:
    """Portici says that it has paid, and Lanehead that it has come."""
    lanehead, portici, _pioneer = siege.town.coops
    theirs = await of_uri(portici, claimed.uri)
    await portici.write(
        clearing.mark_paid, [theirs.id], Method.BANK, paid_on=PAID_ON, by="operator"
    )
    await siege.town.settle()
    waiting = await lanehead.read(clearing.payments, only_to_answer=True)
    [marked] = [each for each in waiting if each.state == "marked"]
    await lanehead.write(clearing.receive, marked.id, by="operator")
    await siege.town.settle()
    assert (await of_uri(lanehead, claimed.uri)).state is State.SETTLED


def settling(claimed: ObligationView, cents: int) -> dict[str, Any]:
    facts: dict[str, Any] = Payment(eur(cents), "bank", "", PAID_ON, {claimed.uri: cents}).facts
    return facts


@rows.attack("REF-02")
async def a_settlement_again(siege: Siege) -> None:
    """Paid once; said again under new ids, at once and later: 409, and the books stay as they are,
    with one pair of entries for it."""
    portici, claimed = siege.town.coops[1], await owed(siege)
    before, _total = await siege.coop.read(ledger.entries)
    await paid(siege, claimed)
    entries, _total = await siege.coop.read(ledger.entries)
    booked = [one for one in entries if one not in before]
    assert [one.recipe for one in booked] == ["residual-received-bank"]
    for _again in range(3):
        siege.clock.advance(timedelta(minutes=1))
        said = paper(siege, portici, Kind.SETTLEMENT, settling(claimed, 9_000))
        await siege.refused(said, "settled-already", 409)
    assert await books.faults(siege.coop.node.database) == []


@rows.attack("REF-02", "in two parts, and for two debts")
async def a_settlement_spent_twice(siege: Siege) -> None:
    """Half of it, more than it, the same debt twice in one, and a sum that pays two others."""
    portici, claimed, other = siege.town.coops[1], await owed(siege), await owed(siege)
    half = settling(claimed, 4_500)
    both = settling(claimed, 9_000)
    members = {name: value for name, value in both.items() if isinstance(value, dict)}
    [(name, pays)] = members.items()
    for facts in (
        half,
        settling(claimed, 9_001),
        settling(claimed, 18_000),
        both | {name: {**pays, other.uri: "90.00"}},
        both | {name: {}},
        both | {name: {f"{portici.address}/obligations/never": "90.00"}},
    ):
        async with siege.nothing_happens():
            answer = await siege.send(paper(siege, portici, Kind.SETTLEMENT, facts))
        assert answer.status in (404, 409, 422), (facts, answer.body)
    for each in (claimed, other):
        assert (await of_uri(siege.coop, each.uri)).state is State.ACKNOWLEDGED


@rows.attack("REF-16")
async def what_one_side_says(siege: Siege) -> None:
    """A balance that was never signed: no entry here changes, the report lists it, and a claim
    alone is a claim. By Pioneer, with whom nothing is set off until the two agree again."""
    pioneer = siege.town.coops[2]
    await owed(siege, pioneer)
    before = await siege.coop.read(ledger.balances)
    unsigned = {
        "obligation": f"{pioneer.address}/obligations/never-{siege.number()}",
        "digest": "zNever",
        "debtor": siege.coop.uri,
        "creditor": pioneer.uri,
        "remaining": "400.00",
        "dueOn": "2027-01-31",
    }
    facts = {"currency": "EUR", "period": "2027-01", "rows": [unsigned]}
    answer = await siege.send(paper(siege, pioneer, Kind.STATEMENT, facts))
    assert answer.status in siege.row_statuses
    report = await siege.coop.read(clearing.reconciliation)
    listed = [each["obligation"] for one in report.differing for each in one.differences]
    assert unsigned["obligation"] in listed
    never = {"id": unsigned["obligation"], "type": "Document"}
    for kind in (Kind.ACKNOWLEDGEMENT, Kind.CONTEST):
        async with siege.nothing_happens(but=MEMORY):
            answer = await siege.send(paper(siege, pioneer, kind, {"reason": "other"}, never))
        assert answer.status in (202, 403, 404, 409, 422), (kind, answer.body)
    assert await siege.coop.read(ledger.balances) == before
    assert await books.faults(siege.coop.node.database) == []


@rows.attack("REF-16", "signed in the other's name")
async def a_signature_in_the_others_name(siege: Siege) -> None:
    """Portici says yes to its own claim as if it were Lanehead; Pioneer says yes for Lanehead."""
    _lanehead, portici, pioneer = siege.town.coops
    claimed = await owed(siege)
    claim = {"id": claimed.uri, "type": "Document"}
    for speaker in (portici, pioneer):
        for changed in ({"attributedTo": siege.coop.uri}, {"attributedTo": pioneer.uri}):
            if changed["attributedTo"] == speaker.uri:
                continue
            said = paper(siege, speaker, Kind.ACKNOWLEDGEMENT, {}, claim, **changed)
            async with siege.nothing_happens(but=MEMORY):
                answer = await siege.send(said)
            assert answer.status in (401, 403, 422), (speaker.address, answer.body)


@rows.attack("IDN-02", "what is owed, and what was voted")
async def what_nobody_takes_back(siege: Siege) -> None:
    """By whoever signed it, with its own keys: a debt stands, and so does what was paid."""
    lanehead, portici, pioneer = siege.town.coops
    claimed = await owed(siege)
    before = await siege.coop.read(ledger.balances)
    for speaker in (portici, pioneer):
        hand = siege.hand(speaker)
        for what in (claimed.uri, {"id": claimed.uri, "type": "Tombstone"}):
            said = siege.activity("Delete", what, hand)
            await siege.refused(siege.signed(siege.proven(said, hand), hand), "our-id", 403)
    theirs, _more = await portici.read(clearing.obligations)
    assert claimed.uri in {one.uri for one in theirs}
    hand = siege.hand(lanehead)
    for verb in ("Delete", "Undo"):
        said = siege.activity(verb, claimed.uri, hand)
        request = siege.signed(siege.proven(said, hand), hand, to=portici.node.config.authority)
        assert (await siege.send(request, portici)).status in (202, 403, 422)
    assert (await of_uri(portici, claimed.uri)).state is State.ACKNOWLEDGED
    assert (await of_uri(lanehead, claimed.uri)).state is State.ACKNOWLEDGED
    assert await siege.coop.read(ledger.balances) == before
