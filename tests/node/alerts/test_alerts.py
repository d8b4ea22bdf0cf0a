"""Each line of the table: it begins, is told once, again after its time, and ends."""

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import func, insert, select, update

from federation import delivery
from federation.ambient import SystemClock
from federation.delivery.doubts import at_peer
from federation.guard import Guard
from federation.http_client import Answer, GuardedClient
from federation.models import Delivery, DeliveryState, InboxEntry
from federation.settings import FederationSettings
from federation.under_way import MOST_ENDS
from node import accounts, alerts, backups, limits, listings, mail, notices, webhooks
from node.config import UNDER_WAY
from node.doctor import rounds
from node.doctor.rounds import LOOKS, Rounds
from node.listings import ListingDraft
from node.notices import Alert
from node.runtime import Node
from node.webhooks.models import WebhookMessage
from tests.support.authority import LocalCA
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.test_api import Program, token_for
from tests.ui.web.visitor import ROLES, stranger

DAY = timedelta(days=1)


@pytest.fixture
def coop(two: Town) -> Coop:
    return two.coops[0]


@pytest.fixture
def say(coop: Coop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a look find what the test says, instead of looking: `say(Alert.CLOCK, {...})`."""

    def saying(alert: Alert, standing: Any) -> None:
        async def look(_node: object) -> Any:
            return standing

        monkeypatch.setitem(LOOKS, alert, look)

    for alert in Alert:
        saying(alert, {})
    return saying


async def told(coop: Coop) -> list[str]:
    """What stands to be read by an admin, newest first."""
    known = await coop.read(notices.notices, await admin(coop))
    return [str(one.text) for one in known if not one.read]


async def admin(coop: Coop) -> Any:
    found = await coop.read(accounts.by_handle, "femi")
    if found is None:
        named = {"handle": "femi", "name": "Femi", "roles": ROLES["admin"]}
        found = await coop.write(accounts.create_account, **named)
    return found


async def read_all(coop: Coop) -> None:
    await coop.write(notices.mark_read, await admin(coop))


async def test_what_is_wrong_is_told_once_again_after_a_week_and_when_it_is_mended(
    coop: Coop, say: Callable[..., None], clock: Any
) -> None:
    made = Rounds(coop.node)
    say(Alert.DISK, {"": {"free": "120"}})
    await made.make()
    assert "The disk has only 120 MB left" in " ".join(await told(coop))
    await read_all(coop)
    clock.advance(3600)
    await made.make()
    assert await told(coop) == []
    clock.advance(7 * 86400)
    await made.make()
    assert len(await told(coop)) == 1
    [standing] = await coop.read(alerts.standing)
    assert (standing.alert, clock.now() - standing.began_at > 7 * DAY) == (Alert.DISK, True)
    say(Alert.DISK, {})
    clock.advance(600)
    await made.make()
    assert await told(coop) == ["The disk has room again."]
    assert await coop.read(alerts.standing) == []
    say(Alert.DISK, {"": {"free": "90"}})
    clock.advance(600)
    await made.make()
    [again] = await told(coop)
    assert "90 MB" in again


async def test_what_cannot_be_found_out_changes_nothing(
    coop: Coop, say: Callable[..., None], monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    made = Rounds(coop.node)
    say(Alert.CLOCK, {"": {"seconds": "44"}})
    await made.make()
    say(Alert.CLOCK, None)
    clock.advance(3600)
    await made.make()
    monkeypatch.setitem(LOOKS, Alert.CLOCK, _failing)
    clock.advance(3600)
    await made.make()
    assert [one.alert for one in await coop.read(alerts.standing)] == [Alert.CLOCK]


async def test_a_look_is_taken_when_its_time_has_come(
    coop: Coop, say: Callable[..., None], monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    looked: list[str] = []

    async def look(_node: object) -> Any:
        looked.append("database")
        return {}

    monkeypatch.setitem(LOOKS, Alert.DATABASE, look)
    made = Rounds(coop.node)
    await made.make()
    assert looked == [], "the whole file is not read while a process begins"
    clock.advance(3600)
    for _minute in range(5):
        await made.make()
        clock.advance(60)
    assert looked == ["database"]
    clock.advance(86400)
    await made.make()
    assert len(looked) == 2


async def test_webhooks_and_metrics_hear_of_it(
    coop: Coop, say: Callable[..., None], clock: Any
) -> None:
    hook = webhooks.Draft("http://portici.localhost:1/hook", ["node.alert"])
    guard = Guard({"portici.localhost:1": ("127.0.0.1", 1)})
    await coop.write(webhooks.create, hook, guard, by=None)
    made, peer = Rounds(coop.node), "https://portici.example/coop"
    named = {"name": "Portici", "when": "2027-01-09T00:00:00Z"}
    say(Alert.PEER_CERTIFICATE, {peer: named})
    await made.make()
    async with stranger(coop) as program:
        assert 'rochdale_alert{alert="peer-certificate"} 1' in (await program.get("/metrics")).text
    assert "The certificate of Portici ends on" in " ".join(await told(coop))
    say(Alert.PEER_CERTIFICATE, {})
    clock.advance(86400)
    await made.make()
    async with stranger(coop) as program:
        assert 'rochdale_alert{alert="peer-certificate"} 0' in (await program.get("/metrics")).text
    bodies = await coop.read(lambda reader: reader.scalars(select(WebhookMessage.body)))
    said = [json.loads(body)["data"] for body in bodies]
    assert [(one["step"], one["state"], one["uri"]) for one in said] == [
        ("peer-certificate", "begun", peer),
        ("peer-certificate", "over", peer),
    ]


async def test_a_program_asks_what_is_wrong_by_api(
    coop: Coop, say: Callable[..., None], clock: Any
) -> None:
    made, peer = Rounds(coop.node), "https://portici.example/coop"
    say(Alert.CLOCK, {"": {"seconds": "44"}})
    say(Alert.PEER_CERTIFICATE, {peer: {"name": "Portici", "when": "2027-01-09T00:00:00Z"}})
    await made.make()
    async with stranger(coop) as visitor:
        admins = Program(visitor, await token_for(coop, "admin"))
        clock_is_off, certificate = (await admins.get("/alerts")).body["items"]
        assert clock_is_off["alert"] == "clock"
        assert "44" in clock_is_off["text"]
        assert clock_is_off["since"] == "2027-01-05T10:00:00Z"
        assert clock_is_off["remedy"] == "timedatectl set-ntp true"
        assert (certificate["subject"], certificate["remedy"]) == (peer, "")
        for alert in Alert:
            say(alert, {})
        clock.advance(86400)
        await made.make()
        assert (await admins.get("/alerts")).body == {"items": []}
        assert (
            await Program(visitor, await token_for(coop, "member")).get("/alerts")
        ).status == 403


async def test_a_node_that_is_well_has_nothing_to_tell(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "clock_off", _answering(timedelta(0)))
    await admin(coop)
    await Rounds(coop.node).make()
    assert await coop.read(alerts.standing) == []


async def test_each_look_finds_what_it_is_for_and_when_it_is_mended(
    coop: Coop, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    node = coop.node
    await admin(coop)

    async def found(alert: Alert) -> Any:
        return await LOOKS[alert](node)

    # Disk: by the setting.
    thresholds = node.config.alerts
    node.config = replace(node.config, alerts=replace(thresholds, disk_bytes=2**60))
    assert int((await found(Alert.DISK))[""]["free"]) > 0
    node.config = replace(node.config, alerts=thresholds)
    assert await found(Alert.DISK) == {}

    # Backups: a node younger than a week needs none yet.
    clock.advance(8 * 86400)
    assert await found(Alert.BACKUP) == {"": {}}
    file = node.config.data / "b.tar.gz"
    await asyncio.to_thread(backups.back_up, node.config, file, clock.now())
    assert await found(Alert.BACKUP) == {}

    # A message that waits; one that was refused; one at which we failed.
    await coop.write(listings.create, ListingDraft("Bread"), by=None, publish=True)
    assert await found(Alert.DELIVERIES) == {}
    clock.advance(2 * 86400)
    assert (await found(Alert.DELIVERIES))[""]["when"].startswith("2027-01-13")
    refused = update(Delivery).values(state="refused")
    await coop.write(lambda uow: uow.execute(refused))
    assert await found(Alert.DELIVERIES) == {}
    assert await found(Alert.REFUSED) == {"": {"number": "1"}}
    clock.advance(8 * 86400)
    assert await found(Alert.REFUSED) == {}
    await _failed_message(coop, clock)
    assert await found(Alert.MESSAGES) == {"": {"number": "1"}}
    ended = {"state": "dead", "last_error": "process-ended: The program ended 5 times at this."}
    one = Delivery.seq == select(func.min(Delivery.seq)).scalar_subquery()
    await coop.write(lambda uow: uow.execute(update(Delivery).where(one).values(ended)))
    assert await found(Alert.MESSAGES) == {"": {"number": "2"}}
    # Its peer is counted with it; what else ends our program, for itself.
    async with node.reading() as reader:
        authority = await reader.scalar(select(Delivery.authority).where(one))
    _ended_at(node, at_peer(str(authority)))
    assert await found(Alert.MESSAGES) == {"": {"number": "2"}}
    _ended_at(node, bytes(32))
    assert await found(Alert.MESSAGES) == {"": {"number": "3"}}

    # Letters, where there is mail.
    late = mail.Waiting(3, clock.now() - 2 * limits.MAIL_LATE, "421 busy")
    monkeypatch.setattr(rounds.mail, "waiting", _answering(late))
    assert await found(Alert.LETTERS) == {}
    node.mail.way = SimpleNamespace(server=SimpleNamespace(host="mail.example"))  # type: ignore[assignment]
    assert await found(Alert.LETTERS) == {"": {"name": "mail.example"}}

    # The clock, beside that of the other coop, which is the system's.
    assert await found(Alert.CLOCK) is not None
    monkeypatch.setattr(rounds, "clock_off", _answering(timedelta(seconds=44)))
    assert await found(Alert.CLOCK) == {"": {"seconds": "44"}}
    monkeypatch.setattr(rounds, "clock_off", _answering(timedelta(seconds=4)))
    assert await found(Alert.CLOCK) == {}

    # The database, and the room for others' pictures.
    monkeypatch.setattr(backups, "integrity_of", lambda _url: ["row 7 missing"])
    assert await found(Alert.DATABASE) == {"": {}}
    pictures = node.config.cache / "pictures" / "one" / "ab"
    pictures.mkdir(parents=True)
    (pictures / "ab-320.webp").write_bytes(b"0" * 900)
    assert await found(Alert.PICTURES) == {}
    monkeypatch.setattr(limits, "FETCHED_PICTURES_BYTES", 1000)
    assert await found(Alert.PICTURES) == {"": {"percent": "90"}}


async def test_what_waited_for_long_and_is_refused_or_given_up_is_told(
    found_town: TownFounder, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what nobody waits for any more, it is not said that all is well."""
    town = await found_town(2)
    here, there = town.coops
    await town.introduce(here, there)
    await here.write(listings.create, ListingDraft("Bread"), by=None, publish=True)
    await there.go_away()
    await town.settle()
    clock.advance(10 * 86400)
    assert await LOOKS[Alert.REFUSED](here.node) == {}

    async def is_gone(*_given: object) -> Answer:
        return Answer(410, {}, b"")

    post = here.node.federation.client.post
    monkeypatch.setattr(here.node.federation.client, "post", is_gone)
    await here.node.federation.settle()
    assert await LOOKS[Alert.REFUSED](here.node) == {"": {"number": "1"}}
    clock.advance(8 * 86400)
    assert await LOOKS[Alert.REFUSED](here.node) == {}

    monkeypatch.setattr(here.node.federation.client, "post", post)
    for title in ("Rye", "Wheat"):
        await here.write(listings.create, ListingDraft(title), by=None, publish=True)
    await here.node.federation.settle()
    waiting, _more = await here.read(delivery.deliveries, DeliveryState.PENDING)
    await here.write(delivery.drop, waiting[0].id)
    clock.advance(31 * 86400)
    await here.node.federation.settle()
    assert await LOOKS[Alert.DELIVERIES](here.node) == {}
    assert await LOOKS[Alert.REFUSED](here.node) == {"": {"number": "1"}}
    clock.advance(8 * 86400)
    assert await LOOKS[Alert.REFUSED](here.node) == {}


async def test_the_end_of_a_certificate_is_read_over_a_real_handshake(
    coop: Coop, local_ca: LocalCA, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(local_ca.certificate, local_ca.key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    place = f"localhost:{port}"
    client = GuardedClient(
        Guard({place: ("127.0.0.1", port)}),
        clock=clock,
        settings=FederationSettings(),
        ca_file=local_ca.ca,
    )
    try:
        end = await client.certificate_ends(f"https://{place}/")
    finally:
        await client.close()
        await runner.cleanup()
    assert end is not None
    assert end > SystemClock().now()

    node = coop.node
    node.config = replace(node.config, development=False)
    monkeypatch.setattr(
        node.federation.client, "certificate_ends", _answering(clock.now() + 20 * DAY)
    )
    assert await LOOKS[Alert.CERTIFICATE](node) == {}
    soon = datetime(2027, 1, 15, tzinfo=UTC)
    monkeypatch.setattr(node.federation.client, "certificate_ends", _answering(soon))
    assert await LOOKS[Alert.CERTIFICATE](node) == {"": {"when": "2027-01-15T00:00:00Z"}}
    [(uri, named)] = (await LOOKS[Alert.PEER_CERTIFICATE](node) or {}).items()
    assert (uri.endswith("/coop"), named["name"]) == (True, "Portici")


def test_each_alert_has_a_line_words_and_a_look() -> None:
    assert [watch.alert for watch in alerts.TABLE] == list(Alert)
    assert set(LOOKS) == set(notices.ALERT_WORDS) == set(Alert)


def _answering(value: Any) -> Any:
    async def answer(*_given: object) -> Any:
        return value

    return answer


async def _failing(_node: object) -> Any:
    raise ValueError("a defect of ours")


def _ended_at(node: Node, mark: bytes) -> None:
    folder = node.config.data / UNDER_WAY
    folder.mkdir(exist_ok=True)
    (folder / mark.hex()).write_bytes(b"." * (MOST_ENDS + 1))


async def _failed_message(coop: Coop, clock: Any) -> None:
    row = {
        "id": "1",
        "activity_id": "http://portici.localhost/1",
        "activity_type": "Create",
        "actor": "http://portici.localhost/coop",
        "authority": "portici.localhost",
        "key_id": "k",
        "verified_by": "http",
        "raw": b"{}",
        "proven": {},
        "state": "failed",
        "needs": [],
        "received_at": clock.now(),
        "updated_at": clock.now(),
    }
    await coop.write(lambda uow: uow.execute(insert(InboxEntry).values(row)))
