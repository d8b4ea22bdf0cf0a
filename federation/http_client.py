"""The one way out: everything that a stranger can make this node fetch goes through here.

Each dial passes the guard; redirects are followed by hand, three at most, from https to https
only, and never on POST; the whole exchange has one deadline; bodies are read up to a limit and
asked for uncompressed, so that fifty kilobytes cannot become fifty megabytes.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, cast
from urllib.parse import urljoin

import aiohttp
from msgspec import Struct
from multidict import CIMultiDict
from yarl import URL

from federation.ambient import Clock
from federation.errors import AddressBlocked, FederationError, Gone, Refused, TooLarge, Unreachable
from federation.guard import Guard
from federation.identities import Identity
from federation.refused_fetches import told_once
from federation.settings import FederationSettings
from protocol.errors import MalformedDocument
from protocol.http_signatures import Profile, sign
from protocol.iri import Iri, parse_iri

_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {408, 425, 429}  # of the 4xx, those that waiting may mend
_CHUNK = 64 * 1024


class Answer(Struct, frozen=True):
    """What a peer answered to a POST."""

    status: int
    headers: Mapping[str, str]
    """Found in any case; repeated lines joined with a comma."""
    excerpt: bytes
    """The beginning of the body."""

    @property
    def text(self) -> str:
        """The beginning of the body, for people to read."""
        return self.excerpt.decode("utf-8", "replace")


class Fetched(Struct, frozen=True):
    """What lies at an address, whatever the status."""

    final_url: str
    """Where it was found after redirects."""
    status: int
    headers: Mapping[str, str]
    """Found in any case; repeated lines joined with a comma."""
    content_type: str
    """As sent, or empty."""
    body: bytes

    def expect_ok(self) -> Self:
        """Itself when the status is 2xx. Raises Gone, Refused or Unreachable for another."""
        if 200 <= self.status < 300:
            return self
        said = f"{self.final_url} answered {self.status}"
        if self.status in {404, 410}:
            raise Gone(f"{said}: there is nothing of that name.", status=self.status)
        if 400 <= self.status < 500 and self.status not in _PASSING:
            raise Refused(self.status, f"http-{self.status}", f"{said}: it does not let us in.")
        raise Unreachable(f"{said}; try again later.", code=f"http-{self.status}")


class _Response(aiohttp.ClientResponse):
    """An answer that knows who gave it: its connection may be gone before anybody could ask."""

    certificate_ends: datetime | None = None

    async def start(self, connection: aiohttp.connector.Connection) -> Self:
        transport = connection.transport
        shown = transport.get_extra_info("peercert") if transport else None
        if shown:
            seconds = ssl.cert_time_to_seconds(shown["notAfter"])
            self.certificate_ends = datetime.fromtimestamp(seconds, UTC)
        await super().start(connection)
        return self


_STRANGER = ("tls-stranger", "its certificate is signed by somebody we do not know")
_UNPROVEN = {
    9: ("tls-early", "its certificate is not valid yet"),
    10: ("tls-expired", "its certificate is expired"),
    18: ("tls-self-signed", "its certificate is signed by itself"),
    19: _STRANGER,
    20: _STRANGER,
    21: _STRANGER,
    62: ("tls-name", "its certificate is made for another name"),
    64: ("tls-name", "its certificate is made for another name"),
}
"""By X509_V_ERR_… of OpenSSL."""


class GuardedClient:
    """One for the process. Make it inside a running event loop; close it when done."""

    def __init__(
        self,
        guard: Guard,
        *,
        clock: Clock,
        settings: FederationSettings,
        ca_file: Path | None = None,
        user_agent: str = "Rochdale",
    ) -> None:
        self.guard = guard
        self._clock = clock
        self._settings = settings
        self._resolver = guard.resolver()
        tls = _tls(ca_file)
        # Strangers can make us ask anybody for keys, and whoever is asked may not answer: so what
        # is brought to peers has connections of its own.
        self._asking = self._session(tls, user_agent)
        self._bringing = self._session(tls, user_agent)

    def _session(self, tls: ssl.SSLContext | bool, user_agent: str) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                socket_factory=self.guard.socket,
                ssl=tls,
                limit=self._settings.connections,
                limit_per_host=self._settings.connections_per_host,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._settings.connect_seconds),
            headers={"User-Agent": user_agent},
            response_class=_Response,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def get(
        self,
        url: str,
        *,
        accept: str,
        sign_as: Identity | None = None,
        profile: Profile = Profile.CAVAGE,
        max_bytes: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Fetch, following redirects; signed on the origin asked, never for another one.

        more: further headers, instead of ours where they have the same name.

        Raises Unreachable, TooLarge, AddressBlocked, MalformedDocument (for a bad address).
        Any status of an answer is returned: see `Fetched.expect_ok`.
        """
        limit = max_bytes or self._settings.fetch_bytes
        with told_once(url), _plain_errors(url):
            async with asyncio.timeout(self._settings.total_seconds):
                return await self._follow(
                    self.iri(url), accept, sign_as, profile, limit, more or {}
                )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once; a redirect is an answer like any other and is not followed.

        headers: all of them, as `http_signatures.sign` gives them. Raises as `get`.
        """
        limit = self._settings.answer_bytes
        with told_once(url, is_asked_again=True), _plain_errors(url):
            async with (
                asyncio.timeout(self._settings.total_seconds),
                self._request("POST", self.iri(url), headers, body) as response,
            ):
                excerpt = await _read(response, limit, cut=True)
                return Answer(response.status, _headers(response), excerpt)

    async def certificate_ends(self, url: str) -> datetime | None:
        """When the certificate of who answers runs out; None over plain HTTP. Raises as `get`."""
        with _plain_errors(url):
            async with (
                asyncio.timeout(self._settings.total_seconds),
                self._request("HEAD", self.iri(url), {}, None) as response,
            ):
                return response.certificate_ends

    def iri(self, url: str) -> Iri:
        """Check an address, unresolved. Raises MalformedDocument or AddressBlocked."""
        iri = parse_iri(url, insecure_hosts=self.guard.insecure_hosts)
        self.guard.check(iri)
        return iri

    async def close(self) -> None:
        """Close every connection."""
        await self._asking.close()
        await self._bringing.close()
        await self._resolver.close()

    async def _follow(
        self,
        iri: Iri,
        accept: str,
        sign_as: Identity | None,
        profile: Profile,
        limit: int,
        more: Mapping[str, str],
    ) -> Fetched:
        signed_origin = iri.origin
        seen = {iri.without_fragment()}
        for _ in range(self._settings.redirects + 1):
            signer = sign_as if iri.origin == signed_origin else None
            headers = {**self._get_headers(iri, accept, signer, profile), **more}
            async with self._request("GET", iri, headers, None) as response:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    body = await _read(response, limit, cut=False)
                    return Fetched(
                        iri.without_fragment(),
                        response.status,
                        _headers(response),
                        response.headers.get("Content-Type", ""),
                        body,
                    )
                iri = self._next(iri, response.headers["Location"])
            if iri.without_fragment() in seen:
                raise Unreachable(f"{iri.text} redirects in a circle.", code="redirect-loop")
            seen.add(iri.without_fragment())
        raise Unreachable(
            f"{iri.text} lies behind more than {self._settings.redirects} redirects.",
            code="too-many-redirects",
        )

    def _next(self, iri: Iri, location: str) -> Iri:
        try:
            target = self.iri(urljoin(iri.text, location))
        except (MalformedDocument, ValueError):
            raise Unreachable(
                f"{iri.text} redirects to an address that we do not follow.", code="bad-redirect"
            ) from None
        if iri.origin.scheme == "https" and target.origin.scheme != "https":
            raise Unreachable(
                f"{iri.text} redirects from https to an open connection.", code="bad-redirect"
            )
        return target

    def _get_headers(
        self, iri: Iri, accept: str, sign_as: Identity | None, profile: Profile
    ) -> dict[str, str]:
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        if sign_as is None:
            return headers
        ed25519 = profile is Profile.RFC9421_ED25519
        signed = sign(
            "GET",
            iri.without_fragment(),
            None,
            key_id=sign_as.ed25519_key_id if ed25519 else sign_as.rsa_key_id,
            private_key=sign_as.ed25519_key if ed25519 else sign_as.rsa_key,
            now=self._clock.now(),
            profile=profile,
        )
        return headers | signed

    @asynccontextmanager
    async def _request(
        self, method: str, iri: Iri, headers: Mapping[str, str], body: bytes | None
    ) -> AsyncGenerator[_Response]:
        # `encoded`: the path goes out byte for byte as it was signed.
        url = URL(f"{iri.origin}{iri.target}", encoded=True)
        session = self._bringing if method == "POST" else self._asking
        async with session.request(
            method, url, headers=headers, data=body, allow_redirects=False
        ) as response:
            yield cast(_Response, response)


def _tls(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True  # aiohttp made this context as it was imported; a second one takes 2.5 MB
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:  # of which SSLError is one
        raise FederationError(
            f"The certificate authorities in {ca_file} (setting ca_file) cannot be read: {error}. "
            "Put the file back, or take the setting out.",
            code="ca-file",
        ) from error
    return context


def _unproven(url: str, error: aiohttp.ClientSSLError) -> Unreachable:
    """Why a certificate does not hold, as OpenSSL's number says."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    number: int = getattr(cause, "verify_code", 0)
    code, why = _UNPROVEN.get(number, ("tls", "it has no certificate that we can check"))
    return Unreachable(f"{url} could not prove who it is: {why}.", code=code)


