"""People of two coops write to each other about an offer, and nobody else reads it."""

import pytest
from sqlalchemy import select

from federation.models import InboxEntry, OutboxEntry
from node import accounts, listings, notices, peers, threads
from node.accounts import Role
from node.errors import Closed, NotAllowed, NotFound
from node.listings import ListingDraft, Visibility
from node.threads import Event
from node.threads.models import Thread, ThreadMessage
from protocol.contexts import CONTEXT
from tests.stories.by_hand import post
from tests.support.town import Coop

HELLO = "Could you come on Friday afternoon? There is a dog."
ANSWER = "Gladly, if the dog likes vacuum cleaners."
LONG = "The key is under the third flower pot. " * 120
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def member(coop, handle, *roles):
    named = {"handle": handle, "name": handle.capitalize(), "roles": roles or [Role.MEMBER]}
    return await coop.write(accounts.create_account, **named)


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


async def topic_there(town, clean):
    mirror = await town.coops[1].read(listings.mirror, clean.uri)
    return listings.topic_of(mirror)


async def ask(town, clean, femi, text=HELLO):
    """Femi writes about the listing, as his coop knows it."""
    topic = await topic_there(town, clean)
    by = threads.account(femi.id)
    seat = await town.coops[1].write(
        threads.open_thread, by=by, to=topic.provider, about=topic, text=text
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


async def hand_over(sender, receiver, body):
    """As any program that signs; the status and the code."""
    status, told = await post(sender, receiver, body)
    return status, told.get("code")


def note(sender, receiver, number, text="Hello", **changed):
    """A message that a program writes."""
    base, here, to = sender.address, sender.uri, [receiver.uri]
    document = {
        "id": f"{base}/n/{number}",
        "type": "Note",
        "attributedTo": here,
        "to": to,
        "content": f"<p>{text}</p>",
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{base}/c/{number}",
        "type": "Create",
        "actor": here,
        "to": changed.pop("addressed", to),
        "object": document | changed,
    }


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
    await lanehead.write(threads.mark_read, seen.seat, rosa)
    await town.settle()
    both = [await only_thread(lanehead, rosa), await only_thread(portici, femi)]
    assert [said(view) for view in both] == [
        [(False, HELLO), (True, ANSWER)],
        [(True, HELLO), (False, ANSWER)],
    ]
    assert [message.sent for message in both[1].messages] == ["delivered", None]
    assert await lanehead.read(notices.count_unread, rosa) == 0
    assert both[0].line.unread == 0

    again = await ask(town, clean, femi, "One more thing.")
    assert again.thread_id == both[1].line.id, "the same about the same goes on"

    first = both[1].messages[0]
    await portici.write(threads.withdraw, both[1].seat, first.id)
    await town.settle()
    for coop, who in ((lanehead, rosa), (portici, femi)):
        message = (await only_thread(coop, who)).messages[0]
        assert (message.text, message.withdrawn) == (None, True)


async def test_a_deleted_conversation_leaves_no_text_in_any_file(neighbours):
    town, clean, rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    await lanehead.go_away()
    await ask(town, clean, femi, LONG)
    assert any(b"flower pot" in body for body in await bodies(portici)), "it waits to be sent"
    await lanehead.come_back()
    town.clock.advance(3600)
    await town.settle()
    there = await only_thread(lanehead, rosa)
    assert there.messages[0].text == LONG.strip()
    assert not any(b"flower pot" in body for body in await bodies(portici)), "it has arrived"
    await lanehead.write(threads.write, there.seat, "Found the flower pot.")
    await town.settle()

    here = await only_thread(portici, femi)
    assert here.can_be_erased
    await portici.write(threads.erase, here.seat)
    await lanehead.write(threads.erase, there.seat)
    for coop in (portici, lanehead):
        await coop.node.chores.log_erasures()
        files = [path for path in coop.node.config.data.rglob("*") if path.is_file()]
        found = [path.name for path in files if b"flower pot" in path.read_bytes()]
        assert found == []
    assert (await only_thread(portici, femi)).messages[0].text is None
    with pytest.raises(Closed):
        await portici.write(threads.write, here.seat, "Are you there?")


async def bodies(coop):
    """What the outbox and the kept messages of a coop hold."""
    return [*await all_of(coop, OutboxEntry.body), *await all_of(coop, InboxEntry.raw)]


async def all_of(coop, column):
    return await coop.read(lambda reader: reader.scalars(select(column)))


async def test_a_guest_writes_and_comes_back_by_a_link(neighbours):
    town, clean, rosa, _femi = neighbours
    lanehead, portici, _pioneer = town.coops
    topic = await topic_there(town, clean)
    link = await portici.write(
        threads.open_as_guest, to=topic.provider, about=topic, text=HELLO, name="Ada"
    )
    await town.settle()
    there = await only_thread(lanehead, rosa)
    assert said(there) == [(False, HELLO)]
    await lanehead.write(threads.write, there.seat, ANSWER)
    await town.settle()

    code = link.path.removeprefix("/t/")
    seat = await portici.read(threads.guest_seat, code)
    assert said(await portici.read(threads.thread, seat)) == [(True, HELLO), (False, ANSWER)]
    with pytest.raises(NotFound):
        await portici.read(threads.guest_seat, code[:-1])
    for _more in range(10):
        await portici.write(threads.write, seat, "Are you there?")
    with pytest.raises(NotAllowed, match="Wait for an answer"):
        await portici.write(threads.write, seat, "Are you there?")

    await portici.write(threads.erase, seat)
    await town.settle()
    assert all(
        message.text is None for message in (await portici.read(threads.thread, seat)).messages
    )
    left = (await only_thread(lanehead, rosa)).messages
    assert [message.text for message in left if message.text] == [ANSWER]


async def test_a_third_coop_cannot_write_into_a_conversation_of_two(neighbours):
    town, clean, rosa, femi = neighbours
    lanehead, portici, pioneer = town.coops
    await ask(town, clean, femi)
    view = await only_thread(lanehead, rosa)
    [row] = await all_of(portici, Thread.uri)
    [first] = await all_of(lanehead, ThreadMessage.uri)

    intruding = note(pioneer, lanehead, 1, context=row)
    assert await hand_over(pioneer, lanehead, intruding) == (403, "not-your-thread")
    intruding = note(pioneer, lanehead, 2, inReplyTo=first)
    assert await hand_over(pioneer, lanehead, intruding) == (403, "not-your-thread")
    taken_back = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{pioneer.address}/c/3",
        "type": "Delete",
        "actor": pioneer.uri,
        "to": [lanehead.uri],
        "object": first,
    }
    assert (await hand_over(pioneer, lanehead, taken_back))[0] == 403
    assert said(await only_thread(lanehead, rosa)) == said(view)


