"""Who may say it: owners, embedded documents, ids, and what an upload may pass for."""

import json
from datetime import timedelta

import pytest
from aiohttp import web

from node.media.encoding import Fault, encoded
from tests.hostile.cases.doors import downloaded
from tests.hostile.cases.uploads import sent_and_fetched, shown_pictures
from tests.hostile.rows import Rows
from tests.hostile.siege import MEMORY, Request, Siege
from tests.stories.market import offer
from tests.support.photos import photo

rows = Rows()


@rows.attack("IDN-01")
async def a_change_by_who_does_not_own_it(siege: Siege) -> None:
    theirs = siege.listing()
    await siege.taken(siege.signed(siege.activity(obj=theirs)))
    siege.clock.advance(timedelta(seconds=5))
    changed = theirs | {"name": "Cake", "updated": "2027-12-01T00:00:00Z"}
    said = siege.activity("Update", changed, siege.eve.signer)
    await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")


@rows.attack("IDN-01", "who says that it is theirs")
async def a_change_by_who_says_it_is_theirs(siege: Siege) -> None:
    """By eve under her own name; by a neighbour of the farm's; of the farm's own actor."""
    theirs = siege.listing()
    await siege.taken(siege.signed(siege.activity(obj=theirs)))
    grabbed = theirs | {"attributedTo": siege.eve.coop, "updated": "2027-12-01T00:00:00Z"}
    said = siege.activity("Update", grabbed, siege.eve.signer)
    await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")
    profile = siege.farm.peer.actor(name="Ours now")
    await siege.refused(
        siege.signed(siege.activity("Update", profile, siege.eve.signer), siege.eve.signer),
        "not-owner",
    )
    await siege.coop.node.federation.actors.actor(siege.mallory.actor)
    await siege.refused(
        siege.signed(siege.activity("Update", profile, siege.mallory), siege.mallory), "not-owner"
    )
    await siege.refused(
        siege.signed(siege.activity("Update", theirs, siege.mallory), siege.mallory), "not-owner"
    )


@rows.attack("IDN-01", "the owner is a list")
async def a_change_by_one_of_two_owners(siege: Siege) -> None:
    both = siege.listing(attributedTo=[siege.eve.coop, siege.farm.coop])
    for verb in ("Create", "Update"):
        said = siege.activity(verb, both, siege.eve.signer)
        async with siege.nothing_happens(but=MEMORY):
            answer = await siege.send(siege.signed(said, siege.eve.signer))
        assert answer.status in (202, 400, 403, 422), answer.body


@rows.attack("IDN-02")
async def a_deletion_by_who_does_not_own_it(siege: Siege) -> None:
    theirs = siege.listing()
    await siege.taken(siege.signed(siege.activity(obj=theirs)))
    for what in (theirs["id"], siege.farm.coop, f"{siege.farm.base}/council/ballot-1"):
        said = siege.activity("Delete", what, siege.eve.signer)
        await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")


@rows.attack("IDN-02", "what nobody may delete")
async def what_nobody_may_delete(siege: Siege) -> None:
    """Our own things, by a peer; a ballot and an obligation, by whoever made them."""
    ours = await offer(siege.coop, "Ours")
    for what in (f"{siege.coop.address}/listings/{ours.id}", siege.coop.uri):
        await siege.refused(siege.signed(siege.activity("Delete", what)), "our-id")
    for kind in ("Document", "Note"):
        gone = {"id": f"{siege.farm.base}/x/{siege.number()}", "type": "Tombstone"}
        said = siege.activity("Delete", gone | {"formerType": kind})
        async with siege.nothing_happens(but={*MEMORY, "tombstone"}):
            assert (await siege.send(siege.signed(said))).status == 202


@rows.attack("IDN-03")
async def an_undo_of_what_another_did(siege: Siege) -> None:
    act = siege.activity("Like", f"{siege.farm.base}/goods/1")
    said = siege.activity("Undo", act, siege.eve.signer)
    await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")


