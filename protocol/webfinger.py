"""WebFinger (RFC 7033): from an address that people can say to an actor, and back."""

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from protocol.contexts import AS2
from protocol.errors import MalformedDocument, quoted
from protocol.media_types import ACTIVITY_JSON, LD_JSON_AS2, is_activity_type
from protocol.vocabulary.base import as_list

NODE_ACTOR = f"{AS2}#Service"
"""Relation of the link from an origin to its node actor (FEP-d556)."""

PATH = "/.well-known/webfinger"
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_HANDLE = re.compile(
    r"(?:acct:)?@?(?:(?P<user>[A-Za-z0-9_.~-]{1,128})@)?"
    r"(?P<host>(?:[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)/?"
)


class Handle(NamedTuple):
    """`coop@loaf.example`; without a user it stands for the coop of that host."""

    user: str | None
    host: str
    """As `host` or `host:port`, lower case."""


def parse_resource(text: str) -> Handle | str:
    """Read what was asked for: a handle with or without `acct:` or `@`, a bare host, or a URL.

    A URL comes back as it is; whoever follows it checks it. Raises MalformedDocument.
    """
    asked = text.strip()
    if asked.startswith(("https://", "http://")):
        return asked
    match = _HANDLE.fullmatch(asked) if len(asked) <= 400 else None
    if match is None:
        raise MalformedDocument(
            f"{quoted(text)} is not an address; write name@host or https://host/.",
            code="bad-resource",
        )
    return Handle(match["user"], match["host"].lower())


def document(
    subject: str,
    actor: str,
    *,
    profile_page: str | None = None,
    node_actor: str | None = None,
    aliases: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The JRD of an actor, with a `self` link for each name of ActivityPub's media type."""
    links = [
        {"rel": "self", "type": ACTIVITY_JSON, "href": actor},
        {"rel": "self", "type": LD_JSON_AS2, "href": actor},
    ]
    if profile_page is not None:
        links.append({"rel": _PROFILE_PAGE, "type": "text/html", "href": profile_page})
    if node_actor is not None:
        links.append({"rel": NODE_ACTOR, "type": ACTIVITY_JSON, "href": node_actor})
    return {"subject": subject, "aliases": [*dict.fromkeys((actor, *aliases))], "links": links}


def query_url(scheme: str, handle: Handle) -> str:
    """Where to ask about a handle; a handle without user asks about the origin (FEP-d556)."""
    if handle.user is None:
        resource = f"{scheme}://{handle.host}/"
    else:
        resource = f"acct:{handle.user}@{handle.host}"
    return f"{scheme}://{handle.host}{PATH}?resource={quote(resource, safe='')}"


def self_link(jrd: dict[str, Any], *, rel: str = "self") -> str:
    """The actor a JRD leads to. Raises MalformedDocument if it names none."""
    for link in as_list(jrd.get("links")):
        if not isinstance(link, dict) or link.get("rel") != rel:
            continue
        href, media_type = link.get("href"), link.get("type")
        if isinstance(href, str) and isinstance(media_type, str) and is_activity_type(media_type):
            return href
    raise MalformedDocument("The address leads to no ActivityPub actor.", code="no-actor")
