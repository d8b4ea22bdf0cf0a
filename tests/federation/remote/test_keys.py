import asyncio
from datetime import timedelta

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import FederationError, Gone, Refused, Unreachable
from federation.remote.actors import Actors
from federation.remote.documents import Documents
from federation.remote.keys import Keys
from federation.remote.turns import NoTurn
from federation.settings import FederationSettings
from federation.storage import Database
from federation.under_way import UnderWay
from protocol import keys as key_forms
from protocol.errors import KeyUnusable, ProtocolError
from tests.federation.peer import Peer, multikey, public_key
from tests.support.clock import FixedClock


def publish(peer: Peer, key: RSAPrivateKey, **members: object) -> str:
    uri = f"{peer.base}/coop"
    return peer.publish("/coop", publicKey=public_key(uri, key), **members)


async def test_a_key_is_fetched_once_and_then_known(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey, clock: FixedClock
) -> None:
    uri = publish(grocer, rsa_key)
    for _ in range(3):
        found = await remote_keys.key(f"{uri}#main-key")
        clock.advance(timedelta(hours=1))
    assert found.owner == uri
    assert found.purpose == "http"
    assert found.public_key == rsa_key.public_key()
    assert grocer.paths == ["/coop"]


async def test_many_who_ask_at_once_share_one_fetch(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey
) -> None:
    uri = publish(grocer, rsa_key)
    found = await asyncio.gather(*(remote_keys.key(f"{uri}#main-key") for _ in range(50)))
    assert len({key.digest for key in found}) == 1
    assert len(grocer.requests) == remote_keys.fetches == 1


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey
) -> None:
    uri = publish(grocer, rsa_key)
    first = asyncio.ensure_future(remote_keys.key(f"{uri}#main-key"))
    second = asyncio.ensure_future(remote_keys.key(f"{uri}#main-key"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).owner == uri
    assert len(grocer.requests) == 1


async def test_proof_keys_are_found_by_their_id(
    remote_keys: Keys, grocer: Peer, ed25519_key: Ed25519PrivateKey
) -> None:
    uri = f"{grocer.base}/coop"
    grocer.publish(assertionMethod=[multikey(uri, ed25519_key)])
    found = await remote_keys.key(f"{uri}#ed25519-key")
    assert (found.purpose, found.public_key) == ("proof", ed25519_key.public_key())


async def test_a_key_id_may_be_a_path_that_answers_with_a_stub_of_the_actor(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey
) -> None:
    uri = f"{grocer.base}/users/coop"
    key_id = f"{uri}/main-key"
    listed = public_key(uri, rsa_key, key_id)
    grocer.publish("/users/coop", publicKey=listed)
    stub = {"id": uri, "type": "Organization", "preferredUsername": "coop", "publicKey": listed}
    grocer.serve("/users/coop/main-key", stub)
    assert (await remote_keys.key(key_id)).owner == uri


@pytest.mark.parametrize("listed_by_value", [True, False])
async def test_a_key_in_a_document_of_its_own_counts_when_its_owner_lists_it(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey, listed_by_value: bool
) -> None:
    uri, key_id = f"{grocer.base}/coop", f"{grocer.base}/keys/1"
    entry = public_key(uri, rsa_key, key_id)
    context = {"@context": "https://w3id.org/security/v1", "type": "Key"}
    grocer.serve("/keys/1", context | entry)
    grocer.publish(publicKey=entry if listed_by_value else key_id)
    found = await remote_keys.key(key_id)
    assert (found.owner, found.public_key) == (uri, rsa_key.public_key())


async def test_a_key_that_only_says_itself_who_owns_it_is_refused(
    remote_keys: Keys, grocer: Peer, evil: Peer, rsa_key: RSAPrivateKey
) -> None:
    victim = publish(grocer, rsa_key)
    abroad = public_key(victim, rsa_key, f"{evil.base}/keys/1")
    evil.serve("/keys/1", abroad)
    with pytest.raises(KeyUnusable, match="another host"):
        await remote_keys.key(f"{evil.base}/keys/1")
    at_home = public_key(victim, rsa_key, f"{grocer.base}/uploads/key")
    grocer.serve("/uploads/key", at_home)
    with pytest.raises(KeyUnusable, match="not listed"):
        await remote_keys.key(f"{grocer.base}/uploads/key")


async def test_an_owner_reached_by_redirect_does_not_vouch(
    remote_keys: Keys, grocer: Peer, evil: Peer, rsa_key: RSAPrivateKey
) -> None:
    owner, key_id = f"{grocer.base}/door", f"{grocer.base}/keys/1"
    grocer.serve("/keys/1", public_key(owner, rsa_key, key_id))
    grocer.redirect("/door", f"{evil.base}/coop")
    evil.publish(publicKey=[public_key(f"{evil.base}/coop", rsa_key, key_id)])
    with pytest.raises((ProtocolError, FederationError)):
        await remote_keys.key(key_id)


async def test_an_actor_cannot_list_a_key_of_another_host(
    remote_keys: Keys, grocer: Peer, evil: Peer, rsa_key: RSAPrivateKey
) -> None:
    uri = f"{evil.base}/coop"
    stolen = f"{grocer.base}/coop#main-key"
    evil.publish(publicKey=[public_key(uri, rsa_key), public_key(uri, rsa_key, stolen)])
    await remote_keys.key(f"{uri}#main-key")
    with pytest.raises(Gone):
        await remote_keys.key(stolen)


async def test_a_key_of_our_own_is_nobody_elses(remote_keys: Keys) -> None:
    with pytest.raises(Refused) as refusal:
        await remote_keys.key("https://loaf.example/coop#main-key")
    assert (refusal.value.status, refusal.value.code) == (403, "our-key")
    assert remote_keys.fetches == 0


@pytest.mark.parametrize("key_id", ["", "#main-key", "acct:coop@grocer.example", "did:key:z6Mk"])
async def test_a_key_id_that_is_no_address_is_refused_without_asking_anybody(
    remote_keys: Keys, key_id: str
) -> None:
    with pytest.raises(ProtocolError):
        await remote_keys.key(key_id)
    assert remote_keys.fetches == 0


async def test_a_short_key_is_refused_and_the_reason_told(remote_keys: Keys, grocer: Peer) -> None:
    uri = publish(grocer, rsa.generate_private_key(65537, 1024))
    with pytest.raises(KeyUnusable, match="1024 bits"):
        await remote_keys.key(f"{uri}#main-key")


async def test_a_failure_is_remembered_for_a_minute(
    remote_keys: Keys,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    key_id = f"{grocer.base}/coop#main-key"
    grocer.serve("/coop", b"", status=503)
    for _ in range(3):
        with pytest.raises(Unreachable):
            await remote_keys.key(key_id)
    assert len(grocer.requests) == 1
    publish(grocer, rsa_key)
    clock.advance(settings.key_failure_age)
    assert (await remote_keys.key(key_id)).owner == f"{grocer.base}/coop"


async def test_made_up_key_ids_of_one_actor_cost_it_one_request(
    remote_keys: Keys, grocer: Peer, rsa_key: RSAPrivateKey
) -> None:
    uri = publish(grocer, rsa_key)
    for number in range(20):
        with pytest.raises(KeyUnusable, match="not listed"):
            await remote_keys.key(f"{uri}#{number}")
    assert len(grocer.requests) == 1


async def test_a_changed_key_is_found_by_looking_once_more(
    remote_keys: Keys,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    other_rsa_key: RSAPrivateKey,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    uri = publish(grocer, rsa_key)
    stale = await remote_keys.key(f"{uri}#main-key")
    publish(grocer, other_rsa_key)
    clock.advance(settings.key_refetch_interval)
    renewed = await remote_keys.renewed(f"{uri}#main-key", stale)
    assert renewed is not None
    assert renewed.public_key == other_rsa_key.public_key()
    assert await remote_keys.key(f"{uri}#main-key") == renewed


async def test_bad_signatures_make_us_look_again_once_in_five_minutes(
    remote_keys: Keys,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    uri = publish(grocer, rsa_key)
    known = await remote_keys.key(f"{uri}#main-key")
    clock.advance(settings.key_refetch_interval)
    answers = [await remote_keys.renewed(f"{uri}#main-key", known) for _ in range(100)]
    assert answers == [None] * 100
    assert len(grocer.requests) == 2
    clock.advance(settings.key_refetch_interval)
    await remote_keys.renewed(f"{uri}#main-key", known)
    assert len(grocer.requests) == 3


async def test_a_key_change_that_another_process_saw_is_found_without_asking(
    remote_keys: Keys,
    actors,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    other_rsa_key: RSAPrivateKey,
) -> None:
    uri = publish(grocer, rsa_key)
    stale = await remote_keys.key(f"{uri}#main-key")
    publish(grocer, other_rsa_key)
    await actors.actor(uri, refresh=True)
    renewed = await remote_keys.renewed(f"{uri}#main-key", stale)
    assert renewed is not None
    assert renewed.public_key == other_rsa_key.public_key()
    assert remote_keys.fetches == 1


async def test_a_retired_key_signs_no_more_but_still_proves_what_it_signed(
    remote_keys: Keys,
    actors,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    ed25519_key: Ed25519PrivateKey,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    uri = f"{grocer.base}/coop"
    publish(grocer, rsa_key, assertionMethod=[multikey(uri, ed25519_key)])
    await remote_keys.key(f"{uri}#ed25519-key")
    clock.advance(settings.key_recheck)
    following = key_forms.generate_ed25519()
    publish(grocer, rsa_key, assertionMethod=[multikey(uri, following, "ed25519-key-2")])
    await actors.actor(uri, refresh=True)
    assert (await remote_keys.key(f"{uri}#ed25519-key-2")).public_key == following.public_key()
    with pytest.raises(KeyUnusable):
        await remote_keys.key(f"{uri}#ed25519-key")


async def test_a_deleted_owner_is_told_apart_from_a_missing_one(
    remote_keys: Keys, grocer: Peer
) -> None:
    for path, status in (("/deleted", 410), ("/missing", 404)):
        grocer.serve(path, b"", status=status)
        with pytest.raises(Gone) as gone:
            await remote_keys.key(f"{grocer.base}{path}#main-key")
        assert gone.value.status == status


async def test_nobody_waits_for_ever_for_a_turn_at_a_site_that_never_answers(
    actors: Actors,
    documents: Documents,
    database: Database,
    grocer: Peer,
    rsa_key: RSAPrivateKey,
    clock: FixedClock,
) -> None:
    """Else keys that are named faster than they are looked for would be waited for without end."""
    few = FederationSettings(key_looks_per_site=1, total_seconds=0.4)
    known = Keys(actors, documents, database, clock=clock, settings=few, under_way=UnderWay(None))
    over = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await over.wait()
        return web.Response(status=404)

    for number in range(2):
        grocer.answer(f"/nobody-{number}", silent)
    uri = publish(grocer, rsa_key)
    first, second, late = (
        asyncio.ensure_future(known.key(key_id))
        for key_id in (
            f"{grocer.base}/nobody-0#key",
            f"{grocer.base}/nobody-1#key",
            f"{uri}#main-key",
        )
    )
    with pytest.raises(NoTurn):
        await late
    over.set()
    await asyncio.gather(first, second, return_exceptions=True)
    assert (await known.key(f"{uri}#main-key")).owner == uri  # nobody was asked, so nothing is held
