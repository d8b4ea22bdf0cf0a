"""Where a request goes next: only ever to a page of ours."""

from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

LONGEST_WORDS, LONGEST_URI = 200, 500
"""Signs that are read of what somebody looks for, and of a coop's address."""
MOST_CARRIED = 1_000
"""Bytes of all names and values."""
_TYPED = ("q", "near")


def local_path(target: str | None) -> str:
    """The target if it is a plain path on this node, else the home page (ASVS 3.7.2)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(character) < 0x20 for character in target) or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target


def see_other(path: str, *, told: str | None = None) -> web.Response:
    """303: after a change, show the page that tells of it; `told` is a key of `words.TOLD`."""
    url = URL(path, encoded=True)
    if told is not None:
        url = url.update_query(told=told)
    return web.Response(status=303, headers={"Location": str(url)})


def carried(request: web.Request) -> list[tuple[str, str]]:
    """What the address of a page says, for the links on it that say it again: there are many, so
    that what nobody types is left out."""
    found, room = [], MOST_CARRIED
    for name, said in request.query.items():
        short = said[: LONGEST_WORDS if name in _TYPED else LONGEST_URI]
        room -= len(name.encode()) + len(short.encode())
        if room >= 0:
            found.append((name, short))
    return found
