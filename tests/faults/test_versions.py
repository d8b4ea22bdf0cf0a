"""Coops on other versions of this program, in one federation: one that signs fields and sends types
which nobody knows yet, one that lacks what came last. Nothing of it has an effect, what was signed
is handed on as it was, and books and votes come out the same."""

import json
import random
from typing import Any

import pytest
from sqlalchemy import select

from federation import relations
from federation.models import OutboxEntry
from federation.outbox import publish
from federation.storage import UnitOfWork
from node.council.rows import store
from protocol import proofs
from protocol.vocabulary.referrals import REFERRAL
from tests.faults import judge
from tests.faults.parliament import VoteBeginner
from tests.faults.trade import MarketOpener
from tests.support.network import STORM
from tests.support.simulation import NAMES, SimulatedCoop

LATER = "https://later.example/ns#"
NEW_FIELDS = {f"{LATER}mood": {"type": f"{LATER}Mood", "calm": True}, "laterWord": ["unheard", 7]}
NEW_TYPES = (f"{LATER}Barter", "LaterThing")
CAME_LAST = ("Note", "Question", "Flag", "Follow")
"""Kinds of things and activities that trade does without: a version before knows none of them."""


def speak_a_later_version(patched: pytest.MonkeyPatch, coop: SimulatedCoop) -> None:
    """From now on whatever this coop signs has members that no version knows today: but for needs,
    of which it has taken the digest by then."""
    add = proofs.add_proof

    def with_more(document: dict[str, Any], key: Any, method: str, now: Any) -> dict[str, Any]:
        is_ours = method.startswith(coop.config.address) and "proof" not in document
        is_ours &= document.get("kind") != REFERRAL
        return add(document | NEW_FIELDS if is_ours else document, key, method, now)

    patched.setattr(proofs, "add_proof", with_more)


def know_an_earlier_version(coop: SimulatedCoop) -> None:
    """From now on this coop's node has no handler for what came last."""
    handlers = coop.node.federation.handlers._handlers
    for known in [key for key in handlers if set(map(str, key)) & set(CAME_LAST)]:
        del handlers[known]


async def say_what_nobody_knows(coop: SimulatedCoop) -> None:
    """An activity of an unknown type, and a known one about a thing of an unknown type."""

    async def say(uow: UnitOfWork) -> None:
        to = [target.actor_uri for target in await relations.followers(uow)]
        for number, kind in enumerate(NEW_TYPES):
            thing = f"{coop.config.address}/later/{uow.new_id()}"
            said = {
                "@context": "https://www.w3.org/ns/activitystreams",
                "type": kind if number == 0 else "Create",
                "actor": coop.uri,
                "to": to,
                "object": {"id": thing, "type": NEW_TYPES[1], "attributedTo": coop.uri},
            }
            await publish(uow, said, to_actors=to, object_uri=thing)

    await coop.write(say)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(100, 140))]
)
async def test_coops_of_three_versions_trade_and_their_books_agree(
    open_market: MarketOpener, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    market = await open_market(seed)
    later, earlier, *_today = market.world.coops
    speak_a_later_version(monkeypatch, later)
    know_an_earlier_version(earlier)
    market.world.network.weather = STORM
    for _time in range(3):
        await market.trade(15)
        await say_what_nobody_knows(later)
    await market.clears_up()
    assert await judge.faults(market) == []
    bodies = await later.read(lambda reader: reader.scalars(select(OutboxEntry.body)))
    assert any("laterWord" in json.loads(body).get("object", {}) for body in bodies)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
async def test_a_vote_across_versions_has_one_result_and_one_log(
    begin_vote: VoteBeginner, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """What stands in the log says its version and has no other members than that one knows: it is
    the messages around it, and what coops tell of themselves, that have more."""
    five = await begin_vote(seed)
    voters = [coop for name, coop in five.coops.items() if name != "camara"]
    later, earlier = random.Random(seed).sample(voters, 2)
    speak_a_later_version(monkeypatch, later)
    know_an_earlier_version(earlier)
    await five.vote_in_disorder()
    await say_what_nobody_knows(later)
    await five.is_counted()
    await five.all_counted()
    texts = {}
    for name in NAMES:
        entries = await five.coops[name].read(store.entries, (await five.row(name)).federation_id)
        texts[name] = [each.text for each in entries]
    assert len({tuple(each) for each in texts.values()}) == 1
    bodies = await later.read(lambda reader: reader.scalars(select(OutboxEntry.body)))
    assert all("laterWord" in json.loads(body) for body in bodies[-3:])