async def test_what_is_no_private_message_for_us_is_refused(neighbours):
    town, _clean, _rosa, _femi = neighbours
    lanehead, _portici, pioneer = town.coops
    both = [lanehead.uri, PUBLIC]
    open_to_all = note(pioneer, lanehead, 1, to=both, addressed=both)
    others = [town.coops[1].uri]
    cases = {
        (422, "not-private"): open_to_all,
        (403, "not-addressed"): note(pioneer, lanehead, 2, to=others, addressed=others),
        (422, "message-too-long"): note(pioneer, lanehead, 3, text="a" * 5001),
        (422, "message-empty"): note(pioneer, lanehead, 4, text=""),
        (202, "not-for-us"): note(pioneer, lanehead, 5, to=[PUBLIC], addressed=[PUBLIC]),
        (202, "unknown-type"): note(pioneer, lanehead, 6, kind="petition"),
    }
    for answer, message in cases.items():
        assert await hand_over(pioneer, lanehead, message) == answer
    admin = await member(lanehead, "ann", Role.ADMIN)
    assert await lanehead.read(threads.threads, admin, desk=True) == []


async def test_a_message_counts_once_and_a_stranger_may_begin_few(neighbours):
    town, clean, rosa, _femi = neighbours
    lanehead, portici, pioneer = town.coops
    hello = note(pioneer, lanehead, 1, inReplyTo=clean.uri)
    assert await hand_over(pioneer, lanehead, hello) == (202, None)
    assert await hand_over(pioneer, lanehead, hello) == (200, "duplicate-delivery")
    again = hello | {"id": f"{pioneer.address}/c/again"}
    assert await hand_over(pioneer, lanehead, again) == (202, "known-already")
    assert said(await only_thread(lanehead, rosa)) == [(False, "Hello")]

    statuses = [
        (await hand_over(pioneer, portici, note(pioneer, portici, n)))[0] for n in range(2, 6)
    ]
    await town.settle()
    admin = await member(portici, "ann", Role.ADMIN)
    desk = await portici.read(threads.threads, admin, desk=True)
    assert (statuses, len(desk)) == ([202, 202, 202, 429], 3)
    told = {str(one.text) for one in await portici.read(notices.notices, admin)}
    assert told >= {"A message from Pioneer."}
    seat = await portici.read(threads.seat, desk[0].id, admin)
    await portici.write(threads.claim, seat)
    assert [line.id for line in await portici.read(threads.threads, admin)] == [desk[0].id]


