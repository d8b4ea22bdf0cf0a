"""What is said: acts upon acts, moves in circles, and things that change what they are."""

from datetime import timedelta
from typing import Any

from federation import relations
from federation.models import RelationState
from node import listings
from node.listings import Visibility
from tests.federation.peer import public_key
from tests.hostile.rows import Rows
from tests.hostile.siege import MEMORY, REFRESHED, TAKEN, Siege
from tests.stories.market import offer

rows = Rows()


async def stands(siege: Siege) -> tuple[Any, Any]:
    """How Lanehead and the farm stand to each other."""
    relation = await siege.coop.read(relations.relation, siege.farm.coop)
    assert relation is not None
    return relation.follower_state, relation.following_state


@rows.attack("IDN-03", "of another's Follow")
async def an_undo_of_anothers_follow(siege: Siege) -> None:
    """By eve and by the farm's neighbour, by id, whole, and with the farm's name inside."""
    before = await stands(siege)
    assert before == (RelationState.ACCEPTED, RelationState.ACCEPTED)
    await siege.coop.node.federation.actors.actor(siege.mallory.actor)
    followed = {"their_follow_id": f"{siege.farm.base}/a/follow"}
    await siege.coop.write(relations.change, siege.farm.coop, **followed)
    follow = {
        "id": f"{siege.farm.base}/a/follow",
        "type": "Follow",
        "actor": siege.farm.coop,
        "object": siege.coop.uri,
    }
    for signer in (siege.eve.signer, siege.mallory):
        for told in (follow, follow["id"], follow | {"actor": signer.actor}, siege.farm.coop):
            for verb in ("Undo", "Reject", "Block", "Remove", "Leave"):
                said = siege.activity(verb, told, signer)
                async with siege.nothing_happens(but=MEMORY):
                    answer = await siege.send(siege.signed(said, signer))
                assert answer.status in (202, 400, 403, 422), (verb, told, answer.body)
    assert await stands(siege) == before


@rows.attack("IDN-08", "of what is not for everybody")
async def an_announce_of_what_is_not_public(siege: Siege) -> None:
    """Of a listing for peers alone: telling of it makes it no more public, here or in our words."""
    hidden = await offer(siege.coop, "For peers alone", Visibility.FEDERATION)
    uri = f"{siege.coop.address}/listings/{hidden.id}"
    for told in (uri, {"id": uri, "type": "Proposal", "to": ["as:Public"]}):
        for signer in (siege.eve.signer, siege.farm.signer):
            said = siege.activity("Announce", told, signer)
            async with siege.nothing_happens(but=MEMORY):
                answer = await siege.send(siege.signed(said, signer))
            assert answer.status in (202, 403)
    for path in (f"/listings/{hidden.id}", "/coop/outbox", "/search?q=alone", "/search.atom"):
        page = await siege.nobody.get(path, Accept="application/activity+json")
        assert "For peers alone" not in page.text


@rows.attack("IDN-01", "that gives it away")
async def a_change_that_gives_it_away(siege: Siege) -> None:
    """The farm changes its own listing so that eve made it, or we did, or both of them."""
    theirs = siege.listing()
    await siege.taken(siege.signed(siege.activity(obj=theirs)))
    for owner in (
        siege.eve.coop,
        siege.coop.uri,
        [siege.farm.coop, siege.eve.coop],
        {"id": siege.eve.coop, "type": "Organization"},
        f"{siege.farm.base}/mallory",
        None,
        "",
    ):
        siege.clock.advance(timedelta(seconds=5))
        changed = siege.listing() | {"id": theirs["id"], "attributedTo": owner, "name": "Given"}
        async with siege.nothing_happens(but=TAKEN):
            answer = await siege.send(siege.signed(siege.activity("Update", changed)))
        assert answer.status in (202, 400, 403, 422), (owner, answer.body)
        kept = await siege.coop.read(listings.mirror, theirs["id"])
        assert kept is not None
        assert kept.coop_uri == siege.farm.coop
        assert kept.title == "Bread" or owner in (None, ""), owner


