"""An Offer names the conversation that it comes from, which may still be on its way."""

import pytest

from federation.handlers import Applied
from node import limits
from node.agreements import State
from node.agreements.models import parked_table
from tests.node.agreements.offers import THEIRS, agreement, newest, ours, refused
from tests.node.agreements.peers import GROCER, plain

TALK = f"{GROCER}/threads/1"


@pytest.mark.parametrize("context", [THEIRS, TALK, "tag:grocer.example,2027:1", "https://["])
async def test_an_offer_is_taken_back_whatever_conversation_it_names(
    coop, grocer, listing, context
):
    said = agreement(listing, ours(listing))
    assert await grocer.say("Offer", said, context=context) == Applied()
    await coop.do(await newest(coop), "accept", coop.rosa)
    assert await grocer.say("Undo", f"{GROCER}/a/1") == Applied()
    assert (await newest(coop)).state is State.CANCELLED


async def test_conversations_that_never_come_take_no_room_from_what_came_too_early(
    coop, grocer, listing, monkeypatch
):
    monkeypatch.setattr(limits, "PARKED_PER_PEER", 1)
    for number in range(2):
        said = plain(GROCER, listing)
        assert await grocer.say("Offer", said, context=f"{TALK}{number}") == Applied()
    assert await coop.read(lambda reader: reader.rows(parked_table.select())) == []
    asked = await newest(coop)
    assert await grocer.document(asked.uri, "payment") == Applied()
    refused(await grocer.document(asked.uri, "payment"), 409, "too-early")