async def _read(response: aiohttp.ClientResponse, limit: int, *, cut: bool) -> bytes:
    """The body up to `limit` bytes; when there is more, cut it off or raise TooLarge."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity" and not cut:
        raise Unreachable(
            f"{response.url} sent a compressed answer that was not asked for.", code="encoded"
        )
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) <= limit:
            continue
        response.close()  # the rest is not wanted, and the connection cannot be used again
        if cut:
            return bytes(body[:limit])
        raise TooLarge(f"{response.url} is longer than the {limit:,} bytes that we read.")
    return bytes(body)


def _headers(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    received = response.headers
    return CIMultiDict({name: ", ".join(received.getall(name)) for name in received})


@contextmanager
def _plain_errors(url: str) -> Generator[None]:
    """Turns what aiohttp raises into our errors, each with a sentence for an administrator."""
    try:
        yield
    except TimeoutError as error:
        raise Unreachable(f"{url} took too long to answer.", code="timed-out") from error
    except aiohttp.ClientConnectorDNSError as error:
        raise Unreachable(
            f"{url}: there is no host of that name (or the name service is down).",
            code="unknown-host",
        ) from error
    except aiohttp.ClientSSLError as error:
        raise _unproven(url, error) from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, AddressBlocked):
            raise AddressBlocked(
                f"{url} leads to an address that no peer can have: this machine, a private "
                "network or a reserved one."
            ) from error
        raise Unreachable(f"{url}: nobody answers there.", code="no-answer") from error
    except aiohttp.ClientError as error:
        raise Unreachable(f"{url} broke off or answered nonsense.", code="bad-answer") from error
