"""What somebody sent who is not signed in any more: it goes along while they sign in, and one tap
sends it then, so that nothing is lost that was written. But for a file, which no page sends again.
"""

import json
from dataclasses import replace

import msgspec
from aiohttp import web

from node.accounts import SignedIn
from ui.web import csrf, passkeys
from ui.web.context import VISITOR, visitor_of
from ui.web.reading import read_form
from ui.web.templating import render

FIELD = "held"
_SHOWS_WHO = frozenset({csrf.FIELD, passkeys.FIELD, "present"})
"""What shows whose form it is, and is never sent twice."""


async def sent_by(request: web.Request) -> str:
    """What a form brought, as one field holds it; empty for what is no form, or cannot be read."""
    if request.method != "POST" or visitor_of(request).account is not None:
        return ""
    try:
        form = await read_form(request)
    except web.HTTPException:
        return ""
    texts = [(name, text) for name, text in form.items() if isinstance(text, str)]
    return json.dumps([pair for pair in texts if pair[0] not in _SHOWS_WHO])


async def again(
    request: web.Request, signed_in: SignedIn, to: str, held: str
) -> web.StreamResponse | None:
    """The page that sends it, for whoever came in just now; None where nothing is held."""
    try:
        sent = msgspec.json.decode(held, type=list[tuple[str, str]])
    except msgspec.DecodeError:
        return None
    request[VISITOR] = replace(visitor_of(request), account=signed_in.account)
    return await render(request, "account/held.html", target=to, sent=sent)
