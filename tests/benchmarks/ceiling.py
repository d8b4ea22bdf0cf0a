"""The ceiling: the least work that still is a correct signed inbox, and the least fan-out sender.

No product: no policy, no guard, no rotation of keys, no index. It is what the goals are shares of.

    python -m tests.benchmarks.ceiling PORT DATABASE

POST /inbox: date, digest, signature by a cached key, both proofs where there are any, stored for
good, then 202. POST /bench/send {"inboxes": […]}: one activity to all of them.
"""

import asyncio
import base64
import hashlib
import re
import sqlite3
import sys
import time
import uuid
from collections.abc import Sequence
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocol import keys, multibase

AT_ONCE = 100
_SKEW_SECONDS = 3600
_PAIR = re.compile(r'(\w+)="([^"]*)"')
_COVERED = {"(request-target)", "host", "date", "digest"}
_STORE = (
    "INSERT OR IGNORE INTO activity(id, actor, type, object, received, raw) VALUES(?,?,?,?,?,?)"
)
_canonical = msgspec.json.Encoder(order="sorted").encode
_Row = tuple[str, str, str, str, float, bytes]


class Store:
    """One connection; what arrives in one turn of the loop is one transaction."""

    def __init__(self, path: str) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.execute(
            "CREATE TABLE activity(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, actor TEXT,"
            " type TEXT, object TEXT, received REAL, raw BLOB)"
        )
        self._waiting: list[tuple[_Row, asyncio.Future[None]]] = []

    async def put(self, row: _Row) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((row, done))
        if len(self._waiting) == 1:
            loop.call_soon(self._commit)
        await done

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(_STORE, [row for row, _ in batch])
        self._file.execute("COMMIT")
        for _, done in batch:
            if not done.done():
                done.set_result(None)


class Keys(NamedTuple):
    owner: str
    rsa: rsa.RSAPublicKey
    ed25519: Ed25519PublicKey | None


class Ceiling:
    """All that there is to the server."""

    def __init__(self, port: int, database: str) -> None:
        self._store = Store(database)
        self._keys: dict[str, asyncio.Task[Keys]] = {}
        self._date = ("", 0.0)
        self._base = f"http://127.0.0.1:{port}"
        self._key = rsa.generate_private_key(65537, 2048)
        self._sending: set[asyncio.Task[None]] = set()

    async def inbox(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        try:
            owner = await self._signer(request, body)
            activity = msgspec.json.decode(body)
            content = activity["object"]
            for document in (activity, content):
                if "proof" in document:
                    await self._check_proof(document, owner)
        except (InvalidSignature, KeyError, ValueError):
            return web.Response(status=401)
        if activity["actor"] != owner:
            return web.Response(status=401)
        await self._store.put(
            (activity["id"], owner, activity["type"], content["id"], time.time(), body)
        )
        return web.Response(status=202)

    async def _signer(self, request: web.BaseRequest, body: bytes) -> str:
        headers = request.headers
        claims = dict(_PAIR.findall(headers["Signature"]))
        date = headers["Date"]
        if self._date[0] != date:
            self._date = (date, parsedate_to_datetime(date).timestamp())
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        names = claims["headers"].split()
        if (
            abs(time.time() - self._date[1]) > _SKEW_SECONDS
            or headers["Digest"] != f"SHA-256={digest}"
            or not set(names) >= _COVERED
        ):
            raise InvalidSignature
        signed = "\n".join(
            f"{name}: post {request.path}"
            if name == "(request-target)"
            else f"{name}: {headers[name]}"
            for name in names
        )
        keys_of = await self._keys_at(claims["keyId"].partition("#")[0])
        signature = base64.b64decode(claims["signature"])
        keys_of.rsa.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return keys_of.owner

    async def _check_proof(self, document: dict[str, Any], owner: str) -> None:
        proof = document.pop("proof")
        signature = multibase.decode(proof.pop("proofValue"))
        keys_of = await self._keys_at(proof["verificationMethod"].partition("#")[0])
        if keys_of.ed25519 is None or keys_of.owner != owner:
            raise InvalidSignature
        hashed = hashlib.sha256(_canonical(proof)).digest()
        hashed += hashlib.sha256(_canonical(document)).digest()
        keys_of.ed25519.verify(signature, hashed)
        document["proof"] = proof

    def _keys_at(self, uri: str) -> asyncio.Task[Keys]:
        if uri not in self._keys:
            self._keys[uri] = asyncio.create_task(_fetch(uri))
        return self._keys[uri]

    async def send(self, request: web.BaseRequest) -> web.Response:
        asked = msgspec.json.decode(await request.read())
        sending = asyncio.create_task(self._fan_out(asked["inboxes"]))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        return web.Response(status=202)

    async def _fan_out(self, inboxes: Sequence[str]) -> None:
        coop, number = f"{self._base}/coop", uuid.uuid4()
        note = {"id": f"{coop}/o/{number}", "type": "Note", "content": "x" * 1500}
        activity = {"id": f"{coop}/{number}", "type": "Create", "actor": coop, "object": note}
        body = msgspec.json.encode(activity)
        digest = f"SHA-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}"
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await asyncio.gather(
                *(self._post(session, inbox, body, digest) for inbox in inboxes),
                return_exceptions=True,
            )

    async def _post(
        self, session: aiohttp.ClientSession, inbox: str, body: bytes, digest: str
    ) -> None:
        address, date = urlsplit(inbox), formatdate(usegmt=True)
        signed = (
            f"(request-target): post {address.path}\nhost: {address.netloc}\n"
            f"date: {date}\ndigest: {digest}"
        )
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        headers = {
            "Date": date,
            "Digest": digest,
            "Content-Type": "application/activity+json",
            "Signature": f'keyId="{self._base}/coop#main-key",algorithm="rsa-sha256",'
            'headers="(request-target) host date digest",'
            f'signature="{base64.b64encode(signature).decode()}"',
        }
        async with session.post(inbox, data=body, headers=headers) as answer:
            await answer.read()


async def _fetch(uri: str) -> Keys:
    async with aiohttp.ClientSession() as session, session.get(uri) as answer:
        document = msgspec.json.decode(await answer.read())
    named = document["publicKey"]
    public = serialization.load_pem_public_key(named["publicKeyPem"].encode())
    assert isinstance(public, rsa.RSAPublicKey)
    multikeys = [
        keys.public_from_multikey(each["publicKeyMultibase"])
        for each in document["assertionMethod"]
    ]
    return Keys(document["id"], public, multikeys[0])


async def main(port: int, database: str) -> None:
    ceiling = Ceiling(port, database)
    routes = {("POST", "/inbox"): ceiling.inbox, ("POST", "/bench/send"): ceiling.send}

    async def route(request: web.BaseRequest) -> web.Response:
        found = routes.get((request.method, request.path))
        return await found(request) if found else web.Response(status=404)

    runner = web.ServerRunner(web.Server(route, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
