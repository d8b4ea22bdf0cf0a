"""A form that makes something makes it once, however often it is sent; see `node.sent_forms`.

Its template has `{{ once_field() }}` beside `{{ csrf_field }}`; its handler stands under
`@sent_once`, and makes what it makes by `see_made`.
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from hashlib import sha256
from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from markupsafe import Markup

from federation.ambient import Entropy
from federation.storage import UnitOfWork
from node import sent_forms
from node.errors import NodeError
from node.sent_forms import Sending
from ui.web import csrf
from ui.web.context import node_of, visitor_of
from ui.web.passkeys import PROOFS
from ui.web.reading import Form, read_form

T = TypeVar("T")
FIELD = "once"
_BYTES = 16
_VALUE = re.compile(f"[0-9a-f]{{{2 * _BYTES}}}")
_SAYS_NOTHING = frozenset({FIELD, csrf.FIELD, *PROOFS})


def field(entropy: Entropy) -> Markup:
    """The hidden field of one form: no two have the same value, and nobody guesses one."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(
        FIELD, entropy.token(_BYTES).hex()
    )


def sent_once(handler: Handler) -> Handler:
    """Decorate what answers such a form: sent again, it leads where it led.

    Both before it is looked at (a guest has only so many tries) and where it is refused: of two
    that come at the same time, the second may meet what the first one made.
    """

    @wraps(handler)
    async def handle(request: web.Request) -> web.StreamResponse:
        with suppress(web.HTTPException):  # what cannot be read is refused below
            if again := await _again(request):
                return again
        try:
            answer = await handler(request)
        except NodeError:
            if again := await _again(request):
                return again
            raise
        refused = answer.status >= web.HTTPBadRequest.status_code
        return (await _again(request) if refused else None) or answer

    return handle


async def see_made(
    request: web.Request,
    make: Callable[[UnitOfWork], Awaitable[T]],
    shown: Callable[[T], web.Response],
) -> web.Response:
    """Make what a form asks for, and show it; if the form made it already, show that.

    shown: the 303 that leads to what was made.
    """
    sending = await _sending(request)

    async def made(uow: UnitOfWork) -> str:
        return shown(await make(uow)).headers["Location"]

    node = node_of(request)
    if sending is None:  # sent by a program, or by a page of an earlier release
        return _see(await node.write(made))
    return _see(await node.write(lambda uow: sent_forms.once(uow, sending, made)))


async def _again(request: web.Request) -> web.Response | None:
    sending = await _sending(request)
    if sending is None:
        return None
    async with node_of(request).reading() as reader:
        to = await sent_forms.led_to(reader, sending)
    return None if to is None else _see(to)


async def _sending(request: web.Request) -> Sending | None:
    form, visitor = await read_form(request), visitor_of(request)
    value = form.get(FIELD)
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        return None
    account = visitor.account
    who = f"guest {visitor.seed}" if account is None else f"account {account.id}"
    return Sending(value, who, _said(request.raw_path, form))


def _said(path: str, form: Form) -> bytes:
    """A digest of where a form goes and what it says. Of a file, its name and size: the same form
    brings the same one."""
    fields = [
        (name, said) if isinstance(said, str) else (name, said.name, len(said.content))
        for name, said in form.items()
        if name not in _SAYS_NOTHING
    ]
    return sha256(msgspec.json.encode([path, *fields])).digest()


def _see(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location})
