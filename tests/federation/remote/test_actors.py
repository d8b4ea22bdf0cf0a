import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import FederationError, Gone, NotAnActor, NotFound, Unreachable
from federation.models import RemoteActor
from federation.remote.actors import Actors, believe_keys, stored_actor
from federation.storage import Database
from protocol import keys as key_forms
from protocol import succession
from tests.federation.peer import Peer, multikey, public_key
from tests.support.asking import read
from tests.support.clock import START, FixedClock


async def stored(database: Database, uri: str) -> RemoteActor:
    found = await read(database, stored_actor, uri)
    assert found is not None
    return found


async def test_an_actor_is_kept_as_it_describes_itself(
    actors: Actors, database: Database, grocer: Peer, ed25519_key: Ed25519PrivateKey
) -> None:
    uri = f"{grocer.base}/coop"
    grocer.publish(
        name="Green Grocer",
        assertionMethod=[multikey(uri, ed25519_key)],
        implements=["https://w3id.org/fep/0837"],
    )
    profile = await actors.actor(uri)
    kept = await stored(database, uri)
    assert profile.name == kept.name == "Green Grocer"
    assert kept.authority == "grocer.example"
    assert kept.inbox == f"{uri}/inbox"
    assert kept.shared_inbox == f"{grocer.base}/inbox"
    assert kept.implements == ["https://w3id.org/fep/0837"]
    assert kept.key_digest == key_forms.digest_of(ed25519_key.public_key())
    assert (kept.first_seen_at, kept.key_changed_at) == (START, None)


async def test_it_is_looked_at_again_after_a_day(
    actors: Actors, database: Database, grocer: Peer, clock: FixedClock
) -> None:
    uri = grocer.publish(name="Grocer")
    await actors.actor(uri)
    grocer.publish(name="Grocer & Daughters")
    clock.advance(timedelta(hours=23))
    assert (await actors.actor(uri)).name == "Grocer"
    clock.advance(timedelta(hours=1))
    assert (await actors.actor(uri)).name == "Grocer & Daughters"
    kept = await stored(database, uri)
    assert (kept.first_seen_at, kept.fetched_at) == (START, clock.now())


async def test_what_we_knew_stands_while_its_node_is_away(
    actors: Actors, grocer: Peer, clock: FixedClock
) -> None:
    uri = grocer.publish(name="Grocer")
    await actors.actor(uri)
    grocer.serve("/coop", b"", status=503)
    clock.advance(timedelta(days=2))
    assert (await actors.actor(uri)).name == "Grocer"
    with pytest.raises(Unreachable):
        await actors.actor(uri, refresh=True)


async def test_a_new_key_shows_as_a_change(
    actors: Actors,
    database: Database,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    other_rsa_key: RSAPrivateKey,
    clock: FixedClock,
) -> None:
    uri = f"{grocer.base}/coop"
    grocer.publish(publicKey=public_key(uri, rsa_key))
    await actors.actor(uri)
    clock.advance(60)
    await actors.actor(uri, refresh=True)
    assert (await stored(database, uri)).key_changed_at is None
    grocer.publish(publicKey=public_key(uri, other_rsa_key))
    await actors.actor(uri, refresh=True)
    assert (await stored(database, uri)).key_changed_at == clock.now()


async def test_an_actor_that_its_node_deleted_is_gone_until_it_is_back(
    actors: Actors, database: Database, grocer: Peer
) -> None:
    uri = grocer.publish()
    await actors.actor(uri)
    grocer.serve("/coop", b"", status=404)
    with pytest.raises(Gone):
        await actors.actor(uri, refresh=True)
    assert (await stored(database, uri)).gone_at is None
    grocer.serve("/coop", b"", status=410)
    for refresh in (True, False):
        with pytest.raises(Gone):
            await actors.actor(uri, refresh=refresh)
    assert (await stored(database, uri)).gone_at == START
    grocer.publish()
    await actors.actor(uri, refresh=True)
    assert (await stored(database, uri)).gone_at is None


