"""A coop under attack, and what is checked after every blow, whichever it was.

Three coops on real servers, once on SQLite and once on PostgreSQL; a peer on other software (the
farm), a stranger (eve), somebody on the peer's own host (mallory), and a server that nobody may
ever reach (the canary). One such town stands for all rows: a row that leaves something behind
where nothing may be left has failed.
"""

import asyncio
import gc
import itertools
import re
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from multidict import CIMultiDict

from federation import relations
from federation.errors import FederationError
from federation.key_files import Generation
from federation.models import RelationState
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.contexts import CONTEXT
from protocol.errors import ProtocolError
from tests.federation.nodes import Foreigner, Reply, keys_of
from tests.federation.peer import Peer, multikey, public_key
from tests.hostile.registers import Pages, Registers, differing
from tests.hostile.rows import Row
from tests.hostile.watching import Canary, Steps, Watch, heard, timed
from tests.stories.market import hand_of
from tests.support.clock import FixedClock
from tests.support.signing import Signer, cavage, encode, prove
from tests.support.town import Coop, Town, open_town
from tests.ui.web.visitor import Visitor, add_account, signed_in, stranger
from ui.web.server_log import tell_in_one_line

MEMORY = frozenset({"seen_activity", "relation"})
"""Where it is noted that a message came, and when its sender was last heard of."""
CROWD = 7
TAKEN = frozenset(
    {
        *MEMORY,
        "listing_mirror",
        "search_entry",
        "search_token",
        "search_word",
        "search_words",
        "search_words_data",
        "search_words_docsize",
        "search_words_idx",
    }
)
"""Where a peer's listing is written down."""
REFRESHED = frozenset({"remote_actor", "remote_key"})
"""Where it is noted that an actor was looked at again."""
_SIGNATURE = re.compile(r'(?:signature="|sig1=:)([^":]+)')


