"""A coop lost a day: what it had said and agreed since its backup, the others give back to it."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from federation import correspondence
from federation import identities as keyring
from federation.models import Delivery, HeardActivity, InboxEntry, ReturnState
from node import agreements, backups, limits, listings, peers, quarantine, referrals
from node.listings import Translation
from node.notices import NoticeKind
from node.notices.models import Notice
from node.referrals import Side
from node.runtime import Node, open_node
from tests.stories.dealing import Deal, begin
from tests.stories.market import change, found, hand_of, offer, step, street
from tests.stories.referring import Case, passed_on, settle
from tests.support.entropy import SeededEntropy
from tests.support.postgresql import administer
from tests.support.town import Coop, Town, TownFounder

A_DAY = timedelta(days=1)
GARDEN = {
    "body": "With *our own* tools",
    "language": "en",
    "details": {"extras": ["Hedges"]},
    "translations": (
        Translation(
            *("pl", "Ogród", "We dwoje", "Mamy:\n\n- *swoje* narzędzia"),
            details={"extras": ["Żywopłot"]},
        ),
    ),
}


@dataclass
class Loss:
    """A coop whose node burned a day after its backup. old: the node that burned, or did not."""

    deal: Deal
    coop: Coop
    file: Path
    old: Node
    database: str = ""
    """An empty one of PostgreSQL, into which it is restored."""

    @property
    def town(self) -> Town:
        return self.deal.town

    @asynccontextmanager
    async def restored(self, folder: Path, *, silent: bool = False) -> AsyncGenerator[None]:
        """It runs again at its address, has listened, and speaks, or does not."""
        clock = self.town.clock
        done = await asyncio.to_thread(
            backups.restore, self.file, folder, clock.now(), database_url=self.database
        )
        opening = open_node(done.config, clock=clock, entropy=SeededEntropy(99))
        async with opening as self.coop.node:
            await self.coop.come_back()
            await self.listens()
            assert self.coop.node.quarantine.is_on is silent
            await self.town.settle()
            yield
            await self.coop.go_away()

    async def listens(self) -> None:
        await self.coop.node.attend()
        await self.town.settle()
        await self.coop.node.attend()

    async def burn(self) -> None:
        await self.town.settle()
        await self.coop.go_away()
        self.town.clock.advance(A_DAY)


@pytest.fixture
async def deal(town) -> Deal:
    return await begin(town)


@pytest.fixture
async def to_lose(database_url: str, found_town: TownFounder) -> AsyncGenerator[tuple[Deal, str]]:
    """A deal whose provider will lose its node, and the empty database for what is restored: on
    SQLite a new file, whatever its name."""
    if database_url.startswith("sqlite"):
        yield await begin(await found_town(3)), ""
        return
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump")
    server = database_url.rpartition("/")[0]
    await administer(server, "CREATE DATABASE given_back")
    town = await found_town(3, lambda name: database_url if name == "lanehead" else "")
    yield await begin(town), f"{server}/given_back"
    await administer(server, "DROP DATABASE given_back WITH (FORCE)")


async def back_up(deal: Deal, coop: Coop, folder: Path, database: str = "") -> Loss:
    file = folder / "backup.tar.gz"
    await asyncio.to_thread(backups.back_up, coop.node.config, file, deal.town.clock.now())
    return Loss(deal, coop, file, coop.node, database)


async def test_a_provider_has_its_listings_and_agreements_again(to_lose, tmp_path):
    deal, database = to_lose
    lanehead, portici = deal.lanehead, deal.portici
    await offer(lanehead, "Ironing")
    retired = await offer(lanehead, "Windows")
    await deal.town.settle()
    loss = await back_up(deal, lanehead, tmp_path, database)
    await change(lanehead, deal.listing, summary="With our own soap")
    await step(lanehead, retired, "retire")
    garden = await offer(lanehead, "Gardening", place="Rochdale, GB", **GARDEN)
    await a_minute_later(deal)
    await deal.asked()
    for who, what in ((deal.rosa, "accept"), (deal.rosa, "deliver"), (deal.giulia, "confirm")):
        await a_minute_later(deal)
        await deal.say(who, what)
    before = await seen(deal)
    await loss.burn()

    async with loss.restored(tmp_path / "again"):
        assert lanehead.node.federation.identities.epoch == 2
        assert await left(lanehead) == []
        assert await seen(deal) == before
        assert (await lanehead.read(listings.listing, retired.id)).state == "retired"
        assert await titles(lanehead) == {
            "Home clean": "published",
            "Ironing": "published",
            "Gardening": "published",
        }
        assert await found(portici) == ["Gardening", "Home clean", "Ironing"]
        assert await summary(lanehead, deal.listing.id) == "With our own soap"
        [again] = [one for one in await lanehead.read(listings.mine, None) if one.uri == garden.uri]
        assert (again.body, again.translations) == (GARDEN["body"], GARDEN["translations"])
        await deal.check_books()
        assert await refused(lanehead) == await refused(portici) == []
        assert NoticeKind.NODE_RESTORED in await kinds(lanehead)

        await deal.say(deal.giulia, "mark_paid")
        await lanehead.write(
            agreements.do, (await deal.rosa.newest()).id, "receive", agreements.OPERATOR
        )
        await deal.town.settle()
        assert await deal.payments() == ("received", "received")
        await deal.check_books()


@pytest.mark.long
async def test_a_customer_has_what_it_asked_for_again(deal, tmp_path):
    loss = await back_up(deal, deal.portici, tmp_path)
    await deal.asked()
    await a_minute_later(deal)
    await deal.say(deal.rosa, "accept")
    await loss.burn()
    async with loss.restored(tmp_path / "again"):
        [here] = await deal.portici.read(agreements.agreements, agreements.OPERATOR)
        [there] = await deal.rosa.all()
        assert here.state == there.state == agreements.State.SCHEDULED
        assert here.uri == there.their_uri
        await deal.say(deal.rosa, "deliver")
        await deal.portici.write(agreements.do, here.id, "confirm", agreements.OPERATOR)
        await deal.town.settle()
        assert (await deal.rosa.newest()).state is agreements.State.CONFIRMED


@pytest.mark.long
async def test_an_old_copy_that_still_runs_is_not_believed_and_falls_silent(deal, tmp_path):
    loss = await back_up(deal, deal.lanehead, tmp_path)
    await loss.burn()
    async with loss.restored(tmp_path / "again"):
        assert loss.coop.node.federation.identities.epoch == 2
        copy = Coop(loss.old, loss.coop.server, loss.coop.listener)
        await offer(copy, "From the past")
        looks = 0
        while not loss.old.quarantine.is_replaced and looks < 7:
            await loss.old.federation.settle()
            await loss.old.attend()
            deal.town.clock.advance(timedelta(minutes=11))
            looks += 1
        assert looks >= limits.REPLACED_LOOKS
        assert await found(deal.portici) == ["Home clean"]
        assert loss.old.quarantine.is_replaced
        assert quarantine.replacement(loss.old.config.data).epoch == 2
        assert NoticeKind.NODE_REPLACED in await kinds(copy)
        assert not loss.coop.node.quarantine.is_on
        await offer(loss.coop, "From today")
        await deal.town.settle()
        assert await found(deal.portici) == ["From today", "Home clean"]


@pytest.mark.long
async def test_keys_that_a_backup_knows_nothing_of_are_vouched_for_by_people(deal, tmp_path):
    """They were changed since, perhaps because the ones of the backup were stolen: whoever has
    those reads nothing of what passed, and is told nothing, until a person has said yes."""
    loss = await back_up(deal, deal.lanehead, tmp_path)
    node = deal.lanehead.node
    node.database.identities = await asyncio.to_thread(
        keyring.rotate,
        node.config.keys,
        node.config.address,
        deal.town.clock.now(),
        overlap=keyring.AT_ONCE,
    )
    await offer(deal.lanehead, "Signed with lost keys")
    await deal.town.settle()  # Portici has just looked, and looks again in a minute
    deal.town.clock.advance(timedelta(minutes=2))
    await deal.town.settle()
    assert "Signed with lost keys" in await found(deal.portici)
    await loss.burn()
    async with loss.restored(tmp_path / "again", silent=True):
        assert await loss.coop.read(correspondence.counts) == {}
        deal.town.clock.advance(timedelta(minutes=10))
        await deal.portici.write(peers.accept, deal.lanehead.uri)
        await loss.listens()
        assert not loss.coop.node.quarantine.is_on
        assert await loss.coop.read(correspondence.counts) == {}
        await offer(loss.coop, "Signed with new ones")
        await deal.town.settle()
        assert "Signed with new ones" in await found(deal.portici)


@pytest.mark.long
async def test_a_neighbour_that_lies_cannot_put_words_into_our_mouth(deal, tmp_path):
    loss = await back_up(deal, deal.lanehead, tmp_path)
    await offer(deal.lanehead, "Gardening")
    await deal.town.settle()
    await loss.burn()

    async def lie(uow):
        raws = await uow.rows(select(HeardActivity.seq, HeardActivity.raw))
        for seq, raw in raws:
            forged = raw.replace(b"Gardening", b"Forgeries")
            await uow.execute(
                update(HeardActivity).where(HeardActivity.seq == seq).values(raw=forged)
            )

    await deal.portici.write(lie)
    async with loss.restored(tmp_path / "again"):
        assert set(await titles(deal.lanehead)) == {"Home clean"}


async def test_a_consent_taken_back_since_stays_so_and_the_others_wait_for_people(deal, tmp_path):
    lanehead, portici = deal.lanehead, deal.portici
    case = await passed_on(deal.town, lanehead, portici)
    other = await passed_on(deal.town, lanehead, portici, handle="ann")
    for one in (case, other):
        await portici.write(referrals.accept, await received(portici, one), by="desk")
    await settle(deal.town)
    offer_id = (await lanehead.read(referrals.detail, case.first)).referral.offer_id
    assert await copies_about(lanehead, offer_id) == ["Accept"]
    loss = await back_up(deal, lanehead, tmp_path)
    await case.withdraw_consent()
    assert await copies_about(lanehead, offer_id) == []
    assert await copies_about(portici, offer_id) == ["Undo"]
    await loss.burn()
    contact = f"/referrals/{other.first}/contact"
    async with loss.restored(tmp_path / "again"), street() as passer:
        taken_back = await lanehead.read(referrals.detail, case.first)
        assert (taken_back.referral.state, taken_back.person) == ("withdrawn", {})
        assert await copies_about(lanehead, offer_id) == []
        assert NoticeKind.CONSENTS_DOUBTED in await kinds(lanehead)
        assert (await passer.get(lanehead, contact, signer=hand_of(portici)))[0] == 404
        assert await lanehead.write(referrals.confirm_consents) == 1
        assert (await passer.get(lanehead, contact, signer=hand_of(portici)))[0] == 200
        assert (await passer.get(lanehead, contact))[0] == 401


async def test_what_passed_between_two_coops_is_for_these_two(deal):
    lanehead, portici, pioneer = deal.town.coops
    await deal.town.introduce(pioneer, portici)
    await deal.agreed()
    async with street() as passer:
        path = "/coop/correspondence?cursor="
        assert (await passer.get(portici, path))[0] == 401
        [theirs, others] = [
            json.loads((await passer.get(portici, path, signer=hand_of(coop)))[1])["orderedItems"]
            for coop in (lanehead, pioneer)
        ]
        assert {"Create", "Accept"} <= {one["type"] for one in theirs}
        assert {one["type"] for one in others} <= {"Follow", "Accept"}
        bad = await passer.get(portici, path + "!", signer=hand_of(lanehead))
        assert bad[0] == 400


async def a_minute_later(deal: Deal) -> None:
    """Coops tell by their clocks what came first."""
    await deal.town.settle()
    deal.town.clock.advance(timedelta(minutes=1))


async def seen(deal: Deal) -> list[object]:
    """Both sides of the agreement, as they must agree on them."""
    provided = await deal.lanehead.read(agreements.agreements, agreements.OPERATOR)
    return [
        [(each.state, each.payment, each.sequence, each.listing_uri) for each in some]
        for some in (provided, await deal.giulia.all())
    ]


async def titles(coop: Coop) -> dict[str, str]:
    return {view.title: view.state for view in await coop.read(listings.mine, None)}


async def summary(coop: Coop, listing_id: str) -> str:
    return (await coop.read(listings.listing, listing_id)).summary


async def received(coop: Coop, case: Case) -> str:
    """The id that a case has at the coop which it was passed on to."""
    ours = (await case.sender.read(referrals.detail, case.first)).referral
    views = await coop.read(referrals.referrals, side=Side.RECEIVED)
    return next(view.id for view in views if view.uri == ours.uri)


async def copies_about(coop: Coop, offer_id: str) -> list[str]:
    """What the coop has kept of what others said of an Offer."""
    kept = select(HeardActivity.activity_type).where(HeardActivity.object_uri == offer_id)
    return await coop.read(lambda reader: reader.scalars(kept))


async def left(coop: Coop) -> list[Any]:
    """What came back and could not be taken up again."""
    return await coop.read(correspondence.returned, (ReturnState.LEFT,))


async def refused(coop: Coop) -> list[str]:
    async def read(reader):
        no = select(Delivery.last_error).where(Delivery.state.in_(("refused", "dead")))
        kept = select(InboxEntry.code)
        return [*await reader.scalars(no), *await reader.scalars(kept)]

    return await coop.read(read)


async def kinds(coop: Coop) -> set[str]:
    return set(await coop.read(lambda reader: reader.scalars(select(Notice.kind))))