async def test_many_who_ask_at_once_share_one_fetch(actors: Actors, grocer: Peer) -> None:
    uri = grocer.publish()
    await asyncio.gather(*(actors.actor(uri) for _ in range(20)))
    assert len(grocer.requests) == 1


async def test_an_actor_cannot_point_our_deliveries_at_somebody_else(
    actors: Actors, database: Database, evil: Peer, grocer: Peer
) -> None:
    with pytest.raises(NotAnActor, match="another host"):
        await actors.actor(evil.publish(inbox=f"{grocer.base}/coop/inbox"))
    elsewhere = evil.publish(endpoints={"sharedInbox": f"{grocer.base}/inbox"})
    await actors.actor(elsewhere)
    assert (await stored(database, elsewhere)).shared_inbox is None


@pytest.mark.parametrize(
    "members", [{"type": "Note"}, {"inbox": None}, {"inbox": 5}, {"inbox": "no address"}]
)
async def test_a_document_that_is_no_actor_is_refused(
    actors: Actors, grocer: Peer, members: dict[str, object]
) -> None:
    with pytest.raises(NotAnActor):
        await actors.actor(grocer.publish(**members))


async def test_we_do_not_look_ourselves_up(actors: Actors) -> None:
    with pytest.raises(NotFound) as refusal:
        await actors.actor("https://loaf.example/coop")
    assert refusal.value.code == "ourselves"


ADDRESSES = [
    "grocer.example",
    " grocer.example/ ",
    "GROCER.example",
    "http://grocer.example",
    "http://grocer.example/",
    "@coop@grocer.example",
    "coop@grocer.example",
    "acct:coop@grocer.example",
    "http://grocer.example/coop",
    "http://grocer.example/coop/",
]


@pytest.mark.parametrize("typed", ADDRESSES)
async def test_a_coop_is_found_however_its_address_is_typed(
    actors: Actors, grocer: Peer, typed: str
) -> None:
    uri = grocer.publish()
    grocer.serve("/coop/", grocer.actor("/coop"))
    grocer.webfinger("acct:coop@grocer.example", uri)
    assert await actors.resolve(typed) == uri


async def test_a_host_without_webfinger_is_looked_at_under_coop(
    actors: Actors, grocer: Peer
) -> None:
    uri = grocer.publish()
    assert await actors.resolve("grocer.example") == uri


async def test_a_host_with_only_a_node_actor_is_found_through_nodeinfo(
    actors: Actors, grocer: Peer
) -> None:
    uri = grocer.publish("/actor", type="Application")
    rel = "https://www.w3.org/ns/activitystreams#Application"
    links = {"links": [{"rel": "other", "href": 5}, {"rel": rel, "href": uri}]}
    grocer.serve("/.well-known/nodeinfo", links, "application/json")
    assert await actors.resolve("grocer.example") == uri


async def test_the_page_of_a_coop_leads_to_it(actors: Actors, grocer: Peer) -> None:
    uri = grocer.publish()
    page = grocer.serve("/about", b"<html>", "text/html")
    with pytest.raises(NotAnActor, match="does not say whose"):
        await actors.resolve(page)
    grocer.webfinger(page, uri)
    assert await actors.resolve(page) == uri


async def test_a_handle_of_one_host_for_an_actor_of_another_needs_that_hosts_word(
    actors: Actors, grocer: Peer, evil: Peer
) -> None:
    uri = grocer.publish()
    evil.webfinger("acct:coop@evil.example", uri)
    with pytest.raises(FederationError):
        await actors.resolve("@coop@evil.example")
    grocer.webfinger(uri, uri, subject="acct:coop@grocer.example")
    with pytest.raises(NotFound, match="does not know"):
        await actors.resolve("@coop@evil.example")
    grocer.webfinger(uri, uri, subject="acct:coop@evil.example")
    assert await actors.resolve("@coop@evil.example") == uri


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not-an-address"),
        ("the grocer in town", "not-an-address"),
        ("@@grocer.example", "not-an-address"),
        ("evil.example", "no-coop-there"),
        ("@nobody@evil.example", "unknown-handle"),
        ("unknown.example", "not-a-dev-peer"),
        ("@coop@unknown.example", "not-a-dev-peer"),
        ("http://user@grocer.example/coop", "not-an-actor"),
        ("https://127.1/", "not-an-actor"),
    ],
)
async def test_an_address_that_leads_nowhere_says_why(
    actors: Actors, typed: str, code: str
) -> None:
    with pytest.raises(FederationError) as refusal:
        await actors.resolve(typed)
    assert refusal.value.code == code


