"""Refuse a form that another site sent in a member's name.

Browsers say where a request comes from (Fetch Metadata, else Origin); for one that says nothing,
the form must carry a token that only a page of ours could hold. No kept-up library does this for
aiohttp (docs/adr/0003-own-session-and-form-checks.md).
"""

import hashlib
import hmac

from aiohttp import web

from ui.web.reading import read_text

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"


def token_for(seed: str) -> str:
    return hmac.new(seed.encode(), b"rochdale form", hashlib.sha256).hexdigest()


def comes_from_us(request: web.Request, base: str) -> bool | None:
    """True or False if the browser tells, None if it does not.

    base: the node's own address, scheme and authority.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # "null" says nothing: it is also what comes from a page of ours that hides its own address.
    if origin not in (None, "null"):
        return origin == base
    return None


async def form_is_ours(request: web.Request, seed: str) -> bool:
    given = await read_text(request, FIELD)
    return hmac.compare_digest(given.encode(), token_for(seed).encode())
