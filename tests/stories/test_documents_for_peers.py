"""What a slice registers for peers is there, over HTTP, on a whole node."""

import json

from protocol.media_types import LD_JSON_AS2
from tests.stories.market import offer, street


async def test_every_registered_document_is_served_from_its_address(town):
    lanehead = town.coops[0]
    listing = await offer(lanehead, "Home clean")
    public = {"/listings/{id}": "Proposal", "/listings/{id}/note": "Note"}
    registered = lanehead.node.federation.documents.paths
    assert set(public) <= set(registered)
    async with street() as passer:
        for path in registered:
            address = path.replace("{id}", listing.id)
            status, body = await passer.get(lanehead, address)
            if path in public:
                document = json.loads(body)
                assert (status, document["type"]) == (200, public[path])
                assert document["id"] == f"{lanehead.address}{address}"
            else:
                # Nothing of that kind is there; what answers is the peers' route, not a page.
                assert status in {401, 404}
                assert json.loads(body)["code"] in {"not-found", "signature-required"}


async def test_a_person_who_follows_the_address_of_a_note_finds_the_listing(town):
    lanehead = town.coops[0]
    listing = await offer(lanehead, "Home clean")
    async with street() as passer:
        status, _ = await passer.get(lanehead, f"/listings/{listing.id}/note", accept="text/html")
        assert status == 303
        status, body = await passer.get(lanehead, f"/listings/{listing.id}", accept="text/html")
        assert (status, "Home clean" in body) == (200, True)
        assert LD_JSON_AS2 not in body
