"""Which media types are ActivityPub's, for what we send, take and are asked for; who takes gzip."""

import re
from functools import lru_cache

from protocol.contexts import AS2

ACTIVITY_JSON = "application/activity+json"
LD_JSON_AS2 = f'application/ld+json; profile="{AS2}"'
JRD_JSON = "application/jrd+json"

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110 §5.6.2
_PARAMETER = re.compile(rf'\s*;\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")')
_TYPE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})((?:{_PARAMETER.pattern})*)\s*")
_CODING = re.compile(rf"\s*({_TOKEN})(?:\s*;\s*q=([^\s;]+))?\s*", re.IGNORECASE)
_RANGE = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_LONGEST = 1000


@lru_cache(maxsize=256)
def is_activity_type(header: str) -> bool:
    """Whether a Content-Type may hold an activity: activity+json, or ld+json with AS2's profile.

    Anything looser lets an uploaded file pass for a document of its server (FEP-fe34).
    """
    parsed = _parse(header)
    if parsed is None:
        return False
    essence, parameters = parsed
    if essence == ACTIVITY_JSON:
        return True
    return essence == "application/ld+json" and AS2 in parameters.get("profile", "").split()


@lru_cache(maxsize=256)
def wants_activity(accept: str) -> bool:
    """Whether an Accept header asks for the AS2 form of an address rather than for the page.

    A browser names text/html first; ld+json without a profile is taken to mean AS2.
    """
    activity = page = 0.0
    for item in _RANGE.findall(accept[:_LONGEST]):
        parsed = _parse(item)
        if parsed is None:
            continue
        essence, parameters = parsed
        weight = _weight(parameters.get("q", "1"))
        if essence in (ACTIVITY_JSON, "application/ld+json"):
            activity = max(activity, weight)
        elif essence in ("text/html", "application/xhtml+xml"):
            page = max(page, weight)
    return activity > 0 and activity >= page


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header lets an answer come packed by gzip (RFC 9110 §12.5.3)."""
    named = filter(None, map(_CODING.fullmatch, accept_encoding[:_LONGEST].split(",")))
    weights = {coding[1].lower(): _weight(coding[2] or "1") for coding in named}
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _parse(header: str) -> tuple[str, dict[str, str]] | None:
    match = _TYPE.fullmatch(header) if len(header) <= _LONGEST else None
    if match is None:
        return None
    parameters = {
        name.lower(): token or quoted for name, token, quoted in _PARAMETER.findall(match[2])
    }
    return match[1].lower(), parameters


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](?:\.\d{0,3})?", text, re.ASCII) else 0.0