@dataclass(frozen=True)
class Request:
    """An HTTP request as it goes over the wire. headers: may name one twice, in any order."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    method: str = "POST"
    target: str = "/inbox"

    def with_headers(self, *more: tuple[str, str]) -> "Request":
        """With further lines, in place of those of the same name."""
        named = {name.lower() for name, _ in more}
        kept = tuple(each for each in self.headers if each[0].lower() not in named)
        return replace(self, headers=(*kept, *more))

    def and_also(self, *more: tuple[str, str]) -> "Request":
        """With further lines beside those of the same name."""
        return replace(self, headers=(*self.headers, *more))

    def altered(self, old: str, new: str) -> "Request":
        """With something changed in its signature header after it was signed."""
        [signature] = [value for name, value in self.headers if name == "signature"]
        assert old in signature
        return self.with_headers(("signature", signature.replace(old, new)))

    def header(self, name: str) -> str:
        [value] = [value for key, value in self.headers if key == name]
        return value

    @property
    def secrets(self) -> set[str]:
        return {found for _, value in self.headers for found in _SIGNATURE.findall(value)}

    @property
    def wire(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        named = {name.lower() for name, _ in self.headers}
        if not named & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: close")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return head.encode("utf-8", "surrogateescape") + self.body


@dataclass
class Siege:
    """What a row attacks, and with what."""

    town: Town
    farm: Foreigner
    eve: Foreigner
    crowd: list[Foreigner]
    """More coops on other software, not in touch with anybody yet."""
    watch: Watch
    registers: Registers
    nobody: Visitor
    rosa: Visitor
    femi: Visitor
    folder: Path
    row: Row | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def coop(self) -> Coop:
        """The one that is attacked."""
        return self.town.coops[0]

    @property
    def clock(self) -> FixedClock:
        return self.town.clock

    @property
    def canary(self) -> Canary:
        return self.watch.canary

    @property
    def secrets(self) -> set[str]:
        return self.watch.secrets

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged while the last blow fell."""
        return self.watch.lines

    @property
    def host(self) -> str:
        return self.coop.node.config.authority

    @property
    def mallory(self) -> Signer:
        """Somebody else on the farm's host, with keys of their own."""
        return Signer(f"{self.farm.base}/mallory", self.eve.signer.rsa, self.eve.signer.ed25519)

    @property
    def row_statuses(self) -> list[int]:
        """What the catalogue wants to see answered."""
        assert self.row is not None
        return self.row.statuses

    def number(self) -> int:
        """One that was not used before."""
        return next(self._numbers)

    # What is sent

    def listing(self, by: Signer | None = None, **changed: Any) -> dict[str, Any]:
        """A listing of the farm's, as any program could write it."""
        signer = by or self.farm.signer
        base = signer.actor.rpartition("/")[0]
        now = datetimes.format(self.clock.now())
        document = {
            "@context": CONTEXT,
            "id": f"{base}/goods/{self.number()}",
            "type": "Proposal",
            "kind": "goods",
            "purpose": "offer",
            "attributedTo": signer.actor,
            "name": "Bread",
            "to": [PUBLIC],
            "published": now,
            "updated": now,
        }
        return document | changed

    def activity(
        self, verb: str = "Create", obj: Any = None, by: Signer | None = None, **changed: Any
    ) -> dict[str, Any]:
        """Something said by the farm, unless by somebody else."""
        signer = by or self.farm.signer
        base = signer.actor.rpartition("/")[0]
        said = {
            "@context": CONTEXT,
            "id": f"{base}/a/{self.number()}",
            "type": verb,
            "actor": signer.actor,
            "to": [PUBLIC],
            "object": self.listing(by) if obj is None else obj,
        }
        return {name: value for name, value in (said | changed).items() if value is not LEFT_OUT}

    def signed(self, said: Any = None, by: Signer | None = None, **signing: Any) -> Request:
        """As draft-cavage has it; the farm's key unless another's."""
        said = self.activity() if said is None else said
        body = said if isinstance(said, bytes) else encode(said)
        date = signing.pop("date", self.clock.now())
        host = signing.pop("to", self.host)
        headers = cavage(by or self.farm.signer, host, body, date, **signing)
        return Request(body, tuple(headers.items()))

    def bare(self, said: Any) -> Request:
        """Without any signature in its head."""
        headers = (("host", self.host), ("content-type", "application/activity+json"))
        return Request(encode(said), headers)

    def proven(self, said: dict[str, Any], by: Signer | None = None, **options: Any) -> Any:
        created = options.pop("created", datetimes.format(self.clock.now()))
        return prove(said, by or self.farm.signer, created, **options)

    def hand(self, coop: Coop) -> Signer:
        return hand_of(coop)

    async def send(self, request: Request, coop: Coop | None = None) -> Reply:
        """Send it as it is, and read whatever comes back."""
        self.secrets.update(request.secrets)
        at = coop or self.coop
        return await raw(int(at.address.rpartition(":")[2]), [request.wire])

    # What is checked

    async def refused(self, request: Request, code: str, status: int | None = None) -> None:
        """It is answered with a status that the catalogue wants, and this reason, and that is all
        that comes of it."""
        async with self.nothing_happens():
            answer = await self.send(request)
        self.answered(answer, code, status)

    def answered(self, answer: Reply, code: str, status: int | None = None) -> None:
        """A refusal in words, and one line about it in the log."""
        assert self.row is not None
        wanted = [status] if status else self.row.statuses
        assert (answer.status in wanted, answer.code) == (True, code), answer.body
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json["status"] == answer.status
        assert answer.json["detail"].endswith(".")
        audited = [line for line in self.lines if "code" in line]
        assert [line["code"] for line in audited] == [code], self.lines

    async def taken(self, request: Request, status: int = 202) -> None:
        """It is a good message."""
        async with self.watched():
            answer = await self.send(request)
        assert (answer.status, answer.body) == (status, b"")

    async def without_effect(self, request: Request, status: int = 202) -> None:
        """It is answered as if it were good, and nothing comes of it but the memory of it."""
        async with self.nothing_happens(but=MEMORY):
            answer = await self.send(request)
        assert answer.status == status, answer.body

    async def dropped(self, work: Awaitable[Any], *codes: str) -> None:
        """What was to be fetched is not believed, for one of these reasons, and nothing kept."""
        async with self.nothing_happens():
            try:
                found = await work
            except (FederationError, ProtocolError) as error:
                assert error.code in codes, error  # noqa: PT017 - both kinds have a code
            else:
                raise AssertionError(f"it was believed: {found}")

    async def accepted_again(self, other: Foreigner) -> None:
        """A peer that counted as away is in reach again, and hears what it missed."""
        self.clock.advance(timedelta(days=2))
        for _round in range(3):
            await self.coop.node.federation.settle()
        assert other.peer.requests

    @asynccontextmanager
    async def nothing_happens(self, but: Iterable[str] = ()) -> AsyncGenerator[None]:
        """Not one row of the database changes, but for these tables, and nothing of what the
        process keeps beside it."""
        before = await self.pages()
        async with self.watched():
            yield
        changed = differing(before, await self.pages()) - set(but)
        assert not changed, changed

    async def pages(self) -> Pages:
        return await self.registers.read() | await self.watch.memory()

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        async with self.watch.over():
            yield


LEFT_OUT: Any = object()
"""Given for a member that is to be missing."""


