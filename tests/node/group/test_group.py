"""Anybody follows a federation and hears how its public votes go; nobody else has a say in them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from federation import local_actors, moderation
from federation.documents import ANYONE, Protected, Requester, Withdrawn
from federation.errors import Refused
from federation.handlers import Applied, Ignored, RefusedBy
from federation.inbox.authorise import authorise
from federation.models import HostState, RuleLevel
from federation.relations import Standing
from federation.storage.base import table_of
from node import council, group, limits
from node.council import State
from node.events import events
from node.peers import ActorGone
from protocol import proofs
from protocol.addressing import PUBLIC
from protocol.iri import origin_of
from protocol.jsonld import normalise
from protocol.vocabulary.activities import parse_activity
from protocol.vocabulary.actors import parse_actor
from tests.node.council.hall import HallOpener
from tests.node.group.square import ANN, BEN, MASTODON, Square, follow, undo, vote


def told(activity: dict[str, Any]) -> tuple[Any, ...]:
    """Of a word about a Question: its kind, the votes of each option, whether it is closed."""
    asked = activity["object"]
    votes = [each["replies"]["totalItems"] for each in asked["oneOf"]]
    return activity["type"], votes, "closed" in asked


ON_POSTGRESQL = pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.long])


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Where the databases of coops are: that of the host on either, the other on SQLite."""
    host = request.getfixturevalue("postgres_url") if request.param == "postgres" else None

    def of(name: str) -> str:
        here = host if name == "lanehead" else None
        return here or f"sqlite:///{tmp_path / name / 'node.sqlite'}"

    return of


@pytest.fixture
async def square(assemble: HallOpener, place: Callable[[str], str]) -> Square:
    coops = await assemble(2, place)
    await coops.found()
    opened = Square(coops)
    await opened.attend()
    return opened


async def test_a_stranger_follows_and_hears_of_a_vote_from_its_beginning_to_its_result(square):
    actor = parse_actor(normalise(await square.read(square.uri())))
    assert (actor.type, actor.preferred_username) == ("Group", "toad_lane")
    assert (actor.manually_approves, actor.inbox) == (False, f"{square.uri()}/inbox")
    lanehead = square.coops.coops["lanehead"]
    assert {key.owner for key in actor.public_keys} == {square.uri()}
    assert actor.multikeys[0].multibase not in str(lanehead.database.identities.coop)
    found = await lanehead.read(local_actors.webfinger_document, "acct:Toad_Lane@lanehead.example")
    assert found["links"][0]["href"] == square.uri()

    await square.meet(ANN)
    assert await square.hear(follow(ANN, square.uri())) == Applied()
    [accepted] = await square.said()
    assert accepted["object"] == {
        "id": f"{MASTODON}/ann-1",
        "type": "Follow",
        "actor": ANN,
        "object": square.uri(),
    }
    await square.coops.opened(is_public=True)
    await square.coops.vote("lanehead", "yes")
    await square.coops.vote("portici", "yes")
    await square.coops.settle()
    words = (await square.said())[1:]
    assert [told(each) for each in words] == [
        ("Create", [0, 0, 0], False),
        ("Update", [0, 0, 0], False),
        ("Update", [0, 0, 0], False),
    ]
    assert await square.waiting() == ["Accept 1", "Create 1", "Update 1"], (
        "the newest word is enough"
    )
    question = words[0]["object"]
    assert (question["to"], question["cc"]) == ([PUBLIC], [f"{square.uri()}/followers"])
    assert "<p>It is being talked over. A vote is planned from 2027-" in question["content"]
    assert "<p>The text is final. Voting opens on " in words[1]["object"]["content"]
    assert question["contentMap"] == {"en": question["content"]}
    assert (await square.read(question["id"]))["votersCount"] == 2
    for said in (words[0], question):
        method = proofs.verification_method_of(said)
        assert method == actor.multikeys[0].id
    key = (await lanehead.read(local_actors.identity, square.uri())).ed25519_key.public_key()
    proofs.verify_proof(words[0], key, square.coops.town.clock.now())

    await square.coops.ended()
    assert await square.coops.states() == {State.IN_FORCE}
    *_others, over, result = await square.said()
    assert told(over) == ("Update", [0, 0, 0], True)
    assert told(result) == ("Update", [2, 0, 0], True)
    assert "<p>Carried.</p><p>yes: 2 · no: 0 · abstain: 0</p>" in result["object"]["content"]
    assert result["object"]["updated"] > over["object"]["published"]
    served = await square.read(question["id"])
    assert {**result["object"], "proof": None} == {**served, "proof": None}
    assert (await square.read(f"{square.uri()}/followers"))["totalItems"] == 1


