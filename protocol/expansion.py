"""The careful reading: JSON-LD expansion over bundled contexts, then back to plain names.

The processor (PyLD) is never given a loader that reaches the network, more than a bounded number
of nodes, or the constructs that were used to reshape signed documents elsewhere (`@graph`,
`@included`, `@reverse`: GHSA-9rfg-v8g9-9367). It is imported when first needed: it costs a node
that speaks only with its own kind ten megabytes for nothing.
"""

import json
from threading import Lock
from typing import Any, cast

from protocol.contexts import AS2, bundled
from protocol.errors import MalformedDocument, quoted
from protocol.terms import (
    LANGUAGE_MAPS,
    PUBLIC,
    Terms,
    drop_empty_lists,
    iri_of,
    single_type,
    terms,
)

# Together they keep the worst document found under 100 ms; a common one takes 1 ms.
MAX_VALUES = 1000
MAX_DEPTH = 40
MAX_CONTEXT_ENTRIES = 16
MAX_INLINE_TERMS = 300

_FORBIDDEN = frozenset({"@graph", "@included", "@reverse", "@nest", "@import", "@propagate"})
_UNREAD_IN_CONTEXT = frozenset({"@language", "@direction", "@base"})
_READ_IN_CONTEXT = frozenset({"@vocab", "@version", "@protected"})
_LEFT_OUT = frozenset({"proof", "signature"})
_COMPARED = ("id", "actor", "attributedTo", "owner", "object")
_PUBLIC_SHORT = frozenset({"Public", "as:Public"})
# PyLD resolves relative references against some base; this one is taken off again.
_BASE = "https://relative.invalid/"
_one_at_a_time = Lock()  # PyLD's caches are not made for threads
_MAP_OF = {name: language_map for language_map, name in LANGUAGE_MAPS.items()}


class ContradictingContextsError(Exception):
    """A context redefines a name that another one protects; JSON-LD has no reading for that."""


def expanded_reading(document: dict[str, Any]) -> dict[str, Any]:
    """The document with plain names (`protocol.jsonld`), read by JSON-LD's rules.

    Raises MalformedDocument, or ContradictingContextsError.
    """
    prepared = _Preparation().node(document, None, (), 0)
    expanded = _expand(prepared)
    if len(expanded) != 1 or "@value" in expanded[0]:
        raise MalformedDocument("The document says nothing about any one object.")
    reading = _named_node(expanded[0], terms())
    _check_same_reading(prepared, reading)
    return reading


class _Preparation:
    """Copies a document without what is not read, and counts what the processor will work on."""

    def __init__(self) -> None:
        self.values = 0
        self.contexts: set[tuple[str, ...]] = set()
        self.entries = 0
        self.inline_terms = 0

    def node(
        self, node: dict[str, Any], enclosing: str | None, path: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        context = self.context(node, enclosing)
        if context is not None:
            enclosing = json.dumps(context)
            path = (*path, enclosing)
            self.count_context(path, context)
            result["@context"] = context
        for key, value in node.items():
            if key in _FORBIDDEN:
                raise MalformedDocument(f"{key} is not accepted.", code="forbidden-keyword")
            if value is None or key == "@context" or key in _LEFT_OUT:
                continue
            counted = self.value(value, enclosing, path, depth + 1)
            result[key] = value if key == "@value" or key in terms().json_valued else counted
        return result

    def value(self, value: Any, enclosing: str | None, path: tuple[str, ...], depth: int) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or depth > MAX_DEPTH:
            raise MalformedDocument(
                "The document is too large or too deep to be read as JSON-LD; use plain names.",
                code="too-large",
            )
        if isinstance(value, dict):
            return self.node(value, enclosing, path, depth)
        if isinstance(value, list):
            return [
                self.value(item, enclosing, path, depth + 1) for item in value if item is not None
            ]
        return value

    def context(self, node: dict[str, Any], enclosing: str | None) -> list[Any] | None:
        """The entries that count; None if that is what holds already."""
        if "@context" not in node and enclosing is not None:
            return None
        given = node.get("@context")
        entries = given if isinstance(given, list) else [given]
        read = [kept for entry in entries if (kept := _readable_entry(entry)) is not None]
        if enclosing is None and AS2 not in read:
            read.insert(0, AS2)  # Activity Streams 2.0 §2.1.1: it always applies
        return None if not read or json.dumps(read) == enclosing else read

    def count_context(self, path: tuple[str, ...], context: list[Any]) -> None:
        # The processor caches a context per enclosing context: each path costs it once.
        if path in self.contexts:
            return
        self.contexts.add(path)
        self.entries += len(context)
        self.inline_terms += sum(len(entry) for entry in context if isinstance(entry, dict))
        if self.entries > MAX_CONTEXT_ENTRIES or self.inline_terms > MAX_INLINE_TERMS:
            raise MalformedDocument(
                "The document carries too many contexts; put one at its top.", code="bad-context"
            )


def _readable_entry(entry: Any) -> str | dict[str, Any] | None:
    """A context entry as it is handed to the processor; None for one that is not read."""
    if entry is None or isinstance(entry, str):
        return entry if entry is not None and bundled(entry) is not None else None
    if not isinstance(entry, dict) or len(entry) > MAX_INLINE_TERMS:
        raise MalformedDocument(
            "A context is neither a URL nor a map of terms.", code="bad-context"
        )
    for name, definition in entry.items():
        _check_definition(name, definition, entry)
    return {name: value for name, value in entry.items() if name not in _UNREAD_IN_CONTEXT}


def _check_definition(name: str, definition: Any, inline: dict[str, Any]) -> None:
    if name.startswith("@"):
        if name not in _READ_IN_CONTEXT | _UNREAD_IN_CONTEXT:
            raise _bad_term(name, "is not accepted in a context")
        return
    if isinstance(definition, dict) and (
        definition.keys() & (_FORBIDDEN | {"@context"})
        or not _is_flat_container(definition.get("@container"))
    ):
        raise _bad_term(name, "is defined in a way that is not accepted")
    iri = iri_of(definition, inline)
    if (
        iri is not None
        and iri.startswith("@")
        and (name, iri)
        not in (
            ("id", "@id"),
            ("type", "@type"),
        )
    ):
        raise _bad_term(name, "must not stand for a keyword")
    if name not in terms().core:
        return
    is_json = isinstance(definition, dict) and definition.get("@type") == "@json"
    if is_json or iri not in terms().meanings[name]:
        raise _bad_term(name, "is given another meaning than ActivityPub's")


def _is_flat_container(container: Any) -> bool:
    containers = container if isinstance(container, list) else [container]
    return all(one in (None, "@set", "@list", "@language") for one in containers)


def _bad_term(name: str, reason: str) -> MalformedDocument:
    return MalformedDocument(f"In the context, {quoted(name)} {reason}.", code="bad-context")


def _expand(document: dict[str, Any]) -> list[dict[str, Any]]:
    from pyld import jsonld

    try:
        with _one_at_a_time:
            expanded = jsonld.expand(document, {"documentLoader": _load, "base": _BASE})
    except jsonld.JsonLdError as error:
        if error.code == "protected term redefinition":
            raise ContradictingContextsError from None
        reason = error.code or error.type or "syntax error"
        raise MalformedDocument(f"Not readable as JSON-LD: {reason}.", code="bad-json-ld") from None
    except Exception as error:  # hostile contexts also make PyLD raise KeyError, TypeError and such
        raise MalformedDocument("Not readable as JSON-LD.", code="bad-json-ld") from error
    return cast("list[dict[str, Any]]", expanded)


def _load(url: str, _options: dict[str, Any]) -> dict[str, Any]:
    context = bundled(url)
    if context is None:
        raise MalformedDocument(f"No copy of the context {quoted(url)}.", code="bad-context")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": {"@context": context},
        "tag": "static",  # let PyLD keep it processed
    }