async def test_our_own_address_is_no_peer(actors: Actors) -> None:
    for typed in ("loaf.example", "@coop@loaf.example", "https://loaf.example/coop"):
        with pytest.raises(NotFound) as refusal:
            await actors.resolve(typed)
        assert refusal.value.code == "ourselves"


async def test_a_host_that_is_down_is_said_to_be_down(actors: Actors, grocer: Peer) -> None:
    await grocer.stop()
    with pytest.raises(Unreachable, match="their node may be down") as refusal:
        await actors.resolve("grocer.example")
    assert refusal.value.retry


async def test_webfinger_that_leads_out_to_where_no_peer_is_is_refused(
    actors: Actors, evil: Peer, canary: Peer
) -> None:
    evil.redirect(
        "/.well-known/webfinger?resource=acct:coop@evil.example",
        f"http://127.0.0.1:{canary.port}/",
    )
    with pytest.raises(FederationError) as refusal:
        await actors.resolve("@coop@evil.example")
    assert refusal.value.code == "bad-redirect"


@pytest.mark.parametrize("jrd", [{}, {"links": "x"}, {"links": [{"rel": "self", "href": 5}]}, []])
async def test_nonsense_from_webfinger_is_named_so(actors: Actors, evil: Peer, jrd: object) -> None:
    resource = "/.well-known/webfinger?resource=acct:coop@evil.example"
    evil.serve(resource, jrd, "application/jrd+json")
    with pytest.raises(NotAnActor):
        await actors.resolve("@coop@evil.example")


async def test_new_keys_are_believed_if_the_key_of_before_vouches_for_them(
    actors: Actors,
    database: Database,
    grocer: Peer,
    clock: FixedClock,
    ed25519_key: Ed25519PrivateKey,
    rsa_key: RSAPrivateKey,
) -> None:
    uri, fresh = f"{grocer.base}/coop", key_forms.generate_ed25519()
    old, new = multikey(uri, ed25519_key), multikey(uri, fresh, "key-2")

    async def believed_after(**members: object) -> datetime | None:
        clock.advance(timedelta(minutes=10))
        grocer.publish(**members)
        await actors.actor(uri, refresh=True)
        return (await stored(database, uri)).keys_believed_since

    ahead = timedelta(days=1)  # of whoever changed keys with a wrong clock

    def vouched(by: Ed25519PrivateKey) -> list[dict[str, Any]]:
        return [
            succession.voucher(
                key_id=new["id"],
                owner=uri,
                key=fresh.public_key(),
                by=by,
                by_id=old["id"],
                created=clock.now() + ahead,
            )
        ]

    since = await believed_after(assertionMethod=[old])
    assert since == clock.now()
    both = {"assertionMethod": [old, new], "keyVouchers": vouched(ed25519_key)}
    assert await believed_after(**both) == since
    assert await believed_after(**both | {"assertionMethod": [new]}) == since

    # Anybody can copy what was listed, and add a key for requests to it, or the address of one.
    thief = both | {"assertionMethod": [new], "publicKey": public_key(uri, rsa_key)}
    assert await believed_after(**thief) is None
    await database.write(lambda uow: believe_keys(uow, uri))
    said_yes = clock.now()
    alone = both | {"assertionMethod": [new]}
    assert await believed_after(**alone) == said_yes
    assert await believed_after(**alone | {"publicKey": f"{grocer.base}/key"}) is None
    await database.write(lambda uow: believe_keys(uow, uri))
    forged = {"assertionMethod": [old], "keyVouchers": vouched(key_forms.generate_ed25519())}
    assert await believed_after(**forged) is None