async def test_what_is_taken_from_the_public_is_taken_from_followers_too(square):
    await square.meet(ANN)
    await square.hear(follow(ANN, square.uri()))
    made = await square.coops.submitted("portici", is_public=False)
    assert len(await square.said()) == 1, "it is for members alone"
    portici = square.coops.coops["portici"]
    detail = await portici.read(council.proposal, made)
    uri = f"{square.uri()}/proposals/{detail.proposal.name}"
    member = Requester(portici.uri, Standing.PEER)
    for asking in (ANYONE, Requester("https://loaf.example/coop", Standing.PEER)):
        assert isinstance(await square.read(uri, asking), Protected)
    assert PUBLIC not in (await square.read(uri, member))["to"]
    assert await square.read(uri.replace("lanehead", "portici"), member) is None
    for is_public in (True, False):
        draft = council.Draft(
            title="Fees",
            text="Five.",
            decision_class="ordinary",
            opens_at=detail.proposal.opens_at,
            closes_at=detail.proposal.closes_at,
            finalize_by=detail.proposal.finalize_by,
            policies={"referrals.fee_ceiling_percent": "5"},
            is_public=is_public,
        )
        await portici.write(council.revise, made, draft, by="rosa")
        await square.coops.settle()
    [_accept, *gone] = await square.said()
    assert [(each["type"], each["object"]["id"]) for each in gone] == [("Delete", uri)]
    assert isinstance(await square.read(uri), Withdrawn)
    assert (await square.read(uri, member))["name"] == "Fees"


async def test_nobody_from_outside_votes_unfollows_for_others_or_is_told_against_our_rules(
    square, monkeypatch: pytest.MonkeyPatch
):
    await square.meet(ANN, BEN)
    mine = follow(ANN, square.uri())
    assert await square.hear(mine) == Applied()
    assert await square.hear(follow(ANN, square.uri(), 2)) == Applied(), "it has lost its memory"
    monkeypatch.setattr(limits, "GROUP_FOLLOWERS", 1)
    assert (await square.hear(follow(BEN, square.uri()))).code == "too-many-followers"
    assert (await square.hear(follow(BEN, f"{square.uri()}x"))).code == "nobody-to-follow"
    mine = follow(ANN, square.uri(), 2)
    assert (await square.hear(undo(BEN, mine))).code == "not-owner"
    await square.coops.opened(is_public=True)
    question = (await square.said())[-1]["object"]["id"]

    for said in (vote(question, "no", square.uri()), vote(question, "no", ANN)):
        refused = await square.hear(said)
        assert isinstance(refused, RefusedBy)
        assert (refused.status, refused.code) == (403, "not-a-ballot")
    post = vote(question, "", square.uri())
    post["object"] |= {"name": None, "content": "<p>No!</p>"}
    assert (await square.hear(post)).code == "not-a-member"
    assert (await square.read(question))["votersCount"] == 0
    for kind, thing in (("Delete", question), ("Update", question), ("Delete", square.uri())):
        forged = {"id": f"{ANN}/x", "type": kind, "actor": ANN, "object": {"id": thing}}
        activity = parse_activity(normalise(forged))
        with pytest.raises(Refused) as no:
            authorise(activity, ANN, our_origin=origin_of(square.uri()), proven={})
        assert no.value.code == "our-id"

    lanehead = square.coops.coops["lanehead"]
    before = await square.waiting()
    await lanehead.write(moderation.set_rule, "mastodon.example", RuleLevel.BLOCK, "spam")
    await square.coops.ended()
    assert (await square.said())[-1]["object"]["closed"]
    assert await square.waiting() == before, "a blocked domain hears nothing more"
    assert await square.hear(undo(ANN, mine)) == Applied()
    assert (await square.hear(undo(ANN, mine))) == Ignored("no-follow")
    assert await square.hear(follow(BEN, square.uri(), 3)) == Applied()
    await lanehead.write(events.announce, ActorGone(BEN))
    assert (await square.read(f"{square.uri()}/followers")).get("totalItems", 0) == 0


async def test_nobody_shuts_others_out_and_who_is_away_gives_way_first(
    square, monkeypatch: pytest.MonkeyPatch
):
    """With all its names below one domain an attacker has the room of one."""
    monkeypatch.setattr(limits, "GROUP_FOLLOWERS", 3)
    crowd = [f"https://a{number}.crowd.example:8443/users/x" for number in range(3)]
    others = [f"https://{name}.example/users/y" for name in ("one", "two", "three")]
    await square.meet(*crowd, *others)
    for number, each in enumerate([*crowd, others[0]]):
        assert await square.hear(follow(each, square.uri(), number)) == Applied()
        square.coops.town.clock.advance(timedelta(minutes=1))
    assert await square.queued(host="a2.crowd.example:8443") == ["Accept 1", "Reject 1"]
    assert await square.hear(follow(crowd[2], square.uri(), 7)) != Applied(), "it has most already"
    assert await square.hear(follow(others[1], square.uri(), 8)) == Applied()
    assert await square.hear(follow(others[2], square.uri(), 9)) != Applied(), "nobody has more"

    lanehead = square.coops.coops["lanehead"]
    since = lanehead.clock.now() - timedelta(days=15)
    await lanehead.write(_away, "one.example", since)
    assert await square.hear(follow(others[2], square.uri(), 9)) == Applied()
    assert (await square.read(f"{square.uri()}/followers"))["totalItems"] == 3


