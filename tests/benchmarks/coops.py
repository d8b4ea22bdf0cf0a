"""Foreign coops that a measured server hears from: their keys, documents, and signed messages.

What they send is made by `tests.support.signing`, from the specifications alone, and made before
the clock runs. Every coop has an address of its own on loopback.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.models import Relation, RelationState
from node.config import load
from node.runtime import open_node
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.vocabulary.activities import create
from protocol.vocabulary.listings import ListingOnWire, listing_document
from protocol.vocabulary.places import PlaceOnWire
from protocol.vocabulary.prices import PriceOnWire
from tests.benchmarks.words import paragraph, title
from tests.federation import factories
from tests.federation.peer import multikey, public_key
from tests.support.signing import Signer, cavage, encode, prove, rfc9421

Form = Literal["bare", "proven"]
"""Signed with draft-cavage alone; or as we send, with a proof of the activity and of the listing
beside it."""
Flaw = Literal["forged", "stale", "wrong_digest", "unknown_key"]

FORMS: tuple[Form, ...] = ("bare", "proven")
BODY_BYTES = 2048
_PROVEN_CONTENT = 400
_FEP_0837 = frozenset(
    [
        "id",
        "type",
        "purpose",
        "attributedTo",
        "to",
        "cc",
        "name",
        "content",
        "published",
        "updated",
        "location",
        "publishes",
        "unitBased",
        "url",
    ]
)
_FEP_0837_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"vf": "https://w3id.org/valueflows/ont/vf#"}
    | {"om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/"}
    | {name: f"vf:{name}" for name in ("Proposal", "Intent", "purpose", "publishes", "action")}
    | {name: f"vf:{name}" for name in ("unitBased", "resourceQuantity")}
    | {name: f"om2:{name}" for name in ("hasUnit", "hasNumericalValue")},
]
_TOO_OLD = timedelta(hours=3)
_OF_ANOTHER_BODY = f"SHA-256={b64encode(sha256(b'another').digest()).decode()}"


@dataclass(frozen=True)
class Coop:
    """A coop on an address of its own."""

    authority: str
    signer: Signer

    @property
    def uri(self) -> str:
        return self.signer.actor

    @property
    def name(self) -> str:
        return f"Coop of {self.authority}"

    def profile(self) -> dict[str, Any]:
        """What it says of itself, but for its keys; normalised."""
        return {
            "id": self.uri,
            "type": "Organization",
            "preferredUsername": "coop",
            "name": self.name,
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "endpoints": {"sharedInbox": f"http://{self.authority}/inbox"},
        }

    def document(self) -> dict[str, Any]:
        return self.profile() | {
            "@context": [
                "https://www.w3.org/ns/activitystreams",
                "https://w3id.org/security/v1",
                "https://w3id.org/security/multikey/v1",
            ],
            "publicKey": public_key(self.uri, self.signer.rsa),
            "assertionMethod": [multikey(self.uri, self.signer.ed25519)],
        }


def make_coops(count: int, port: int) -> list[Coop]:
    """So many coops at 127.1.0.1, 127.1.0.2 and so on. They share one RSA key, which takes long to
    make; nobody can tell, for each lists it under its own name."""
    key = rsa.generate_private_key(65537, 2048)
    authorities = [f"127.1.0.{number}:{port}" for number in range(1, count + 1)]
    return [
        Coop(authority, Signer(f"http://{authority}/coop", key, Ed25519PrivateKey.generate()))
        for authority in authorities
    ]


@dataclass
class Directory:
    """Serves the coops' documents to whoever looks for a key, and counts who asked; takes what is
    sent to them. silent: coops whose hosts answer nothing."""

    coops: Sequence[Coop]
    silent: Sequence[Coop] = ()
    fetches: int = 0
    taken: int = 0
    _servers: list[asyncio.Server] = field(default_factory=list)
    _waiting: list[asyncio.StreamWriter] = field(default_factory=list)

    async def __aenter__(self) -> "Directory":
        for coop in (*self.coops, *self.silent):
            host, _, port = coop.authority.partition(":")
            answer = None if coop in self.silent else _document(coop)
            server = await asyncio.start_server(self._hears(answer), host, int(port))
            self._servers.append(server)
        return self

    async def __aexit__(self, *_error: object) -> None:
        for server in self._servers:
            server.close()
        for writer in self._waiting:
            writer.close()

    def _hears(self, document: bytes | None) -> Any:
        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if head.startswith(b"post"):
                await reader.readexactly(int(_LENGTH.search(head)[1]))  # type: ignore[index]
                self.taken += 1
                writer.write(_TAKEN)
            else:
                self.fetches += 1
                writer.write(document or b"")
            await writer.drain()
            if document is not None or head.startswith(b"post"):
                writer.close()
            else:
                self._waiting.append(writer)

        return hear


_TAKEN = b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)")


def _document(coop: Coop) -> bytes:
    answer = encode(coop.document())
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
        f"Connection: close\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer


def bodies(coops: Sequence[Coop], form: Form, numbers: range) -> list[bytes]:
    """Announcements of one listing each, the coops in turn."""
    now = datetime.now(UTC)
    make = {"bare": _bare, "proven": _proven}[form]
    return [encode(make(coops[number % len(coops)], number, now)) for number in numbers]


def requests(
    coops: Sequence[Coop],
    bodies: Sequence[bytes],
    to: str,
    flaw: Flaw | None = None,
    *,
    by_rfc9421: bool = False,
) -> list[bytes]:
    """Whole HTTP requests that bring these bodies to an authority, from the coops in turn; signed
    with draft-cavage, or by RFC 9421 and then without a flaw."""
    now = datetime.now(UTC)
    when = now - _TOO_OLD if flaw == "stale" else now
    made = []
    for coop, body in zip(cycle(coops), bodies, strict=False):
        told = _OF_ANOTHER_BODY if flaw == "wrong_digest" else None
        headers = (
            rfc9421(coop.signer, to, body, when)
            if by_rfc9421
            else cavage(coop.signer, to, body, when, told_digest=told)
        )
        if flaw == "forged":
            headers |= {"signature": _forged(headers["signature"])}
        if flaw == "unknown_key":
            other = headers["signature"].replace("#main-key", f"#{sha256(body).hexdigest()}")
            headers |= {"signature": other}
        headers |= {"content-length": str(len(body)), "accept": "*/*"}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body)
    return made


def _forged(signature: str) -> str:
    """The same with another letter in the middle of what was signed."""
    before, mark, signed = signature.rpartition('signature="')
    other = "B" if signed[100] == "A" else "A"
    return f"{before}{mark}{signed[:100]}{other}{signed[101:]}"


def _bare(coop: Coop, number: int, now: datetime) -> dict[str, Any]:
    """As a server of another make writes it by FEP-0837, in about `BODY_BYTES`."""
    whole = _listing(coop, number, now, "")
    listing = {name: value for name, value in whole.items() if name in _FEP_0837}
    activity = _create(coop, number, listing) | {"@context": _FEP_0837_CONTEXT}
    room = BODY_BYTES - len(encode(activity))
    return activity | {"object": listing | {"content": _content(number, room)}}


def _proven(coop: Coop, number: int, now: datetime) -> dict[str, Any]:
    created = datetimes.format(now)
    listing = _listing(coop, number, now, _content(number, _PROVEN_CONTENT))
    activity = _create(coop, number, prove(listing, coop.signer, created))
    return prove(activity, coop.signer, created)


def _create(coop: Coop, number: int, listing: dict[str, Any]) -> dict[str, Any]:
    uri, followers = f"http://{coop.authority}/activities/{number}", f"{coop.uri}/followers"
    return create(uri, coop.uri, listing, to=(PUBLIC,), cc=(followers,))


def _listing(coop: Coop, number: int, now: datetime, content: str) -> dict[str, Any]:
    uri, random = f"http://{coop.authority}/listings/{number}", Random(number)
    return listing_document(
        ListingOnWire(
            uri=uri,
            url=uri,
            attributed_to=coop.uri,
            kind="service",
            purpose="offer",
            title=title(random),
            summary=title(random),
            body_html=content,
            category="repair",
            tags=("bicycle", "repair"),
            language="en",
            place=PlaceOnWire("Rochdale", 53.61, -2.16, 10),
            price=PriceOnWire(currency="GBP", text="ask"),
            to=(PUBLIC,),
            cc=(f"{coop.uri}/followers",),
            published=now,
            updated=now,
        )
    )


def _content(number: int, length: int) -> str:
    return f"<p>{paragraph(Random(number), length - len('<p></p>'))}</p>"


async def befriend_all(data: Path, coops: Sequence[Coop]) -> None:
    """Make the node of that folder follow these coops, and they it; it knows no key of theirs."""
    async with open_node(load(data, {})) as node:

        async def relate(uow: Any) -> None:
            for coop in coops:
                factories.remote_actor(uow, coop.uri, name=coop.name, document=coop.profile())
                uow.session.add(_in_touch(coop, uow.now))

        await node.write(relate)


def _in_touch(coop: Coop, now: datetime) -> Relation:
    return Relation(
        actor_uri=coop.uri,
        authority=coop.authority,
        follower_state=RelationState.ACCEPTED,
        following_state=RelationState.ACCEPTED,
        created_at=now,
        updated_at=now,
    )
