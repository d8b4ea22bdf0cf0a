"""What somebody sent who is not signed in any more: it goes along while they sign in, and one tap
sends it then, so that nothing is lost that was written. But for a file, which no page sends again.
"""

import json

import msgspec
from aiohttp import web
from msgspec.structs import replace

from node.accounts import SignedIn
from ui.web import csrf, sessions, step_up
from ui.web.context import VISITOR, node_of, visitor_of
from ui.web.reading import at_length, read_text
from ui.web.templating import render

FIELD = "held"


async def sent_by(request: web.Request) -> str:
    """What a form brought, as one field holds it; empty for what is no form, or cannot be read."""
    if request.method != "POST" or visitor_of(request).account is not None:
        return ""
    try:
        kept = await step_up.to_send_again(request)
    except web.HTTPException:
        return ""
    return json.dumps(kept, ensure_ascii=False)  # no script of people grows by it


async def is_resent(request: web.Request) -> bool:
    """Whether a form that brings something along was sent before and let somebody in: whoever goes
    back in a browser that others use sends name and password anew with one tap."""
    sent = _read(await read_text(request, FIELD))
    return sent is not None and not await csrf.form_is_ours(request, visitor_of(request).seed)


async def again(
    request: web.Request, signed_in: SignedIn, to: str, held: str
) -> web.StreamResponse | None:
    """The page that sends it, for whoever came in just now; None where nothing is held."""
    sent, node = _read(held), node_of(request)
    if sent is None:
        return None
    seed = node.entropy.token(16).hex()  # the form that let them in lets nobody in again
    request[VISITOR] = replace(visitor_of(request), account=signed_in.account, seed=seed)
    page = await render(request, "account/held.html", target=to, sent=sent, written=at_length(sent))
    sessions.write(page, node.config, "seed", seed, seconds=sessions.SESSION_SECONDS)
    return page


def _read(held: str) -> list[tuple[str, str]] | None:
    try:
        return msgspec.json.decode(held, type=list[tuple[str, str]])
    except msgspec.DecodeError:
        return None
