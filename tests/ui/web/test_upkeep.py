"""The page of whoever looks after the node, and its figures for a program on the same machine."""

import asyncio
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from federation.models import HostState
from federation.storage import UnitOfWork
from node import accounts, alerts, backups, doctor, limits, listings, members, webhooks
from node.listings import ListingDraft
from node.notices import Alert
from node.webhooks.models import Webhook
from protocol.iri import authority_of
from tests.support.clock import FixedClock
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.visitor import PASSWORD, Visitor, signed_in, stranger


@pytest.fixture
def coop(two: Town) -> Coop:
    return two.coops[0]


async def test_what_needs_somebody_stands_first_with_the_line_to_type(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/upkeep")).text
        assert "/upkeep" in (await femi.get("/settings")).text
    found = re.findall(r"</svg>(needs you|in order)", page)
    assert found == ["needs you", *["in order"] * 4]
    assert page.index("No backup was ever made here.") < page.index("rochdale backup /backup/")
    assert "No message waits." in page
    assert "in touch" in page


async def test_files_are_read_once_and_not_while_others_wait(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading: list[bool] = []
    read = backups.last_backup

    def noted(data: Path) -> backups.LastBackup | None:
        reading.append(threading.current_thread() is threading.main_thread())
        return read(data)

    monkeypatch.setattr(backups, "last_backup", noted)
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/upkeep")).text
    assert reading == [False]
    assert len(re.findall(r"\d [MG]B", page)) == 4


async def test_a_program_on_the_same_machine_reads_figures_and_nobody_else(coop: Coop) -> None:
    async with stranger(coop) as program:
        told = await program.get("/metrics")
        assert told.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        figures = dict(re.findall(r"^(rochdale_\S+) (\d+)$", told.text, re.MULTILINE))
        assert figures['rochdale_peers{state="in_touch"}'] == "1"
        assert figures["rochdale_deliveries_waiting"] == "0"
        assert int(figures["rochdale_disk_free_bytes"]) > 0
        assert int(figures["rochdale_database_bytes"]) > 0
        named = set(re.findall(r"# TYPE (\S+) gauge", told.text))
        assert {name.partition("{")[0] for name in figures} == named
        for through in ("Forwarded", "X-Forwarded-For"):
            assert (await program.get("/metrics", **{through: "127.0.0.1"})).status == 404
        # A web server in front that writes neither hands on the name that was asked for.
        for asked, status in (("sunrise.coop", 404), ("127.0.0.1:8100", 200), ("[::1]:8100", 200)):
            assert (await program.get("/metrics", Host=asked)).status == status


async def test_a_button_looks_from_outside_and_what_it_found_is_kept(
    coop: Coop, clock: FixedClock
) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        assert "Look from outside" in (await femi.get("/upkeep")).text
        assert (await femi.post("/upkeep/look")).location == "/upkeep#outside"
        under_way = await femi.get("/upkeep")
        assert "Under way" in under_way.text
        assert under_way.headers["Refresh"] == "2"
        await asyncio.gather(*coop.node.loops._asides)
        done = await femi.get("/upkeep")
        assert "Refresh" not in done.headers
        assert "Last looked at:" in done.text
        for found in ("leads here.", "is found.", "can be read as it was sent", "get through"):
            assert found in done.text

        assert "lleva hasta aquí" in (await femi.get("/upkeep", **{"Accept-Language": "es"})).text

        await coop.go_away()  # then only a page served elsewhere could tell
        await doctor.look_from_outside(coop.node)
        await coop.come_back()
        page = (await femi.get("/upkeep")).text
        assert f"rochdale serve --data {coop.node.config.data}" in page
        assert "The first fault ends the look" in page

        await coop.write(alerts.begin_look)
        assert (await femi.post("/upkeep/look")).status == 303  # the one under way goes on
        clock.advance(limits.OUTSIDE_LOOK.seconds + 1)
        assert "was broken off" in (await femi.get("/upkeep")).text


async def test_what_is_watched_elsewhere_stands_on_the_page_with_its_line(coop: Coop) -> None:
    watch = alerts.WATCHES[Alert.CLOCK]
    standing = {"": {"seconds": "44"}}
    await coop.write(alerts.settle, watch, standing, timedelta(days=7))
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/upkeep")).text
        assert "The clock is 44 s off" in page
        assert "timedatectl set-ntp true" in page
        assert "The clock is 44 s off" in (await femi.get("/notices")).text
    async with signed_in(coop, "rosa") as rosa:
        assert "The clock is 44 s off" not in (await rosa.get("/notices")).text


async def test_first_steps_stand_on_an_admins_home_until_done_or_put_away(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/")).text
        assert "You have 5 steps left" in page  # it is in touch with a coop already
        assert 'href="/account">Choose a password or a passkey' in page
        assert page.index("Be in touch with another coop") < page.index("done</")
        for number in range(3):
            draft = ListingDraft(f"Loaf {number}")
            await coop.write(listings.create, draft, by=None, publish=True)
        assert "You have 4 steps left" in (await femi.get("/")).text
        file = coop.node.config.data / "first.tar.gz"
        config, clock = coop.node.config, coop.node.clock
        assert f"backup /backup/rochdale.tar.gz --rehearse --data {config.data}" in page
        made = await asyncio.to_thread(backups.back_up, config, file, clock.now())
        assert "You have 4 steps left" in (await femi.get("/")).text, "nobody has restored it yet"
        await backups.rehearse(config, made.last, clock)
        assert "You have 3 steps left" in (await femi.get("/")).text
        me = await coop.read(accounts.by_handle, "femi")
        await coop.write(accounts.set_password, me.id, await accounts.hashed(PASSWORD))
        await femi.sign_in("femi")
        assert "You have 3 steps left" in (await femi.get("/")).text, "and no codes yet"
        await coop.write(accounts.set_recovery_codes, me.id, ["hash"])
        assert "You have 2 steps left" in (await femi.get("/")).text
        assert (await femi.post("/beginnings/hide")).location == "/"
        assert "steps left" not in (await femi.get("/")).text
    async with signed_in(coop, "noor", "admin") as noor:
        assert "You have 3 steps left" in (await noor.get("/")).text
    async with signed_in(coop, "rosa") as rosa:
        assert "steps left" not in (await rosa.get("/")).text


async def test_a_new_member_is_asked_what_they_offer_and_need_until_they_do_or_put_it_away(
    coop: Coop,
) -> None:
    asked = "What do you offer? What do you need?"
    async with signed_in(coop, "rosa") as rosa, signed_in(coop, "sam") as sam:
        assert asked not in (await rosa.get("/")).text, "who is no member offers nothing"
        for handle in ("rosa", "sam"):
            who = await coop.read(accounts.by_handle, handle)
            await coop.write(members.enter_holder, who.id, "user")
        assert asked in (await rosa.get("/")).text
        await coop.write(listings.create, ListingDraft("Loaf"), by=who.id, publish=True)
        assert asked not in (await sam.get("/")).text
        assert (await rosa.post("/beginnings/hide")).location == "/"
        assert asked not in (await rosa.get("/")).text


async def test_whose_clock_is_wrong_is_said_by_name_or_that_it_is_ours(
    found_town: TownFounder,
) -> None:
    town = await found_town(4)
    ours, *others = town.coops
    for other in others:
        await town.introduce(ours, other)

    async def page(femi: Visitor, *ahead: int) -> str:
        for other, seconds in zip(others, ahead, strict=True):
            there = HostState.authority == authority_of(other.address)
            told = update(HostState).where(there).values(clock_offset_seconds=seconds)
            await ours.write(UnitOfWork.execute, told)
        return re.sub(r"<[^>]+>", "", (await femi.get("/upkeep")).text)

    async with signed_in(ours, "femi", "admin") as femi:
        well = await page(femi, 0, 12, 400)
        wrong = await page(femi, 86_400, 86_400, 86_390)
    assert "The clock is 12 s off those of other coops." in well
    assert "timedatectl" not in well
    assert "The clock of Camara is wrong." in well
    assert "The clock of Portici is wrong." not in well
    assert "The clock is 86400 s off those of other coops." in wrong
    assert "timedatectl set-ntp true" in wrong


async def test_all_that_needs_somebody_stands_before_what_is_in_order_each_thing_once(
    two: Town, coop: Coop
) -> None:
    """Also what is wrong at others: a clock there, a program that is not told any more."""
    there = HostState.authority == authority_of(two.coops[1].address)
    told = update(HostState).where(there).values(clock_offset_seconds=900)
    await coop.write(UnitOfWork.execute, told)
    watch, off = alerts.WATCHES[Alert.CLOCK], {"": {"seconds": "900"}}
    await coop.write(alerts.settle, watch, off, timedelta(days=7))
    hook = webhooks.Draft(f"{two.coops[1].address}/hooks")
    await coop.write(webhooks.create, hook, coop.node.federation.client.guard, by=None)
    failing = {"off_at": coop.node.clock.now(), "off_reason": webhooks.Off.FAILING}
    await coop.write(UnitOfWork.execute, update(Webhook).values(failing))
    async with signed_in(coop, "femi", "admin") as femi:
        page = (await femi.get("/upkeep")).text
    found = re.findall(r"</svg>(needs you|in order|waits)", page)
    assert found == [*["needs you"] * 4, *["in order"] * 3]
    assert page.count("The clock is 900 s off") == 1
    assert hook.url not in page  # which may be a secret
    assert len(re.findall("The clock of .*Portici.* is wrong", page)) == 1
