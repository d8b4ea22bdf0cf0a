"""Ballots that a coop should not send, and what it hears: the cases VOT-01 to VOT-16."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.handlers import Applied, Ignored, Outcome, RefusedBy
from node import council
from node.council import State
from node.council.rows import store, wire
from node.council.rows.keyring import Use, held
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from node.errors import Conflict
from protocol import datetimes, strict_json
from protocol.keys import multikey_of
from protocol.vocabulary import activities
from protocol.vocabulary.council import CouncilMessage, council_document
from tests.node.council.chamber import Chamber
from tests.node.council.hall import Assembly, HallOpener, Seat
from tests.node.council.liars import ballot_of

pytestmark = pytest.mark.long


@pytest.fixture
async def three(assemble: HallOpener) -> Assembly:
    return await (await assemble(3)).found()


async def signed(five: Assembly, name: str, choice: Any = "yes", **changes: Any) -> Statement:
    """A ballot by a coop's real keys, with something changed before it is signed."""
    about = ((await five.row(name)).id, choice, five.delegates[name], changes)
    made: Statement = await five.coops[name].write(ballot_of, *about)
    return made


async def send(
    seat: Seat, sender: Seat, ballot: Statement, number: int = 1, kind: str = "ballot"
) -> Outcome:
    """What a coop's inbox makes of it."""
    author, base = sender.uri, sender.uri.removesuffix("/coop")
    message = CouncilMessage(
        f"{base}/council/x{number}", kind, author, seat.clock.now(), "Our ballot",
        {"statement": ballot.text},
    )  # fmt: skip
    said = activities.create(
        f"{base}/activities/x{number}", author, council_document(message), (seat.uri,)
    )
    return await seat.hear(author, strict_json.dumps(said))


async def pass_on(seat: Seat, sender: Seat, said: Statement) -> Outcome:
    """What a coop's inbox makes of what another one brings it."""
    author, base = sender.uri, sender.uri.removesuffix("/coop")
    facts = {"federation": said.federation, "statements": [said.text]}
    message = CouncilMessage(
        f"{base}/council/y", "councilPassedOn", author, seat.clock.now(), "Look", facts
    )
    document = council_document(message)
    brought = activities.create(f"{base}/activities/y", author, document, (seat.uri,))
    return await seat.hear(author, strict_json.dumps(brought))


def heard(outcome: Outcome) -> tuple[int, str]:
    assert isinstance(outcome, RefusedBy), outcome
    return outcome.status, outcome.code


async def test_ballots_that_break_a_rule_are_refused_and_good_ones_stay(three):
    host, portici, pioneer = (three.coops[name] for name in ("lanehead", "portici", "pioneer"))
    await three.opened()
    good = await signed(three, "portici")
    size = (await host.read(council.federations))[0].size

    forged = {
        (422, "weight-differs"): {"weight": 99},
        (422, "bad-statement"): {"voters": 3},
        (422, "bad-choice"): {"choice": "perhaps"},
        (409, "other-roll"): {"electorateDigest": good["proposalDigest"]},
        (409, "digest-differs"): {"proposalDigest": good["electorateDigest"]},
        (403, "not-a-member"): {"coop": "https://elsewhere.example/coop"},
    }
    for expected, changes in forged.items():
        ballot = await signed(three, "portici", **changes)
        sender = portici
        if "coop" in changes:
            assert heard(await send(host, portici, ballot)) == (403, "wrong-party")
            continue
        assert heard(await send(host, sender, ballot)) == expected
        assert isinstance(await pass_on(host, pioneer, ballot), Ignored | RefusedBy)
    assert heard(await send(host, pioneer, good)) == (403, "wrong-party")
    leaving = statements.new(Kind.LEAVE, portici.uri, good.federation, portici.clock.now())
    key = await portici.read(held, await three.id_at("portici"), Use.COOP)
    left = statements.signed(leaving, key, created=portici.clock.now())
    assert heard(await pass_on(host, pioneer, left)) == (403, "wrong-party")
    assert (await host.read(council.federations))[0].size == size

    assert await pass_on(host, pioneer, good) == Applied(), "whoever brings what is signed"
    assert isinstance(await send(host, portici, good, 2), Applied | Ignored)
    assert (await host.read(council.federations))[0].size == size + 1

    uri = f"{portici.uri.removesuffix('/coop')}/council/x1"
    for sender in (portici, pioneer):
        for verb in ("Delete", "Undo", "Update", "Announce"):
            said = activities.activity(verb, f"{sender.uri}/a/{verb}", sender.uri, uri, ())
            assert isinstance(await host.hear(sender.uri, strict_json.dumps(said)), Ignored)
    [stays] = await host.read(council.ballots, (await three.row("lanehead")).id)
    assert (stays.digest, stays.standing) == (good.object, "logged")


async def test_ballots_before_the_beginning_and_after_the_end_are_refused(three):
    host, portici = three.coops["lanehead"], three.coops["portici"]
    await three.opened()
    ballot = await signed(three, "portici")
    host.clock.wrong_by = timedelta(hours=-30)
    assert heard(await send(host, portici, ballot)) == (422, "not-open")
    host.clock.wrong_by = timedelta(0)
    await three.ended()
    assert heard(await send(host, portici, ballot)) == (422, "ballot-late")
    assert await three.states() == {State.REJECTED}


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_of_many_ballots_of_one_number_a_node_endorses_one(assemble, database_url, tmp_path):
    """Both databases: many requests at once, two different choices."""

    def url(name: str) -> str:
        return database_url if name == "portici" else f"sqlite:///{tmp_path / name / 'node.sqlite'}"

    three = await (await assemble(3, url)).found()
    await three.opened()
    row, by = await three.row("portici"), three.delegates["portici"]
    portici = three.coops["portici"]
    unsigned = [await signed(three, "portici", vote) for vote in ("yes", "no")] * 10

    async def endorse(ballot: Statement) -> str:
        """The ballot's digest, or why it is refused."""
        plain = dict(ballot.document) | {"proof": ballot["proof"][:1]}
        text = statements.signed(plain, created=portici.clock.now()).text
        try:
            return str(await portici.write(council.endorse, row.id, text, by=by))
        except Conflict as conflict:
            return conflict.code

    answers = await asyncio.gather(*map(endorse, unsigned))
    assert answers.count("sequence-used") == len(answers) - 1
    [ours] = (await three.detail("portici")).ours
    assert ours.sequence == 1


