"""What coops may tell us about being in touch: each message alone, as its handler hears it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from federation.handlers import Applied, Ignored, NeedsFetch, Received, RefusedBy, Verified
from federation.models import OutboxEntry, Relation, RemoteActor, SyncState
from federation.relations import Standing, change
from federation.remote.actors import record_actor
from node import notices
from node.events import events
from node.notices import NoticeGiven
from node.notices.models import Notice
from node.peers import inbox, successors
from node.peers.events import ActorGone, CoopLeft, CoopMoved
from protocol import keys, proofs, strict_json
from protocol.vocabulary.activities import parse_activity, succession
from tests.federation.factories import GROCER, remote_actor
from tests.support.asking import read
from tests.support.clock import START

RECOVERY = keys.generate_ed25519()
OURS = "https://loaf.example/coop"
FOLLOW = f"{GROCER.removesuffix('/coop')}/follows/1"


def message(type_, obj, sender=GROCER, **members) -> dict:
    base = sender.removesuffix("/coop")
    return {"id": f"{base}/activities/1", "type": type_, "actor": sender, "object": obj, **members}


def received(document: dict, fetched: dict | None = None) -> Received:
    activity = parse_activity(document)
    verified = Verified(
        activity.actor, f"{activity.actor}#key", "http", strict_json.dumps(document), START
    )
    return Received(activity, verified, Standing.STRANGER, fetched or {})


async def hear(database, handler, document: dict, fetched: dict | None = None):
    [outcome] = await database.write(lambda uow: handler(uow, [received(document, fetched)]))
    return outcome


async def relate(database, **columns) -> None:
    async def write(uow) -> None:
        if await uow.session.get(RemoteActor, GROCER) is None:
            remote_actor(uow)
            await uow.session.flush()
        await change(uow, GROCER, **columns)

    await database.write(write)


async def relation(database, uri=GROCER) -> Relation:
    async with database.reading() as reader:
        return await reader.session.get(Relation, uri)


async def said(database) -> list[str]:
    """The types of what we said, in order."""
    async with database.reading() as reader:
        types = select(OutboxEntry.activity_type).order_by(OutboxEntry.seq)
        return await reader.scalars(types)


async def told(database) -> list[str]:
    async with database.reading() as reader:
        return await reader.scalars(select(Notice.kind).order_by(Notice.id))


@pytest.fixture
def announced(monkeypatch) -> list[object]:
    """What higher slices would hear."""
    heard: list[object] = []

    async def announce(_uow, event) -> None:
        if not isinstance(event, NoticeGiven):
            heard.append(event)

    monkeypatch.setattr(events, "announce", announce)
    return heard


def actor(uri=GROCER, **members) -> dict:
    base = uri.removesuffix("/coop")
    document = {
        "id": uri,
        "type": "Organization",
        "preferredUsername": "coop",
        "name": "Grocer",
        "inbox": f"{base}/coop/inbox",
        "endpoints": {"sharedInbox": f"{base}/inbox"},
    }
    return document | members


def multikey(key, uri=GROCER, name="key") -> dict:
    multibase = keys.multikey_of(key.public_key())
    return {
        "id": f"{uri}#{name}",
        "type": "Multikey",
        "controller": uri,
        "publicKeyMultibase": multibase,
    }


async def test_only_the_coop_can_be_followed(database):
    outcome = await hear(
        database, inbox.follows_arrived, message("Follow", "https://loaf.example/node")
    )
    assert isinstance(outcome, RefusedBy)
    assert await relation(database) is None


async def test_a_follower_never_seen_is_looked_at_first(database):
    follow = message("Follow", OURS)
    assert await hear(database, inbox.follows_arrived, follow) == NeedsFetch((GROCER,))
    outcome = await hear(database, inbox.follows_arrived, follow, {GROCER: actor()})
    assert outcome == Applied()
    assert (await relation(database)).follower_state == "asked"
    assert await told(database) == ["peer-asks"]


async def test_a_person_who_is_accepted_is_not_followed_back(database):
    await relate(database, consented=True)

    async def make_person(uow) -> None:
        (await uow.session.get(RemoteActor, GROCER)).type = "Person"

    await database.write(make_person)
    assert await hear(database, inbox.follows_arrived, message("Follow", OURS)) == Applied()
    assert await said(database) == ["Accept"]
    assert (await relation(database)).following_state == "none"


async def test_a_yes_to_a_follow_that_we_never_sent_changes_nothing(database):
    await relate(database)
    accept = message("Accept", "https://loaf.example/activities/1")
    assert await hear(database, inbox.follows_accepted, accept) == Ignored("not-asked")
    assert (await relation(database)).following_state == "none"


async def test_a_yes_from_a_stranger_changes_nothing(database):
    accept = message("Accept", "https://loaf.example/activities/1")
    assert await hear(database, inbox.follows_accepted, accept) == Ignored("not-asked")
    assert await relation(database) is None


async def test_a_yes_begins_the_reading_of_all_they_offer(database):
    follow_id = "https://loaf.example/activities/1"
    await relate(database, following_state="asked", our_follow_id=follow_id)
    accept = message("Accept", follow_id)
    assert await hear(database, inbox.follows_accepted, accept) == Applied()
    async with database.reading() as reader:
        state = await reader.session.get(SyncState, GROCER)
    assert state.complete
    await hear(database, inbox.follows_accepted, accept)
    assert await told(database) == ["peer-accepted"], "said twice, told once"


async def test_a_yes_to_a_follow_of_ours_to_somebody_else_changes_nothing(database):
    await relate(database, following_state="asked", our_follow_id="https://loaf.example/a/2")
    other = "https://baker.example/coop"

    async def follow_other(uow) -> str:
        remote_actor(uow, other)
        await uow.session.flush()
        return await inbox.wire.send_follow(uow, other)

    to_other = await database.write(follow_other)
    outcome = await hear(database, inbox.follows_accepted, message("Accept", to_other))
    assert outcome == Ignored("other-follow")
    assert (await relation(database)).following_state == "asked"


async def test_a_no_after_a_yes_takes_their_listings_away(database, announced):
    follow_id = "https://loaf.example/activities/1"
    await relate(database, following_state="accepted", our_follow_id=follow_id)
    reject = message("Reject", follow_id)
    assert await hear(database, inbox.follows_rejected, reject) == Applied()
    assert announced == [CoopLeft(GROCER)]
    assert await told(database) == ["peer-left"]
    assert await hear(database, inbox.follows_rejected, reject) == Ignored("not-asked")


async def test_an_undo_takes_back_the_follow_it_names_and_no_other(database):
    await relate(database, follower_state="accepted", their_follow_id=FOLLOW, consented=True)
    older = message("Undo", f"{FOLLOW}0")
    assert await hear(database, inbox.follows_undone, older) == Ignored("other-follow")
    undo = message("Undo", {"id": FOLLOW, "type": "Follow", "actor": GROCER, "object": OURS})
    assert await hear(database, inbox.follows_undone, undo) == Applied()
    known = await relation(database)
    assert (known.follower_state, known.consented) == ("none", False)
    assert await hear(database, inbox.follows_undone, undo) == Ignored("no-follow")


async def test_follows_are_known_by_their_ids_alone(database):
    ours = "https://loaf.example/activities/9"
    await relate(database, their_follow_id=FOLLOW, our_follow_id=ours)
    found = await read(database, inbox.known_follows, [FOLLOW, ours, "https://x.example/1"])
    assert found == {FOLLOW: "Follow", ours: "Follow"}


async def test_a_changed_key_is_told_and_a_changed_name_is_not(database):
    old, new = keys.generate_ed25519(), keys.generate_ed25519()
    before = actor(assertionMethod=multikey(old))
    await relate(database)
    await database.write(lambda uow: record_actor(uow, before))
    renamed = message("Update", before | {"name": "Greengrocer"})
    assert await hear(database, inbox.actors_changed, renamed) == Applied()
    assert await told(database) == []

    changed = message("Update", actor(assertionMethod=multikey(new, name="key-2")))
    assert await hear(database, inbox.actors_changed, changed) == Applied()
    assert await told(database) == ["peer-key-changed"]


async def test_two_stories_of_a_coop_we_know_are_told_once_a_day(database, clock):
    async def heard() -> list[str]:
        await database.write(lambda uow: inbox.two_stories_told(uow, GROCER))
        async with database.reading() as reader:
            return await reader.scalars(select(Notice.id))

    assert await heard() == []
    await relate(database)
    first = await heard()
    assert await told(database) == ["peer-told-twice"]
    clock.advance(timedelta(hours=23))
    assert await heard() == first
    clock.advance(timedelta(hours=1))
    [again] = await heard()
    assert [again] != first


async def test_a_change_told_by_its_address_alone_is_fetched(database):
    await relate(database)
    update = message("Update", GROCER)
    assert await hear(database, inbox.actors_changed, update) == NeedsFetch((GROCER,))
    outcome = await hear(
        database, inbox.actors_changed, update, {GROCER: actor(name="Greengrocer")}
    )
    assert outcome == Applied()


async def test_what_was_on_its_way_while_keys_changed_does_not_bring_the_old_ones_back(
    database, clock
):
    old, new = keys.generate_ed25519(), keys.generate_ed25519()
    first, second = multikey(old), multikey(new, name="key-2")
    voucher = proofs.add_proof(second, old, first["id"], START)
    both = actor(assertionMethod=[first, second], keyVouchers=[voucher])
    today = both | {"assertionMethod": [second]}
    for document in (actor(assertionMethod=[first]), both, today):
        await database.write(lambda uow, seen=document: record_actor(uow, seen))

    async def believed() -> bool:
        async with database.reading() as reader:
            return (await reader.session.get(RemoteActor, GROCER)).keys_believed_since is not None

    held = message("Update", both)
    assert await hear(database, inbox.actors_changed, held) == NeedsFetch((GROCER,))
    assert await hear(database, inbox.actors_changed, held, {GROCER: today}) == Applied()
    assert await believed()
    seen_at = clock.advance(timedelta(days=2))
    await database.write(lambda uow: record_actor(uow, today))
    for at, outcome in ((START, NeedsFetch((GROCER,))), (seen_at, Applied())):
        update = proofs.add_proof(message("Update", today), new, second["id"], at)
        assert await hear(database, inbox.actors_changed, update) == outcome


NEW = "https://greengrocer.example/coop"


async def test_a_coop_that_moved_is_followed_where_it_went(database, announced):
    await relate(database, follower_state="accepted", following_state="accepted", consented=True)
    move = message("Move", GROCER, target=NEW)
    assert await hear(database, inbox.actors_moved, move) == NeedsFetch((NEW,))
    there = actor(NEW, alsoKnownAs=GROCER)
    assert await hear(database, inbox.actors_moved, move, {NEW: there}) == Applied()
    assert announced == [CoopMoved(GROCER, NEW)]
    moved, left = await relation(database, NEW), await relation(database)
    assert (moved.follower_state, moved.following_state) == ("accepted", "accepted")
    assert (left.follower_state, left.following_state) == ("none", "none")
    assert await said(database) == ["Follow"]


async def test_a_move_that_the_new_address_does_not_confirm_is_refused(database, announced):
    await relate(database, follower_state="accepted", following_state="accepted")
    move = message("Move", GROCER, target=NEW)
    outcome = await hear(database, inbox.actors_moved, move, {NEW: actor(NEW)})
    assert isinstance(outcome, RefusedBy)
    assert outcome.code == "move-unconfirmed"
    assert (await relation(database)).following_state == "accepted"
    assert announced == []


async def test_the_word_of_a_recovery_key_waits_for_a_person(database, announced):
    await known_with(database, RECOVERY)
    move = claim(RECOVERY)
    assert await hear(database, inbox.coops_claimed, move) == NeedsFetch((NEW,))
    there = {NEW: actor(NEW, alsoKnownAs=GROCER)}
    assert await hear(database, inbox.coops_claimed, move, there) == Applied()
    assert await told(database) == ["peer-claims"]
    assert announced == []

    await database.write(lambda uow: successors.confirm(uow, NEW))
    assert announced == [CoopMoved(GROCER, NEW)]
    assert await told(database) == ["peer-moved"]
    again = await hear(database, inbox.coops_claimed, move, there)
    assert again == Ignored("no-relation")


async def test_a_claim_that_does_not_hold_is_refused_before_anything_is_fetched(database):
    await known_with(database, RECOVERY)
    assert await code_of(database, claim(keys.generate_ed25519())) == "move-unproven"
    assert await code_of(database, claim(RECOVERY) | {"instrument": {}}) == "move-unproven"
    assert await code_of(database, claim(RECOVERY) | {"target": GROCER}) == "no-target"
    silent = {NEW: actor(NEW)}
    assert await code_of(database, claim(RECOVERY), silent) == "move-unconfirmed"
    await relate(database, suspended_at=START)
    assert await code_of(database, claim(RECOVERY)) == "relation-suspended"
    assert await told(database) == []


async def test_a_claim_to_be_nobody_that_we_know_has_no_effect(database):
    assert await hear(database, inbox.coops_claimed, claim(RECOVERY)) == Ignored("no-relation")


async def known_with(database, recovery_key) -> None:
    """We work with the grocer, who listed a recovery key."""
    name = keys.did_of(keys.multikey_of(recovery_key.public_key()))
    await relate(database, follower_state="accepted", following_state="accepted")
    await database.write(lambda uow: record_actor(uow, actor(alsoKnownAs=[name])))


def claim(recovery_key) -> dict:
    """What the new address sends, with the word of a key."""
    method = keys.did_method_of(recovery_key.public_key())
    said = proofs.add_proof(succession(GROCER, NEW, START), recovery_key, method, START)
    return message("Move", GROCER, sender=NEW, target=NEW, instrument=said)


async def code_of(database, document, fetched=None) -> str:
    outcome = await hear(database, inbox.coops_claimed, document, fetched)
    assert isinstance(outcome, RefusedBy), outcome
    return outcome.code


async def test_a_coop_that_is_gone_is_let_go(database, announced, clock):
    await relate(database, follower_state="accepted", following_state="accepted")
    clock.advance(timedelta(hours=1))
    delete = message("Delete", GROCER)
    assert await hear(database, inbox.actors_deleted, delete) == Applied()
    known = await relation(database)
    assert (known.follower_state, known.following_state) == ("none", "none")
    assert announced == [ActorGone(GROCER), CoopLeft(GROCER)]
    async with database.reading() as reader:
        assert (await reader.session.get(RemoteActor, GROCER)).gone_at == clock.now()
    assert await told(database) == [notices.NoticeKind.PEER_LEFT]
