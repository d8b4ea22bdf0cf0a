"""Which plain name stands for which meaning (IRI), drawn from the contexts that we carry.

Two readings of one document must not disagree: a server that reads plain names and one that
expands JSON-LD. `is_plain` says when they cannot, so that nearly every message is read without a
JSON-LD processor.
"""

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from protocol.contexts import ACTOR_CONTEXT, AS2, BUNDLED_URLS, CONTEXT, bundled
from protocol.errors import MalformedDocument, quoted

PUBLIC = f"{AS2}#Public"
LANGUAGE_MAPS = {"nameMap": "name", "summaryMap": "summary", "contentMap": "content"}

ABSOLUTE = ("https://", "http://", "acct:", "did:", "urn:", "mailto:", "tel:", "geo:", "magnet:")
"""How an IRI begins that no context can turn into another one (`is_plain` sees to that)."""

_SECURITY = frozenset(
    {
        "publicKey",
        "publicKeyPem",
        "owner",
        "controller",
        "assertionMethod",
        "Multikey",
        "publicKeyMultibase",
    }
)
_SAME_AS = {**LANGUAGE_MAPS, "orderedItems": "items"}
"""Names of which JSON-LD makes one property, though we keep both."""
_SPECIAL = {"type", "proof", "signature", *LANGUAGE_MAPS}
_NOT_SYNONYMS = {*LANGUAGE_MAPS, "items", "orderedItems"}


class Terms(NamedTuple):
    """What the bundled contexts say together."""

    names: dict[str, str]
    """IRI to the one name that we use for it."""
    meanings: dict[str, frozenset[str]]
    """Name to every IRI that a bundled context gives it."""
    unplain: frozenset[str]
    """Names read by expansion only: another name is ours for their IRI, or values are names."""
    simple: frozenset[str]
    """Names whose values need nothing but the usual care."""
    id_valued: frozenset[str]
    json_valued: frozenset[str]
    core: frozenset[str]
    """Names that no message may give another meaning: AS2's own, and those of keys."""
    types: frozenset[str]


@cache
def terms() -> Terms:
    """The table, made once from some twenty small files (about 2 ms)."""
    names: dict[str, str] = {}
    meanings: dict[str, set[str]] = {}
    id_valued, json_valued, name_valued = {"id"}, set(), set()
    for name, iri, definition in _bundled_definitions():
        if name not in LANGUAGE_MAPS:
            names.setdefault(iri, name)
        meanings.setdefault(name, set()).add(iri)
        if definition.get("@type") == "@id":
            id_valued.add(name)
        if definition.get("@type") == "@json":
            json_valued.add(name)
        if definition.get("@type") == "@vocab":
            name_valued.add(name)
    synonyms = {
        name
        for name, iris in meanings.items()
        if name not in _NOT_SYNONYMS and any(names[iri] != name for iri in iris)
    }
    return Terms(
        names=names,
        meanings={name: frozenset(iris) for name, iris in meanings.items()},
        unplain=frozenset(synonyms | name_valued),
        simple=frozenset(meanings.keys() - synonyms - name_valued - json_valued - _SPECIAL),
        # In AS2's context formerType is an IRI, in every message ever sent a plain type name.
        id_valued=frozenset(id_valued - {"formerType"}),
        json_valued=frozenset(json_valued),
        core=(_SECURITY | {name for name, _, _ in _definitions(AS2, {})}),
        types=frozenset(name for name in meanings if name[:1].isupper()) - {"Public"},
    )


def is_plain(context: Any) -> bool:
    """Whether plain names mean under `context` what they mean to us.

    True for the bundled contexts, for URLs we have no copy of (they are taken out), and for
    inline definitions that give no known name another meaning and no known meaning another name.
    """
    if isinstance(context, str) or context in (CONTEXT, ACTOR_CONTEXT):
        return True
    try:
        return _is_plain_json(json.dumps(context))
    except (TypeError, ValueError, RecursionError):
        return False


