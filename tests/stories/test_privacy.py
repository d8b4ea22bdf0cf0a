"""Who may read what: asked at every address there is, by everybody who might."""

import pytest
from sqlalchemy import select

from federation.models import OutboxEntry
from node import peers
from node.listings import ANYBODY, Visibility
from tests.stories.market import MEMBER, change, found, hand_of, offer, seen_by, street

PAGES = "text/html"
DOCUMENTS = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
SECRET = "Meeting room behind the bakery"


@pytest.fixture
async def neighbours(found_town):
    """Lanehead is in touch with Portici; Câmara is a coop too, and in touch with nobody."""
    town = await found_town(4)
    lanehead, portici, _pioneer, camara = town.coops
    await town.introduce(lanehead, portici)
    return town, lanehead, portici, camara


async def addresses(coop, listing) -> list[str]:
    """Every address at which something of a listing could show."""
    rows = await coop.read(lambda reader: reader.rows(select(OutboxEntry.id)))
    return [
        f"/listings/{listing.id}",
        f"/listings/{listing.id}/note",
        f"/listings/{listing.id}/edit",
        f"/api/v1/listings/{listing.id}",
        "/api/v1/listings",
        "/api/v1/listings?q=bakery",
        "/",
        "/search?q=bakery",
        "/coop",
        "/coop/outbox",
        "/coop/outbox?cursor=",
        "/coop/catalogue",
        "/coop/catalogue?since=",
        *(f"/activities/{row.id}" for row in rows),
    ]


async def readable_at(coop, listing, signer=None) -> list[str]:
    """The addresses whose answer shows the listing to somebody who asks."""
    shown = []
    async with street() as passer:
        for path in await addresses(coop, listing):
            for accept in (PAGES, DOCUMENTS, "application/json"):
                status, body = await passer.get(coop, path, accept=accept, signer=signer)
                assert status < 500, (path, accept, body)
                if SECRET in body:
                    shown.append(f"{path} as {accept}")
    return shown


async def test_a_listing_for_members_reaches_nobody_else(neighbours):
    town, lanehead, portici, camara = neighbours
    listing = await offer(lanehead, SECRET, Visibility.MEMBER)
    assert await seen_by(town, portici, camara) == [[], []]
    assert await found(lanehead, MEMBER, "local") == [SECRET]
    assert await found(lanehead, ANYBODY, "local") == []

    assert await readable_at(lanehead, listing) == []
    assert await readable_at(lanehead, listing, signer=hand_of(camara)) == []
    assert await readable_at(lanehead, listing, signer=hand_of(portici)) == []


async def test_a_listing_for_the_federation_is_read_by_peers_alone(neighbours):
    town, lanehead, portici, camara = neighbours
    listing = await offer(lanehead, SECRET, Visibility.FEDERATION)
    assert await seen_by(town, portici, camara) == [[SECRET], []]
    assert await found(portici, ANYBODY) == []

    assert await readable_at(lanehead, listing) == []
    assert await readable_at(lanehead, listing, signer=hand_of(camara)) == []
    shown = await readable_at(lanehead, listing, signer=hand_of(portici))
    assert f"/listings/{listing.id} as {DOCUMENTS}" in shown
    assert f"/coop/catalogue?since= as {DOCUMENTS}" in shown
    assert f"/coop/outbox?cursor= as {DOCUMENTS}" in shown


async def test_who_may_not_read_hears_no_more_than_that(neighbours):
    _town, lanehead, portici, camara = neighbours
    for_peers = await offer(lanehead, SECRET, Visibility.FEDERATION)
    for_members = await offer(lanehead, SECRET, Visibility.MEMBER)
    async with street() as passer:

        async def status(listing, signer=None) -> int:
            path = f"/listings/{listing.id}"
            return (await passer.get(lanehead, path, signer=signer))[0]

        assert await status(for_peers) == 401
        assert await status(for_peers, signer=hand_of(camara)) == 404
        assert await status(for_peers, signer=hand_of(portici)) == 200
        assert await status(for_members) == 404
        assert await status(for_members, signer=hand_of(camara)) == 404
        assert await status(for_members, signer=hand_of(portici)) == 404


async def test_a_listing_that_becomes_private_cannot_be_read_in_what_was_said_before(neighbours):
    town, lanehead, portici, camara = neighbours
    listing = await offer(lanehead, SECRET, Visibility.PUBLIC)
    assert await seen_by(town, portici) == [[SECRET]]
    assert await readable_at(lanehead, listing) != []

    await change(lanehead, listing, visibility=Visibility.FEDERATION)
    await town.settle()
    assert await readable_at(lanehead, listing) == []
    assert await readable_at(lanehead, listing, signer=hand_of(camara)) == []
    assert await found(portici) == [SECRET]
    assert await found(portici, ANYBODY) == []

    await change(lanehead, listing, visibility=Visibility.MEMBER)
    await town.settle()
    assert await readable_at(lanehead, listing, signer=hand_of(portici)) == []
    assert await found(portici) == []


async def test_a_coop_on_hold_reads_as_a_stranger(neighbours):
    town, lanehead, portici, _camara = neighbours
    listing = await offer(lanehead, SECRET, Visibility.FEDERATION)
    await town.settle()
    await lanehead.write(peers.suspend, portici.uri, "unanswered invoices")
    assert await readable_at(lanehead, listing, signer=hand_of(portici)) == []
