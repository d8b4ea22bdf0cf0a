"""Attacks on a vote, each as the attack catalogue states it: the cases VOT-01 to VOT-16 and IDN-08.

Five coops on real servers; every message is signed and posted to the real inbox of the host, once
with its database SQLite and once PostgreSQL. The cases follow each other through
two votes, since they need its times; each is a row of `VOTES`, and a failure names it.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from federation.models import OutboxEntry
from federation.storage.base import table_of
from node import accounts, council
from node.council import State
from node.council.count import counting
from node.council.count.evidence import Finding
from node.council.deeds import casting
from node.council.steps import hosting
from node.council.words import statements
from node.council.words.statements import Statement
from node.runtime import open_node
from protocol import http_signatures, strict_json
from protocol.http_signatures import Profile
from protocol.keys import multikey_of
from protocol.vocabulary import activities
from protocol.vocabulary.council import CouncilMessage, council_document
from tests.hostile.registers import Pages, Registers, differing
from tests.hostile.rows import CASES
from tests.hostile.siege import MEMORY
from tests.hostile.watching import Canary, Steps, Watch, heard, timed
from tests.node.council.liars import ballot_of
from tests.stories.council import Council
from tests.support.entropy import SeededEntropy
from tests.support.town import Coop, TownFounder, serve, town_listener
from tests.ui.web.test_api import Program, token_for
from tests.ui.web.visitor import stranger

pytestmark = pytest.mark.long

AS2 = "application/activity+json"
HOST = "camara"
HONEST = ("lanehead", "portici", "pioneer", "mawimbi")
Reply = tuple[int, str]


@dataclass
class Siege:
    """Five coops in the middle of a vote, and whoever attacks it."""

    council: Council
    lie: pytest.MonkeyPatch
    registers: Mapping[str, Registers]
    """Of those that are attacked, by name."""
    watches: Mapping[str, Watch]
    case: str = ""
    """Of the catalogue: which is tried."""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def host(self) -> Coop:
        return self.council.host

    def coop(self, name: str) -> Coop:
        return self.council.coops[name]

    async def row(self, name: str) -> council.ProposalView:
        """The vote that was proposed last."""
        found: list[council.ProposalView] = await self.coop(name).read(council.proposals)
        return found[0]

    async def ballot(self, name: str, choice: Any = "yes", **changes: Any) -> Statement:
        about = ((await self.row(name)).id, choice, self.council.delegates[name], changes)
        made: Statement = await self.coop(name).write(ballot_of, *about)
        return made

    async def post(self, sender: str, said: dict[str, Any]) -> Reply:
        """Sign as a coop, post to the host's inbox: the status, and the code of a refusal."""
        coop, body = self.coop(sender), strict_json.dumps(said)
        identity, client = coop.node.federation.identities.coop, coop.node.federation.client
        headers = http_signatures.sign(
            "POST",
            f"{self.host.address}/inbox",
            body,
            key_id=identity.rsa_key_id,
            private_key=identity.rsa_key,
            now=coop.node.clock.now(),
            profile=Profile.CAVAGE,
            content_type=AS2,
        )
        answer = await client.post(f"{self.host.address}/inbox", body, headers)
        read = strict_json.loads(answer.excerpt) if answer.excerpt else {}
        return answer.status, str(read.get("code", ""))

    def create(self, sender: str, ballot: Statement) -> dict[str, Any]:
        coop, number = self.coop(sender), next(self.numbers)
        uri, text = f"{coop.address}/council/x{number}", {"statement": ballot.text}
        now = coop.node.clock.now()
        message = CouncilMessage(uri, "ballot", coop.uri, now, "Our ballot", text)
        made = f"{coop.address}/activities/x{number}"
        return activities.create(made, coop.uri, council_document(message), (self.host.uri,))

    async def send(self, sender: str, ballot: Statement) -> Reply:
        return await self.post(sender, self.create(sender, ballot))

    @asynccontextmanager
    async def nothing_happens(
        self, at: str = HOST, but: Iterable[str] = ()
    ) -> AsyncGenerator[None]:
        """Not one row of a coop's database changes, but for these tables, and no key is asked
        for."""
        keys = self.coop(at).node.federation.keys
        before, fetches = await self._pages(at), keys.fetches
        async with self.watches[at].over():
            yield
        changed = differing(before, await self._pages(at)) - set(but)
        assert not changed, changed
        assert keys.fetches == fetches

    async def _pages(self, at: str) -> Pages:
        return await self.registers[at].read() | await self.watches[at].memory()

    async def refused(self, sender: str, said: Statement | dict[str, Any], *or_with: int) -> Reply:
        """What is answered to a ballot, or to a whole message, of which nothing comes. or_with: a
        status beside those of the catalogue, for another example of its class."""
        message = self.create(sender, said) if isinstance(said, Statement) else said
        async with self.nothing_happens():
            answer = await self.post(sender, message)
        wanted = {*CASES[self.case]["expected_status"], *or_with} - {202}
        assert answer[0] in wanted, (answer, message)
        audited = [line["code"] for line in self.watches[HOST].lines if "code" in line]
        assert audited == [answer[1]]
        return answer

    async def logged(self) -> list[tuple[str, str]]:
        """Coop and digest of every ballot that the host has in its log."""
        found = await self.host.read(council.ballots, (await self.row(HOST)).id)
        return [(each.coop, each.digest) for each in found]

    async def tries(self, case: "Case") -> None:
        self.case = case_id(case)
        await case(self)

    async def states(self) -> set[State]:
        return {(await self.row(name)).state for name in self.council.coops}