def _named_node(node: dict[str, Any], known: Terms) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for iri, values in node.items():
        if iri == "@id":
            result["id"] = _absolute(values)
        elif iri == "@type":
            result["type"] = single_type([_short(name, known) for name in values])
        elif iri.startswith("@"):
            raise MalformedDocument(f"{iri} is not accepted here.", code="forbidden-keyword")
        elif (name := _short(iri, known)) not in _LEFT_OUT:
            _add(result, name, values, known)
    drop_empty_lists(result)
    return {
        name: values[0] if isinstance(values, list) and len(values) == 1 else values
        for name, values in result.items()
    }


def _add(result: dict[str, Any], name: str, values: list[dict[str, Any]], known: Terms) -> None:
    for value in values:
        if "@language" in value and name in _MAP_OF:
            result.setdefault(_MAP_OF[name], {}).setdefault(value["@language"], value["@value"])
        elif "@list" in value:
            items = [_bare(item, known) for item in value["@list"]]
            result.setdefault("orderedItems" if name == "items" else name, []).extend(items)
        else:
            result.setdefault(name, []).append(_bare(value, known))
    if not values:
        result.setdefault(name, [])


def _bare(value: dict[str, Any], known: Terms) -> Any:
    if "@value" in value:
        return value["@value"]
    if "@list" in value:
        return [_bare(item, known) for item in value["@list"]]
    node = _named_node(value, known)
    return node["id"] if node.keys() == {"id"} else node


def _short(iri: str, known: Terms) -> str:
    return known.names.get(iri) or _absolute(iri).removeprefix("_:")


def _absolute(iri: str) -> str:
    text = iri.removeprefix(_BASE)
    return PUBLIC if text in _PUBLIC_SHORT else text


def _check_same_reading(plain: dict[str, Any], reading: dict[str, Any]) -> None:
    """Whoever reads plain names must see the same owner and the same kind of thing."""
    for name in _COMPARED:
        if plain.get(name) is None:
            continue
        if _identities(plain[name]) != _identities(reading.get(name)):
            raise MalformedDocument(
                f"The {name} differs between the plain and the JSON-LD reading.",
                code="two-readings",
            )
    if not _plain_types(plain.get("type")) <= {reading.get("type")}:
        raise MalformedDocument(
            "The type differs between the plain and the JSON-LD reading.", code="two-readings"
        )
    inner, inner_reading = plain.get("object"), reading.get("object")
    if isinstance(inner, dict) and isinstance(inner_reading, dict):
        _check_same_reading(inner, inner_reading)


def _identities(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [v.get("id", v.get("@id")) if isinstance(v, dict) else v for v in values]


def _plain_types(value: Any) -> set[str]:
    """The types that a reader of plain names would take to be known ones."""
    values = value if isinstance(value, list) else [value]
    return {name for name in values if isinstance(name, str) and name in terms().types}
