"""Addresses and names of federations as actors: pure.

The address follows from the host and the charter alone, so every node can tell where a federation
can be found at any coop that keeps it, or kept it.
"""

import re
import unicodedata

from protocol.iri import origin_of

_NAME_LONGEST = 30
_NAMELESS = "federation"


def group_uri(host: str, charter: str) -> str:
    """The Group of a federation at the coop that keeps its log."""
    return f"{origin_of(host)}/federations/{charter}"


def question_uri(host: str, charter: str, proposal: str) -> str:
    """Where that coop serves a proposal as a Question."""
    return f"{group_uri(host, charter)}/proposals/{proposal}"


def charter_in(uri: str, base: str) -> str | None:
    """The charter in an address of ours that lies in a federation; None for any other."""
    head, slash, rest = uri.partition("/federations/")
    return rest.partition("/")[0] or None if slash and head == base else None


def domain_of(authority: str) -> str:
    """The last two labels of a host's name: whoever has a domain names as many hosts below it as
    they like, so that those count as one. Where all of a country share two, they share room."""
    host = authority.partition(":")[0]
    return ".".join(host.split(".")[-2:])


def username_for(name: str) -> str:
    """A name by which other servers can know a federation: small Latin letters, digits, `_`."""
    plain = unicodedata.normalize("NFKD", name).casefold().encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "_", plain)[:_NAME_LONGEST].strip("_") or _NAMELESS
