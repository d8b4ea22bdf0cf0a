"""Reading what a browser sends: of bounded size, in time, and refused in words when it is garbled.

Every page that takes a form reads it here. aiohttp's own reader raises whatever its parsers raise:
a charset that does not exist, a part without a name, a missing boundary.
"""

import asyncio
import itertools
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import FileField
from msgspec import Struct
from multidict import CIMultiDictProxy, MultiDict, MultiDictProxy

from federation.served.requests import is_packed
from node import limits
from node.i18n import _
from protocol.errors import ProtocolError
from protocol.strict_json import loads
from ui.web.context import visitor_of
from ui.web.identity import look_again


class Upload(Struct, frozen=True):
    """A file that somebody sent; name: as it was called there."""

    name: str
    content: bytes


Form = MultiDictProxy[str | Upload]

_Readline = Callable[[], Coroutine[Any, Any, bytes]]
_AsSent = MultiDictProxy[str | bytes | bytearray | FileField]

LARGEST_FORM = 256 * 1024
LARGEST_UPLOAD = 21 * 1024 * 1024
# A phone on a slow line sends 256 KiB in well under a minute, 20 MB of listings in a few.
FORM_SECONDS = 60
UPLOAD_SECONDS = 600

UPLOADS = web.AppKey("uploads", frozenset[str])
"""The paths where an admin may send a file."""
SENDING = web.AppKey("sending", set[str])
"""The accounts that are sending a file just now."""

CALENDARS = "/listings/{id}/calendars"
"""The path where a member may send a calendar."""
LARGEST_CALENDAR = limits.CALENDAR_BYTES + LARGEST_FORM
REFERRAL_FILE = "/referrals/{id}/file"
"""The path where a member may send a file of whom a referral is about."""
LARGEST_REFERRAL_FILE = limits.REFERRAL_FILE_BYTES + LARGEST_FORM

PROFILE = "/account/profile"
"""The path where a member may send a picture of themselves."""
LARGEST_PROFILE = limits.PICTURE_BYTES + LARGEST_FORM

LISTING_FORMS = frozenset({"/listings/new", "/listings/{id}/edit"})
"""The paths where a member may send pictures."""
LARGEST_LISTING_FORM = limits.PICTURES_FORM_BYTES + LARGEST_FORM

FILE_CALLS = frozenset(
    {"/api/v1/account/profile", "/api/v1/coop", "/api/v1/listings/{id}/pictures"}
)
"""The paths where a program may send a picture, inside JSON."""

_FILES = frozenset({"file", "pictures"})
"""The fields that are files, in every form that has one; a file under another name is no text."""

_LINES_AT_ONCE = 50
AT_LENGTH = 40
"""Signs that nobody likes to type twice."""
_NOT_TYPED = frozenset(
    [
        *("csrf", "once", "held", "made", "passkey", "was", "key"),
        *("password", "present", "code", "digest"),
    ]
)
"""What pages carry, and secrets."""

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_FORM = web.RequestKey("form", Form)
_BODY = web.RequestKey("body", bytes)


def lines_of(text: str | None) -> list[str]:
    """What was typed one a line, without the empty ones."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


async def read_form(request: web.Request) -> Form:
    """The fields of the form; files only where they are expected, everything else as text.

    May be called again for the same request. Raises the HTTP error that says what is wrong, and
    what `look_again` does.
    """
    if _FORM not in request:
        form = await _read(request)
        await look_again(request)
        request[_FORM] = form
    return request[_FORM]


def written(request: web.Request) -> list[str]:
    """What somebody typed at length into the form that was read, if one was."""
    form: Form = request.get(_FORM, MultiDictProxy(MultiDict()))
    return at_length(texts_in(form))


def at_length(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Of the fields of a form, what nobody likes to type twice; no secrets."""
    typed = [text for name, text in fields if name not in _NOT_TYPED]
    return [text for text in typed if len(text.strip()) >= AT_LENGTH]


def texts_in(form: Form) -> list[tuple[str, str]]:
    """The fields of a form, but for its files."""
    return [(name, text) for name, text in form.items() if isinstance(text, str)]


async def read_text(request: web.Request, field: str, default: str = "") -> str:
    """One field of the form."""
    value = (await read_form(request)).get(field, default)
    return value if isinstance(value, str) else default


async def read_body(request: web.Request, largest: int) -> bytes:
    """What a program sent. May be called again for the same request."""
    if _BODY in request:
        return request[_BODY]
    seconds = UPLOAD_SECONDS if largest > LARGEST_FORM else FORM_SECONDS
    try:
        async with asyncio.timeout(seconds):
            body = await request.clone(client_max_size=largest).read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=str(_("It did not arrive in time."))) from None
    await look_again(request)
    request[_BODY] = body
    return body


async def read_json_text(request: web.Request, field: str) -> str:
    """One text of what a program sent; empty where there is none, also in what is no JSON."""
    try:
        sent = loads(await read_body(request, LARGEST_FORM))
    except ProtocolError:
        return ""
    value = sent.get(field)
    return value if isinstance(value, str) else ""


async def _read(request: web.Request) -> Form:
    limit = _largest(request)
    with_files = takes_files(request)
    if (request.content_length or 0) > limit:
        raise _too_large(limit, request.content_length or 0)
    if request.can_read_body and request.content_type not in _FORM_TYPES:
        raise web.HTTPUnsupportedMediaType(text=str(_("A form is expected here.")))
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise web.HTTPUnsupportedMediaType(text=str(_("Send the form as UTF-8.")))
    try:
        async with asyncio.timeout(UPLOAD_SECONDS if with_files else FORM_SECONDS):
            form = await _as_sent(request.clone(client_max_size=limit)).post()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=str(_("The form did not arrive in time."))) from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limit, limit + 1) from None
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError):
        raise web.HTTPBadRequest(text=_garbled()) from None
    return _texts(form, keep_files=with_files)


