"""A guest asks for what another coop offers, and lets it have their name and how to reach them.

It is in no message: the other coop fetches it, once it is agreed, counted and seen by the guest;
and deletes it when the guest takes it back.
"""

import shutil
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from federation.models import OutboxEntry
from node import agreements
from node.agreements import By, Contact, Detail, Wanted, WantedLine
from node.runtime import open_node
from tests.stories.dealing import END, START, Deal, begin
from tests.stories.market import hand_of, street
from tests.stories.referring import settle
from tests.support.town import Coop, Town
from tests.support.traces import files_of, found_in, found_in_rows

pytestmark = pytest.mark.long

NORA = Contact("Nora Quiet", "0161 555 0101", shared=True)
PERSONAL = ["Nora Quiet", "555 0101"]


@dataclass
class Guest:
    """Nora at Portici, by her link alone."""

    deal: Deal
    by: By
    agreement_id: str

    @property
    def town(self) -> Town:
        return self.deal.town

    @property
    def home(self) -> Coop:
        return self.deal.portici

    async def see(self) -> Detail:
        seen: Detail = await self.home.read(agreements.agreement, self.agreement_id, self.by)
        return seen

    async def share(self, *, shared: bool) -> None:
        await self.home.write(agreements.set_shared, self.agreement_id, self.by, shared=shared)
        await settle(self.town)

    async def forget(self) -> None:
        await self.home.write(agreements.forget_contact, self.agreement_id, self.by)
        await settle(self.town)

    async def known_there(self) -> Contact | None:
        """What rosa sees of her at Lanehead."""
        return (await self.deal.rosa.see()).theirs


async def asked(town: Town, contact: Contact = NORA) -> Guest:
    deal = await begin(town)
    wanted = Wanted((WantedLine(deal.listing.uri),), START, END, "Europe/London")
    made = await deal.portici.write(agreements.ask, wanted, account=None, contact=contact)
    await settle(town)
    _id, by = await deal.portici.read(agreements.of_link, made.secret)
    return Guest(deal, by, made.agreement.id)


@pytest.fixture
async def nora(town) -> Guest:
    """Agreed, and Lanehead has fetched how to reach her."""
    guest = await asked(town)
    assert await guest.known_there() is None
    assert (await guest.see()).shared is None
    await guest.deal.rosa.do("accept")
    await settle(town)
    return guest


async def test_the_other_coop_fetches_it_once_it_is_agreed_and_the_guest_sees_that(nora):
    told = await nora.known_there()
    assert (told.name, told.contact, told.message) == ("Nora Quiet", "0161 555 0101", "")
    [access] = (await nora.see()).accesses
    assert (access.coop, access.fields) == (nora.deal.lanehead.uri, ("name", "contact"))
    for coop in nora.town.coops:
        bodies = await coop.read(lambda reader: reader.scalars(select(OutboxEntry.body)))
        assert not any(needle.encode() in body for body in bodies for needle in PERSONAL)
        assert found_in(files_of(coop), PERSONAL) == []

    # It is for that coop alone, and a few times.
    path = f"/agreements/{nora.agreement_id}/contact"
    _lanehead, _portici, pioneer = nora.town.coops
    theirs, others = hand_of(nora.deal.lanehead), hand_of(pioneer)
    async with street() as passer:

        async def ask(signer) -> int:
            return (await passer.get(nora.home, path, signer=signer))[0]

        assert [await ask(None), await ask(others)] == [401, 404]
        assert [await ask(theirs), await ask(theirs), await ask(theirs)] == [200, 200, 410]
    assert len((await nora.see()).accesses) == 3


async def test_without_the_tick_nothing_is_told_and_a_later_tick_tells_it(town):
    guest = await asked(town, Contact("Nora Quiet", "0161 555 0101"))
    await guest.deal.rosa.do("accept")
    await settle(town)
    assert await guest.known_there() is None
    await guest.share(shared=True)
    assert (await guest.known_there()).name == "Nora Quiet"


async def test_taken_back_it_is_deleted_there_and_the_guest_reads_so(nora):
    await nora.share(shared=False)
    assert await nora.known_there() is None
    seen = await nora.see()
    assert seen.shared.deleted_at == nora.town.clock.now()
    assert (seen.mine.name, seen.mine.shared) == ("Nora Quiet", False)
    await nora.share(shared=False)  # twice is as good as once
    await nora.share(shared=True)  # and it can be given again
    assert (await nora.known_there()).name == "Nora Quiet"

    # A coop that was away hears of it when it is back.
    await nora.deal.lanehead.go_away()
    await nora.share(shared=False)
    assert (await nora.see()).shared.deleted_at is None
    await nora.deal.lanehead.come_back()
    await nora.deal.pass_time(END - START)
    assert await nora.known_there() is None
    assert (await nora.see()).shared.deleted_at is not None


async def test_nothing_of_it_comes_back_with_a_backup_made_before(nora, tmp_path):
    lanehead = nora.deal.lanehead
    assert await lanehead.node.database.empty_log()
    saved = tmp_path / "saved"
    saved.mkdir()
    for path in lanehead.node.config.data.glob("rochdale.sqlite*"):
        shutil.copy(path, saved / path.name)
    await nora.forget()
    for coop in nora.town.coops:
        await coop.node.run_due()
        assert found_in(files_of(coop), PERSONAL) == []
        assert await found_in_rows(coop, PERSONAL) == []
    await lanehead.node.stop()
    await lanehead.node.database.close()
    for path in lanehead.node.config.data.glob("rochdale.sqlite*"):
        path.unlink()
    for path in saved.iterdir():
        shutil.copy(path, lanehead.node.config.data / path.name)
    async with open_node(lanehead.node.config, clock=nora.town.clock) as node, node.reading() as r:
        by = nora.deal.rosa.by
        [view] = await agreements.agreements(r, by)
        assert (await agreements.agreement(r, view.id, by)).theirs is None
