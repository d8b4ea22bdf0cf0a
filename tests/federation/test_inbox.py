"""What becomes of messages: once and only once, by whom, and never lost."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from federation import moderation, relations
from federation.errors import NotFound, StorageUnavailable
from federation.handlers import Received, Verified
from federation.inbox.apply import apply
from federation.inbox.deferred import kept_messages, replay
from federation.inbox.kept import Arrival
from federation.models import HostState, InboxEntry, InboxState, RuleLevel, SeenActivity, Tombstone
from federation.outbox import sign_object
from federation.settings import FederationSettings
from federation.storage import UnitOfWork
from protocol import jsonld
from protocol.vocabulary.activities import parse_activity
from tests.federation import shop
from tests.federation.nodes import Foreigner, Founder, Node, Wire, count, settle
from tests.federation.shop import good
from tests.support.clock import FixedClock
from tests.support.signing import cavage, encode, prove, rfc9421

pytestmark = pytest.mark.usefixtures("sqlite_in_threads")


@pytest.fixture
async def either(found: Founder, database_url: str) -> Node:
    """The node under test, once on SQLite and once on PostgreSQL."""
    return (await found(url=database_url))[0]


async def test_a_thousand_copies_take_effect_once(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    await either.follow(farm)
    body = encode(farm.say())
    headers = cavage(farm.signer, either.authority, body, wire.clock.now())

    answers = await asyncio.gather(*(wire.post(either, body, headers) for _ in range(1000)))

    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200] * 999 + [202]
    assert sum(either.shop.calls) == 1
    assert await count(either, SeenActivity) == 1


async def test_messages_that_come_together_are_applied_together(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    await either.follow(farm)
    await asyncio.gather(*(wire.deliver(either, farm, farm.say(number=str(n))) for n in range(60)))
    assert len(await either.goods()) == 60
    assert len(either.shop.calls) < 30


async def test_one_id_with_two_bodies_is_a_conflict_and_kept_as_evidence_once(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    await wire.deliver(either, farm, farm.say())
    for _ in range(2):
        answer = await wire.deliver(either, farm, farm.say(name="Cake"))
        assert (answer.status, answer.code) == (409, "id-reused")
    assert await either.goods() == ["Bread"]
    [evidence] = await either.read(kept_messages)
    raw = select(InboxEntry.raw).where(InboxEntry.id == evidence.id)
    assert b"Cake" in await either.read(lambda reader: reader.scalar(raw))
    assert not evidence.can_be_replayed
    with pytest.raises(NotFound, match="no such message"):
        await either.write(replay, evidence.id)
    assert evidence.state == InboxState.REFUSED


async def test_a_refusal_writes_nothing_and_may_be_tried_again(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    for _ in range(2):
        answer = await wire.deliver(either, farm, farm.say(name="too dear"))
        assert (answer.status, answer.code) == (422, "too-dear")
    assert await count(either, SeenActivity) == 0
    assert await either.goods() == []


async def test_each_sender_of_a_batch_hears_its_own_answer(
    either: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    messages = [
        wire.deliver(either, farm, farm.say(number="1")),
        wire.deliver(either, eve, eve.say(number="2", name="too dear")),
        wire.deliver(either, farm, farm.say(number="3", name="a bug")),
        wire.deliver(either, farm, farm.say("Bake", number="4")),
    ]
    answers = await asyncio.gather(*messages)
    assert [answer.status for answer in answers] == [202, 422, 202, 202]
    assert await either.goods() == ["Bread"]


async def test_a_message_that_our_code_fails_on_is_kept_and_applied_after_the_fix(
    either: Node, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    answer = await wire.deliver(either, farm, farm.say(name="a bug"))
    assert answer.status == 202
    assert await either.goods() == []
    for _ in range(8):
        await either.federation.process_due()
        clock.advance(timedelta(days=1))
    [kept] = await either.read(kept_messages)
    assert (kept.state, kept.code, kept.next_attempt_at) == ("failed", "our-failure", None)

    either.shop.mended = True
    await either.write(replay, kept.id)
    await settle(either)
    assert await either.goods() == ["a bug"]
    assert await either.read(kept_messages) == []


async def test_what_needs_a_fetch_is_accepted_and_applied_by_the_worker(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    uri = f"{farm.base}/goods/7"
    farm.peer.serve("/goods/7", good(uri, farm.coop, "Cheese"))
    answer = await wire.deliver(loaf, farm, farm.say(object=uri))
    assert answer.status == 202
    assert await loaf.goods() == []
    # The type of a bare reference is nobody's to know: the generic handler would hear it. Here
    # an embedded object sends the shop to look something up.
    see = farm.say(number="8", name=f"see {uri}")
    assert (await wire.deliver(loaf, farm, see)).status == 202
    assert await loaf.goods() == []
    await settle(loaf)
    assert await loaf.goods() == [f"see {uri}"]
    assert await count(loaf, InboxEntry) == 0


async def test_a_fetch_that_fails_is_tried_again_later(
    loaf: Node, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    uri = f"{farm.base}/goods/7"
    farm.peer.serve("/goods/7", b"", status=503)
    await wire.deliver(loaf, farm, farm.say(name=f"see {uri}"))
    await settle(loaf)
    [waiting] = await loaf.read(kept_messages)
    assert (waiting.state, waiting.attempts) == ("deferred", 1)

    farm.peer.serve("/goods/7", good(uri, farm.coop, "Cheese"))
    clock.advance(timedelta(minutes=5))
    await settle(loaf)
    assert await loaf.goods() == [f"see {uri}"]


async def test_a_host_that_is_slow_holds_up_its_own_messages_alone(
    either: Node, farm: Foreigner, eve: Foreigner, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of them wait, and however much each of them refers to."""
    may_answer, farms_is_read = asyncio.Event(), asyncio.Event()
    fetch = either.federation.deferred._documents.fetch_normalised

    async def slowly(uri: str) -> Any:
        if uri.startswith(f"{eve.base}/goods"):
            await may_answer.wait()
        elif uri.startswith(f"{farm.base}/goods"):
            farms_is_read.set()
        return await fetch(uri)

    monkeypatch.setattr(either.federation.deferred._documents, "fetch_normalised", slowly)
    for number in range(either.federation.settings.deferred_per_host + 1):
        eve.peer.serve(f"/goods/{number}", good(f"{eve.base}/goods/{number}", eve.coop))
        said = eve.say(number=f"see-{number}", name=f"see {eve.base}/goods/{number}")
        assert (await wire.deliver(either, eve, said)).status == 202
    uri = f"{farm.base}/goods/7"
    farm.peer.serve("/goods/7", good(uri, farm.coop, "Cheese"))
    assert (await wire.deliver(either, farm, farm.say(name=f"see {uri}"))).status == 202
    working = asyncio.create_task(either.federation.process_due())
    try:
        async with asyncio.timeout(5):
            await farms_is_read.wait()
    finally:
        may_answer.set()
    assert await working == either.federation.settings.deferred_per_host + 1
    await settle(either)
    assert len(await either.goods()) == either.federation.settings.deferred_per_host + 2


