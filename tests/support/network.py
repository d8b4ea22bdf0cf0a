"""A network in memory, with weather: what one node posts or fetches, another one answers.

Requests reach the very routes that a server has, signatures and all; only the sockets are missing.
What is lost, late, doubled or unanswered is drawn from the simulation's seed.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from federation.ambient import Clock
from federation.errors import Unreachable
from federation.http_client import Answer, Fetched, GuardedClient
from federation.routes import object_response, peer_routes
from federation.runtime import Federation
from protocol.http_signatures import Profile
from protocol.iri import authority_of, parse_iri


@dataclass(frozen=True)
class Weather:
    """How many of a hundred messages are lost on the way, come later, come twice, or come but
    are thought lost since their answer is.

    copies: how often one comes that comes twice; the first at once, the others late. delay: within
    which what is late comes, in whatever order.
    """

    lost: int = 0
    late: int = 0
    twice: int = 0
    unanswered: int = 0
    copies: int = 2
    delay: timedelta = timedelta(0)


CALM = Weather()
STORM = Weather(lost=10, late=10, twice=10, unanswered=10)
FLOOD = Weather(late=50, twice=15, copies=10, delay=timedelta(days=3))
DEAF = Weather(unanswered=30)

KINDS = frozenset(
    [
        *("lost", "late", "came-late", "twice", "unanswered"),
        *("away", "one-way", "hangs", "nonsense", "fails"),
        *("crashed", "restored", "forgotten", "clock", "drift"),
    ]
)
"""Everything that can go wrong in a simulated world."""

Manner = Callable[["Letter"], str | None]
"""How a host treats what comes: `hangs`, `nonsense` or `fails`; None for as it should."""


@dataclass(frozen=True)
class Letter:
    """One POST."""

    sender: str
    to: str
    path: str
    body: bytes
    headers: Mapping[str, str]
    due: datetime | None = None


@dataclass
class Network:
    """chance: of the simulation. trace: who posted what to whom, and what came of it. tried: how
    often each thing went wrong. manners: of hosts that do not behave."""

    chance: random.Random
    clock: Clock
    weather: Weather = CALM
    late: list[Letter] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    manners: dict[str, Manner] = field(default_factory=dict)
    _doors: dict[str, web.Application] = field(default_factory=dict)
    _parts: tuple[frozenset[str], ...] = ()
    _cut: set[tuple[str, str]] = field(default_factory=set)

    @property
    def digest(self) -> str:
        """Of all that travelled: equal for two runs if every message was, in its order."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def open(self, name: str, federation: Federation) -> None:
        """From now on a node answers."""
        app = web.Application()
        app.add_routes(peer_routes(federation))

        async def shared(request: web.Request) -> web.Response:
            return await object_response(federation, request)

        app.router.add_get("/{path:.*}", shared)
        app.freeze()
        self._doors[name] = app

    def shut(self, name: str) -> None:
        """A node does not answer any more."""
        del self._doors[name]

    def part(self, *groups: Iterable[str]) -> None:
        """From now on only nodes of one group reach each other; without groups, all do."""
        self._parts = tuple(frozenset(group) for group in groups)
        self._cut.clear()

    def cut(self, sender: str, to: str) -> None:
        """From now on one way is closed: nothing that this node sends or asks reaches that one."""
        self._cut.add((sender, to))

    def reaches(self, sender: str, to: str) -> bool:
        together = not self._parts or any({sender, to} <= group for group in self._parts)
        return together and (sender, to) not in self._cut and to in self._doors

    async def post(self, sender: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        letter = Letter(sender, *_place(url), body, headers)
        drawn = self.chance.randrange(100)
        weather = self.weather
        if not self.reaches(sender, letter.to):
            raise self._lost(letter, "one-way" if (sender, letter.to) in self._cut else "away")
        if letter.to in self.manners and (how := self.manners[letter.to](letter)):
            return await self._ill_mannered(letter, how)
        if (drawn := drawn - weather.lost) < 0:
            raise self._lost(letter, "lost")
        if (drawn := drawn - weather.late) < 0:
            self._delay(letter)
            raise self._lost(letter, "late")
        answer = await self._bring(letter)
        if (drawn := drawn - weather.twice) < 0:
            self.notes("twice")
            answer = await self._bring(letter)
            for _copy in range(weather.copies - 2):
                self._delay(letter)
        if drawn - weather.unanswered < 0 <= drawn:
            raise self._lost(letter, "unanswered")
        return answer

    async def _ill_mannered(self, letter: Letter, how: str) -> Answer:
        self._note(letter, how)
        match how:
            case "hangs":
                raise Unreachable(f"{letter.to}: it took too long.", code="no-answer")
            case "nonsense":
                await self._bring(letter)
                return Answer(202, CIMultiDict(), b"\xff\x00{" + bytes(4000))
            case "fails":
                return Answer(500, CIMultiDict(), b"Internal Server Error")
        raise AssertionError(f"no such manner: {how}")

    def _delay(self, letter: Letter) -> None:
        seconds = self.chance.uniform(0, self.weather.delay.total_seconds())
        self.late.append(replace(letter, due=self.clock.now() + timedelta(seconds=seconds)))

    @property
    def due(self) -> list[Letter]:
        """What is late, and would come about now."""
        now = self.clock.now()
        return [letter for letter in self.late if letter.due is None or letter.due <= now]

    async def bring_late(self) -> None:
        """One of the late letters comes after all, if its way is free now."""
        letter = self.chance.choice(self.due)
        self.late.remove(letter)
        if self.reaches(letter.sender, letter.to):
            self.notes("came-late")
            await self._bring(letter)

    def forget(self, sender: str) -> None:
        """What this node sent and has not come yet never does: a restore takes longer than that."""
        self.late = [letter for letter in self.late if letter.sender != sender]

    async def get(self, sender: str, url: str, headers: Mapping[str, str]) -> Fetched:
        to, path = _place(url)
        if not self.reaches(sender, to):
            raise Unreachable(f"{url}: nobody answers there.", code="no-answer")
        response = await self._ask(to, "GET", path, headers, b"")
        kind = response.headers.get("Content-Type", "")
        return Fetched(url, response.status, response.headers, kind, _body(response))

    async def _bring(self, letter: Letter) -> Answer:
        response = await self._ask(letter.to, "POST", letter.path, letter.headers, letter.body)
        self._note(letter, str(response.status))
        return Answer(response.status, response.headers, _body(response)[:4096])

    async def _ask(
        self, to: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> web.Response:
        loop = asyncio.get_running_loop()
        content = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
        content.feed_data(body)
        content.feed_eof()
        app = self._doors[to]
        told = CIMultiDict({"Host": f"{to}.example", **headers})
        request = make_mocked_request(method, path, told, app=app, payload=content)
        answer: Any = await app._handle(request)
        return answer

    def _lost(self, letter: Letter, why: str) -> Unreachable:
        self._note(letter, why)
        return Unreachable(f"{letter.to}: nobody answers there.", code="no-answer")

    def _note(self, letter: Letter, outcome: str) -> None:
        number = letter.body.partition(b"/activities/")[2][:26].decode()
        moment = self.clock.now().isoformat()
        self.trace.append(f"{moment} {letter.sender} {letter.to} {number} {outcome}")
        if not outcome.isdigit():
            self.notes(outcome)

    def notes(self, kind: str) -> None:
        """Something went wrong; `KINDS` knows what there is."""
        assert kind in KINDS, kind
        self.tried[kind] += 1


def line(network: Network, name: str) -> type[GuardedClient]:
    """A node's way out into the network."""

    class Line(GuardedClient):
        async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            return await network.post(name, url, body, headers)

        async def get(self, url: str, **options: Any) -> Fetched:
            asked = self._get_headers(
                self.iri(url),
                options["accept"],
                options.get("sign_as"),
                options.get("profile", Profile.CAVAGE),
            )
            return await network.get(name, url, asked)

    return Line


def _place(url: str) -> tuple[str, str]:
    return authority_of(url).partition(".")[0], parse_iri(url).target


def _body(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""