async def test_a_listing_for_peers_is_no_address_for_a_stranger(found_town):
    town = await found_town(3)
    lanehead, portici, pioneer = town.coops
    await town.introduce(lanehead, portici)
    rosa = await member(lanehead, "rosa")
    draft = ListingDraft("Spare ladder", visibility=Visibility.FEDERATION)
    ladder = await lanehead.write(listings.create, draft, by=rosa.id, publish=True)
    await hand_over(pioneer, lanehead, note(pioneer, lanehead, 1, inReplyTo=ladder.uri))
    await hand_over(portici, lanehead, note(portici, lanehead, 1, inReplyTo=ladder.uri))
    await town.settle()
    assert [line.other_name for line in await lanehead.read(threads.threads, rosa)] == ["Portici"]


async def test_who_is_blocked_is_not_told_and_not_heard(neighbours):
    town, clean, rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    await ask(town, clean, femi)
    here, there = await only_thread(portici, femi), await only_thread(lanehead, rosa)
    await lanehead.write(threads.block, there.seat, everywhere=True)
    await portici.write(threads.write, here.seat, "Hello?")
    await town.settle()
    assert said(await only_thread(lanehead, rosa)) == [(False, HELLO)]
    assert (await only_thread(portici, femi)).messages[-1].sent == "delivered"
    assert await hand_over(portici, lanehead, note(portici, lanehead, 9, inReplyTo=clean.uri)) == (
        202,
        None,
    )
    assert len(await lanehead.read(threads.threads, rosa)) == 1
    with pytest.raises(NotAllowed):
        await lanehead.write(threads.write, there.seat, ANSWER)
    await lanehead.write(threads.unblock, there.seat)
    await portici.write(threads.write, here.seat, "Still there?")
    await town.settle()
    assert said(await only_thread(lanehead, rosa))[-1] == (False, "Still there?")


async def test_a_report_reaches_both_coops_without_the_reporters_name(neighbours):
    town, clean, rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    await ask(town, clean, femi, "Do it for nothing, or else.")
    admins = [await member(coop, "ann", Role.ADMIN) for coop in (lanehead, portici)]
    there = await only_thread(lanehead, rosa)
    with pytest.raises(NotFound):
        await lanehead.read(threads.seat, there.line.id, admins[0])

    await lanehead.write(threads.report, there.seat, "He threatens me.", tell_them=True)
    await town.settle()
    for coop, admin in zip((lanehead, portici), admins, strict=True):
        [report] = await coop.read(threads.reports, admin)
        told = {str(one.text) for one in await coop.read(notices.notices, admin)}
        assert "A conversation about “Two-hour home clean” was reported." in told
        seen, messages = await coop.read(threads.reported, report.id, admin)
        assert seen.reason == "He threatens me."
        assert [one.text for one in messages] == ["Do it for nothing, or else."]
        await coop.write(threads.settle, report.id, by=admin)
        with pytest.raises(NotFound):
            await coop.read(threads.reported, report.id, admin)
    assert not any(b"threatens" in body for body in await bodies(lanehead))


