"""NodeInfo 2.1 and 2.0: what software runs here. Peers must not infer capabilities from it."""

from typing import Any

from protocol.contexts import AS2

VERSIONS = ("2.1", "2.0")
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
_APPLICATION = f"{AS2}#Application"


def well_known(base: str, node_actor: str) -> dict[str, Any]:
    """`/.well-known/nodeinfo` of the node at `base` (no slash at its end).

    The Application link leads to the node's actor (FEP-2677).
    """
    links = [{"rel": _SCHEMA + v, "href": f"{base}/nodeinfo/{v}"} for v in VERSIONS]
    return {"links": [*links, {"rel": _APPLICATION, "href": node_actor}]}


def content_type(version: str) -> str:
    """The media type of a NodeInfo document."""
    return f'application/json; profile="{_SCHEMA}{version}#"'


def document(
    version: str,
    *,
    software_version: str,
    repository: str,
    node_name: str,
    open_registrations: bool,
    members: int | None,
    listings: int | None,
) -> dict[str, Any]:
    """NodeInfo in one of VERSIONS. Numbers are None unless the coop chose to publish them.

    FEP-0151: `usage.users` must be there, may be empty, and never false.
    """
    software = {"name": "rochdale", "version": software_version}
    if version != "2.0":
        software["repository"] = repository
    usage: dict[str, Any] = {"users": {} if members is None else {"total": members}}
    if listings is not None:
        usage["localPosts"] = listings
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": usage,
        "metadata": {"nodeName": node_name},
    }
