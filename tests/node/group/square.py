"""A federation that people elsewhere follow, and what their Mastodon sends."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from federation.documents import ANYONE, Answer, Requester
from federation.errors import NotFound
from federation.models import Delivery, DeliveryState, OutboxEntry
from federation.remote.actors import record_actor
from node import group
from protocol import strict_json
from protocol.iri import origin_of
from protocol.jsonld import normalise
from protocol.vocabulary.actors import parse_actor
from tests.node.council.hall import Assembly

MASTODON = "https://mastodon.example"
ANN, BEN = f"{MASTODON}/users/ann", f"{MASTODON}/users/ben"


def person(uri: str) -> dict[str, Any]:
    """As Mastodon describes somebody, shortened."""
    server, _users, name = uri.rsplit("/", 2)
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "name": name.capitalize(),
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "endpoints": {"sharedInbox": f"{server}/inbox"},
        "manuallyApprovesFollowers": False,
    }


def follow(actor: str, target: str, number: int = 1) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{MASTODON}/{actor[-3:]}-{number}",
        "type": "Follow",
        "actor": actor,
        "object": target,
    }


def undo(actor: str, of: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor}#follows/7/undo",
        "type": "Undo",
        "actor": actor,
        "object": {key: of[key] for key in ("id", "type", "actor", "object")},
    }


def vote(question: str, name: str, to: str) -> dict[str, Any]:
    """As Mastodon sends the vote of somebody in a poll."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{ANN}#votes/9/activity",
        "type": "Create",
        "actor": ANN,
        "to": to,
        "object": {
            "id": f"{ANN}#votes/9",
            "type": "Note",
            "name": name,
            "attributedTo": ANN,
            "inReplyTo": question,
            "to": to,
        },
    }


class Square:
    """A federation of coops, and people elsewhere who may look on."""

    def __init__(self, coops: Assembly) -> None:
        self.coops = coops

    def uri(self, name: str = "lanehead") -> str:
        return f"https://{name}.example/federations/{self.coops.digest}"

    async def attend(self, name: str = "lanehead") -> None:
        """What a running node does each second; other nodes are asked directly."""
        seat = self.coops.coops[name]

        async def actor(uri: str, *, refresh: bool) -> Any:
            assert refresh
            document = await self.read(uri)
            if document is None:
                raise NotFound(uri)
            return parse_actor(normalise(document))

        there = SimpleNamespace(
            database=seat.database,
            identities=seat.database.identities,
            actors=SimpleNamespace(actor=actor),
        )
        await group.attend(there)  # type: ignore[arg-type]

    async def read(self, uri: str, requester: Requester = ANYONE) -> Any:
        """What a coop answers to another server."""
        origin = origin_of(uri)
        name = origin.host.partition(".")[0]
        path = uri.removeprefix(f"https://{name}.example")
        found: Answer = await self.coops.coops[name].read(group.documents.answer, requester, path)
        return found

    async def hear(self, said: dict[str, Any], name: str = "lanehead") -> Any:
        return await self.coops.coops[name].hear(said["actor"], strict_json.dumps(said))

    async def meet(self, *uris: str, name: str = "lanehead") -> None:
        for uri in uris:
            await self.coops.coops[name].write(record_actor, person(uri))

    async def said(self, name: str = "lanehead") -> list[dict[str, Any]]:
        """All that the federation has said at a coop, the oldest first."""
        chosen = select(OutboxEntry.body).where(OutboxEntry.actor == self.uri(name))
        seat = self.coops.coops[name]
        bodies = await seat.read(lambda reader: reader.scalars(chosen.order_by(OutboxEntry.seq)))
        return [strict_json.loads(body) for body in bodies]

    async def waiting(self, name: str = "lanehead", host: str = "mastodon.example") -> list[str]:
        """What is on its way to people elsewhere: kinds, each with to how many of them."""
        await self.attend(name)
        return await self.queued(name, host)

    async def queued(self, name: str = "lanehead", host: str = "mastodon.example") -> list[str]:
        """The same before the node has looked after it."""
        chosen = (
            select(OutboxEntry.activity_type, Delivery.recipients)
            .join(Delivery, Delivery.outbox_seq == OutboxEntry.seq)
            .where(Delivery.authority == host)
            .where(Delivery.state == DeliveryState.PENDING)
        )
        seat = self.coops.coops[name]
        rows = await seat.read(lambda reader: reader.rows(chosen.order_by(Delivery.seq)))
        return [f"{kind} {len(recipients)}" for kind, recipients in rows]
