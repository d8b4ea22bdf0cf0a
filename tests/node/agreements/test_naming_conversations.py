"""An Offer names the conversation that it comes from, which may still be on its way."""

import pytest
from sqlalchemy import select

from federation.handlers import Applied
from node import limits, threads
from node.agreements import State, arriving
from node.agreements.models import agreement_table, parked_table
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


@pytest.mark.parametrize(
    ("context", "kept"),
    [
        (TALK, TALK),
        ({"id": TALK}, TALK),
        (f"{GROCER}/{'x' * 2_100}", None),
        ("https://mill.example/threads/1", None),
        ("tag:grocer.example,2027:1", None),
        (f"{GROCER}/threads 1", None),
    ],
)
async def test_of_what_an_offer_names_only_a_conversation_of_that_coop_is_kept(
    coop, grocer, listing, context, kept
):
    said = agreement(listing, ours(listing))
    assert await grocer.say("Offer", said, context=context) == Applied()
    assert await coop.read(lambda reader: reader.scalar(select(agreement_table.c.context))) == kept


async def test_a_conversation_that_begins_led_to_the_newest_offers_that_named_it(
    coop, grocer, listing, monkeypatch
):
    monkeypatch.setattr(limits, "LED_TO_AT_ONCE", 2)
    named = []
    for _number in range(3):
        said = plain(GROCER, listing)
        assert await grocer.say("Offer", said, context=TALK) == Applied()
        named.append((await newest(coop)).uri)
    begun = threads.ConversationBegun("t" * 26, TALK, GROCER)
    attached = []

    async def attach_all(_uow, thread_id, led_to):
        attached.append((thread_id, list(led_to)))

    monkeypatch.setattr(threads, "attach_all", attach_all)
    await coop.write(arriving.words_came, begun)
    assert attached == [("t" * 26, [named[2], named[1]])]


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
