"""Private messages between a Rochdale node and Fedify: a coop there, and a person."""

from typing import Any

import pytest

from node import accounts, listings, threads
from node.accounts import AccountView, Role
from node.listings import ListingDraft, ListingView
from node.threads import ThreadView
from tests.interop.beside import Beside, OpenBeside
from tests.support.fedify import FedifyPeer, StartPeer

pytestmark = pytest.mark.long

HELLO = "Is Friday free?\n\nThere is a dog."


async def rosa_of(coop: Beside) -> tuple[AccountView, ListingView]:
    """Somebody here, and what she offers."""
    named = {"handle": "rosa", "name": "Rosa", "roles": [Role.MEMBER]}
    rosa: AccountView = await coop.write(accounts.create_account, **named)
    draft = ListingDraft("Two-hour home clean")
    offered = await coop.write(listings.create, draft, by=rosa.id, publish=True)
    return rosa, offered


async def only_thread(coop: Beside, who: AccountView) -> ThreadView:
    async with coop.node.reading() as reader:
        [line] = await threads.threads(reader, who)
        seat = await threads.seat(reader, line.id, who)
        return await threads.thread(reader, seat)


def note(peer: FedifyPeer, to: str, number: int, content: str, **more: Any) -> dict[str, Any]:
    uri = f"{peer.origin}/notes/{number}"
    written = {
        "id": uri,
        "type": "Note",
        "attributedTo": peer.actor,
        "to": to,
        "content": content,
        "tag": {"type": "Mention", "href": to, "name": "@coop@localhost"},
    }
    return {"type": "Create", "to": to, "object": written | more}


@pytest.mark.parametrize("kind", ["Person", "Organization"])
async def test_somebody_elsewhere_asks_about_a_listing_and_is_answered(
    fedify: StartPeer, coop_beside: OpenBeside, kind: str
) -> None:
    peer = await fedify(kind=kind)
    coop = await coop_beside(peer)
    rosa, offered = await rosa_of(coop)
    content = '<p><span class="h-card">@coop@localhost</span> Is <b>Friday</b> free?</p>'
    await peer.send(note(peer, coop.uri, 1, content, inReplyTo=offered.uri), coop.uri)
    await coop.settle()

    asked = await only_thread(coop, rosa)
    assert [message.text for message in asked.messages] == ["Is Friday free?"]
    assert asked.line.about_title == "Two-hour home clean"

    await coop.write(threads.write, asked.seat, "It is <free>.")
    [create] = await peer.expect("Create")
    answer = create["object"]
    assert (answer["type"], answer["attributedTo"]) == ("Note", coop.uri)
    assert answer["content"] == "<p>It is &lt;free&gt;.</p>"
    assert (create["to"], answer["to"]) == ([peer.actor], [peer.actor])
    assert "cc" not in answer
    assert answer["inReplyTo"] == f"{peer.origin}/notes/1"
    [mention] = [answer["tag"]] if isinstance(answer["tag"], dict) else answer["tag"]
    assert (mention["type"], mention["href"]) == ("Mention", peer.actor)

    follow_up = note(peer, coop.uri, 2, "<p>Good.</p><p>Till then.</p>", inReplyTo=answer["id"])
    await peer.send(follow_up, coop.uri)
    await coop.settle()
    seen = await only_thread(coop, rosa)
    assert [one.text for one in seen.messages][2:] == ["Good.\n\nTill then."]

    await peer.send(
        {"type": "Delete", "to": coop.uri, "object": f"{peer.origin}/notes/2"}, coop.uri
    )
    await coop.settle()
    assert (await only_thread(coop, rosa)).messages[2].withdrawn
    assert (await peer.fetch_signed(answer["id"]))["content"] == answer["content"]
    assert await peer.errors() == {"errors": [], "unverified": []}


async def test_a_member_here_writes_to_a_coop_elsewhere(
    fedify: StartPeer, coop_beside: OpenBeside
) -> None:
    peer = await fedify(trades=True)
    coop = await coop_beside(peer)
    rosa, _offered = await rosa_of(coop)
    await coop.ask(peer)
    to, by = threads.actor(peer.actor), threads.account(rosa.id)
    seat = await coop.write(threads.open_thread, by=by, to=to, text=HELLO)

    [create] = await peer.expect("Create")
    assert create["object"]["content"] == "<p>Is Friday free?</p><p>There is a dog.</p>"
    reply = note(peer, coop.uri, 7, "<p>It is.</p>", inReplyTo=create["object"]["id"])
    await peer.send(reply, coop.uri)
    await coop.settle()
    thread = await only_thread(coop, rosa)
    assert thread.line.id == seat.thread_id
    assert [(one.mine, one.text) for one in thread.messages] == [(True, HELLO), (False, "It is.")]

    await coop.write(threads.withdraw, seat, thread.messages[0].id)
    [delete] = await peer.expect("Delete")
    assert delete["object"]["id"] == create["object"]["id"]
    await coop.write(threads.report, seat, "Too short an answer.", tell_them=True)
    [flag] = await peer.expect("Flag")
    assert flag["actor"] == coop.uri
    assert set(flag["object"]) == {peer.actor, f"{peer.origin}/notes/7"}
    assert await peer.errors() == {"errors": [], "unverified": []}
