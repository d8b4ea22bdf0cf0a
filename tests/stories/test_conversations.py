"""People of two coops write to each other about an offer, and nobody else reads it."""

import pytest

from node import accounts, listings, notices, threads
from node.accounts import Role
from node.listings import ListingDraft

HELLO = "Could you come on Friday afternoon? There is a dog."
ANSWER = "Gladly, if the dog likes vacuum cleaners."


async def member(coop, handle, *roles):
    return await coop.write(
        accounts.create_account,
        handle=handle,
        name=handle.capitalize(),
        roles=roles or [Role.MEMBER],
    )


@pytest.fixture
async def neighbours(found_town):
    """Rosa of Lanehead offers something; Femi of Portici has found it. Pioneer knows both."""
    town = await found_town(3)
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    await town.introduce(lanehead, pioneer)
    rosa, femi = await member(lanehead, "rosa"), await member(portici, "femi")
    draft = ListingDraft("Two-hour home clean")
    clean = await lanehead.write(listings.create, draft, by=rosa.id, publish=True)
    await town.settle()
    return town, clean, rosa, femi


async def ask(town, clean, femi, text=HELLO):
    """Femi writes about the listing, as his coop knows it."""
    _lanehead, portici, _pioneer = town.coops
    mirror = await portici.read(listings.mirror, clean.uri)
    topic = listings.topic_of(mirror)
    seat = await portici.write(
        threads.open_thread,
        by=threads.account(femi.id),
        to=topic.provider,
        about=topic,
        text=text,
    )
    await town.settle()
    return seat


async def only_thread(coop, who):
    """The one conversation of somebody, whole."""
    [line] = await coop.read(threads.threads, who)
    seat = await coop.read(threads.seat, line.id, who)
    return await coop.read(threads.thread, seat)


def said(view):
    return [(message.mine, message.text) for message in view.messages]


async def test_a_member_writes_to_a_provider_elsewhere_and_is_answered(neighbours):
    town, clean, rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    await ask(town, clean, femi)

    seen = await only_thread(lanehead, rosa)
    assert said(seen) == [(False, HELLO)]
    assert (seen.line.about_title, seen.line.other_name) == ("Two-hour home clean", "Portici")
    assert seen.line.unread == 1
    [notice] = await lanehead.read(notices.notices, rosa)
    assert str(notice.text) == "A message about “Two-hour home clean”."
    assert notice.subject == seen.line.id

    await lanehead.write(threads.write, seen.seat, ANSWER)
    await town.settle()
    both = [await only_thread(lanehead, rosa), await only_thread(portici, femi)]
    assert [said(view) for view in both] == [
        [(False, HELLO), (True, ANSWER)],
        [(True, HELLO), (False, ANSWER)],
    ]
    assert [message.sent for message in both[1].messages] == ["delivered", None]