Case = Callable[[Siege], Awaitable[None]]


async def vot_14_withheld_ballots_are_a_dispute_within_a_day(siege: Siege) -> None:
    """The host drops one coop's ballots. Its receipts, and no proof that the log has it, are enough
    for everybody."""
    honest, victim = casting.hear_ballot, siege.coop("pioneer").uri

    async def dropping(uow: Any, known: Any, ballot: Statement) -> bool:
        if hosting.keeps(uow, known) and ballot.coop == victim:
            return False
        return await honest(uow, known, ballot)

    siege.lie.setattr(casting, "hear_ballot", dropping)
    for name in ("portici", "pioneer"):
        number, by = (await siege.row(name)).id, siege.council.delegates[name]
        await siege.coop(name).write(council.cast, number, "yes", by=by)
    await siege.council.settle()
    await siege.council.wait(minutes=11)
    detail = await siege.coop("pioneer").read(council.proposal, (await siege.row("pioneer")).id)
    assert [(each.is_counted, each.position, each.seen_by) for each in detail.ours] == [
        (False, None, 3)
    ]
    row = await siege.row(HOST)
    await siege.council.wait(
        seconds=(row.closes_at - siege.host.node.clock.now()).total_seconds() - 60
    )
    await siege.council.wait(minutes=11)
    await siege.council.wait(hours=12, minutes=1)
    assert siege.host.node.clock.now() < row.closes_at + timedelta(hours=24)
    assert State.IN_FORCE not in await siege.states()
    charter = siege.council.digest
    for name in HONEST:
        [shown] = await siege.coop(name).read(
            council.found_evidence, await siege.council.id_at(name)
        )
        number = await siege.council.id_at(name)
        data = await siege.coop(name).read(council.evidence_of, number, shown.id)
        proven = council.verify_file(data, charter)
        assert isinstance(proven, council.Proven)
        assert proven.finding == Finding("E7", siege.host.uri, row.name)
    siege.lie.undo()
    await siege.council.wait(hours=96)
    assert await siege.states() == {State.LAPSED}


async def vot_06_a_vote_before_the_opening(siege: Siege) -> None:
    assert await siege.refused("portici", await siege.ballot("portici")) == (422, "not-open")


async def vot_08_a_vote_for_another_coop(siege: Siege) -> None:
    before = await siege.logged()
    theirs = await siege.ballot("portici")
    assert await siege.refused("pioneer", theirs) == (403, "wrong-party")
    borrowed = await siege.ballot("pioneer", delegate=theirs["delegate"])
    assert (await siege.refused("pioneer", borrowed, 401))[0] == 401
    assert await siege.logged() == before


async def vot_10_a_forged_weight(siege: Siege) -> None:
    before = await siege.logged()
    for forged in ({"weight": 99}, {"weight": -1}, {"weight": "1e3"}, {"voters": 9}):
        status, code = await siege.refused("portici", await siege.ballot("portici", **forged))
        assert (status, code) in ((422, "weight-differs"), (422, "bad-statement"))
    choice = {"choice": {"vote": "yes", "weight": 9}}
    assert await siege.refused("portici", await siege.ballot("portici", **choice)) == (
        422,
        "bad-choice",
    )
    assert await siege.logged() == before


