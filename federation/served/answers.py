"""Responses: AS2 documents, and problem documents (RFC 9457) for everything that is refused."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from protocol import strict_json
from protocol.jsonld import NAMESPACE
from protocol.media_types import LD_JSON_AS2

_FEP = "https://w3id.org/fep/c180#"
_TYPES = {
    "actor-mismatch": f"{_FEP}principal-actor-mismatch",
    "domain-blocked": f"{_FEP}principal-not-authorized",
    "duplicate-delivery": f"{_FEP}redundant-activity",
    "not-owner": f"{_FEP}actor-not-authorized",
    "our-id": f"{_FEP}actor-not-authorized",
    "relation-suspended": f"{_FEP}actor-not-authorized",
    "too-many-requests": f"{_FEP}rate-limit-exceeded",
    "unknown-type": f"{_FEP}unsupported-type",
}
_OUR_TYPES = f"{NAMESPACE}problem-"
"""Followed by the code; FEDERATION.md explains each."""

VARY = "Accept, Signature"


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    retry_after: int | None = None,
    members: Mapping[str, str] | None = None,
) -> web.Response:
    """A problem document: which check failed, and what to change. code: kebab-case, stable.

    members: more about it for programs, such as the policy that was broken.
    """
    body = dict(members or {}) | {
        "type": _TYPES.get(code, _OUR_TYPES + code),
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
    }
    headers = {"Vary": VARY, "Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return web.Response(
        status=status,
        text=json.dumps(body),
        content_type="application/problem+json",
        headers=headers,
    )


def activity_json(
    document: dict[str, Any] | bytes, *, status: int = 200, private: bool = False
) -> web.Response:
    """An AS2 document; bytes are served as they were signed. private: not for shared caches."""
    body = document if isinstance(document, bytes) else strict_json.dumps(document)
    return web.Response(
        status=status,
        body=body,
        headers={
            "Content-Type": LD_JSON_AS2,
            "Vary": VARY,
            "Cache-Control": "private, no-store" if private else "no-cache",
        },
    )


def plain_json(document: dict[str, Any], content_type: str) -> web.Response:
    """A discovery document, which anybody's page may read."""
    return web.Response(
        body=strict_json.dumps(document),
        headers={"Content-Type": content_type, "Access-Control-Allow-Origin": "*"},
    )
