"""What came in over HTTP, as the bytes that a signature covers."""

import asyncio

from aiohttp import web

from federation.errors import Refused
from federation.settings import FederationSettings
from protocol.errors import MalformedDocument, WrongAuthority, quoted
from protocol.http_signatures import SignedMessage
from protocol.iri import origin_of
from protocol.media_types import is_activity_type

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def signed_message(request: web.Request, base: str, body: bytes | None) -> SignedMessage:
    """The request as its sender signed it, for our configured address.

    X-Forwarded-* counts for nothing: anyone can write it.
    """
    origin = origin_of(base)
    return SignedMessage(
        method=request.method,
        target=request.raw_path,
        authority=origin.authority,
        scheme=origin.scheme,
        headers=tuple(
            (
                name.decode("ascii", "surrogateescape").lower(),
                value.decode("utf-8", "surrogateescape"),
            )
            for name, value in request.raw_headers
        ),
        body=body,
    )


def _text(header: bytes) -> str:
    return header.decode("utf-8", "surrogateescape")


def check_host(request: web.Request, base: str) -> None:
    """Raise WrongAuthority unless the request was made for our configured address."""
    origin = origin_of(base)
    host = (request.headers.get("Host") or "").lower()
    if host.removesuffix(_DEFAULT_PORTS[origin.scheme]) != origin.authority:
        raise WrongAuthority(
            f"The request is for the host {quoted(host)}, this is {origin.authority}. "
            "A proxy in front of the node must keep the Host header."
        )


def check_text(request: web.Request) -> None:
    """Raise MalformedDocument for an address with what no text has: NUL, half of a character.

    PostgreSQL takes neither, and SQLite not the second.
    """
    for text in (request.path, *request.query.keys(), *request.query.values()):
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise MalformedDocument("The address has signs in it that no text has.")


def is_packed(request: web.Request) -> bool:
    """Whether the body comes compressed. Every line counts: the server unpacks by the last one."""
    codings = request.headers.getall("Content-Encoding", ())
    return any(coding.lower() != "identity" for coding in codings)


async def read_activity(request: web.Request, settings: FederationSettings) -> bytes:
    """The body of a delivery, checked for form before it is read whole. Raises Refused."""
    if not is_activity_type(request.headers.get("Content-Type", "")):
        raise Refused(
            415,
            "unsupported-media-type",
            "Send application/activity+json, or application/ld+json with the profile of "
            "ActivityStreams.",
        )
    # The server would unpack it first and count later: 97 kB can hold 100 MB.
    if is_packed(request):
        raise Refused(415, "unsupported-encoding", "Send the body uncompressed.")
    limit = settings.inbox_bytes
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        if request.content.is_eof():  # it came with the head, as nearly all do: nothing to wait for
            return _within(limit, request.content.read_nowait())
        async with asyncio.timeout(settings.total_seconds):
            return await _whole(request, limit)
    except TimeoutError:
        raise Refused(408, "stalled", "The body did not arrive in time; send it again.") from None
    except (web.RequestPayloadError, ConnectionResetError):
        raise Refused(400, "broken-off", "The body did not come through; send it again.") from None


async def _whole(request: web.Request, limit: int) -> bytes:
    body = b""
    async for chunk in request.content.iter_any():
        body = _within(limit, body + chunk)
    return body


def _within(limit: int, body: bytes) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Refused:
    return Refused(
        413, "too-large", f"The body is longer than {limit:,} bytes; send large things by address."
    )