async def test_a_full_disk_at_one_hosts_message_leaves_no_others_running_behind(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred, eve_may_answer, farm_failed = (
        loaf.federation.deferred,
        asyncio.Event(),
        asyncio.Event(),
    )
    fetch = deferred._documents.fetch_normalised

    async def slowly(uri: str) -> Any:
        if uri.startswith(f"{eve.base}/goods"):
            await eve_may_answer.wait()
        return await fetch(uri)

    async def disk_is_full(*_failed: Any) -> None:
        farm_failed.set()
        raise StorageUnavailable("The disk is full.")

    monkeypatch.setattr(deferred._documents, "fetch_normalised", slowly)
    monkeypatch.setattr(deferred, "_failed", disk_is_full)
    farm.peer.serve("/goods/7", b"", status=503)
    eve.peer.serve("/goods/7", good(f"{eve.base}/goods/7", eve.coop))
    for coop in (farm, eve):
        await wire.deliver(loaf, coop, coop.say(name=f"see {coop.base}/goods/7"))
    working = asyncio.create_task(loaf.federation.process_due())
    await asyncio.wait_for(farm_failed.wait(), 5)
    ended, _going_on = await asyncio.wait([working], timeout=0.1)
    eve_may_answer.set()
    assert not ended
    with pytest.raises(StorageUnavailable):
        await working
    assert await loaf.goods() == [f"see {eve.base}/goods/7"]


async def test_a_suspended_peer_is_refused_and_keeps_its_relation(
    loaf: Node, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    await loaf.follow(farm)
    await loaf.write(relations.change, farm.coop, suspended_at=clock.now())
    answer = await wire.deliver(loaf, farm, farm.say())
    assert (answer.status, answer.code) == (403, "relation-suspended")
    relation = await loaf.read(relations.relation, farm.coop)
    assert relation is not None
    assert relation.follower_state == "accepted"


async def test_a_blocked_domain_is_refused_before_its_key_is_fetched(
    loaf: Node, eve: Foreigner, wire: Wire
) -> None:
    await loaf.write(moderation.set_rule, "evil.example", RuleLevel.BLOCK, "spam")
    answer = await wire.deliver(loaf, eve, eve.say())
    assert (answer.status, answer.code) == (403, "domain-blocked")
    assert eve.peer.paths == []


async def test_strangers_are_slowed_down_and_peers_are_not(
    found: Founder, farm: Foreigner, eve: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    [loaf] = await found(settings=FederationSettings(stranger_per_minute=3))
    await loaf.follow(farm)
    clock.advance(2)
    hers = [(await wire.deliver(loaf, eve, eve.say(number=str(n)))) for n in range(5)]
    theirs = [(await wire.deliver(loaf, farm, farm.say(number=str(n)))) for n in range(5)]
    assert [answer.status for answer in hers] == [202, 202, 202, 429, 429]
    assert hers[3].headers["Retry-After"] == "20"
    assert [answer.status for answer in theirs] == [202] * 5
    clock.advance(20)
    assert (await wire.deliver(loaf, eve, eve.say(number="9"))).status == 202


async def test_a_limited_peer_is_slowed_down_like_a_stranger_until_the_rule_ends(
    found: Founder, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    [loaf] = await found(settings=FederationSettings(stranger_per_minute=3))
    await loaf.follow(farm)
    week = clock.now() + timedelta(days=7)
    await loaf.write(moderation.set_rule, "farm.example", RuleLevel.LIMIT, "loud", week)
    clock.advance(2)
    answers = [(await wire.deliver(loaf, farm, farm.say(number=str(n)))) for n in range(4)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429]
    assert answers[3].code == "too-many-requests"
    clock.advance(timedelta(days=7))
    later = [(await wire.deliver(loaf, farm, farm.say(number=f"1{n}"))) for n in range(5)]
    assert [answer.status for answer in later] == [202] * 5


async def test_a_made_up_key_of_a_peer_counts_as_a_strangers(
    found: Founder, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    [loaf] = await found(settings=FederationSettings(stranger_per_minute=3))
    await loaf.follow(farm)
    clock.advance(2)
    body = encode(farm.say())
    statuses = []
    for n in range(5):
        headers = cavage(farm.signer, loaf.authority, body, clock.now())
        forged = headers["signature"].replace("#main-key", f"/key-{n}")
        statuses.append((await wire.post(loaf, body, headers | {"signature": forged})).status)
    assert statuses == [401, 401, 401, 429, 429]


async def test_a_stranger_uses_up_nothing_that_another_coop_may_say(
    found: Founder, farm: Foreigner, eve: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    """Eve signs with her own key, and names the farm's."""
    [loaf] = await found(settings=FederationSettings(stranger_per_minute=3))
    assert (await wire.deliver(loaf, farm, farm.say(number="first"))).status == 202
    body = encode(eve.say())
    for _ in range(5):
        headers = cavage(eve.signer, loaf.authority, body, clock.now())
        forged = headers["signature"].replace(eve.signer.rsa_id, farm.signer.rsa_id)
        assert (await wire.post(loaf, body, headers | {"signature": forged})).status == 401
    assert (await wire.deliver(loaf, farm, farm.say(number="second"))).status == 202


@pytest.mark.parametrize("path", ["/inbox", "/coop/catalogue"])
async def test_a_key_in_our_own_network_is_answered_like_one_that_is_away(
    path: str, loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    answers = set()
    for host in ("no-such-name.invalid", "localhost", "127.0.0.1", "10.0.0.1", "[::1]"):
        body = encode(farm.say())
        method = "post" if path == "/inbox" else "get"
        headers = cavage(farm.signer, loaf.authority, body, wire.clock.now(), method=method)
        headers["signature"] = headers["signature"].replace(
            "http://farm.example", f"https://{host}"
        )
        if path == "/inbox":
            answer = await wire.post(loaf, body, headers)
        else:
            answer = await wire.get(loaf, path, **headers)
        answers.add((answer.status, answer.body))
    assert [status for status, _ in answers] == [503]


async def test_a_full_queue_asks_for_patience(found: Founder, farm: Foreigner, wire: Wire) -> None:
    [loaf] = await found(settings=FederationSettings(batch_waiting=0))
    answer = await wire.deliver(loaf, farm, farm.say())
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "busy", "5")


async def test_a_forwarded_message_is_its_authors(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    body = encode(prove(farm.say(), farm.signer, "2027-01-05T10:00:00Z"))
    headers = cavage(eve.signer, loaf.authority, body, wire.clock.now())
    assert (await wire.post(loaf, body, headers)).status == 202
    [received] = loaf.shop.heard
    assert (received.verified.actor, received.verified.by) == (farm.coop, "proof")
    assert received.verified.raw == body


@pytest.mark.parametrize("first", ["its author", "who hands it on"])
async def test_a_message_that_was_written_anew_on_its_way_is_no_second_story(
    first: str, either: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    """The proof holds for all of these: nobody can make its author look like a liar by a space."""
    proven = prove(farm.say(), farm.signer, "2027-01-05T10:00:00Z")
    body = encode(proven)
    anew = [
        body.replace(b":", b" : ", 1),
        body.replace(b"Bread", rb"\u0042read"),
        encode(dict(reversed(proven.items()))),
        encode(proven | {"proof": [proven["proof"]]}),
        encode(proven | {"signature": {"type": "RsaSignature2017", "creator": "x"}}),
    ]
    own = [(farm, body)]
    handed_on = [(eve, other) for other in anew]
    answers = [
        await wire.post(either, said, cavage(who.signer, either.authority, said, wire.clock.now()))
        for who, said in (own + handed_on if first == "its author" else handed_on + own)
    ]
    assert [answer.status for answer in answers] == [202] + [200] * len(anew)
    assert await either.goods() == ["Bread"]
    assert await either.read(kept_messages) == []


async def test_a_forwarded_message_without_proof_is_refused(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    answer = await wire.deliver(loaf, eve, farm.say())
    assert (answer.status, answer.code) == (401, "actor-mismatch")


async def test_a_statement_of_a_third_coop_counts_if_that_coop_signed_it(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    theirs = prove(farm.say()["object"], farm.signer, "2027-01-05T10:00:00Z")
    assert (await wire.deliver(loaf, eve, eve.say(object=theirs))).status == 202
    assert _embedded(loaf.shop.heard) == ["Bread"]

    unsigned = eve.say(number="2", object=farm.say(number="2")["object"])
    assert (await wire.deliver(loaf, eve, unsigned)).status == 202
    assert _embedded(loaf.shop.heard) == ["Bread", None]

    altered = eve.say(number="3", object=theirs | {"name": "Cake"})
    assert (await wire.deliver(loaf, eve, altered)).status == 401


async def test_our_own_words_inside_a_peers_message_are_not_evidence_and_no_offence(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    # Fedify's Accept holds our whole Follow, written anew, so that our proof in it no longer holds.
    bread = shop.good(f"{loaf.base}/goods/1", loaf.coop)

    async def sign(uow: UnitOfWork) -> dict[str, Any]:
        return sign_object(uow, bread)

    ours = await loaf.write(sign)
    rewritten = ours | {"to": ours["to"][0]}
    assert (await wire.deliver(loaf, farm, farm.say("Like", object=rewritten))).status == 202


async def test_a_newer_key_is_looked_up_once_when_a_signature_does_not_fit(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    await wire.deliver(loaf, farm, farm.say())
    farm.signer = type(farm.signer)(farm.coop, eve.signer.rsa, eve.signer.ed25519)
    farm.publish()
    clock.advance(timedelta(minutes=6))
    assert (await wire.deliver(loaf, farm, farm.say(number="2"))).status == 202


async def test_an_older_state_does_not_replace_a_newer_one(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    def update(moment: str, name: str) -> dict[str, object]:
        content = farm.say()["object"] | {"name": name, "updated": moment}
        return farm.say("Update", object=content, id=f"{farm.base}/a/{name}")

    await wire.deliver(loaf, farm, update("2027-01-05T09:00:00Z", "new"))
    assert (await wire.deliver(loaf, farm, update("2027-01-05T08:00:00Z", "old"))).status == 202
    assert await loaf.goods() == ["new"]


async def test_a_deletion_that_comes_first_is_remembered(
    either: Node, farm: Foreigner, wire: Wire
) -> None:
    await either.follow(farm)
    uri = f"{farm.base}/goods/1"
    gone = farm.say("Delete", object=uri)
    assert (await wire.deliver(either, farm, gone)).status == 202
    assert await count(either, Tombstone, Tombstone.uri == uri) == 1
    assert (await wire.deliver(either, farm, farm.say())).status == 202
    assert await either.goods() == []


async def test_a_deletion_by_reference_finds_the_handler_of_what_it_deletes(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    await wire.deliver(loaf, farm, farm.say())
    await wire.deliver(loaf, farm, farm.say("Delete", object=f"{farm.base}/goods/1"))
    assert await loaf.goods() == []


async def test_nobody_deletes_what_belongs_to_another(
    loaf: Node, farm: Foreigner, eve: Foreigner, wire: Wire
) -> None:
    await wire.deliver(loaf, farm, farm.say())
    answer = await wire.deliver(loaf, eve, eve.say("Delete", object=f"{farm.base}/goods/1"))
    assert (answer.status, answer.code) == (403, "not-owner")
    assert await loaf.goods() == ["Bread"]


async def test_a_coop_is_deleted_only_when_its_own_address_says_so(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    await wire.deliver(loaf, farm, farm.say())
    for number in ("1", "2"):
        farewell = farm.say("Delete", number, object=farm.coop)
        assert (await wire.deliver(loaf, farm, farewell)).status == 202
        if number == "2":
            farm.peer.serve("/coop", b"", status=410)
        await settle(loaf)
        assert await loaf.goods() == (["Bread"] if number == "1" else [])


async def test_the_farewell_of_a_coop_whose_key_is_gone_is_confirmed_at_its_address(
    loaf: Node, farm: Foreigner, wire: Wire, clock: FixedClock
) -> None:
    await wire.deliver(loaf, farm, farm.say())
    farm.peer.serve("/coop", b"", status=410)
    body = encode(farm.say("Delete", object=farm.coop))
    headers = cavage(farm.signer, loaf.authority, body, clock.now())
    headers["signature"] = headers["signature"].replace("#main-key", "#key-2")
    clock.advance(timedelta(minutes=6))
    assert (await wire.post(loaf, body, headers)).status == 202
    await settle(loaf)
    assert await loaf.goods() == []


async def test_the_farewell_of_somebody_unknown_is_taken_and_forgotten(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    farm.peer.serve("/coop", b"", status=410)
    answer = await wire.deliver(loaf, farm, farm.say("Delete", object=farm.coop))
    assert answer.status == 202
    assert await count(loaf, SeenActivity) + await count(loaf, InboxEntry) == 0


async def test_a_key_that_cannot_be_fetched_now_is_no_refusal(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    farm.peer.serve("/coop", b"", status=503)
    answer = await wire.deliver(loaf, farm, farm.say())
    assert (answer.status, answer.code) == (503, "key-unreachable")


async def test_who_signs_by_rfc_9421_is_remembered_to_read_it(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    body = encode(farm.say())
    await wire.post(loaf, body, rfc9421(farm.signer, loaf.authority, body, wire.clock.now()))
    assert await count(loaf, HostState, HostState.profile == "rfc9421") == 1


async def test_messages_of_one_sender_are_never_reordered(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    """Create, Delete, Create of one thing in a single batch must end deleted."""
    said = [
        farm.say("Create", "1"),
        farm.say("Delete", "1", object=f"{farm.base}/goods/1"),
        farm.say("Create", "1", id=f"{farm.base}/a/again"),
    ]
    arrivals = [arrival(farm, each, wire.clock) for each in said]
    await loaf.database.write(lambda uow: apply(uow, loaf.shop.handlers, arrivals))
    assert await loaf.goods() == []


def arrival(foreigner: Foreigner, said: dict[str, Any], clock: FixedClock) -> Arrival:
    """A message that passed authentication."""
    raw = encode(said)
    key_id = foreigner.signer.rsa_id
    verified = Verified(foreigner.coop, key_id, "http", raw, clock.now())
    activity = parse_activity(jsonld.normalise(said))
    return Arrival(activity, verified, {}, hashlib.sha256(raw).digest())


def _embedded(heard: list[Received]) -> list[str | None]:
    return [each.activity.object and each.activity.object["name"] for each in heard]


async def test_a_full_disk_refuses_for_now_and_loses_nothing(
    loaf: Node, farm: Foreigner, wire: Wire
) -> None:
    async def limit(uow: UnitOfWork, pages: str) -> None:
        used = await uow.scalar(text("PRAGMA page_count"))
        await uow.execute(text(f"PRAGMA max_page_count = {used if pages == 'used' else pages}"))

    await loaf.follow(farm)
    await loaf.write(limit, "used")
    statuses = set()
    for number in range(40):
        said = farm.say(number=str(number), name=f"Bread {number} {'x' * 2000}")
        statuses.add((await wire.deliver(loaf, farm, said)).status)
    assert statuses == {202, 503}

    await loaf.write(limit, "1000000")
    for number in range(40):
        said = farm.say(number=str(number), name=f"Bread {number} {'x' * 2000}")
        assert (await wire.deliver(loaf, farm, said)).status in {200, 202}
    assert len(await loaf.goods()) == 40
