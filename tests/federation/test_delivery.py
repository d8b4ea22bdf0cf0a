"""Messages reach peers: in order, once more after a crash, and when a peer is back."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import update

from federation import moderation, relations
from federation.capabilities import ED25519_SIGNATURES
from federation.delivery.letters import deliveries, drop, retry
from federation.hosts import note_profiles
from federation.models import Delivery, DeliveryState, HostState, RuleLevel
from federation.outbox import DeliveryLine, delivery_reports
from federation.settings import FederationSettings
from federation.storage import UnitOfWork
from tests.federation.nodes import Foreigner, Founder, Node, claim, count, settle
from tests.support.clock import FixedClock

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")

GOOD = "http://loaf.example/listings/1"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def friends(found: Founder) -> list[Node]:
    """Two nodes that follow each other."""
    loaf, mill = await found(2)
    await loaf.follow(mill)
    await mill.follow(loaf)
    await settle(loaf, mill)
    return [loaf, mill]


@pytest.fixture
async def baker(loaf: Node, farm: Foreigner) -> Node:
    """The node under test, followed by a farm on other software."""
    await loaf.follow(farm)
    await loaf.federation.settle()
    farm.peer.requests.clear()
    return loaf


def replies(farm: Foreigner, *statuses: int, text: str = "", **headers: str) -> None:
    """Answer deliveries with these, the last one for ever."""
    waiting = list(statuses)

    async def reply(_: web.Request) -> web.Response:
        status = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return web.Response(status=status, text=text, headers=headers if status >= 400 else None)

    farm.peer.answer("/inbox", reply)


async def line(node: Node, uri: str = GOOD) -> DeliveryLine:
    [only] = (await node.read(delivery_reports, [uri]))[uri]
    return only


def told(farm: Foreigner) -> list[str]:
    """What the farm was told of, by name, in order."""
    bodies = [json.loads(request.body) for request in farm.peer.requests if request.body]
    return [body["object"]["name"] for body in bodies]


async def test_what_is_published_arrives_at_the_peer(friends: list[Node]) -> None:
    loaf, mill = friends
    await loaf.announce("Create", "1", "Rye")
    await settle(loaf, mill)
    assert await mill.goods() == ["Rye"]
    assert (await line(loaf)).state == "delivered"
    assert mill.shop.heard[0].verified.key_id.startswith(loaf.coop)


async def test_both_databases_deliver(found: Founder, database_url: str, farm: Foreigner) -> None:
    [loaf] = await found(url=database_url)
    await loaf.follow(farm)
    replies(farm, 202)
    for number in "12345":
        await loaf.announce("Create", number, f"Bread {number}")
    await loaf.federation.settle()
    assert sorted(told(farm)) == [f"Bread {number}" for number in "12345"]


async def test_one_post_goes_to_a_node_however_many_of_its_actors_are_meant(
    baker: Node, farm: Foreigner
) -> None:
    farm.peer.publish("/bob", inbox=f"{farm.base}/bob/inbox")
    bob = f"{farm.base}/bob"
    await baker.federation.actors.actor(bob)
    await baker.write(relations.change, bob, follower_state="accepted")
    replies(farm, 202)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    posts = [request for request in farm.peer.requests if request.method == "POST"]
    assert [request.target for request in posts] == ["/inbox"]
    report = (await baker.read(delivery_reports, [GOOD]))[GOOD]
    assert [each.actor_uri for each in report] == [bob, farm.coop]


async def test_a_worker_that_died_after_posting_leaves_a_duplicate_and_no_gap(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await loaf.announce("Create", "1", "Rye")
    dying = asyncio.create_task(loaf.federation.deliver_due())
    await mill.next_answer()  # posted, not yet written down
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await loaf.write(_as_if_never_recorded)

    await settle(loaf, mill)
    assert sum(mill.shop.calls) == 1  # still leased
    clock.advance(FederationSettings().delivery_lease)
    await settle(loaf, mill)
    assert sum(mill.shop.calls) == 1  # the peer's memory absorbed the duplicate
    assert (await line(loaf)).state == "delivered"


async def test_a_leased_delivery_is_nobody_elses(baker: Node, clock: FixedClock) -> None:
    settings = baker.federation.settings
    await baker.announce("Create", "1", "Rye")
    assert len(await baker.write(claim, {}, settings)) == 1
    assert await baker.write(claim, {}, settings) == []
    clock.advance(settings.delivery_lease)
    assert len(await baker.write(claim, {}, settings)) == 1


async def test_messages_about_one_thing_keep_their_order(baker: Node, farm: Foreigner) -> None:
    replies(farm, 500, 202)
    await baker.announce("Create", "1", "first")
    await baker.federation.settle()
    await baker.announce("Create", "1", "second")
    await baker.announce("Create", "2", "other")
    await baker.federation.settle()
    assert told(farm) == ["first", "other"]


async def test_the_order_holds_after_the_retry(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 500, 202)
    await baker.announce("Create", "1", "first")
    await baker.announce("Create", "1", "second")
    await baker.federation.settle()
    clock.advance(MINUTE)
    await baker.federation.settle()
    assert told(farm) == ["first", "first", "second"]


@pytest.mark.parametrize(
    ("code", "first_round"),
    [("in-a-run", ["first", "second"]), ("starting", ["first"])],
)
async def test_what_a_peer_puts_off_is_passed_and_what_it_is_not_ready_for_is_not(
    baker: Node, farm: Foreigner, clock: FixedClock, code: str, first_round: list[str]
) -> None:
    later = {"Content-Type": "application/problem+json"}
    replies(farm, 425, 202, text=json.dumps({"code": code}), **later)
    await baker.announce("Create", "1", "first")
    await baker.announce("Create", "1", "second")
    await baker.federation.settle()
    assert told(farm) == first_round
    clock.advance(MINUTE)
    await baker.federation.settle()
    assert sorted(told(farm)) == ["first", "first", "second"]


async def test_only_the_latest_update_goes_to_a_peer_that_was_away(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 500, 202)
    await baker.announce("Create", "1", "new")
    await baker.federation.settle()
    for name in ("40 left", "39 left", "38 left"):
        await baker.announce("Update", "1", name)
    clock.advance(MINUTE)
    await baker.federation.settle()
    assert told(farm) == ["new", "new", "38 left"]


async def test_a_peer_with_much_waiting_gets_a_few_at_a_time(baker: Node, farm: Foreigner) -> None:
    under_way, most = 0, 0
    allowed, all_there = baker.federation.settings.delivery_per_host, asyncio.Event()

    async def reply(_: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == allowed:
            all_there.set()
        await asyncio.wait_for(all_there.wait(), 10)
        await asyncio.sleep(0.01)
        under_way -= 1
        return web.Response(status=202)

    farm.peer.answer("/inbox", reply)
    for number in range(12):
        await baker.announce("Create", str(number), "Rye")
    await baker.federation.settle()
    assert most == allowed
    assert len(told(farm)) == 12


async def test_while_a_peer_answers_what_comes_next_is_claimed_already(
    baker: Node, farm: Foreigner
) -> None:
    settings = baker.federation.settings
    replies(farm, 202)
    await baker.announce("Create", "first", "Rye")
    await baker.federation.settle()
    for number in range(40):
        await baker.announce("Create", str(number), "Rye")
    ahead = await baker.write(claim, {}, settings)
    assert len(ahead) == settings.delivery_per_host + settings.delivery_per_host_ahead
    assert await baker.write(claim, {"farm.example": len(ahead)}, settings) == []
    await baker.write(_note_a_failure)
    assert len(await baker.write(claim, {}, settings)) == settings.delivery_per_host


async def _note_a_failure(uow: UnitOfWork) -> None:
    await uow.execute(update(HostState).values(failures=1))


async def test_what_other_software_cannot_read_is_sent_in_the_other_dialect_and_remembered(
    baker: Node, farm: Foreigner
) -> None:
    async def reply(request: web.Request) -> web.Response:
        return web.Response(status=202 if "Signature-Input" in request.headers else 401)

    farm.peer.answer("/inbox", reply)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert _dialects(farm) == ["cavage", "rfc9421"]
    await baker.announce("Create", "2", "Spelt")
    await baker.federation.settle()
    assert _dialects(farm) == ["cavage", "rfc9421", "rfc9421"]


async def test_ed25519_is_used_towards_a_peer_that_names_it_and_nobody_else(
    friends: list[Node], farm: Foreigner
) -> None:
    loaf, mill = friends
    await loaf.follow(farm)
    replies(farm, 202)
    await loaf.announce("Create", "1", "Rye")
    await settle(loaf, mill)
    [arrived] = mill.shop.heard
    assert arrived.verified.key_id == f"{loaf.coop}#ed25519-key"
    assert ED25519_SIGNATURES in (await loaf.federation.actors.actor(mill.coop)).implements
    assert _dialects(farm) == ["cavage"]


async def test_a_refusal_is_shown_in_the_peers_own_words_after_a_few_tries(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 403, text="we take no bread")
    await baker.announce("Create", "1", "Rye")
    for _ in range(4):
        await baker.federation.settle()
        clock.advance(timedelta(hours=13))
    refused = await line(baker)
    assert (refused.state, refused.attempts) == ("refused", 3)
    assert refused.last_error == "HTTP 403: we take no bread"


@pytest.mark.parametrize("away", [502, 408, 429])
async def test_a_no_of_who_was_away_is_not_taken_for_good_at_once(
    baker: Node, farm: Foreigner, clock: FixedClock, away: int
) -> None:
    """It may not know our new key yet, or not be set up whole."""
    replies(farm, away, away, away, 409, 202)
    await baker.announce("Create", "1", "Rye")
    for _ in range(5):
        await baker.federation.settle()
        clock.advance(timedelta(hours=13))
    taken = await line(baker)
    assert (taken.state, taken.attempts) == ("delivered", 5)


async def test_what_is_refused_because_two_clocks_differ_waits_until_they_agree(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    ahead = '{"code":"proof-in-future","detail":"The proof is from the future."}'
    replies(farm, 401, text=ahead, **{"Content-Type": "application/problem+json"})
    await baker.announce("Create", "1", "Rye")
    for _ in range(4):
        await baker.federation.settle()
        clock.advance(timedelta(hours=1))
    assert (await line(baker)).state == "pending"
    replies(farm, 202)
    clock.advance(timedelta(hours=13))
    await baker.federation.settle()
    assert (await line(baker)).state == "delivered"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"title":"No","detail":"We take no bread."}', "HTTP 403: We take no bread."),
        ('{"title":"No","detail":["bread"]}', 'HTTP 403: {"title":"No","detail":["bread"]}'),
        ('{"title":"cut sho', 'HTTP 403: {"title":"cut sho'),
    ],
)
async def test_of_a_problem_document_its_sentence_is_shown(baker, farm, text, shown) -> None:
    replies(farm, 403, text=text, **{"Content-Type": "application/problem+json"})
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert (await line(baker)).last_error == shown


async def test_an_inbox_that_is_gone_is_not_tried_again(baker: Node, farm: Foreigner) -> None:
    replies(farm, 410)
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert ((await line(baker)).state, (await line(baker)).attempts) == ("refused", 1)


async def test_a_busy_peer_is_left_alone_as_long_as_it_asks(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 429, 202, **{"Retry-After": "3600"})
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    await baker.announce("Create", "2", "Spelt")
    clock.advance(timedelta(minutes=59))
    assert (await line(baker)).next_attempt_at == clock.now() + MINUTE
    clock.advance(2 * MINUTE)
    await baker.federation.settle()
    assert (await line(baker)).state == "delivered"


async def test_a_peer_that_keeps_failing_counts_as_away_until_a_probe_succeeds(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await mill.go_away()
    for number in range(6):
        await loaf.announce("Create", str(number), f"Bread {number}")
    await loaf.federation.settle()
    assert await count(loaf, HostState, HostState.opened_at.is_not(None)) == 1
    assert (await line(loaf)).state == "held"

    await loaf.announce("Create", "7", "Bread 7")
    assert (await line(loaf, "http://loaf.example/listings/7")).state == "held"
    clock.advance(16 * MINUTE)
    assert await loaf.federation.deliver_due() == 1  # one probe, not seven

    await mill.come_back()
    clock.advance(16 * MINUTE)
    await settle(loaf, mill)
    assert len(await mill.goods()) == 7
    assert await count(loaf, HostState, HostState.opened_at.is_not(None)) == 0


async def test_that_a_peer_answers_is_written_down_once_a_minute(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 202)
    noted = []
    for number, seconds in enumerate((0, 59, 1)):
        clock.advance(timedelta(seconds=seconds))
        await baker.announce("Create", str(number), "Rye")
        await baker.federation.settle()
        noted.append(await count(baker, HostState, HostState.last_ok_at == clock.now()))
    assert noted == [1, 0, 1]


async def test_what_a_peer_never_takes_is_given_up_visibly_and_can_be_sent_again(
    friends: list[Node], clock: FixedClock
) -> None:
    loaf, mill = friends
    await mill.go_away()
    for number in range(6):
        await loaf.announce("Create", str(number), "Rye")
    await loaf.federation.settle()
    clock.advance(timedelta(days=31))
    await loaf.federation.settle()
    dead, _ = await loaf.read(deliveries, DeliveryState.DEAD)
    assert len(dead) == 6

    await mill.come_back()
    await loaf.write(retry, dead[0].id)
    clock.advance(16 * MINUTE)
    await settle(loaf, mill)
    again, _ = await loaf.read(deliveries, DeliveryState.DELIVERED)
    assert [letter.id for letter in again] == [dead[0].id]


async def test_hosts_that_nobody_hears_of_are_forgotten(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 202)
    await baker.write(note_profiles, ["mill.example"])
    clock.advance(timedelta(days=31))
    await baker.announce("Create", "1", "Rye")
    await baker.federation.settle()
    assert await count(baker, HostState, HostState.authority == "mill.example") == 0
    assert await count(baker, HostState, HostState.authority == "farm.example") == 1


async def test_a_dropped_delivery_goes_nowhere(baker: Node, farm: Foreigner) -> None:
    replies(farm, 202)
    await baker.announce("Create", "1", "Rye")
    [letter], _ = await baker.read(deliveries)
    await baker.write(drop, letter.id)
    await baker.federation.settle()
    assert told(farm) == []
    assert (await line(baker)).state == "dead"


async def test_deliveries_are_listed_newest_first_in_pages(baker: Node) -> None:
    for number in "123":
        await baker.announce("Create", number, "Rye")
    first, cursor = await baker.read(deliveries, None, 2)
    rest, end = await baker.read(deliveries, None, 2, cursor)
    assert len({letter.id for letter in [*first, *rest]}) == 3
    assert end is None


async def test_a_suspended_peer_gets_nothing_until_it_is_resumed(
    baker: Node, farm: Foreigner, clock: FixedClock
) -> None:
    replies(farm, 202)
    await baker.announce("Create", "1", "Rye")
    await baker.write(relations.change, farm.coop, suspended_at=clock.now())
    await baker.federation.settle()
    assert (told(farm), (await line(baker)).state) == ([], "held")
    await baker.write(relations.change, farm.coop, suspended_at=None)
    clock.advance(16 * MINUTE)
    await baker.federation.settle()
    assert told(farm) == ["Rye"]


async def test_a_blocked_domain_gets_nothing(baker: Node, farm: Foreigner) -> None:
    replies(farm, 202)
    await baker.announce("Create", "1", "Rye")
    await baker.write(moderation.set_rule, "farm.example", RuleLevel.BLOCK, "spam")
    await baker.federation.settle()
    assert (told(farm), (await line(baker)).state) == ([], "dead")


async def test_a_peer_that_hangs_does_not_hold_up_another(
    friends: list[Node], farm: Foreigner
) -> None:
    loaf, mill = friends
    await loaf.follow(farm)
    release = asyncio.Event()
    farm.peer.answer("/inbox", _hanging(release))
    await loaf.announce("Create", "1", "Rye")
    working = asyncio.create_task(loaf.federation.deliver_due())
    await mill.next_answer()
    await loaf.announce("Create", "2", "Spelt")  # wakes the worker that still waits for the farm
    await mill.next_answer()
    assert await mill.goods() == ["Rye", "Spelt"]
    assert not working.done()
    release.set()
    await working


async def test_the_background_loops_deliver_and_end(friends: list[Node]) -> None:
    loaf, mill = friends
    loaf.federation.start()
    await loaf.announce("Create", "1", "Rye")
    await mill.next_answer()
    await loaf.federation.stop()
    assert (await line(loaf)).state == "delivered"


def _hanging(release: asyncio.Event) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def reply(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response(status=202)

    return reply


def _dialects(farm: Foreigner) -> list[str]:
    posts = [request for request in farm.peer.requests if request.method == "POST"]
    return ["rfc9421" if request.header("signature-input") else "cavage" for request in posts]


async def _as_if_never_recorded(uow) -> None:
    """The outcome may have been written before the cancellation came through."""
    until = uow.now + FederationSettings().delivery_lease
    lease = {"state": DeliveryState.SENDING, "leased_until": until, "next_attempt_at": until}
    await uow.execute(update(Delivery).values(**lease, delivered_at=None))