@rows.attack("IDN-01", "into something else")
async def a_change_into_something_else(siege: Siege) -> None:
    """A listing that becomes a person, a vote, a deletion; a coop that becomes a listing."""
    theirs = siege.listing()
    await siege.taken(siege.signed(siege.activity(obj=theirs)))
    for kind in ("Person", "Question", "Tombstone", "Note", "Agreement", "Create", "Collection"):
        siege.clock.advance(timedelta(seconds=5))
        changed = siege.listing() | {"id": theirs["id"], "type": kind, "inbox": theirs["id"]}
        async with siege.nothing_happens(but={*TAKEN, *REFRESHED}):
            answer = await siege.send(siege.signed(siege.activity("Update", changed)))
        assert answer.status in (202, 400, 403, 422), (kind, answer.body)
    before = await stands(siege)
    for kind in ("Person", "Group", "Service", "Proposal", "Tombstone", "Question", "Follow"):
        changed = siege.farm.peer.actor(type=kind, attributedTo=siege.farm.coop)
        changed["publicKey"] = public_key(siege.farm.coop, siege.farm.signer.rsa)
        async with siege.watched():
            answer = await siege.send(siege.signed(siege.activity("Update", changed)))
        assert answer.status in (202, 400, 403, 422), (kind, answer.body)
        assert await stands(siege) == before
    siege.farm.publish()
    await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)
    await siege.taken(siege.signed())


@rows.attack("SIG-23", "a key that is changed by an update")
async def a_key_changed_by_an_update(siege: Siege) -> None:
    """The neighbour changes its own actor: its key is then called as the farm's, or owned by it."""
    await siege.coop.node.federation.actors.actor(siege.mallory.actor)
    for owner, key_id in (
        (siege.farm.coop, siege.farm.signer.rsa_id),
        (siege.mallory.actor, siege.farm.signer.rsa_id),
        (siege.farm.coop, f"{siege.mallory.actor}#main-key"),
    ):
        key = public_key(owner, siege.mallory.rsa, key_id)
        own = public_key(siege.mallory.actor, siege.mallory.rsa)
        changed = siege.farm.peer.actor("/mallory", publicKey=[own, key])
        said = siege.activity("Update", changed, siege.mallory)
        async with siege.watched():
            assert (await siege.send(siege.signed(said, siege.mallory))).status < 500
        forged = siege.signed(by=siege.mallory).altered(siege.mallory.rsa_id, key_id)
        async with siege.nothing_happens(but=REFRESHED):
            assert (await siege.send(forged)).status in (401, 403), key_id
    await siege.taken(siege.signed())


@rows.attack("FET-19", "moves in a circle")
async def moves_in_a_circle(siege: Siege) -> None:
    """Two actors that each moved to the other, one that moved to itself, to us, to the farm."""
    await siege.coop.node.federation.settle()  # what rows before left to be looked at later
    peer, asked = siege.eve.peer, len(siege.eve.peer.requests)
    one, two = f"{peer.base}/one", f"{peer.base}/two"
    for here, there in (("/one", two), ("/two", one)):
        key = public_key(f"{peer.base}{here}", siege.eve.signer.rsa)
        document = peer.actor(here, movedTo=there, alsoKnownAs=[one, two], publicKey=key)
        peer.serve(here, document)
    before = await stands(siege)
    for signer, target in (
        (siege.eve.signer, siege.eve.coop),
        (siege.eve.signer, siege.farm.coop),
        (siege.eve.signer, siege.coop.uri),
        (siege.farm.signer, siege.coop.uri),
        (siege.farm.signer, one),
        (siege.farm.signer, siege.farm.coop),
        (siege.mallory, siege.farm.coop),
    ):
        for what in (signer.actor, siege.farm.coop):
            said = siege.activity("Move", what, signer, target=target)
            async with siege.watched():
                answer = await siege.send(siege.signed(said, signer))
                await siege.coop.node.federation.settle()
            assert answer.status in (202, 400, 401, 403, 422), (what, target, answer.body)
    assert await stands(siege) == before
    assert len(peer.requests) - asked <= 40
    await siege.taken(siege.signed())