# `;` in a name is taken for its end by aiohttp, but for the first one.
_INSIDE = r'(?:[^";\\]|\\[^;])*'
_QUOTED = f'"{_INSIDE}(?:;{_INSIDE})?"'
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_DISPOSITION = re.compile(
    rf"form-data; *name=(?:{_QUOTED}|{_WORD})(?:; *filename=(?:{_QUOTED}|{_WORD}))?"
    r"(?:; *filename\*=utf-8''([!#$%&+.^_`|~0-9A-Za-z-]*))?",
    re.IGNORECASE,
)


class _Utf8Part(BodyPartReader):
    """A part in UTF-8, whatever it says: Python knows codecs that take seconds for a form. Raises
    ValueError for one that is not called as browsers call theirs.

    Of any other aiohttp warns, and Python remembers each warning for as long as the process lives:
    whoever sends a gigabyte of odd names would fill as much of our memory.
    """

    def __init__(
        self, boundary: bytes, headers: CIMultiDictProxy[str], *more: Any, **named: Any
    ) -> None:
        called = _DISPOSITION.fullmatch(headers.get("Content-Disposition", ""))
        if called is None:
            raise ValueError("this part is called in a way that no browser has")
        unquote(called[1] or "", errors="strict")
        super().__init__(boundary, headers, *more, **named)

    def get_charset(self, default: str) -> str:  # noqa: ARG002
        return "utf-8"


def _as_sent(request: web.BaseRequest) -> web.BaseRequest:
    """The request, with its parts read as UTF-8 alone."""
    parts_of = request.multipart

    async def multipart() -> MultipartReader:
        parts = await parts_of()
        parts.part_reader_cls = _Utf8Part
        parts._readline = _taking_breath(parts._readline)  # type: ignore[method-assign]
        return parts

    request.multipart = multipart  # type: ignore[method-assign]
    return request


def _taking_breath(readline: _Readline) -> _Readline:
    """Between parts, and lines before the first, others have their turn: a thousand parts take a
    tenth of a second, and never wait for more to come."""
    lines = itertools.count(1)

    async def read() -> bytes:
        if next(lines) % _LINES_AT_ONCE == 0:
            await asyncio.sleep(0)
        return await readline()

    return read


def takes_files(request: web.Request) -> bool:
    """Whether this visitor may send a file to this page."""
    return _largest(request) > LARGEST_FORM


def brings_files(request: web.Request) -> bool:
    """Whether what this visitor sends may hold a file. Not every listing has pictures, and not
    every call: a form, or a call, with one is only what is larger than texts are."""
    size, resource = request.content_length, request.match_info.route.resource
    path = resource.canonical if resource is not None else ""
    if path in LISTING_FORMS or path in FILE_CALLS:
        return size is None or size > LARGEST_FORM
    return takes_files(request)


def _largest(request: web.Request) -> int:
    """Bytes that this visitor may send to this page; more than a form only where files go."""
    visitor, resource = visitor_of(request), request.match_info.route.resource
    if visitor.is_admin and request.path in request.app[UPLOADS]:
        return LARGEST_UPLOAD
    if visitor.account and resource is not None and resource.canonical == CALENDARS:
        return LARGEST_CALENDAR
    if visitor.account and resource is not None and resource.canonical == REFERRAL_FILE:
        return LARGEST_REFERRAL_FILE
    if visitor.account and request.path == PROFILE:
        return LARGEST_PROFILE
    if visitor.account and resource is not None and resource.canonical in LISTING_FORMS:
        return LARGEST_LISTING_FORM
    return LARGEST_FORM


def _too_large(limit: int, size: int) -> web.HTTPRequestEntityTooLarge:
    words = _("That is more than is read here.")
    if limit == LARGEST_LISTING_FORM:
        words = _(
            "Pictures may have %(size)s MB together. Go back, where all that you wrote still "
            "stands, and send fewer of them at a time.",
            size=limits.PICTURES_FORM_BYTES // 1024**2,
        )
    return web.HTTPRequestEntityTooLarge(limit, size, text=str(words))


def _texts(form: _AsSent, *, keep_files: bool) -> Form:
    kept: MultiDict[str | Upload] = MultiDict()
    for name, value in form.items():
        if not isinstance(value, FileField):
            kept.add(name, _text(name, value))
            continue
        with value.file as file:
            if keep_files and name in _FILES:  # else it counts as a text that was left empty
                kept.add(name, Upload(value.filename, file.read()))
    return MultiDictProxy(kept)


def _text(name: str, value: str | bytes | bytearray) -> str:
    try:
        text = value if isinstance(value, str) else bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise web.HTTPBadRequest(text=_garbled()) from None
    if "\0" in name + text:
        raise web.HTTPBadRequest(text=_garbled())
    return text


def check_address(path: str, query: Mapping[str, str]) -> None:
    """Refuse what no address of ours has in it, and no database takes: NUL and half characters."""
    for text in (path, *query.keys(), *query.values()):
        if "\0" in text or not is_text(text):
            raise web.HTTPBadRequest(text=str(_("This address has signs in it that no text has.")))


def check_packing(request: web.Request) -> None:
    """Refuse what comes packed: no browser packs a form."""
    if is_packed(request):
        raise web.HTTPUnsupportedMediaType(text=str(_("Send it as it is, not compressed.")))


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8; aiohttp hands on bytes that are not, as surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _garbled() -> str:
    return str(_("The form could not be read. Go back, load the page anew and send it again."))