async def vot_10_a_ballot_out_of_its_place(siege: Siege) -> None:
    """Of another number, another vote, another roll, another mandate, behind a ballot that is none,
    of another hour: each signed by a true delegate, and none is logged."""
    other = (await siege.ballot("pioneer")).content
    out_of_place: tuple[dict[str, Any], ...] = (
        {"sequence": 0},
        {"sequence": -1},
        {"sequence": 7},
        {"sequence": 2**53 - 1},
        {"sequence": "1"},
        {"sequence": True},
        {"prev": other},
        {"prev": ""},
        {"epoch": 99},
        {"proposal": "never-proposed"},
        {"proposalDigest": other},
        {"electorateDigest": other},
        {"federation": other},
        {"kind": "reveal"},
        {"v": 2},
        {"at": "2020-01-01T00:00:00Z"},
        {"at": "2099-01-01T00:00:00Z"},
        {"at": "soon"},
    )
    for changed in out_of_place:
        await siege.refused("portici", await siege.ballot("portici", **changed), 403, 409)


async def vot_08_a_ballot_in_anothers_envelope(siege: Siege) -> None:
    """What Portici signed, brought by Pioneer as its own, and inside another's message."""
    before = await siege.logged()
    theirs = siege.create("portici", await siege.ballot("portici"))
    for changed in (
        {"actor": siege.coop("pioneer").uri},
        {"object": theirs["object"] | {"attributedTo": siege.coop("pioneer").uri}},
        {"id": f"{siege.coop('pioneer').address}/activities/borrowed"},
    ):
        await siege.refused("pioneer", theirs | changed, 401, 422)
    assert await siege.logged() == before


async def idn_08_an_announce_wraps_a_forged_ballot(siege: Siege) -> None:
    """By a member, and by the coop that is the federation's own address."""
    before = await siege.logged()
    forged = siege.create("portici", await siege.ballot("portici"))
    for announcer, verb in (("pioneer", "Announce"), ("lanehead", "Announce")):
        coop = siege.coop(announcer)
        for number, told in enumerate((forged, forged | {"type": "Update"}, forged["object"])):
            uri = f"{coop.address}/activities/{verb}{number}"
            said = activities.activity(verb, uri, coop.uri, told, (siege.host.uri,))
            async with siege.nothing_happens(but=MEMORY):
                assert (await siege.post(announcer, said))[0] in (202, 403)
    await siege.council.settle()
    assert await siege.logged() == before


async def vot_02_a_hundred_posts_of_two_choices_at_once(siege: Siege) -> None:
    """By API, at the host, of ballots of one number; on PostgreSQL at two workers."""
    host, by = siege.host, siege.council.delegates[HOST]
    number = (await siege.row(HOST)).id
    before = await siege.logged()
    unsigned = []
    for choice in ("yes", "no"):
        ballot = await siege.ballot(HOST, choice)
        plain = dict(ballot.document) | {"proof": ballot["proof"][:1]}
        unsigned.append(statements.signed(plain, created=host.node.clock.now()).text)
    token = await host.write(_token_of, by)
    async with AsyncExitStack() as stack:
        workers = [host]
        if host.node.config.database_url.startswith("postgresql:"):
            workers.append(await _second_worker(stack, host))
        at = [Program(await stack.enter_async_context(stranger(each)), token) for each in workers]
        path = f"/api/v1/proposals/{number}/ballots"
        answers = await asyncio.gather(
            *(
                at[each % len(at)].call("POST", path, {"choice": None, "signed": text})
                for each, text in enumerate(unsigned * 50)
            )
        )
    statuses = Counter(each.status for each in answers)
    assert statuses == {201: 1, 409: 99}
    ours = await host.read(council.proposal, number)
    assert [each.sequence for each in ours.ours] == [1]
    assert len(await siege.logged()) == len(before) + 1
    await siege.council.settle()


async def vot_01_a_second_vote_under_a_new_activity(siege: Siege) -> None:
    """The same ballot again is the same ballot; a later one takes its place until the close."""
    first = await siege.ballot("portici", "no")
    assert (await siege.send("portici", first))[0] == 202
    size = len(await siege.logged())
    # The promise to log it may be what was lost: it is sent again.
    async with siege.nothing_happens(but={*MEMORY, "outbox_entry", "delivery"}):
        assert (await siege.send("portici", first))[0] in (200, 202, 409)
    assert len(await siege.logged()) == size
    await siege.council.settle()
    later = await siege.ballot("portici", "yes")
    assert (later["sequence"], later["prev"]) == (2, first.content)
    assert (await siege.send("portici", later))[0] == 202
    await siege.council.settle()