@rows.attack("IDN-03", "by its id alone")
async def an_undo_by_id(siege: Siege) -> None:
    by_eve = siege.activity("Undo", f"{siege.farm.base}/a/1", siege.eve.signer)
    await siege.refused(siege.signed(by_eve, siege.eve.signer), "not-owner")
    ours = f"{siege.coop.address}/activities/1"
    for verb in ("Undo", "Reject"):
        said = siege.activity(verb, ours, siege.eve.signer)
        async with siege.nothing_happens(but=MEMORY):
            answer = await siege.send(siege.signed(said, siege.eve.signer))
        assert answer.status in (202, 403)
    nobodys = siege.activity("Undo", {"type": "Follow", "actor": siege.farm.coop}, siege.eve.signer)
    await siege.refused(siege.signed(nobodys, siege.eve.signer), "not-owner")


@rows.attack("IDN-05")
async def a_listing_in_anothers_name(siege: Siege) -> None:
    listed = siege.listing(by=siege.eve.signer, attributedTo=siege.farm.coop)
    said = siege.activity("Create", listed, siege.eve.signer)
    await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")


@rows.attack("IDN-05", "in an answer and in a result")
async def something_in_anothers_name_elsewhere(siege: Siege) -> None:
    """What stands under `result`, or hangs on another coop's thread, is hearsay."""
    result = siege.listing()
    said = siege.activity("Accept", f"{siege.coop.address}/x", siege.eve.signer, result=result)
    await siege.without_effect(siege.signed(said, siege.eve.signer))
    note = {
        "id": f"{siege.eve.base}/notes/{siege.number()}",
        "type": "Note",
        "attributedTo": siege.farm.coop,
        "content": "<p>We agree</p>",
        "to": [siege.coop.uri],
    }
    said = siege.activity("Create", note, siege.eve.signer, to=[siege.coop.uri])
    await siege.refused(siege.signed(said, siege.eve.signer), "not-owner")


@rows.attack("IDN-07")
async def anothers_object_inside(siege: Siege) -> None:
    """It is cut back to its id; a listing that is only named is asked for in vain."""
    said = siege.activity("Create", siege.listing(), siege.eve.signer)
    async with siege.nothing_happens(but=MEMORY):
        answer = await siege.send(siege.signed(said, siege.eve.signer))
    assert answer.status in (202, 403, 422), answer.body


@rows.attack("IDN-07", "by a peer, of a third coop")
async def a_peer_tells_of_a_third(siege: Siege) -> None:
    third = siege.listing(by=siege.hand(siege.town.coops[1]))
    for verb in ("Create", "Update", "Announce", "Add"):
        said = siege.activity(verb, third)
        async with siege.nothing_happens(but=MEMORY):
            answer = await siege.send(siege.signed(said))
        assert answer.status in (202, 403, 422), answer.body


@rows.attack("IDN-08")
async def an_announce_of_a_forgery(siege: Siege) -> None:
    """Of a listing here; of a ballot in tests/hostile/test_ballots.py."""
    for verb in ("Create", "Update", "Delete"):
        forged = siege.activity(verb, siege.listing())
        said = siege.activity("Announce", forged, siege.eve.signer)
        await siege.without_effect(siege.signed(said, siege.eve.signer))


@rows.attack("IDN-08", "wrapped twice, and by a peer")
async def a_forgery_wrapped_twice(siege: Siege) -> None:
    portici = siege.hand(siege.town.coops[1])
    forged = siege.activity("Create", siege.listing(by=portici), portici)
    for wrapped in (forged, siege.activity("Announce", forged), [forged, forged]):
        for verb in ("Announce", "Add", "Offer", "Accept", "Undo", "Flag", "Invite", "Arrive"):
            said = siege.activity(verb, wrapped)
            async with siege.nothing_happens(but=MEMORY):
                answer = await siege.send(siege.signed(said))
            assert answer.status in (202, 400, 403, 404, 422), answer.body


@rows.attack("IDN-10")
async def handed_on_without_a_proof(siege: Siege) -> None:
    portici = siege.hand(siege.town.coops[1])
    said = siege.activity(by=portici)
    await siege.refused(siege.signed(said), "actor-mismatch", 401)


@rows.attack("IDN-10", "with a proof of something else")
async def handed_on_with_a_borrowed_proof(siege: Siege) -> None:
    portici = siege.hand(siege.town.coops[1])
    proven = siege.proven(siege.activity(by=portici), portici)
    other = siege.activity(by=portici) | {"proof": proven["proof"]}
    await siege.refused(siege.signed(other), "proof-mismatch", 401)
    inner = siege.activity(by=portici)
    inner["object"] = siege.proven(inner["object"], portici)
    await siege.refused(siege.signed(inner), "actor-mismatch", 401)