def single_type(types: list[Any]) -> str:
    """One type name for a node that may carry several, or MalformedDocument.

    Extra types that we do not know are let go; two known ones would be two readings.
    """
    if not all(isinstance(name, str) and name for name in types):
        raise MalformedDocument("A type must be a text that is not empty.", code="bad-type")
    distinct = list(dict.fromkeys(types))
    known = [name for name in distinct if name in terms().types]
    candidates = known or distinct
    if len(candidates) != 1:
        shown = quoted(", ".join(candidates)) if candidates else "none"
        raise MalformedDocument(
            f"An object must have exactly one type that we know; found {shown}.", code="bad-type"
        )
    return str(candidates[0])


def drop_empty_lists(node: dict[str, Any]) -> None:
    """An empty list adds nothing to what another name says of the same property."""
    if node.keys().isdisjoint(_SAME_AS):
        return
    for name, plainer in _SAME_AS.items():
        if name in node and node.get(plainer) == []:
            del node[plainer]


def iri_of(definition: Any, siblings: dict[str, Any], depth: int = 0) -> str | None:
    """The IRI or keyword that a term definition names, prefixes resolved; None if it is unclear."""
    text = definition.get("@id") if isinstance(definition, dict) else definition
    if not isinstance(text, str) or depth > 4:
        return None
    if "://" in text or text.startswith("@"):
        return text
    prefix, _, suffix = text.partition(":")
    if prefix in siblings:
        base = iri_of(siblings[prefix], siblings, depth + 1)
    else:
        known = terms().meanings.get(prefix, frozenset())
        base = next(iter(known)) if len(known) == 1 else None
    return None if base is None or not suffix else base + suffix


@lru_cache(maxsize=512)
def _is_plain_json(text: str) -> bool:
    context = json.loads(text)
    entries = context if isinstance(context, list) else [context]
    return all(
        entry is None
        or isinstance(entry, str)
        or (isinstance(entry, dict) and _is_plain_inline(entry))
        for entry in entries
    )


def _is_plain_inline(inline: dict[str, Any]) -> bool:
    return all(
        name in ("@language", "@version", "@protected")
        if name.startswith("@")
        else _is_plain_term(name, definition, inline)
        for name, definition in inline.items()
    )


def _is_plain_term(name: str, definition: Any, inline: dict[str, Any]) -> bool:
    if ":" in name or "/" in name or f"{name}:" in ABSOLUTE or name in ("http", "https"):
        return False
    if isinstance(definition, dict):
        if definition.keys() - {"@id", "@type", "@container", "@protected"}:
            return False
        if definition.get("@container", "@set") not in ("@set", "@list"):
            return False
        if (definition.get("@type") == "@json") != (name in terms().json_valued):
            return False
    iri = iri_of(definition, inline)
    known = terms().meanings.get(name)
    if known is None:
        return iri is not None and iri[0] != "@" and iri not in terms().names
    return iri in known and (isinstance(definition, dict) or name not in terms().json_valued)


def _bundled_definitions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    # The first name given to an IRI stays: AS2's, then ours, then the others'.
    for context in (AS2, CONTEXT, ACTOR_CONTEXT, *sorted(BUNDLED_URLS)):
        prefixes = {"as": f"{AS2}#"}
        yield from _definitions(context, prefixes)


def _definitions(
    context: Any, prefixes: dict[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if isinstance(context, str):
        yield from _definitions(bundled(context), prefixes)
    elif isinstance(context, list):
        for entry in context:
            yield from _definitions(entry, prefixes)
    else:
        plain = {n: d if isinstance(d, dict) else {"@id": d} for n, d in context.items()}
        prefixes |= {n: d["@id"] for n, d in plain.items() if "@id" in d}
        for name, definition in plain.items():
            if not name.startswith("@"):
                yield name, _resolved(definition["@id"], prefixes), definition
            if "@context" in definition:
                yield from _definitions(definition["@context"], prefixes)


def _resolved(text: str, prefixes: dict[str, str]) -> str:
    prefix, colon, suffix = text.partition(":")
    if not colon or suffix.startswith("//") or prefix not in prefixes:
        return text
    return _resolved(prefixes[prefix], prefixes) + suffix