async def vot_09_a_coop_is_out_in_mid_vote(siege: Siege) -> None:
    """What it said while it was in stands, and what it says afterwards does not count; nor does
    what somebody says who is not on the roll."""
    lanehead, delegate = siege.coop("lanehead"), siege.council.delegates["lanehead"]
    number = (await siege.row("lanehead")).id
    await lanehead.write(council.cast, number, "yes", by=delegate)
    await siege.council.settle()
    said = await siege.ballot("lanehead", "no")
    unknown = await siege.ballot("pioneer", delegate=_unknown_key())
    assert (await siege.refused("pioneer", unknown, 401))[0] == 401
    before = [each for each in await siege.logged() if each[0] == lanehead.uri]
    assert before
    await lanehead.write(council.leave, await siege.council.id_at("lanehead"), by=delegate)
    await siege.council.settle()
    assert await siege.refused("lanehead", said) == (403, "not-a-member")
    assert [each for each in await siege.logged() if each[0] == lanehead.uri] == before


async def vot_16_a_ballot_is_fetched_by_whom_it_is_not_for(siege: Siege) -> None:
    """By the addresses that it travels under, and by API. Coops that vote see each other's ballots;
    nobody else does: one that has left, a member of the voter's who may not read the council, or
    somebody without a name. To them there is nothing at the address. The API alone asks for a token
    (401), whatever the path is, before it looks what is there."""
    pioneer, outside = siege.coop("pioneer"), siege.coop("lanehead")
    number, by = (await siege.row("pioneer")).id, siege.council.delegates["pioneer"]
    known = set(await pioneer.read(_own_uris))
    digest = await pioneer.write(council.cast, number, "yes", by=by)
    uris = set(await pioneer.read(_own_uris)) - known
    assert uris
    async with stranger(pioneer) as nobody:
        async with siege.nothing_happens("pioneer"):
            for uri in uris:
                path = uri.removeprefix(pioneer.address)
                unsigned = await nobody.ask("GET", path, headers={"Accept": AS2})
                assert unsigned.status == 404
                assert digest not in unsigned.text
                assert await _fetched_as(outside, uri) in (403, 404)
            outbox = await nobody.ask("GET", "/coop/outbox?page=1", headers={"Accept": AS2})
            assert digest not in outbox.text
        plain = Program(nobody, await token_for(pioneer, "member", "listings:write"))
        theirs = Program(nobody, await token_for(outside, "admin"))
        for path in ("ballots", f"ballots/{digest}/receipt", "archive"):
            asked = f"/proposals/{number}/{path}"
            statuses = [(await each.get(asked)).status for each in (plain, theirs)]
            assert statuses == [403, 401]
            nameless = [asked, "/proposals/none/ballots"]
            assert [(await Program(nobody).get(each)).status for each in nameless] == [401, 401]
    await siege.council.settle()


async def vot_12_a_forged_tally(siege: Siege) -> None:
    """The host certifies what the ballots do not give: everybody says so, nobody takes it over."""

    def forged(record: Any, proposal: Any) -> dict[str, Any]:
        result = counting.recount(record, proposal)
        return result | {"tally": result["tally"] | {"outcome": "rejected"}}

    lying = SimpleNamespace(**{**vars(counting), "recount": forged})
    siege.lie.setattr(hosting, "counting", lying)
    row = await siege.row(HOST)
    rest = row.closes_at - siege.host.node.clock.now()
    await siege.council.wait(seconds=rest.total_seconds() - 60)
    await siege.council.wait(minutes=11)
    await siege.council.wait(hours=1, minutes=1)  # who has left does not reveal
    for name in ("portici", "pioneer"):
        number = (await siege.row(name)).id
        detail = await siege.coop(name).read(council.proposal, number)
        assert detail.proposal.state is State.DISPUTED
        assert set(detail.attestations.values()) == {"dissent"}
        behind = await siege.coop(name).read(council.background, number)
        assert behind.difference == {"field": "tally.outcome", "ballots": []}
        assert ("E6", HOST) in await siege.council.evidence(name)
        counted = {each["coop"]: each["choice"] for each in detail.result["counted"]}
        assert counted[siege.coop("lanehead").uri] == "yes"  # VOT-09: it was in when it said so
        assert counted[siege.coop("portici").uri] == "yes"  # VOT-01: the later one