@rows.attack("IDN-12")
async def an_id_elsewhere(siege: Siege) -> None:
    for path in ("/x", "/x/y"):
        lie = siege.eve.peer.actor(name="Forged") | {"id": f"{siege.farm.base}/coop"}
        siege.eve.peer.serve(path, lie)
    async with siege.nothing_happens():
        found = await siege.coop.node.federation.remote_documents.fetch_document(
            f"{siege.eve.base}/x"
        )
    assert found["name"] != "Forged"
    gone = siege.eve.peer.actor() | {"id": f"{siege.farm.base}/never"}
    siege.eve.peer.serve("/z", gone)
    await siege.dropped(siege.coop.node.federation.actors.actor(f"{siege.eve.base}/z"), "gone")


@rows.attack("IDN-12", "nearly the same address")
async def nearly_the_same_id(siege: Siege) -> None:
    for path, named in (("/q", "/q?x"), ("/q/", "/q"), ("/Q", "/q")):
        document = siege.eve.peer.actor(path) | {"id": f"{siege.eve.base}{named}"}
        siege.eve.peer.replies.clear()
        siege.eve.peer.serve(path, document)
        await siege.dropped(
            siege.coop.node.federation.actors.actor(f"{siege.eve.base}{path}"),
            "gone",
            "id-mismatch",
        )


@rows.attack("IDN-13")
async def an_open_door_on_the_farm(siege: Siege) -> None:
    forged = siege.eve.peer.serve("/x", siege.farm.peer.actor("/victim", name="Forged"))
    door = siege.farm.peer.redirect("/open-door", forged)
    await siege.dropped(siege.coop.node.federation.actors.actor(door), "gone")


@rows.attack("IDN-13", "and back again")
async def through_the_door_and_back(siege: Siege) -> None:
    """The farm's own page of uploads, reached by way of eve."""
    upload = siege.farm.peer.serve(
        "/uploads/1", siege.farm.peer.actor("/uploads/2"), "application/json"
    )
    siege.eve.peer.redirect("/y", upload)
    await siege.dropped(
        siege.coop.node.federation.actors.actor(f"{siege.eve.base}/y"), "wrong-content-type"
    )


@rows.attack("IDN-15")
async def an_id_with_a_fragment(siege: Siege) -> None:
    for path, named in (("/a", "/a#x"), ("/a#x", "/a#x"), ("/a", "/a/#main-key")):
        siege.eve.peer.serve("/a", siege.eve.peer.actor(named))
        await siege.dropped(
            siege.coop.node.federation.remote_documents.fetch_document(f"{siege.eve.base}{path}"),
            "id-mismatch",
            "gone",
        )


@rows.attack("IDN-15", "of an activity")
async def an_activity_with_a_fragment(siege: Siege) -> None:
    """Software that writes such ids is understood; one is not another."""
    base = siege.activity()
    await siege.taken(siege.signed(base | {"id": f"{base['id']}#create"}))
    said = siege.activity(id=f"{base['id']}#update")
    await siege.taken(siege.signed(said))


@rows.attack("IDN-16")
async def an_upload_is_no_actor(siege: Siege) -> None:
    for kind in ("text/plain", "image/png", "application/json", "text/html"):
        url = siege.farm.peer.serve("/uploads/a", siege.farm.peer.actor("/uploads/a"), kind)
        await siege.dropped(siege.coop.node.federation.actors.actor(url), "wrong-content-type")


@rows.attack("IDN-16", "nearly the right type")
async def nearly_the_right_type(siege: Siege) -> None:
    for kind in (
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams-evil"',
        'application/ld+json; profile=""',
        "application/activity+json+evil",
        "application/activity-json",
        "text/application/activity+json",
        'text/plain; a="application/activity+json"',
        "application/json; application/activity+json",
        "*/*",
        "",
    ):
        url = siege.farm.peer.serve("/uploads/b", siege.farm.peer.actor("/uploads/b"), kind)
        await siege.dropped(siege.coop.node.federation.actors.actor(url), "wrong-content-type")


