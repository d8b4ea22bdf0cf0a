"""Fedify follows a federation: the Group, a vote as a Question, its end."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from node import group
from protocol.addressing import PUBLIC
from protocol.contexts import AS2
from tests.interop.test_rochdale_and_fedify import CAVAGE, RFC9421
from tests.stories.council import Council
from tests.support.clock import FixedClock
from tests.support.fedify import StartPeer
from tests.support.town import TownFounder

pytestmark = pytest.mark.long


class Followed(Council):
    """A federation whose host looks after its followers, as a running node does each second."""

    async def settle(self) -> None:
        await super().settle()
        await group.attend(self.host.node.federation)
        await self.town.settle()


async def test_a_foreign_server_follows_a_federation_and_hears_how_a_vote_ends(
    fedify: StartPeer, found_town: TownFounder
) -> None:
    # The vote takes weeks of our time and a moment of Fedify's, which looks at no dates here.
    peer = await fedify(knock=RFC9421, window=0)
    beside = [urlsplit(peer.origin).netloc]
    now = FixedClock(datetime.now(UTC).replace(microsecond=0))
    pair = await Followed(await found_town(2, beside=beside, now=now), "lanehead").found()
    host = pair.host
    uri = group.group_uri(host.uri, pair.digest)

    actor = await peer.lookup(uri)
    assert (actor["type"], actor["preferredUsername"]) == ("Group", "toad_lane")
    found = await peer.webfinger(uri)
    assert found is not None
    assert found["subject"] == f"acct:toad_lane@{host.node.config.authority}"
    first = {"id": f"{peer.origin}/a/0", "type": "Follow", "actor": peer.actor, "object": uri}
    taken = await peer.send_raw(f"{uri}/inbox", {"@context": AS2} | first, knock=CAVAGE)
    assert taken.status == 202
    await pair.settle()
    await peer.expect("Accept")
    follow = await peer.follow(uri)
    await pair.settle()
    accepted = await peer.expect("Accept", 2)
    assert [(each["actor"], each["object"]["id"]) for each in accepted] == [
        (uri, first["id"]),
        (uri, follow),
    ]
    dialects = ["signature-input" in request["headers"] for request in await peer.raw()]
    assert dialects == [False, True], "it hears the dialect that it has shown"

    await pair.submitted("portici", is_public=True)
    [created] = await peer.expect("Create")
    question = created["object"]
    assert (question["type"], question["attributedTo"]) == ("Question", uri)
    assert PUBLIC in question["to"]
    assert [option["name"] for option in question["oneOf"]] == ["yes", "no", "abstain"]
    page = await peer.lookup((await peer.lookup(actor["outbox"]))["first"])
    assert page["orderedItems"][-1]["object"]["id"] == question["id"]
    assert (await peer.lookup(actor["followers"]))["totalItems"] == 1

    vote = {"id": f"{peer.origin}/votes/1", "type": "Note", "name": "no", "to": uri}
    said = {"type": "Create", "to": uri, "object": vote | {"inReplyTo": question["id"]}}
    said |= {"id": f"{peer.origin}/a/1", "actor": peer.actor}
    refused = await peer.send_raw(f"{uri}/inbox", {"@context": AS2} | said)
    assert (refused.status, "not-a-ballot" in refused.body) == (403, True)
    forged = {"id": f"{peer.origin}/a/2", "type": "Follow", "actor": peer.node, "object": uri}
    answer = await peer.send_raw(f"{uri}/inbox", {"@context": AS2} | forged)
    assert (answer.status, "actor-mismatch" in answer.body) == (403, True)

    await pair.put_to_vote()
    await pair.votes({"lanehead": "yes", "portici": "no"})
    await pair.ended()
    updates = await peer.expect("Update", 4)
    last = updates[-1]["object"]
    assert [option["replies"]["totalItems"] for option in last["oneOf"]] == [1, 1, 0]
    assert (last["votersCount"], "closed" in last, "closed" in question) == (2, True, False)
    assert await peer.errors() == {"errors": [], "unverified": []}