async def test_a_crowd_is_told_apart_from_the_log_a_few_hosts_at_a_time(
    square, monkeypatch: pytest.MonkeyPatch
):
    """Each server once, in the order in which it was said."""
    monkeypatch.setattr(limits, "GROUP_TOLD_AT_ONCE", 2)
    crowd = [ANN, BEN, f"{MASTODON}/users/cem"]
    crowd += [f"https://{name}.example/users/z" for name in ("aaa", "zzz")]
    await square.meet(*crowd)
    for number, each in enumerate(crowd):
        await square.hear(follow(each, square.uri(), number))
    await square.coops.opened(is_public=True)
    hosts = {"aaa.example": 1, "mastodon.example": 3, "zzz.example": 1}
    for host, followers in hosts.items():
        assert await square.queued(host=host) == ["Accept 1"] * followers
    await square.attend()
    for host, followers in hosts.items():
        told = (await square.queued(host=host))[followers:]
        assert told == [f"Create {followers}", f"Update {followers}"]


async def test_its_keys_are_renewed_with_the_coops_and_followers_are_told(square):
    await square.meet(ANN)
    await square.hear(follow(ANN, square.uri()))
    before = parse_actor(normalise(await square.read(square.uri())))
    lanehead = square.coops.coops["lanehead"]
    await group.renew_keys(SimpleNamespace(database=lanehead.database))
    after = parse_actor(normalise(await square.read(square.uri())))
    assert after.public_keys[0].id != before.public_keys[0].id
    assert after.multikeys[0].multibase != before.multikeys[0].multibase
    assert (after.id, after.preferred_username) == (before.id, before.preferred_username)
    told = (await square.said())[-1]
    assert (told["type"], told["object"]["id"]) == ("Update", square.uri())
    assert proofs.verification_method_of(told) == after.multikeys[0].id
    key = (await lanehead.read(local_actors.identity, square.uri())).ed25519_key.public_key()
    proofs.verify_proof(told, key, square.coops.town.clock.now())
    assert await square.waiting() == ["Accept 1", "Update 1"]


async def _away(uow, authority: str, since: datetime) -> None:
    await uow.execute(
        insert(table_of(HostState)).values(
            authority=authority, failures=9, opened_at=since, updated_at=since
        )
    )


async def test_another_coop_keeps_the_log_and_followers_are_taken_there(square):
    coops, old, new = square.coops, square.uri("lanehead"), square.uri("portici")
    await square.meet(ANN)
    await square.hear(follow(ANN, old))
    await coops.submitted("portici", is_public=True)
    lanehead, portici = coops.coops["lanehead"], coops.coops["portici"]
    ours = await coops.id_at("lanehead")
    await lanehead.write(council.hand_over, ours, portici.uri, by="operator")
    await coops.settle()
    theirs = await coops.id_at("portici")
    await portici.write(council.accept_handover, theirs, by="operator")
    await coops.settle()

    await square.attend("lanehead")
    assert "movedTo" not in await square.read(old), "nobody would believe it yet"
    await square.attend("portici")
    assert (await square.read(new))["alsoKnownAs"] == [old]
    [created] = await square.said("portici")
    assert (created["type"], created["object"]["attributedTo"]) == ("Create", new)
    coops.town.clock.advance(limits.GROUP_LOOKS_AGAIN)
    await square.attend("lanehead")
    *_earlier, told_so, move = await square.said("lanehead")
    assert (told_so["type"], told_so["object"]["movedTo"]) == ("Update", new)
    assert (move["type"], move["object"], move["target"]) == ("Move", old, new)
    assert await square.waiting("lanehead") == ["Accept 1", "Create 1", "Update 1", "Move 1"]
    assert (await square.read(old))["movedTo"] == new
    late = await square.hear(follow(ANN, old, 2))
    assert (late.code, new in late.detail) == ("moved", True)
    [question] = [each["object"]["id"] for each in await square.said() if each["type"] == "Create"]
    assert (await square.read(question))["type"] == "Question", "links into it still lead somewhere"

    await portici.write(council.hand_over, theirs, lanehead.uri, by="operator")
    await coops.settle()
    await lanehead.write(council.accept_handover, ours, by="operator")
    await coops.settle()
    await square.attend("lanehead")
    again = await square.read(old)
    assert ("movedTo" in again, again["alsoKnownAs"]) == (False, [new])
    await square.attend("portici")
    assert (await square.said("portici"))[-1]["target"] == old