async def test_a_ballot_from_a_device_follows_our_last_or_is_not_endorsed(three):
    """Else who has one key could use up the numbers, and nobody of the coop could vote again."""
    await three.opened()
    portici, row = three.coops["portici"], await three.row("portici")
    by = three.delegates["portici"]

    async def endorse(**changes: Any) -> str:
        """The ballot's digest, or why it is refused."""
        whole = await signed(three, "portici", **changes)
        plain = dict(whole.document) | {"proof": whole["proof"][:1]}
        text = statements.signed(plain, created=portici.clock.now()).text
        try:
            return str(await portici.write(council.endorse, row.id, text, by=by))
        except Conflict as conflict:
            return conflict.code

    first = await signed(three, "portici")
    for wrong in (
        {"sequence": 50, "prev": first.content},
        {"sequence": 2, "prev": first.content},
        {"sequence": 1, "prev": first.content},
    ):
        assert await endorse(**wrong) == "sequence-used"
    await endorse()
    assert await endorse(prev=None) == "sequence-used"
    await endorse(choice="no")
    assert [each.sequence for each in (await three.detail("portici")).ours] == [1, 2]


async def test_nobody_is_fetched_because_a_stranger_names_them_in_a_charter(three):
    """Only for who said yes to an invitation of its host is there anything to sign."""
    lanehead, portici = three.coops["lanehead"], three.coops["portici"]
    _entry, charter = Chamber().found().entries[0]
    facts = {"invitation": "never-given", "charter": charter.text}
    said = await message_of(portici, "councilCharterDraft", facts)
    assert await lanehead.hear(portici.uri, said) == Ignored("known-already")


async def test_what_a_newcomer_did_not_ask_for_changes_nothing_of_whom_it_follows(assemble):
    """A member sends a host's mandate that nobody signed as an answer to a question never asked."""
    four = await assemble(4)
    new = await four.found_without("pioneer")
    made = await new.write(council.apply, four.host.uri, four.digest, by="operator")
    portici, number = four.coops["portici"], await four.id_at("portici")
    forged = statements.new(
        Kind.HOST_MANDATE,
        four.host.uri,
        four.digest,
        new.clock.now(),
        epoch=50,
        logKey=multikey_of(Ed25519PrivateKey.generate().public_key()),
        startSize=1,
        startRoot="00" * 32,
    )
    key = await portici.read(held, number, Use.COOP)
    mandate = statements.signed(forged, key, created=new.clock.now())
    facts = {"federation": four.digest, "mandate": mandate.text, "cosigned": None, "newest": None}
    said = await message_of(portici, "councilRecalled", facts)
    assert await new.hear(portici.uri, said) == Ignored("known-already")
    known = await new.read(store.federation, made)
    assert (known.epoch, known.mandate) == (0, None)


async def message_of(sender: Seat, kind: str, facts: dict[str, Any]) -> bytes:
    author, base = sender.uri, sender.uri.removesuffix("/coop")
    message = CouncilMessage(f"{base}/council/z", kind, author, sender.clock.now(), "Look", facts)
    said = activities.create(f"{base}/activities/z", author, council_document(message), ())
    return strict_json.dumps(said)


async def test_the_wire_names_statements_as_the_table_of_handlers_does():
    kinds = {wire.kind_of(kind) for kind in statements.Kind}
    assert len(kinds) == len(statements.Kind)
    assert {"ballot", "proposal", "councilSeen"} <= kinds


async def test_nobody_is_made_to_keep_receipts_and_ballots_without_end(three):
    """Of one number two ballots are kept, of one coop fifty-one; and so many receipts of each coop
    for ballots that nobody has."""
    await three.opened()
    portici, pioneer = three.coops["portici"], three.coops["pioneer"]
    good = await signed(three, "portici")

    async def show(number: int, **changes: Any) -> Outcome:
        ballot = await signed(three, "portici", **changes)
        return await send(pioneer, portici, ballot, number)

    async def claim(number: int, **changes: str) -> Outcome:
        key = await portici.read(held, await three.id_at("portici"), Use.COOP)
        now = portici.clock.now()
        fields = {
            "proposal": good["proposal"],
            "ballot": statements.digest_of(str(number).encode()),
            "at": datetimes.format(now),
        }
        document = statements.new(Kind.SEEN, portici.uri, good.federation, now, **fields | changes)
        seen = statements.signed(document, key, created=now)
        return await send(pioneer, portici, seen, 100 + number, "councilSeen")

    answers = [await show(1, choice="yes"), await show(2, choice="no")]
    assert answers == [Applied(), Applied()]
    assert heard(await show(3, choice="abstain")) == (409, "said-twice")
    for number in range(2, 51):
        assert await show(number + 2, sequence=number, prev=good.content) == Applied()
    again = await show(60, sequence=50, prev=good.content, choice="no")
    assert heard(again) == (409, "too-often")

    assert heard(await claim(0, proposal="nothing")) == (409, "proposal-unknown")
    kept = [await claim(number) for number in range(1, 54)]
    assert [isinstance(each, Applied) for each in kept] == [True] * 51 + [False] * 2
