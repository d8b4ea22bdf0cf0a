"""One document, one reading: JSON-LD from any peer turned into plain names.

A peer may write `"type": "Proposal"` or the full IRI, `"to": "as:Public"`, a number or a typed
value. `normalise` gives all of them one form, which the readers in `protocol.vocabulary` expect:

- keys are plain names; `@context`, `proof`, `signature` and nulls are gone (a proof belongs to
  the document as received, and is checked on that);
- `type` is one short name; the public collection is its full IRI everywhere;
- an object with nothing but an id is that id; an array of one is its item; typed values are bare.

Documents whose contexts cannot change the meaning of a plain name are read as they stand, in about
the time that parsing their JSON took; all others go through JSON-LD expansion (some thirty times
that), over bundled contexts only.
"""

from typing import Any

from protocol.contexts import ACTOR_CONTEXT, CONTEXT, NAMESPACE
from protocol.errors import MalformedDocument
from protocol.terms import (
    ABSOLUTE,
    LANGUAGE_MAPS,
    PUBLIC,
    Terms,
    drop_empty_lists,
    is_plain,
    single_type,
    terms,
)

__all__ = ["ACTOR_CONTEXT", "CONTEXT", "NAMESPACE", "normalise", "plain_reading"]

MAX_DEPTH = 40
_PUBLIC_SHORT = ("as:Public", "Public")
_LEFT_OUT = ("proof", "signature")


def normalise(document: dict[str, Any]) -> dict[str, Any]:
    """Read a document under its contexts; the result is new, in the form described above.

    Raises MalformedDocument: contexts that give ActivityPub's names another meaning, named or
    reversed graphs, several known types, two readings with different owners, or sheer size.
    """
    plain = plain_reading(document)
    if plain is not None:
        return plain
    from protocol.expansion import ContradictingContextsError, expanded_reading

    try:
        return expanded_reading(document)
    except ContradictingContextsError:
        return _plain_in_spite_of_contexts(document)


def plain_reading(document: dict[str, Any]) -> dict[str, Any] | None:
    """`normalise` where it is quick; None when it needs the JSON-LD processor (`normalise` then).

    The processor takes 1 ms, up to 100 ms for the worst document it accepts, and 0.2 s when it is
    first imported: keep it off an event loop. `normalise` may be called from a thread.
    """
    try:
        return _plain_node(document, terms(), 0)
    except _NotPlainError:
        return None


class _NotPlainError(Exception):
    """The document uses a form that only JSON-LD expansion reads rightly."""


def _plain_node(node: dict[str, Any], known: Terms, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise MalformedDocument("The document is nested too deeply.", code="too-deep")
    result: dict[str, Any] = {}
    for key, value in node.items():
        if key in known.simple and value is not None:
            result[key] = _plain_value(value, key in known.id_valued, known, depth)
        elif key == "type" and value is not None:
            result[key] = _plain_type(value, known)
        elif key == "@context":
            if not is_plain(value):
                raise _NotPlainError
        elif value is not None and key not in _LEFT_OUT:
            result[key] = _plain_special(key, value, known, depth)
    drop_empty_lists(result)
    return result


def _plain_special(key: str, value: Any, known: Terms, depth: int) -> Any:
    if key in known.json_valued:
        return value
    if key in LANGUAGE_MAPS:
        return _plain_map(value)
    if ":" in key or key[:1] in ("", "@") or key in known.unplain:
        raise _NotPlainError
    return _plain_value(value, False, known, depth)


def _plain_value(value: Any, is_id: bool, known: Terms, depth: int) -> Any:
    if isinstance(value, str):
        return _plain_id(value) if is_id else value
    if isinstance(value, dict):
        child = _plain_node(value, known, depth + 1)
        return child["id"] if child.keys() == {"id"} else child
    if isinstance(value, list):
        items = [_plain_item(item, is_id, known, depth) for item in value if item is not None]
        return items[0] if len(items) == 1 else items
    return value


def _plain_item(item: Any, is_id: bool, known: Terms, depth: int) -> Any:
    if isinstance(item, list):  # JSON-LD flattens some nested arrays and keeps others
        raise _NotPlainError
    return _plain_value(item, is_id, known, depth)


def _plain_id(text: str) -> str:
    if text.startswith(ABSOLUTE):
        return text
    if text in _PUBLIC_SHORT:
        return PUBLIC
    raise _NotPlainError


def _plain_type(value: Any, known: Terms) -> str:
    if isinstance(value, str) and value in known.types:
        return value
    types = value if isinstance(value, list) else [value]
    if any(isinstance(name, str) and (":" in name or name[:1] in ("", "@")) for name in types):
        raise _NotPlainError
    return single_type(types)


def _plain_map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise _NotPlainError
    if not all(isinstance(text, str) and tag[:1] not in ("", "@") for tag, text in value.items()):
        raise _NotPlainError
    texts = {tag.lower(): text for tag, text in value.items()}
    if len(texts) != len(value):  # "en" and "EN": which of them counts is for the processor to say
        raise _NotPlainError
    return texts


def _plain_in_spite_of_contexts(document: dict[str, Any]) -> dict[str, Any]:
    # The contexts define one protected name twice: invalid JSON-LD, and no reason to be deaf.
    try:
        return _plain_node(_without_contexts(document), terms(), 0)
    except _NotPlainError:
        raise MalformedDocument(
            "The contexts contradict each other and the names are not plain; send one context.",
            code="bad-context",
        ) from None


def _without_contexts(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_contexts(v) for k, v in value.items() if k != "@context"}
    if isinstance(value, list):
        return [_without_contexts(item) for item in value]
    return value