async def raw(port: int, pieces: Sequence[bytes]) -> Reply:
    """Write the pieces to a server, one after the other, and read its answer to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await answer_on(reader)
    finally:
        writer.close()


async def answer_on(reader: asyncio.StreamReader) -> Reply:
    """What the server says; it may leave the connection open to what is still to come."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = CIMultiDict(tuple(line.split(": ", 1)) for line in lines)  # type: ignore[misc]
    length = headers.get("Content-Length")
    body = await reader.read() if length is None else await reader.readexactly(int(length))
    return Reply(int(first.split()[1]), headers, body)


@asynccontextmanager
async def lay_siege(
    folder: Path, keys: dict[str, Generation], migrated: Path, urls: Mapping[str, str]
) -> AsyncGenerator[Siege]:
    """A town that is attacked. urls: of the databases that are on a server, by coop."""
    tell_in_one_line()
    clock = FixedClock()
    farm, eve = [await _foreigner(name, keys) for name in ("farm", "eve")]
    crowd = [await _another(f"crowd{number}", farm) for number in range(CROWD)]
    beside = [each.peer.authority for each in (farm, eve, *crowd)]

    def url(name: str) -> str:
        return urls.get(name, "")

    async with open_town(3, folder, clock, keys, migrated, url, beside) as town:
        lanehead = town.coops[0]
        for other in town.coops[1:]:
            await town.introduce(lanehead, other)
        await _befriend(lanehead, farm)
        registers = await Registers.open(lanehead.node.config.database_url)
        async with (
            stranger(lanehead) as nobody,
            signed_in(lanehead, "rosa") as rosa,
            signed_in(lanehead, "femi", "admin") as femi,
        ):
            await add_account(lanehead, "ada")
            watch = Watch(lanehead.node, Canary(), Steps(), [])
            siege = Siege(town, farm, eve, crowd, watch, registers, nobody, rosa, femi, folder)
            farm.peer.serve("/mallory", _neighbour(siege))
            siege.secrets.update((*rosa.cookies.values(), *femi.cookies.values()))
            with _as_served(), timed(watch.steps), heard(watch.answered):
                yield siege
            watch.canary.close()
        await registers.close()
    for peer in (farm.peer, eve.peer, *(each.peer for each in crowd)):
        await peer.stop()


@contextmanager
def _as_served() -> Iterator[None]:
    """What was made before stays, as in `serve`: all that other tests left in the process is not
    looked through for garbage in the middle of a row."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def ready(siege: Siege, row: Row) -> None:
    """A little later; who knocked too often before may knock again."""
    siege.row = row
    siege.clock.advance(timedelta(seconds=90))
    for one in (siege.rosa, siege.femi):  # so that they were seen just now, whatever came before
        await one.get("/about")
    siege.farm.publish()
    siege.eve.publish()
    # A bad signature makes the node look for a newer key: no row is the first in five minutes.
    keys = siege.coop.node.federation.keys
    portici = siege.hand(siege.town.coops[1])
    for signer in (siege.farm.signer, siege.eve.signer, siege.mallory, portici):
        await keys.renewed(signer.rsa_id, await keys.key(signer.rsa_id))


def _neighbour(siege: Siege) -> dict[str, Any]:
    mallory = siege.mallory
    return siege.farm.peer.actor(
        "/mallory",
        publicKey=public_key(mallory.actor, mallory.rsa),
        assertionMethod=[multikey(mallory.actor, mallory.ed25519)],
    )


async def _foreigner(name: str, keys: dict[str, Generation]) -> Foreigner:
    made = await asyncio.to_thread(keys_of, keys, name)
    peer = await Peer(name).start()
    peer.authority = f"{name}.localhost:{peer.port}"
    signer = Signer(f"{peer.base}/coop", made.rsa["coop"], made.ed25519["coop"])
    foreigner = Foreigner(peer, signer)
    foreigner.publish()
    for inbox in ("/inbox", "/coop/inbox"):
        peer.serve(inbox, b"", status=202)
    return foreigner


async def _another(name: str, keys_as: Foreigner) -> Foreigner:
    """With the keys of one that is there: to make a pair takes a while."""
    peer = await Peer(name).start()
    peer.authority = f"{name}.localhost:{peer.port}"
    return Foreigner(peer, replace(keys_as.signer, actor=f"{peer.base}/coop"))


async def _befriend(coop: Coop, other: Foreigner) -> None:
    await coop.node.federation.actors.actor(other.coop, refresh=True)
    both = {"follower_state": RelationState.ACCEPTED, "following_state": RelationState.ACCEPTED}
    await coop.write(relations.change, other.coop, **both)