async def vot_04_a_late_vote_with_an_honest_date(siege: Siege) -> None:
    before = await siege.logged()
    late = await siege.ballot("pioneer", "no")
    assert await siege.refused("pioneer", late) == (422, "ballot-late")
    assert await siege.logged() == before


VOTES: tuple[tuple[Case, ...], ...] = (
    (vot_14_withheld_ballots_are_a_dispute_within_a_day,),
    (
        vot_06_a_vote_before_the_opening,
        vot_08_a_vote_for_another_coop,
        vot_10_a_forged_weight,
        vot_10_a_ballot_out_of_its_place,
        vot_08_a_ballot_in_anothers_envelope,
        idn_08_an_announce_wraps_a_forged_ballot,
        vot_02_a_hundred_posts_of_two_choices_at_once,
        vot_01_a_second_vote_under_a_new_activity,
        vot_09_a_coop_is_out_in_mid_vote,
        vot_16_a_ballot_is_fetched_by_whom_it_is_not_for,
        vot_12_a_forged_tally,
        vot_04_a_late_vote_with_an_honest_date,
    ),
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)
async def test_a_vote_holds_against_attacks(
    database_url: str,
    found_town: TownFounder,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    on_server = {HOST: database_url} if database_url.startswith("postgresql:") else {}
    town = await found_town(5, lambda name: on_server.get(name, ""))
    [withheld], (early, *others) = VOTES
    async with lay_siege(Council(town), monkeypatch) as siege:
        await siege.council.opened()
        with subtests.test(case_id(withheld)):
            await siege.tries(withheld)
        await siege.council.announced("portici")
        await siege.council.wait(hours=76, minutes=1)
        with subtests.test(case_id(early)):
            await siege.tries(early)
        await siege.council.wait(hours=24)
        for case in others:
            with subtests.test(case_id(case)):
                await siege.tries(case)


@asynccontextmanager
async def lay_siege(members: Council, lie: pytest.MonkeyPatch) -> AsyncGenerator[Siege]:
    """A federation is founded; of its host's database, and Pioneer's, nothing escapes."""
    async with AsyncExitStack() as stack:
        registers, watches = {}, {}
        steps, answered = Steps(), list[tuple[int, int, bool]]()
        canary = Canary()
        stack.callback(canary.close)
        for name in (HOST, "pioneer"):
            node = members.coops[name].node
            registers[name] = await Registers.open(node.config.database_url)
            stack.push_async_callback(registers[name].close)
            watches[name] = Watch(node, canary, steps, answered)
        founded = await members.found()
        with timed(steps), heard(answered):
            yield Siege(founded, lie, registers, watches)


def case_id(case: Case) -> str:
    return "-".join(case.__name__.split("_")[:2]).upper()


async def _own_uris(reader: Any) -> list[str]:
    """Addresses of what a coop has said in councils: of activities, and of their objects."""
    o = table_of(OutboxEntry).c
    rows = await reader.rows(select(o.activity_id, o.body).where(o.activity_type == "Create"))
    return [uri for row in rows for uri in (row[0], strict_json.loads(row[1])["object"]["id"])]


async def _fetched_as(coop: Coop, uri: str) -> int:
    """The status of a fetch that another coop signs."""
    federation = coop.node.federation
    us = federation.identities.coop
    found = await federation.client.get(uri, accept=AS2, sign_as=us)
    return int(found.status)


async def _token_of(uow: Any, account_id: str) -> str:
    scopes = frozenset({"council:read", "council:write"})
    issued = await accounts.create_token(uow, account_id, label="test", scopes=scopes)
    secret: str = issued.secret
    return secret


async def _second_worker(stack: AsyncExitStack, coop: Coop) -> Coop:
    """Another process's worth of the same node, on the same database; it has a port of its own."""
    node = coop.node
    opening = open_node(node.config, clock=node.clock, entropy=SeededEntropy(99))
    second = await stack.enter_async_context(opening)
    listener = town_listener("127.0.0.1", 0)
    stack.callback(listener.close)
    server = await serve(second, listener)
    stack.push_async_callback(server.cleanup)
    return Coop(second, server, listener)


def _unknown_key() -> str:
    return multikey_of(Ed25519PrivateKey.from_private_bytes(bytes(31) + b"x").public_key())