@rows.attack("IDN-16", "two types at once")
async def two_types_at_once(siege: Siege) -> None:
    async def both(_: web.Request) -> web.Response:
        answer = web.json_response(siege.farm.peer.actor("/uploads/c"))
        answer.headers["Content-Type"] = "text/plain"
        answer.headers.add("Content-Type", "application/activity+json")
        return answer

    url = siege.farm.peer.answer("/uploads/c", both)
    await siege.dropped(siege.coop.node.federation.actors.actor(url), "wrong-content-type")


@rows.attack("IDN-18")
async def our_own_uploads(siege: Siege) -> None:
    """The one file that is kept as it is goes with a referral: it is a download. A picture is drawn
    anew and served from where nothing else lies. Neither is ever of a type that peers read, and a
    peer that follows its address finds no document."""
    for name, content in (
        ("evil.json", json.dumps(siege.farm.peer.actor()).encode()),
        ("evil.jsonld", b'{"@context":"https://www.w3.org/ns/activitystreams"}'),
        ("polyglot.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
        ("polyglot.pdf", b"%PDF-1.7\n" + json.dumps(siege.farm.peer.actor()).encode()),
    ):
        downloaded(await sent_and_fetched(siege, name, content))
        with pytest.raises(Fault):
            encoded(content)
    said = json.dumps(siege.farm.peer.actor()).encode()
    pictures = await shown_pictures(siege, photo(40, 30) + said)
    assert pictures
    for answer in pictures:
        downloaded(answer)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
        assert b"inbox" not in answer.body


@rows.attack("IDN-18", "an address under our uploads as an id")
async def an_upload_as_an_id(siege: Siege) -> None:
    """What a peer fetches that a message names: from where pictures lie it gets no document."""
    for path in (
        "/media/listings/1/" + "0" * 64 + "-320.webp",
        "/media/new/" + "0" * 64 + "-320.webp",
        "/media/coop/" + "0" * 64 + "-320.webp",
        "/referrals/1/file",
        "/static/rochdale.css",
        "/cards/1-" + "0" * 16 + ".png",
        "/weave/lanehead.svg",
    ):
        for accept in ("application/activity+json", "application/ld+json", "*/*"):
            async with siege.nothing_happens():
                answer = await siege.nobody.get(path, Accept=accept)
            assert answer.status < 500
            assert "activity+json" not in answer.headers.get("Content-Type", "")
            assert "ld+json" not in answer.headers.get("Content-Type", "")


@rows.attack("IDN-19")
async def a_delivery_of_another_type(siege: Siege) -> None:
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json"):
        await siege.refused(
            siege.signed().with_headers(("content-type", kind)), "unsupported-media-type"
        )
    good = siege.signed()
    without = tuple(each for each in good.headers if each[0] != "content-type")
    await siege.refused(Request(good.body, without), "unsupported-media-type")


@rows.attack("IDN-19", "two types in the head")
async def a_delivery_of_two_types(siege: Siege) -> None:
    good = siege.signed()
    for first, second in (
        ("text/plain", "application/activity+json"),
        ("application/activity+json", "text/plain"),
    ):
        twice = good.with_headers(("content-type", first)).and_also(("content-type", second))
        async with siege.nothing_happens():
            assert (await siege.send(twice)).status in (400, 415)


@rows.attack("IDN-20")
async def what_is_asked_for(siege: Siege) -> None:
    ours = await offer(siege.coop, "Ours")
    path = f"/listings/{ours.id}"
    for accept in ("*/*", "text/html;q=1", "application/json", "application/activity+json", "x/y"):
        async with siege.nothing_happens():
            answer = await siege.nobody.get(path, Accept=accept)
        assert answer.status in (200, 406)
        assert "Accept" in answer.headers.get("Vary", ""), accept
        assert "public" not in answer.headers.get("Cache-Control", "")


@rows.attack("IDN-20", "what is not for everybody")
async def what_is_not_for_everybody(siege: Siege) -> None:
    from node.listings import Visibility

    hidden = await offer(siege.coop, "For peers alone", Visibility.FEDERATION)
    path = f"/listings/{hidden.id}"
    for accept in ("*/*", "application/activity+json", "text/html", "application/ld+json", ""):
        async with siege.nothing_happens():
            answer = await siege.nobody.get(path, Accept=accept)
        assert answer.status in (401, 403, 404)
        assert "For peers alone" not in answer.text
