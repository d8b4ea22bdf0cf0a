"""A market of simulated coops: what its members do, and a judge with a model of its own.

The driver notes what a node has said yes to. When the weather is calm again, the judge reads the
raw tables of every node and says, in words, where they differ from those notes or from each other.
"""

import asyncio
import itertools
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from federation import relations
from federation.errors import Silent
from federation.key_files import Generation
from node import accounts, agreements, handoffs, listings, quarantine, referrals
from node.accounts import Role
from node.agreements import OPERATOR, Said, Wanted, WantedLine
from node.errors import NodeError
from node.listings import ListingDraft, Visibility, draft_of
from tests.stories.referring import BOILER, PERSON
from tests.support import books, simulation
from tests.support.clock import START
from tests.support.network import CALM
from tests.support.simulation import SimulatedCoop, World

COOPS = ("lanehead", "portici", "pioneer")
_NEVER_AGREED = ("requested", "cancelled", "declined", "expired")
_NOTHING_CAME_OF_IT = {"cancelled", "declined", "expired"}
_STEPS = (
    "accept",
    "decline",
    "withdraw",
    "cancel",
    "start",
    "deliver",
    "confirm",
    "mark_paid",
    "receive",
    "dispute",
)


@dataclass
class Market:
    """Three coops; what was done by whom, as their own nodes have confirmed it.

    refers: whether people are passed on, too. offered: by coop, the title of each listing that is
    out, by its address. taken: how often each step was taken on a node, by the address that the
    asking coop gave an agreement. burned: the coop whose node was restored. refused: what it had
    said until then, and was not taken.
    """

    world: World
    refers: bool = True
    offered: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: dict[str, Counter[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    burned: str = ""
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def chance(self) -> Any:
        return self.world.chance

    def coop(self, name: str) -> SimulatedCoop:
        return next(coop for coop in self.world.coops if coop.name == name)

    async def do_something(self) -> None:
        """One member somewhere does one thing."""
        self.world.advance(timedelta(seconds=1))
        up = [coop for coop in self.world.up if not coop.node.quarantine.is_on]
        if not up:
            return
        coop = self.chance.choice(up)
        acts = [self.publish, self.edit, self.retire, self.ask, *[self.go_on] * 3]
        if self.refers:
            acts += [self.refer, self.answer_referral, self.answer_referral]
        act = self.chance.choice(acts)
        try:
            await act(coop)
        except (NodeError, Silent):
            return  # not possible at the moment; nothing is noted

    async def publish(self, coop: SimulatedCoop) -> None:
        title = f"Offer {next(self._numbers)}"
        visibility = self.chance.choice((Visibility.PUBLIC, Visibility.FEDERATION))
        draft = ListingDraft(
            title, visibility=visibility, price_amount=Decimal(7), currency="GBP", unit="hour"
        )
        view = await coop.write(listings.create, draft, by=None, publish=True)
        self.offered.setdefault(coop.name, {})[view.uri] = title

    async def edit(self, coop: SimulatedCoop) -> None:
        uri = self._one_of(coop)
        if uri is None:
            return
        view = await coop.read(listings.listing, uri.rpartition("/")[2])
        draft = draft_of(view)
        draft = type(draft)(**{**_fields(draft), "title": f"Offer {next(self._numbers)} again"})
        await coop.write(listings.edit, view.id, draft, by=None, expected_version=view.version)
        self.offered[coop.name][uri] = draft.title

    async def retire(self, coop: SimulatedCoop) -> None:
        uri = self._one_of(coop)
        if uri is None or self.chance.randrange(2):
            return
        await coop.write(listings.change_state, uri.rpartition("/")[2], "retire", by=None)
        del self.offered[coop.name][uri]

    async def ask(self, coop: SimulatedCoop) -> None:
        async with coop.node.reading() as reader:
            found = "SELECT uri FROM listing_mirror WHERE state = 'fresh' ORDER BY uri"
            uris = [row.uri for row in await reader.rows(text(found))]
            account = await accounts.by_handle(reader, "member")
        if not uris:
            return
        wanted = Wanted((WantedLine(self.chance.choice(uris)),))
        made = await coop.write(agreements.ask, wanted, account=account)
        self._note(made.agreement.uri, "request")

    async def go_on(self, coop: SimulatedCoop) -> None:
        """Whoever has an agreement there does what comes to their mind."""
        by = OPERATOR
        if self.chance.randrange(2):
            by = agreements.of_account(await coop.read(accounts.by_handle, "member"))
        found = sorted(await coop.read(agreements.agreements, by), key=lambda one: one.created_at)
        if not found:
            return
        one, step = self.chance.choice(found), self.chance.choice(_STEPS)
        said = Said(reason="quality") if step == "dispute" else Said()
        await coop.write(agreements.do, one.id, step, by, said)
        asker_is_here = one.coop_of(one.asked_by) == coop.uri
        self._note(one.uri if asker_is_here else one.their_uri, step)

    async def refer(self, coop: SimulatedCoop) -> None:
        """Somebody is passed on, who said yes to it."""
        other = self.chance.choice([each for each in self.world.coops if each is not coop])
        by = (await coop.read(accounts.by_handle, "member")).id
        view = await coop.write(referrals.start, BOILER, person=PERSON, by=by)
        told = {"recipients": [other.uri], "fields": ["name", "phone"]}
        await coop.write(referrals.ask_consent, view.id, by=by, **told)
        consent = await coop.read(referrals.consent_of, view.case_id)
        code = await coop.read(referrals.code_of, consent)
        await coop.write(referrals.give, code, language="en")
        await coop.write(referrals.send, view.id, by=by)

    async def answer_referral(self, coop: SimulatedCoop) -> None:
        """A desk does what comes to its mind about somebody who was passed on."""
        found = await coop.read(referrals.referrals)
        if not found:
            return
        one = self.chance.choice(sorted(found, key=lambda each: each.uri))
        act = self.chance.choice(("accept", "decline", "hold", "contact", "start", "complete"))
        match act:
            case "accept" | "hold":
                await coop.write(getattr(referrals, act), one.id, by="desk")
            case "decline":
                await coop.write(referrals.decline, one.id, "capacity", by="desk")
            case "complete":
                value = {"value": Decimal(180), "currency": "GBP"}
                await coop.write(referrals.complete, one.id, "done", by="desk", **value)
            case _:
                await coop.write(referrals.progress, one.id, act, reason=None, by="desk")

    async def some(self, most: int) -> None:
        await self.world.settle(self.chance.randrange(most), is_whole=False)

    async def wait(self, **span: float) -> None:
        self.world.advance(timedelta(**span))
        for coop in self.chance.sample(self.world.up, len(self.world.up)):
            await coop.node.run_due()
            await coop.node.quarantine.look()
            await coop.node.federation.sync_due()
            await coop.node.federation.recall_due()
            await handoffs.collect_due(coop.node.federation)
        await self.world.settle()

    async def trade(self, moments: int = 40) -> None:
        """Members do things while messages travel."""
        for _moment in range(moments):
            await self.do_something()
            await self.some(6)

    async def clears_up(self) -> None:
        """The weather is calm, all are up, and everybody tries again what did not arrive."""
        self.world.network.weather = CALM
        self.world.network.part()
        for coop in self.world.coops:
            coop.clock.by = timedelta(0)
            if not coop.is_up:
                await coop.start(self.world.seed)
        for _again in range(3):
            await self.wait(minutes=17)

    async def burn(self, coop: SimulatedCoop) -> Callable[[], Awaitable[None]]:
        """A copy is made now; what is returned puts it in the place of the node, as a restore."""
        self.refers = False  # how far they had come is entered by hand after a restore
        copy, made_at = coop.folder.with_name(f"{coop.name}-old"), self.world.clock.now()
        await coop.crash()
        await asyncio.to_thread(shutil.copytree, coop.folder, copy)
        await coop.start(self.world.seed)

        async def put_back() -> None:
            if not coop.is_up:
                await coop.start(self.world.seed)
            self.burned, self.refused = coop.name, await self._said_to("last_status = 404")
            if coop.is_up:
                await coop.crash()
            await asyncio.to_thread(shutil.rmtree, coop.folder)
            copy.rename(coop.folder)
            now = self.world.clock.now()
            quarantine.begin(coop.folder, restored_at=now, made_at=made_at)
            await coop.start(self.world.seed)

        return put_back

    async def faults(self) -> list[str]:
        """Everything that is wrong, in words."""
        found = [fault for coop in self.world.coops for fault in await _of_one(coop)]
        for coop in self.world.coops:
            offered = self.offered.get(coop.name, {})
            found += [f"{coop.name} itself: {one}" for one in _differ(offered, await _own(coop))]
            for other in self.world.coops:
                if other is not coop:
                    held = await _mirrored(other, coop)
                    found += [f"{coop.name} at {other.name}: {o}" for o in _differ(offered, held)]
        return found + await self._agreements() + await self._referrals()

    async def _agreements(self) -> list[str]:
        sides: dict[str, list[tuple[str, Any, Counter[str]]]] = {}
        refused = self.refused | await self._said_to("last_status IN (404, 409, 422)")
        unheard = await self._said_to("state = 'dead'")
        for coop in self.world.coops:
            async with coop.node.reading() as reader:
                rows = await reader.rows(text("SELECT * FROM agreement WHERE state != 'drafted'"))
                steps = await reader.rows(text("SELECT agreement_id, event FROM agreement_step"))
            for row in rows:
                asker = row.provider_coop if row.asked_by == "provider" else row.customer_coop
                own = f"{coop.config.address}/agreements/{row.id}"
                shared = own if asker == coop.uri else row.their_uri
                events = Counter(step.event for step in steps if step.agreement_id == row.id)
                sides.setdefault(shared, []).append((coop.name, row, events))
        lost = self.taken.keys() - sides.keys() - self.refused
        found = [f"{uri} was asked for and is nowhere" for uri in lost]
        for uri, both in sides.items():
            found += self._of_agreement(uri, both, refused, unheard)
        return found

    async def _said_to(self, which: str) -> set[str]:
        """What the messages were about that all nodes hold and that are like this."""
        query = text(f"SELECT object_uri FROM delivery WHERE {which}")
        found = set()
        for coop in self.world.coops:
            async with coop.node.reading() as reader:
                found |= {row.object_uri for row in await reader.rows(query)}
        return found

    async def _referrals(self) -> list[str]:
        """A need that was sent is at both coops, once, and in the same state."""
        if not self.refers:
            return []
        sides: dict[str, list[tuple[str, str]]] = {}
        unheard = await self._said_to("state = 'dead' OR last_status = 409")
        query = "SELECT uri, side, state FROM referral WHERE offer_id IS NOT NULL"
        for coop in self.world.coops:
            async with coop.node.reading() as reader:
                for row in await reader.rows(text(query)):
                    sides.setdefault(row.uri, []).append((row.side, row.state))
        return [
            f"{uri}: {both}"
            for uri, both in sides.items()
            if both != [("sent", "expired")]  # it came too late, and was refused
            # Said for a month, and heard too late or never: each side has ended it by itself.
            and not (uri in unheard and {state for _, state in both} <= _NOTHING_CAME_OF_IT)
            and (len({side for side, _ in both}) != 2 or len({state for _, state in both}) != 1)
        ]

    def _of_agreement(
        self,
        uri: str,
        both: list[tuple[str, Any, Counter[str]]],
        refused: set[str],
        unheard: set[str],
    ) -> list[str]:
        names = [name for name, _row, _events in both]
        is_lost = uri in refused or self.burned not in ("", *names)
        if len(both) == 1 and is_lost and both[0][1].state in _NEVER_AGREED:
            return []  # the listing was taken down meanwhile
        if len(both) != 2 or len(set(names)) != 2:
            return [f"{uri} is known at {names}"]
        facts = [(row.state, row.payment, row.sequence) for _name, row, _events in both]
        ends = {row.state for _name, row, _events in both}
        own = {f"{self.coop(n).config.address}/agreements/{row.id}" for n, row, _events in both}
        is_over = ends <= _NOTHING_CAME_OF_IT and bool(own & (unheard | refused))
        if facts[0] != facts[1] and not is_over:
            return [f"{uri} differs: {list(zip(names, facts, strict=True))}"]
        known = self.taken.get(uri, Counter())
        found = []
        for name, _row, events in both:
            twice = {event: n for event, n in events.items() if n > max(known[event], 1)}
            if twice:
                found.append(f"{uri} at {name} has {twice}, and {dict(known)} was done")
        seen = both[0][1].state
        if known["confirm"] and seen not in ("confirmed", "settled", "disputed", "resolved"):
            found.append(f"{uri} was confirmed, and is {seen}")
        return found

    def _note(self, uri: str, step: str) -> None:
        self.taken.setdefault(uri, Counter())[step] += 1

    def _one_of(self, coop: SimulatedCoop) -> str | None:
        uris = sorted(self.offered.get(coop.name, {}))
        return self.chance.choice(uris) if uris else None


def _fields(draft: ListingDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__}


def _differ(wanted: dict[str, str], held: dict[str, str]) -> list[str]:
    missing = [f"{uri} is missing" for uri in wanted.keys() - held.keys()]
    extra = [f"{uri} should be gone" for uri in held.keys() - wanted.keys()]
    other = [
        f"{uri} is “{held[uri]}”, not “{title}”"
        for uri, title in wanted.items()
        if held.get(uri, title) != title
    ]
    return missing + extra + other


async def _own(coop: SimulatedCoop) -> dict[str, str]:
    async with coop.node.reading() as reader:
        rows = await reader.rows(
            text("SELECT publication_id, title FROM listing WHERE state = 'published'")
        )
    return {f"{coop.config.address}/listings/{row.publication_id}": row.title for row in rows}


async def _mirrored(at: SimulatedCoop, of: SimulatedCoop) -> dict[str, str]:
    query = "SELECT uri, title FROM listing_mirror WHERE coop_uri = :coop AND state != 'gone'"
    async with at.node.reading() as reader:
        rows = await reader.rows(text(query), {"coop": of.uri})
    titles = {row.uri: row.title for row in rows}
    assert len(titles) == len(rows)
    return titles


async def _of_one(coop: SimulatedCoop) -> list[str]:
    found = [f"{coop.name}: {fault}" for fault in await books.faults(coop.node.database)]
    if coop.node.quarantine.is_on:
        found.append(f"{coop.name} is silent still")
    async with coop.node.reading() as reader:
        for query, words in (
            (
                # What is refused is said three times.
                "SELECT count(*) FROM delivery WHERE state IN ('pending','sending','held')"
                " AND coalesce(last_status, 0) NOT IN (409, 422)",
                "waits",
            ),
            ("SELECT count(*) FROM inbox_entry WHERE state != 'refused'", "was not taken in"),
        ):
            [(count,)] = await reader.rows(text(query))
            if count:
                found.append(f"{coop.name}: {count} {words}")
    return found


MarketOpener = Callable[[int], Awaitable[Market]]


@pytest.fixture(scope="session")
def market_prepared() -> dict[str, Path]:
    """The files of coops that are in touch, made once for all seeds."""
    return {}


@pytest.fixture
async def open_market(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
    town_keys: dict[str, Generation],
    market_prepared: dict[str, Path],
) -> AsyncGenerator[MarketOpener]:
    """Coops in touch in the world of a seed: `await open_market(7)`."""
    if "ready" not in market_prepared:
        folder = tmp_path_factory.mktemp("market")
        await _prepare(folder, migrated_file, town_keys)
        market_prepared["ready"] = folder
    async with AsyncExitStack() as stack:
        runs = itertools.count()

        async def opened(seed: int) -> Market:
            folder = tmp_path / f"{seed}-{next(runs)}"
            await asyncio.to_thread(shutil.copytree, market_prepared["ready"], folder)
            world = await simulation.opened(folder, seed, START, COOPS)
            stack.push_async_callback(world.close)
            await world.settle()
            return Market(world)

        yield opened


async def _prepare(folder: Path, migrated: Path, keys: dict[str, Generation]) -> None:
    await simulation.prepare(folder, migrated, keys, COOPS)
    world = await simulation.opened(folder, 0, START, COOPS)
    both = {"follower_state": "accepted", "following_state": "accepted", "consented": True}
    try:
        for coop in world.coops:
            await coop.write(
                accounts.create_account, handle="member", name="Ada", roles={Role.MEMBER}
            )
            for other in world.coops:
                if other is not coop:
                    await coop.node.federation.actors.actor(other.uri)
                    await coop.write(relations.change, other.uri, **both)
        for coop in world.coops:
            await coop.node.federation.sync_due()
        await world.settle()
    finally:
        await world.close()
