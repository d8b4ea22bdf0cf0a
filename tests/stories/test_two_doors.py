"""What comes to two processes of one node at the same moment happens once."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from federation.key_files import Generation
from federation.storage import Reader
from node import accounts, agreements, listings, members
from node.accounts import Purpose, Role
from node.agreements import Said
from node.listings import Availability, ListingView, Way
from node.listings.models import mirror_table as listing_mirrors
from tests.stories.dealing import Dealer, member
from tests.stories.market import change, offer, step
from tests.support import books
from tests.support.clock import FixedClock
from tests.support.doors import Doors, Sent, Speaker, two_doors
from tests.support.town import Town, open_town
from tests.support.wide import until
from tests.ui.web.visitor import BY_HAND
from ui.web.api.books import ENTRY

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 30))]
TIMES = 3
ONE = Availability(Way.STOCK, stock=1)
ONE_SMALL = Availability(Way.STOCK, by_variant=(("small", 1), ("large", 5)))
SIZES = {"variants": ["small", "large"]}


class Corner:
    """Lanehead, whose node has two doors, and Portici, whose messages come to both. rosa offers
    there, maya asks there, giulia asks from Portici."""

    def __init__(self, town: Town, doors: Doors) -> None:
        self.town, self.doors = town, doors
        self.here, self.there = town.coops
        self.portici = Speaker(self.there)

    async def begin(self) -> "Corner":
        self.rosa, self.maya = await member(self.here, "rosa"), await member(self.here, "maya")
        offices = frozenset(Role)
        await self.here.write(accounts.set_roles, self.rosa.account.id, offices, by="operator")
        self.giulia = await member(self.there, "giulia")
        self._tokens = {each.account.id: await token(each) for each in (self.rosa, self.maya)}
        await self.portici.said()
        return self

    async def both_hear(self) -> None:
        """All that Portici has said comes to both doors: one takes it, one knows it already."""
        for body in await self.portici.said():
            await self.doors.once(self.doors.signed(self.portici.hand, body))

    async def is_at_rest(self) -> bool:
        """Whether nothing waits at our node, in or out."""
        going = "SELECT count(*) FROM delivery WHERE state <> 'delivered'"
        waiting = "SELECT count(*) FROM inbox_entry WHERE state IN ('deferred', 'failed')"
        return not any([await self.doors.count(each) for each in (going, waiting)])

    async def offers(self, title: str, **said: Any) -> ListingView:
        """rosa offers it, and Portici finds it."""
        price = {"price_amount": Decimal("18.50"), "currency": "GBP", "unit": "hour"}
        made = await offer(self.here, title, by=self.rosa.account.id, **(price | said))
        mirrored = select(listing_mirrors.c.uri).where(listing_mirrors.c.uri == made.uri)
        await until(lambda: self.there.read(Reader.scalar, mirrored), bool)
        return made

    async def asks(self, listing: ListingView, **line: Any) -> str:
        """giulia asks for it; the address of that at Portici."""
        clock = self.town.clock
        clock.advance(max(datetime.now(UTC) - clock.now(), timedelta(0)))
        return (await self.giulia.ask(listing.uri, timed=False, **line)).uri

    async def ours(self, asked: str) -> str:
        """What giulia asked for, as our node knows it, by its id."""
        query = "SELECT id FROM agreement WHERE their_uri = $1"
        return str(await until(partial(self.doors.database.fetchval, query, asked), bool))

    async def both_do(self, ours: str, what: str) -> list[int]:
        """rosa takes a step at both doors."""
        return sorted(each.status for each in await self.doors.both(await self.step(ours, what)))

    async def step(self, ours: str, what: str) -> Sent:
        detail = await self.here.read(agreements.agreement, ours, self.rosa.by)
        digest = {"digest": detail.version.digest} if what == "accept" else {}
        return self.call(self.rosa, f"/agreements/{ours}/steps", {"step": what} | digest)

    async def giulia_does(self, asked: str, what: str) -> None:
        by = self.giulia.by
        await self.there.write(agreements.do, asked.rpartition("/")[2], what, by, Said())

    async def state_there(self, asked: str) -> str:
        detail = await self.there.read(
            agreements.agreement, asked.rpartition("/")[2], self.giulia.by
        )
        return str(detail.agreement.state)

    async def is_there(self, asked: str, state: str) -> bool:
        return await self.state_there(asked) == state

    async def is_over(self, ours: str) -> bool:
        state = "SELECT state FROM agreement WHERE id = $1"
        return bool(await self.doors.database.fetchval(state, ours) == "cancelled")

    def call(self, who: Dealer, path: str, body: Any, method: str = "POST") -> Sent:
        headers = {
            "Authorization": f"Bearer {self._tokens[who.account.id]}",
            "Content-Type": "application/json",
        }
        return Sent(method, f"/api/v1{path}", json.dumps(body).encode(), headers)


async def token(who: Dealer) -> str:
    scopes = accounts.scopes_of((await who.coop.read(accounts.account, who.account.id)).roles)
    made = await who.coop.write(accounts.create_token, who.account.id, label="t", scopes=scopes)
    return str(made.secret)


@pytest.fixture
async def corner(
    tmp_path: Path,
    postgres_url: str,
    town_keys: dict[str, Generation],
    migrated_file: Path,
    request: pytest.FixtureRequest,
) -> AsyncGenerator[Corner]:
    clock = FixedClock(datetime.now(UTC))

    def url(name: str) -> str:
        return postgres_url if name == "lanehead" else ""

    async with open_town(2, tmp_path, clock, town_keys, migrated_file, url) as town:
        here, there = town.coops
        await town.introduce(there, here)
        async with two_doors(here, request.node.callspec.params["seed"]) as doors:
            yield await Corner(town, doors).begin()


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_another_coop_says_counts_once(corner: Corner, seed: int) -> None:
    """Offered, changed, taken down: each signed message at both, and two changes at one each."""
    before = set(corner.portici.heard)
    for number in range(TIMES):
        loaf = await offer(corner.there, f"Loaf {number}")
        await corner.both_hear()
        await change(corner.there, loaf, title=f"Bread {number}")
        await corner.both_hear()
        if number:
            await step(corner.there, loaf, "retire")
            await corner.both_hear()
    await until(corner.is_at_rest, bool)
    found = await corner.doors.database.fetch(
        "SELECT title FROM listing_mirror WHERE state='fresh'"
    )
    assert [row[0] for row in found] == ["Bread 0"]
    seen = "SELECT count(*) FROM seen_activity WHERE activity_id = ANY($1)"
    carried = sorted(corner.portici.heard - before)
    assert carried
    assert await corner.doors.count(seen, carried) == len(carried)


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_order_goes_one_way_through_both(corner: Corner, seed: int) -> None:
    """Offer and confirmation of the other coop, and every step of ours, each at both."""
    clean = await corner.offers("Home clean")
    asked = await corner.asks(clean)
    await corner.both_hear()
    ours = await corner.ours(asked)
    becomes = {"accept": "accepted", "start": "in_progress", "deliver": "delivered"}
    for one, state in becomes.items():
        assert await corner.both_do(ours, one) == [200, 409]
        await until(partial(corner.is_there, asked, state), bool)
        await corner.portici.said()
    await corner.giulia_does(asked, "confirm")
    await corner.both_hear()
    assert await corner.both_do(ours, "receive") == [200, 409]
    await until(corner.is_at_rest, bool)
    steps = "SELECT event, count(*) FROM agreement_step WHERE agreement_id = $1 GROUP BY event"
    taken = dict(await corner.doors.database.fetch(steps, ours))
    assert set(taken.values()) == {1}
    assert becomes.keys() | {"confirm"} <= taken.keys()
    said = """SELECT count(*), count(DISTINCT body) FROM outbox_entry
    WHERE activity_type IN ('Accept', 'Update') AND object_uri LIKE '%/agreements/%'"""
    [(told, different)] = await corner.doors.database.fetch(said)
    assert told == different
    assert await books.faults(corner.here.node.database) == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_of_two_orders_for_the_last_piece_one_is_taken(corner: Corner, seed: int) -> None:
    for number in range(TIMES):
        said, left, size = (ONE_SMALL, 5, 0) if number else (ONE, 0, None)
        cake = await corner.offers(f"Cake {number}", kind="goods", unit="piece", details=SIZES)
        await corner.here.write(listings.set_availability, cake.id, said, by=corner.rosa.account.id)
        asked = await corner.asks(cake, variant=size)
        [body] = await corner.portici.said()
        line = {"listing": cake.id, "variant": size}
        wanted = {"lines": [line], "key": f"{seed:022}{number:03}"}
        abroad, mayas = (
            corner.doors.signed(corner.portici.hand, body),
            corner.call(corner.maya, "/agreements", wanted),
        )
        [told, has] = [each.status for each in await corner.doors.both(abroad, mayas)]
        assert (told, has) in {(202, 201), (202, 409)}
        await until(corner.is_at_rest, bool)
        waits = "SELECT count(*) FROM agreement WHERE listing_uri = $1 AND state = 'requested'"
        assert await corner.doors.count(waits, cake.uri) == 1
        stock = "SELECT stock FROM listing_availability WHERE listing_id = $1"
        assert await corner.doors.count(stock, cake.id) == left
        await corner.town.settle()
        assert await corner.state_there(asked) == ("declined" if has == 201 else "requested")
        [one, other] = await corner.doors.both(mayas)
        assert (one.status, other.status) == (has, has)


@pytest.mark.parametrize("seed", SEEDS)
async def test_yes_and_never_mind_end_the_same_at_both_coops(corner: Corner, seed: int) -> None:
    clean = await corner.offers("Home clean")
    for number in range(TIMES):
        asked = await corner.asks(clean)
        await corner.both_hear()
        ours = await corner.ours(asked)
        await corner.giulia_does(asked, "withdraw")
        [body] = await corner.portici.said()
        never_mind, yes = (
            corner.doors.signed(corner.portici.hand, body),
            await corner.step(ours, "accept"),
        )
        [told, taken] = [each.status for each in await corner.doors.both(never_mind, yes)]
        assert told == 202
        assert taken in {200, 409}
        await until(partial(corner.is_over, ours), bool)
        assert await corner.is_there(asked, "cancelled")
        key = f"{seed:022}{number:03}"
        wanted = {"lines": [{"listing": clean.id}], "key": key}
        answers = await corner.doors.both(corner.call(corner.maya, "/agreements", wanted))
        [mine] = {json.loads(each.text)["id"] for each in answers}
        back = corner.call(corner.maya, f"/agreements/{mine}/steps", {"step": "withdraw"})
        answers = await corner.doors.both(await corner.step(mine, "accept"), back)
        assert sorted(each.status for each in answers) == [200, 409]


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_people_send_twice_is_done_once(corner: Corner, seed: int) -> None:
    """A link, an office's step, the books: at both, one is told that it is done."""
    here, doors, book = corner.here, corner.doors, corner.call
    for number in range(TIMES):
        given = {"purpose": Purpose.SIGN_IN, "account_id": corner.maya.account.id}
        link = await here.write(accounts.issue_link, **given)
        came = await doors.both(Sent("GET", link.path, headers=BY_HAND))
        assert sorted(each.status for each in came) == [303, 410]

        entry = ENTRY | {"source": f"invoice {number}"}
        written = await doors.both(book(corner.rosa, "/ledger/entries", entry))
        assert [each.status for each in written] == [201, 201]
        [kept] = {json.loads(each.text)["id"] for each in written}
        back = f"/ledger/entries/{kept}/reversal"
        taken = await doors.both(book(corner.rosa, back, {"text": "Paid twice"}))
        assert len({json.loads(each.text)["id"] for each in taken}) == 1

        line = {"name": "Ada", "membership_class": "worker", "admit": members.Event.ADMIT}
        made = await here.write(members.add_member, **line)
        ends = {"event": "end", "why": "resigned", "reason": "She moves away."}
        left = await doors.both(book(corner.rosa, f"/members/{made.id}/steps", ends))
        assert sorted(each.status for each in left) == [200, 409]

        loaf = await offer(here, f"Loaf {number}", by=corner.rosa.account.id)
        says = {"title": "Bread", "version": loaf.version}
        edits = await doors.both(book(corner.rosa, f"/listings/{loaf.id}", says, "PATCH"))
        assert sorted(each.status for each in edits) == [200, 409]
    assert await doors.count("SELECT count(*) FROM ledger_entry") == 2 * TIMES
    assert await books.faults(here.node.database) == []
