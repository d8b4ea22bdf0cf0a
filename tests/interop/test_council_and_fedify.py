"""What Fedify reads of a federation: the Group, its outbox, a vote as a Question."""

from protocol.addressing import PUBLIC
from tests.stories.council import Council
from tests.support.fedify import StartPeer
from tests.support.town import TownFounder


async def test_a_foreign_server_reads_the_group_its_outbox_and_a_vote(
    fedify: StartPeer, found_town: TownFounder
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    await pair.opened(is_public=True)
    await pair.vote("lanehead", "yes")
    await pair.settle()
    peer = await fedify()
    uri = f"{pair.host.address}/federations/{await pair.id_at('lanehead')}"

    group = await peer.lookup(uri)
    assert (group["type"], group["name"]) == ("Group", "Toad Lane")
    front = await peer.lookup(group["outbox"])
    page = await peer.lookup(front["first"])
    [created] = page["orderedItems"]
    question = await peer.lookup(created["object"]["id"])
    assert (question["type"], question["attributedTo"]) == ("Question", uri)
    assert question["to"] == [PUBLIC]
    assert [option["name"] for option in question["oneOf"]] == ["yes", "no", "abstain"]
    assert (question["votersCount"], "closed" in question) == (1, False)
    assert (await peer.lookup(group["followers"]))["totalItems"] == 2
    assert await peer.errors() == {"errors": [], "unverified": []}