@rows.attack("IDN-28", "our address in other spellings")
async def our_address_in_other_spellings(siege: Siege) -> None:
    ours = await offer(siege.coop, "Ours")
    base, path = siege.coop.address, f"/listings/{ours.id}"
    for uri in (
        f"{base}/x/..{path}",
        f"{base}/%2e%2e{path}",
        f"{base}/{path}",
        f"{base}{path}?",
        f"{base}{path}#",
        f"{base}{path}/",
        f"{base}{path.upper()}",
        f"{base}{path.replace('l', '%6c', 1)}",
        base.replace("lanehead", "l%61nehead") + path,
        base.replace("lanehead", "LANEHEAD.") + path,
    ):
        for verb in ("Update", "Delete", "Create"):
            told: Any = uri if verb == "Delete" else siege.listing(id=uri)
            async with siege.nothing_happens(but=MEMORY):
                answer = await siege.send(siege.signed(siege.activity(verb, told)))
            assert answer.status in (400, 403), (verb, uri, answer.body)


@rows.attack("JSN-16", "other names for who speaks")
async def other_names_for_who_speaks(siege: Siege) -> None:
    """Aliases, bases, vocabularies, containers and their like (JSON-LD 1.1 §4): eve's message stays
    eve's, whatever its context says that its words mean."""
    as2 = "https://www.w3.org/ns/activitystreams"
    farm = siege.farm.coop
    for inline, extra in (
        ({"who": {"@id": "as:actor", "@type": "@id"}}, {"who": farm}),
        ({"uid": "@id"}, {"uid": f"{siege.farm.base}/a/1"}),
        ({"kindOf": "@type"}, {"kindOf": "Delete"}),
        ({"@base": farm}, {"actor": ""}),
        ({"@base": siege.farm.base + "/"}, {"actor": "coop"}),
        ({"@vocab": f"{as2}#"}, {"attributedTo": farm}),
        ({"actor": {"@reverse": "as:object"}}, {}),
        ({"actor": {"@id": "as:actor", "@container": "@list"}}, {}),
        ({"object": {"@id": "as:object", "@container": "@graph"}}, {}),
        ({"object": {"@id": "as:object", "@container": "@index"}}, {}),
        ({"object": {"@id": "as:object", "@type": "@json"}}, {}),
        ({"in": "@nest"}, {"in": {"actor": farm}}),
        ({"@version": 1.1, "@propagate": False}, {}),
        ({"@protected": True, "actor": None}, {}),
        ({"as": "https://evil.example/"}, {"as:actor": farm}),
        ({"": "as:actor"}, {"": farm}),
        ({"a:b": "as:actor"}, {"a:b": farm}),
        ({"actor": "as:actor", "@language": "x"}, {}),
    ):
        for context in ([as2, inline], [inline, as2], inline):
            changed = {"@context": context, **extra}
            said = siege.activity(by=siege.eve.signer, **changed)
            async with siege.nothing_happens(but={"seen_activity"}):
                answer = await siege.send(siege.signed(said, siege.eve.signer))
            assert answer.status in (202, 400, 401, 403, 422), (inline, answer.body)


@rows.attack("JSN-20", "names that look like ours")
async def names_that_look_like_ours(siege: Siege) -> None:
    """With a letter of another script, a mark that is not seen, a blank, in capitals."""
    for name in ("\u0430ctor", "actor\u200b", "actor ", "Actor", "ACTOR", "a\u0301ctor", "actor\\"):
        said = siege.activity(by=siege.eve.signer, **{name: siege.farm.coop})
        async with siege.nothing_happens(but={"seen_activity"}):
            answer = await siege.send(siege.signed(said, siege.eve.signer))
        assert answer.status in (202, 400, 403), (name, answer.body)


@rows.attack("IDN-30", "one id in two spellings")
async def one_id_in_two_spellings(siege: Siege) -> None:
    """They are two messages; and the second of one spelling is the same."""
    number = siege.number()
    base = siege.farm.base
    for uri in (f"{base}/a/{number}", f"{base}/%61/{number}", f"{base}/a/{number}?", f"{base}//a"):
        said = siege.activity(id=uri, obj=siege.listing())
        async with siege.nothing_happens(but=TAKEN):
            first = await siege.send(siege.signed(said))
        assert first.status in (202, 400), (uri, first.body)
        async with siege.nothing_happens():
            again = await siege.send(siege.signed(said))
        assert again.status == (200 if first.status == 202 else 400), uri