async def test_members_of_one_coop_write_to_each_other_and_to_its_desk(coop: Coop):
    rosa, femi = await member(coop, "rosa"), await member(coop, "femi")
    draft = ListingDraft("Bread on Fridays")
    bread = await coop.write(listings.create, draft, by=rosa.id, publish=True)
    topic = listings.topic_of(bread)
    opened = {"to": topic.provider, "about": topic, "text": HELLO}
    await coop.write(threads.open_thread, by=threads.account(femi.id), **opened)
    view = await only_thread(coop, rosa)
    assert (said(view), view.line.other_name) == ([(False, HELLO)], "Femi")
    with pytest.raises(NotAllowed):
        await coop.write(threads.open_thread, by=threads.account(rosa.id), **opened)
    await coop.write(threads.change_state, view.seat, Event.CLOSE)
    await coop.write(threads.write, view.seat, ANSWER)
    assert (await only_thread(coop, femi)).line.state == "open"

    ann = await member(coop, "ann", Role.ADMIN)
    await coop.write(accounts.disable, rosa.id, by=ann.id)
    await coop.write(threads.open_as_guest, **opened)
    [left] = await coop.read(threads.threads, ann, desk=True)
    assert left.about_title == "Bread on Fridays", "the desk answers for who has left"

    await coop.write(threads.attach, view.line.id, f"{coop.address}/agreements/1", "Bread")
    assert await coop.read(threads.about, f"{coop.address}/agreements/1") == [view.line.id]
    assert view.line.id in await coop.read(threads.about, bread.uri)


async def test_nothing_goes_out_to_a_coop_on_hold(neighbours):
    town, clean, _rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    topic = await topic_there(town, clean)
    await portici.write(peers.suspend, lanehead.uri, "unanswered invoices")
    with pytest.raises(NotAllowed, match="on hold"):
        await portici.write(
            threads.open_thread,
            by=threads.account(femi.id),
            to=topic.provider,
            about=topic,
            text=HELLO,
        )


async def test_a_request_that_is_gone_takes_along_its_message_though_it_was_put_right(neighbours):
    town, clean, rosa, _femi = neighbours
    lanehead, portici, _pioneer = town.coops
    request = f"{portici.address}/agreements/1"
    answers = {"agreement": request, "answers": [{"question": "Pets?", "answer": "A dog"}]}
    topic = {"inReplyTo": clean.uri}
    first = note(portici, lanehead, 1, "Ring the bell", details=answers, **topic)
    assert (await hand_over(portici, lanehead, first | {"@context": CONTEXT}))[0] == 202
    mended = note(portici, lanehead, 1, "Ring twice", **topic)
    changed = {"id": f"{portici.address}/u/1", "type": "Update"}
    assert (await hand_over(portici, lanehead, mended | changed))[0] == 202
    await town.settle()
    assert said(await only_thread(lanehead, rosa)) == [(False, "Ring twice")]
    await lanehead.write(threads.withdraw_for, [request])
    assert said(await only_thread(lanehead, rosa)) == [(False, None)]


async def erases(coop, seat):
    await coop.write(threads.erase, seat)


async def answers(coop, seat):
    await coop.write(threads.write, seat, ANSWER)


async def takes_back(coop, seat):
    view = await coop.read(threads.thread, seat)
    own = next(message for message in view.messages if message.mine)
    await coop.write(threads.withdraw, seat, own.id)


CROSSED = [
    (answers, erases, ([ANSWER], [])),
    (erases, answers, ([], [HELLO, ANSWER])),
    (erases, erases, ([], [])),
    (erases, takes_back, ([], [])),
    (answers, takes_back, ([ANSWER], [ANSWER])),
]


@pytest.mark.parametrize("first", ["provider", "asker"])
@pytest.mark.parametrize(("there", "here", "left"), CROSSED)
async def test_letters_that_cross_leave_nothing_that_was_taken_back(
    neighbours, first, there, here, left
):
    town, clean, rosa, femi = neighbours
    lanehead, portici, _pioneer = town.coops
    asked = await ask(town, clean, femi)
    if there is erases:
        await lanehead.write(threads.write, (await only_thread(lanehead, rosa)).seat, "Soon.")
        await town.settle()
    provider = (await only_thread(lanehead, rosa)).seat
    await there(lanehead, provider)
    await here(portici, asked)
    if first == "asker":
        town.coops.reverse()
    await town.settle()
    assert (await read(lanehead, provider), await read(portici, asked)) == left


async def read(coop, seat):
    """What can still be read of a conversation."""
    view = await coop.read(threads.thread, seat)
    return [message.text for message in view.messages if message.text]
