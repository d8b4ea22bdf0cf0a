"""What somebody may do in a while, they may do at all processes of a node together, not at each."""

import time
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web

from federation.key_files import Generation
from federation.settings import FederationSettings
from node import limits
from protocol.contexts import CONTEXT
from tests.federation.peer import Peer, public_key
from tests.stories.market import offer
from tests.support.clock import FixedClock
from tests.support.doors import Doors, Sent, two_doors
from tests.support.signing import Signer, encode
from tests.support.town import Coop, open_town
from tests.ui.web.visitor import FROM_OURS

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
FORM = {"Content-Type": "application/x-www-form-urlencoded", **FROM_OURS}
REFUSED = 429


@pytest.fixture
async def peer() -> AsyncGenerator[Peer]:
    async def take(_request: web.Request) -> web.Response:
        return web.Response(status=202)

    peer = await Peer("").start()
    peer.authority = f"grocer.localhost:{peer.port}"
    peer.answer("/inbox", take)
    yield peer
    await peer.stop()


@pytest.fixture
async def doors(
    tmp_path: Path,
    postgres_url: str,
    town_keys: dict[str, Generation],
    migrated_file: Path,
    peer: Peer,
) -> AsyncGenerator[Doors]:
    clock, beside = FixedClock(datetime.now(UTC)), [peer.authority]
    opening = open_town(
        1, tmp_path, clock, town_keys, migrated_file, lambda _name: postgres_url, beside
    )
    async with opening as town, two_doors(town.coops[0], 1) as doors:
        yield doors


async def test_two_processes_allow_together_what_one_does(
    doors: Doors, peer: Peer, town_keys: dict[str, Generation]
) -> None:
    await guests_may_begin_so_much_at_both(doors, doors.coop)
    await each_looks_up_half_of_the_names(doors)
    await each_takes_half_of_a_strangers_messages(doors, stranger(peer, town_keys))
    for door in range(2):
        told = (await doors.at(door, Sent("GET", "/api/v1/listings"))).headers
        half = limits.API_CALLS_PER_MINUTE // 2
        assert told["RateLimit-Policy"] == f'"calls";q={half};w=60'
        assert told["RateLimit"] == f'"calls";r={half - 1}'


async def guests_may_begin_so_much_at_both(doors: Doors, coop: Coop) -> None:
    """Exactly, also where two come at the same moment."""
    loaf = await offer(coop, "Loaf")
    asks = urlencode({"name": "Nora", "contact": "0161 555 0101", "do": "send"}).encode()
    sent = Sent("POST", f"/listings/{loaf.id}/ask", asks, FORM)
    answers = [
        answer.status
        for _pair in range(limits.GUEST_REQUESTS_PER_ADDRESS // 2 + 1)
        for answer in await doors.both(sent)
    ]
    assert sorted(answers) == [303] * limits.GUEST_REQUESTS_PER_ADDRESS + [REFUSED] * 2
    assert await doors.count("SELECT count(*) FROM agreement") == limits.GUEST_REQUESTS_PER_ADDRESS
    hello = urlencode({"name": "Nora", "contact": "0161 555 0101", "text": "Hello"}).encode()
    written = await doors.both(Sent("POST", f"/write?listing={loaf.id}", hello, FORM))
    assert [each.status for each in written] == [303, 303], "that is counted apart"


async def each_looks_up_half_of_the_names(doors: Doors) -> None:
    named = f"/.well-known/webfinger?resource=acct:nora@{doors.coop.node.config.authority}"
    sent = [Sent("GET", named)] * limits.NAMES_PER_MINUTE
    for door in range(2):
        await takes_half(doors, door, sent, 404)


async def each_takes_half_of_a_strangers_messages(doors: Doors, grocer: Signer) -> None:
    base, most = grocer.actor.rpartition("/")[0], FederationSettings().stranger_per_minute
    said = {"@context": CONTEXT, "type": "Like", "actor": grocer.actor, "object": doors.coop.uri}
    for door in range(2):
        sent = [
            doors.signed(grocer, encode(said | {"id": f"{base}/{door}/{number}"}))
            for number in range(most)
        ]
        await takes_half(doors, door, sent, 202)


async def takes_half(doors: Doors, door: int, sent: Sequence[Sent], yes: int) -> None:
    """One door answers yes to half of these, and to what is regained meanwhile."""
    half, begun = len(sent) // 2, time.monotonic()
    answers = [(await doors.at(door, each)).status for each in sent]
    regained = (time.monotonic() - begun) * half / 60
    assert set(answers) == {yes, REFUSED}
    assert half <= answers.count(yes) <= half + regained + 1


def stranger(peer: Peer, keys: dict[str, Generation]) -> Signer:
    """A coop of which the node knows nothing yet."""
    made = keys["lanehead"]
    grocer = Signer(f"{peer.base}/coop", made.rsa["coop"], made.ed25519["coop"])
    peer.publish("/coop", publicKey=public_key(grocer.actor, grocer.rsa))
    return grocer
