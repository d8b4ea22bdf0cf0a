import pytest
from aiohttp import web

from federation import moderation
from federation.errors import (
    FederationError,
    Gone,
    NotAnActor,
    Refused,
    TooLarge,
    Unreachable,
)
from federation.hosts import shown_profile
from federation.identities import Identities
from federation.models import RuleLevel
from federation.remote.documents import Documents
from federation.settings import FederationSettings
from federation.storage import Database
from protocol import http_signatures
from protocol.errors import MalformedDocument
from protocol.http_signatures import Profile
from tests.federation.peer import Peer
from tests.support.clock import FixedClock


async def test_a_document_is_asked_for_with_our_nodes_signature(
    documents: Documents, grocer: Peer, identities: Identities, clock: FixedClock
) -> None:
    uri = grocer.publish()
    assert (await documents.fetch_document(uri))["id"] == uri
    (asked,) = grocer.requests
    claims = http_signatures.claims_of(asked)
    assert claims.key_id == identities.node.rsa_key_id
    http_signatures.verify(asked, claims, identities.node.rsa_key.public_key(), clock.now())
    assert "profile=" in str(asked.header("accept"))


async def test_an_alias_leads_to_the_document_at_its_own_address(
    documents: Documents, grocer: Peer
) -> None:
    uri = grocer.publish("/coop")
    grocer.serve("/@coop", grocer.actor("/coop"))
    assert (await documents.fetch_document(f"{grocer.base}/@coop"))["id"] == uri
    assert grocer.paths == ["/@coop", "/coop"]


async def test_a_document_under_anothers_id_is_not_believed(
    documents: Documents, grocer: Peer, evil: Peer
) -> None:
    real = grocer.publish(name="The real grocer")
    lie = evil.serve("/x", grocer.actor(name="Forged"))
    found = await documents.fetch_document(lie)
    assert (found["id"], found["name"]) == (real, "The real grocer")


async def test_an_open_redirect_does_not_lend_its_host_to_a_forgery(
    documents: Documents, grocer: Peer, evil: Peer
) -> None:
    forged = evil.serve("/x", grocer.actor("/victim", name="Forged"))
    door = grocer.redirect("/open-redirect", forged)
    with pytest.raises(Gone):
        await documents.fetch_document(door)


async def test_a_document_that_never_lives_where_it_says_is_dropped(
    documents: Documents, evil: Peer
) -> None:
    evil.serve("/a", evil.actor("/b"))
    evil.serve("/b", evil.actor("/c"))
    with pytest.raises(NotAnActor, match="somewhere else"):
        await documents.fetch_document(f"{evil.base}/a")
    assert evil.paths == ["/a", "/b"]


@pytest.mark.parametrize(
    ("asked", "named"), [("/a", "/a#x"), ("/a#x", "/a#x"), ("/a", "/a/#main-key")]
)
async def test_an_id_with_a_fragment_is_not_a_document(
    documents: Documents, evil: Peer, asked: str, named: str
) -> None:
    evil.serve("/a", evil.actor(named))
    with pytest.raises((NotAnActor, Gone)):
        await documents.fetch_document(f"{evil.base}{asked}")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "image/png", "application/json", "application/ld+json", "text/html", ""],
)
async def test_an_uploaded_file_is_not_a_document(
    documents: Documents, grocer: Peer, content_type: str
) -> None:
    url = grocer.serve("/uploads/actor", grocer.actor("/uploads/actor"), content_type)
    with pytest.raises(NotAnActor) as refusal:
        await documents.fetch_document(url)
    assert refusal.value.code == "wrong-content-type"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[]", MalformedDocument),
        (b'{"id": 1}', MalformedDocument),
        (b'{"id": "https://a/", "id": "https://b/"}', MalformedDocument),
        (b"{}", NotAnActor),
        (b"\xff", MalformedDocument),
        (b'{"x": "' + bytes(1024 * 1024) + b'"}', TooLarge),
    ],
)
async def test_what_is_no_whole_document_is_refused(
    documents: Documents, evil: Peer, body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await documents.fetch_document(evil.serve("/x", body))


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [(404, Gone, False), (410, Gone, False), (400, Refused, False), (502, Unreachable, True)],
)
async def test_a_refusal_says_whether_waiting_helps(
    documents: Documents, grocer: Peer, status: int, error: type[FederationError], retry: bool
) -> None:
    with pytest.raises(error) as refusal:
        await documents.fetch_document(grocer.serve("/x", b"", status=status))
    assert refusal.value.retry is retry


async def test_a_blocked_domain_is_not_asked(
    documents: Documents, database: Database, evil: Peer, grocer: Peer
) -> None:
    await database.write(
        lambda uow: moderation.set_rule(uow, "evil.example", RuleLevel.BLOCK, "spam")
    )
    with pytest.raises(Refused, match="blocked"):
        await documents.fetch_document(evil.publish())
    assert evil.requests == []
    door = grocer.redirect("/door", f"{evil.base}/coop")
    with pytest.raises(Refused, match="blocked"):
        await documents.fetch_document(door)


def only_rfc9421(peer: Peer) -> str:
    async def reply(request: web.Request) -> web.Response:
        if "Signature-Input" not in request.headers:
            return web.Response(status=401)
        return web.json_response(peer.actor(), content_type="application/activity+json")

    return peer.answer("/coop", reply)


async def test_a_host_that_takes_only_the_new_signatures_is_knocked_at_twice_and_remembered(
    documents: Documents,
    database: Database,
    grocer: Peer,
    clock: FixedClock,
    settings: FederationSettings,
) -> None:
    uri = only_rfc9421(grocer)
    await documents.fetch_document(uri)
    await documents.fetch_document(uri)
    schemes = [request.header("signature-input") is not None for request in grocer.requests]
    assert schemes == [False, True, True]
    async with database.reading() as reader:
        assert await shown_profile(reader, grocer.authority, settings) is Profile.RFC9421
    clock.advance(settings.profile_age)
    clock.advance(1)
    async with database.reading() as reader:
        assert await shown_profile(reader, grocer.authority, settings) is None


async def test_a_host_that_lets_nobody_in_is_knocked_at_twice_and_nothing_is_learnt(
    documents: Documents, database: Database, grocer: Peer, settings: FederationSettings
) -> None:
    with pytest.raises(Refused) as refusal:
        await documents.fetch_document(grocer.serve("/coop", b"", status=401))
    assert refusal.value.status == 401
    assert len(grocer.requests) == 2
    async with database.reading() as reader:
        assert await shown_profile(reader, grocer.authority, settings) is None
