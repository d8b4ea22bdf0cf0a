"""A foreign server on this machine: it answers what a test tells it to, and remembers who asked."""

import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import unquote

from aiohttp import web

from protocol import keys
from protocol.http_signatures import SignedMessage
from protocol.media_types import ACTIVITY_JSON

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Peer:
    """Known to the guard by a name, reached on a loopback port."""

    authority: str
    replies: dict[str, Reply] = field(default_factory=dict)
    requests: list[SignedMessage] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None
    """With one it is reached by https."""

    @property
    def scheme(self) -> Literal["http", "https"]:
        return "https" if self.tls else "http"

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.target for request in self.requests]

    async def start(self, port: int = 0) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=self.tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        await self._runner.cleanup()

    def serve(
        self, path: str, body: Any, content_type: str = ACTIVITY_JSON, status: int = 200
    ) -> str:
        """Answer a path (with its query, if any) with JSON or bytes; returns its address."""

        async def reply(_: web.Request) -> web.Response:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            return web.Response(body=data, status=status, headers={"Content-Type": content_type})

        return self.answer(path, reply)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        async def reply(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": location})

        return self.answer(path, reply)

    def answer(self, path: str, reply: Reply) -> str:
        self.replies[unquote(path)] = reply
        return f"{self.base}{path}"

    def actor(self, path: str = "/coop", **members: Any) -> dict[str, Any]:
        """An actor document for a path, not yet served."""
        uri = f"{self.base}{path}"
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri,
            "type": "Organization",
            "preferredUsername": "coop",
            "name": self.authority,
            "inbox": f"{uri}/inbox",
            "endpoints": {"sharedInbox": f"{self.base}/inbox"},
        }
        return document | members

    def publish(self, path: str = "/coop", **members: Any) -> str:
        """Serve an actor; returns its id."""
        return self.serve(path, self.actor(path, **members))

    def webfinger(self, resource: str, actor: str, subject: str | None = None) -> None:
        jrd = {
            "subject": subject or resource,
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": actor}],
        }
        self.serve(f"/.well-known/webfinger?resource={resource}", jrd, "application/jrd+json")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(
            SignedMessage(
                method=request.method,
                target=request.raw_path,
                authority=self.authority,
                scheme=self.scheme,
                headers=tuple((k.lower(), v) for k, v in request.headers.items()),
                body=await request.read() or None,
            )
        )
        reply = self.replies.get(unquote(request.path_qs))
        return await reply(request) if reply else web.Response(status=404)


def public_key(owner: str, key: keys.PrivateKey, key_id: str | None = None) -> dict[str, str]:
    """An entry of `publicKey`."""
    pem = keys.public_to_pem(key.public_key())
    return {"id": key_id or f"{owner}#main-key", "owner": owner, "publicKeyPem": pem}


def multikey(owner: str, key: keys.PrivateKey, name: str = "ed25519-key") -> dict[str, str]:
    """An entry of `assertionMethod`."""
    return {
        "id": f"{owner}#{name}",
        "type": "Multikey",
        "controller": owner,
        "publicKeyMultibase": keys.multikey_of(key.public_key()),
    }
