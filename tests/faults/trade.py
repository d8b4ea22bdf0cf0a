"""A market of simulated coops: what its members do, and notes of what nodes have said yes to.

When the weather is calm again, `judge` compares the notes with the raw tables of every node.
"""

import asyncio
import itertools
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict
from sqlalchemy import text

from federation import relations
from federation.errors import Silent
from federation.key_files import Generation
from node import accounts, agreements, handoffs, listings, privacy, quarantine, referrals
from node.accounts import Role
from node.agreements import OPERATOR, Said, Wanted, WantedLine
from node.errors import NodeError
from node.listings import ListingDraft, Visibility, draft_of
from tests.stories.referring import BOILER, PERSON
from tests.support import simulation
from tests.support.clock import START
from tests.support.network import CALM
from tests.support.simulation import SEVEN, SimulatedCoop, World

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


Act = Callable[[SimulatedCoop], Awaitable[None]]


@dataclass
class Market:
    """Three to seven coops; what was done by whom, as their own nodes have confirmed it.

    refers: whether people are passed on, too. forgets: whether people take that back, and members
    leave. people: by coop, whom it passed on, each with the code of their page. guests: by coop,
    who can leave it, each with what they offer. forgotten: what stands nowhere any more, names and
    keys; forgotten_needs: whose needs nobody can read any more. offered: by coop, the title of each
    listing that is out, by its address; left: addresses of what its author took along. taken: how
    often each step was taken on a node, by the address that the asking coop gave an agreement.
    burned: the coop whose node was restored.
    refused: what it had said until then, and was not taken.
    """

    world: World
    refers: bool = True
    forgets: bool = False
    people: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    guests: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    forgotten: list[str | bytes] = field(default_factory=list)
    forgotten_needs: set[str] = field(default_factory=set)
    offered: dict[str, dict[str, str]] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    taken: dict[str, Counter[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    burned: str = ""
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def chance(self) -> Any:
        return self.world.chance

    @property
    def names(self) -> list[str]:
        return [coop.name for coop in self.world.coops]

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
        if self.forgets:
            acts += [self.join, self.leave, self.take_consent_back]
        await self.tries(self.chance.choice(acts), coop)

    async def tries(self, act: Act, coop: SimulatedCoop) -> None:
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
        name = f"{PERSON['name']} {next(self._numbers)}"
        view = await coop.write(referrals.start, BOILER, person=PERSON | {"name": name}, by=by)
        told = {"recipients": [other.uri], "fields": ["name", "phone"]}
        await coop.write(referrals.ask_consent, view.id, by=by, **told)
        consent = await coop.read(referrals.consent_of, view.case_id)
        code = await coop.read(referrals.code_of, consent)
        await coop.write(referrals.give, code, language="en")
        await coop.write(referrals.send, view.id, by=by)
        self.people.setdefault(coop.name, []).append((name, code))

    async def take_consent_back(self, coop: SimulatedCoop) -> None:
        """Somebody who was passed on is to be forgotten, wherever that had come to."""
        known = self.people.get(coop.name)
        if not known:
            return
        name, code = self.chance.choice(known)
        needs = await self._needs_of(coop, name)
        keys = [key for each in self.world.up for key in await keys_about(each, needs)]
        await coop.write(referrals.withdraw_consent, code)
        known.remove((name, code))
        self.forgotten += [name, *keys]
        self.forgotten_needs |= needs
        self.world.network.notes("forgotten")

    async def _needs_of(self, coop: SimulatedCoop, name: str) -> set[str]:
        uris = set()
        for view in await coop.read(referrals.referrals):
            person = await coop.read(referrals.person_of, view)
            if person.get("name") == name:
                uris.add(view.uri)
        return uris

    async def join(self, coop: SimulatedCoop) -> None:
        """Somebody has an account, and offers something under it."""
        number = next(self._numbers)
        name = f"Nessim Amara the {number}th"
        account = await coop.write(
            accounts.create_account, handle=f"guest{number}", name=name, roles={Role.MEMBER}
        )
        draft = ListingDraft(f"Offer {number}", visibility=Visibility.PUBLIC)
        view = await coop.write(listings.create, draft, by=account.id, publish=True)
        self.offered.setdefault(coop.name, {})[view.uri] = draft.title
        self.guests.setdefault(coop.name, []).append((account.handle, view.uri))

    async def leave(self, coop: SimulatedCoop) -> None:
        """One of those leaves: the offer goes, and the name with it."""
        guests = self.guests.get(coop.name)
        if not guests:
            return
        handle, uri = self.chance.choice(guests)
        account = await coop.read(accounts.by_handle, handle)
        await coop.write(privacy.leave, account, keep_listings=False)
        guests.remove((handle, uri))
        self.offered[coop.name].pop(uri, None)
        self.left.add(uri)
        self.forgotten.append(account.name)
        self.world.network.notes("forgotten")

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
        self.world.network.manners.clear()
        self.world.network.part()
        for coop in self.world.coops:
            coop.clock.is_set()
            if not coop.is_up:
                await coop.start(self.world.seed)
        for _again in range(3):
            await self.wait(minutes=17)

    async def burn(self, coop: SimulatedCoop) -> Callable[[], Awaitable[None]]:
        """A copy is made now; what is returned puts it in the place of the node, as a restore: of
        what was there, the list of those who were forgotten stays."""
        self.refers = False  # how far they had come is entered by hand after a restore
        copy, made_at = coop.folder.with_name(f"{coop.name}-old"), self.world.clock.now()
        in_copy, asked = dict(self.offered.get(coop.name, {})), set(self.taken)
        await coop.crash()
        await asyncio.to_thread(shutil.copytree, coop.folder, copy)
        await coop.start(self.world.seed)

        async def put_back() -> None:
            if not coop.is_up:
                await coop.start(self.world.seed)
            self.burned, self.refused = coop.name, await said_to(self.world, "last_status = 404")
            self.refused |= await self._unheard(coop) - asked
            self.offered[coop.name] = await self._known_still(coop, in_copy)
            await coop.crash()
            if (list_of_them := coop.folder / "erasures.log").exists():
                list_of_them.replace(copy / list_of_them.name)
            await asyncio.to_thread(shutil.rmtree, coop.folder)
            copy.rename(coop.folder)
            self.world.network.forget(coop.name)
            now = self.world.clock.now()
            quarantine.begin(coop.folder, restored_at=now, made_at=made_at)
            await coop.start(self.world.seed)
            self.world.network.notes("restored")

        return put_back

    async def _unheard(self, coop: SimulatedCoop) -> set[str]:
        """What a coop has asked others for, and none of them knows."""
        unheard = {uri for uri in self.taken if uri.startswith(f"{coop.config.address}/")}
        for other in self.world.up:
            async with other.node.reading() as reader:
                rows = await reader.rows(text("SELECT their_uri FROM agreement"))
            unheard -= {row.their_uri for row in rows}
        return unheard

    async def _known_still(self, coop: SimulatedCoop, in_copy: dict[str, str]) -> dict[str, str]:
        """What a coop offers that has a copy alone, and what others hold: of each listing the last
        that anybody has heard. What nobody has heard is lost, but for that somebody left."""
        told, gone = [*in_copy.items()], set(self.left)
        for other in self.world.up:
            for uri, title, is_gone in await _held_of(other, coop):
                told.append((uri, title))
                gone |= {uri} if is_gone else set()
        told.sort(key=lambda one: int(one[1].split()[1]))  # a later word has a higher number
        return {uri: title for uri, title in told if uri not in gone}

    def _note(self, uri: str, step: str) -> None:
        self.taken.setdefault(uri, Counter())[step] += 1

    def _one_of(self, coop: SimulatedCoop) -> str | None:
        uris = sorted(self.offered.get(coop.name, {}))
        return self.chance.choice(uris) if uris else None


async def said_to(world: World, which: str) -> set[str]:
    """What the messages were about that all nodes hold and that are like this."""
    query = text(f"SELECT object_uri FROM delivery WHERE {which}")
    found = set()
    for coop in world.coops:
        async with coop.node.reading() as reader:
            found |= {row.object_uri for row in await reader.rows(query)}
    return found


async def _held_of(at: SimulatedCoop, of: SimulatedCoop) -> list[tuple[str, str, bool]]:
    """The listings of a coop at another: address, title, and whether it is withdrawn."""
    query = text("SELECT uri, title, state = 'gone' FROM listing_mirror WHERE coop_uri = :coop")
    async with at.node.reading() as reader:
        return [
            (uri, title, bool(gone))
            for uri, title, gone in await reader.rows(query, {"coop": of.uri})
        ]


async def keys_about(coop: SimulatedCoop, needs: set[str]) -> list[bytes]:
    """The keys under which a node has sealed who needs this."""
    query = "SELECT r.uri, k.key FROM vault_key k JOIN referral r ON r.subject = k.subject"
    async with coop.node.reading() as reader:
        rows = await reader.rows(text(query))
    return [bytes(row.key) for row in rows if row.uri in needs]


def _fields(draft: ListingDraft) -> dict[str, Any]:
    return asdict(draft)


MarketOpener = Callable[..., Awaitable[Market]]


@pytest.fixture(scope="session")
def market_prepared() -> dict[int, Path]:
    """By how many they are: the files of coops that are in touch, made once for all seeds."""
    return {}


@pytest.fixture
async def open_market(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_file: Path,
    town_keys: dict[str, Generation],
    market_prepared: dict[int, Path],
) -> AsyncGenerator[MarketOpener]:
    """Coops in touch in the world of a seed, which says how many: `await open_market(7)`."""
    async with AsyncExitStack() as stack:
        runs = itertools.count()

        async def opened(seed: int) -> Market:
            size = size_of(seed)
            if size not in market_prepared:
                folder = tmp_path_factory.mktemp("market")
                await prepare(folder, migrated_file, town_keys, SEVEN[:size])
                market_prepared[size] = folder
            folder = tmp_path / f"{seed}-{next(runs)}"
            await asyncio.to_thread(shutil.copytree, market_prepared[size], folder)
            world = await simulation.opened(folder, seed, START, SEVEN[:size])
            stack.push_async_callback(world.close)
            await world.settle()
            return Market(world)

        yield opened


def size_of(seed: int) -> int:
    """How many coops there are in the world of a seed: three to seven."""
    return 3 + seed % 5


async def prepare(
    folder: Path, migrated: Path, keys: dict[str, Generation], names: Sequence[str]
) -> None:
    """Files of coops that are in touch, each with a member and an admin."""
    await simulation.prepare(folder, migrated, keys, names)
    world = await simulation.opened(folder, simulation.BEFORE_ALL_SEEDS, START, names)
    both = {"follower_state": "accepted", "following_state": "accepted", "consented": True}
    try:
        for coop in world.coops:
            await coop.write(
                accounts.create_account, handle="member", name="Ada", roles={Role.MEMBER}
            )
            await coop.write(
                accounts.create_account, handle="admin", name="Ida", roles={Role.ADMIN}
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
