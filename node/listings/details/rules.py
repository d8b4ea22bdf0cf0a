"""What listings say by their kind: ours read strictly, a peer's as far as it can be. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from node.errors import InvalidInput
from node.i18n import Text, _, speaking
from node.listings.details.readers import Unfit, cut, read
from node.listings.details.shapes import Detail, Details, Shape
from node.listings.details.table import DETAILS, KEYS, PICKED


def of_kind(kind: str) -> tuple[Detail, ...]:
    """The fields of a kind, in the order in which they are shown."""
    return tuple(one for one in DETAILS if kind in one.kinds)


def tidy(given: object, kind: str | None) -> tuple[dict[str, Any], dict[str, list[Text]]]:
    """What is said of the fields of a kind, and what is wrong with the rest, by field.

    What belongs to another kind is left out: a listing that becomes a need has no allergens.
    kind: None for the fields of all of them.
    """
    if not isinstance(given, Mapping):
        return {}, {"details": [_("Details are fields with values.")]}
    found: dict[str, Any] = {}
    faults: dict[str, list[Text]] = {}
    if unknown := sorted(str(key) for key in given if key not in KEYS):
        faults["details"] = [_no_field(unknown[0], kind)]
    for detail in of_kind(kind) if kind else DETAILS:
        try:
            value = read(detail, given.get(detail.key))
        except Unfit as error:
            name = f"{detail.key}_{error.part}" if error.part else detail.key
            faults[name] = [error.why]
        else:
            found |= {} if value is None else {detail.key: value}
    return found, faults


def told_of(own: Details) -> tuple[Detail, ...]:
    """The fields of a listing that a translation can say in its language: those that it says
    itself, in words."""
    return tuple(one for one in DETAILS if one.is_told and one.key in own)


def tidied_words(given: object, own: Details) -> dict[str, Any]:
    """What a translation says of them; the rest is left out. Raises InvalidInput."""
    found, faults = tidy(given, None)
    if faults:
        raise InvalidInput(faults)
    return {one.key: found[one.key] for one in told_of(own) if one.key in found}


def words_of_peer(given: object, own: Details) -> dict[str, Any]:
    """The same of a peer, as far as it can be read."""
    said = given if isinstance(given, Mapping) else {}
    keys = [one.key for one in told_of(own)]
    found = {key: _of_peer(KEYS[key], said.get(key)) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def length(said: Details) -> int:
    """Characters of what is said in words."""
    return sum(len(text) for key, value in said.items() for text in _words(KEYS[key], value))


def tidied(given: Details, kind: str) -> dict[str, Any]:
    """What is said of the fields of a kind. Raises InvalidInput."""
    found, faults = tidy(given, kind)
    if faults:
        raise InvalidInput(faults)
    return found


def check_place(given: Details, kind: str) -> None:
    """Raises InvalidInput for what is said of fields that this kind has not."""
    own = {one.key for one in of_kind(kind)}
    if odd := sorted(given.keys() - own):
        raise InvalidInput({"details": [_no_field(odd[0], kind)]})


def of_peer(given: object, kind: str) -> dict[str, Any]:
    """What a peer says of fields that we know, as far as it can be read: no more than ours may say.

    What we do not know is left out: it stands in the signed document as it was sent.
    """
    if not isinstance(given, Mapping):
        return {}
    found = {one.key: _of_peer(one, given.get(one.key)) for one in of_kind(kind)}
    return {key: value for key, value in found.items() if value is not None}


def documents(details: Details) -> dict[str, Any] | None:
    """As it travels and is kept; None where nothing is said."""
    return dict(details) or None


def said(stored: object) -> dict[str, Any]:
    """`documents` the other way round, of our own rows."""
    return dict(stored) if isinstance(stored, Mapping) else {}


def ends_on(details: Details) -> date | None:
    """The day after which it is not to be shown, if one of the fields says so."""
    days = (details.get(one.key) for one in DETAILS if one.ends)
    return min((date.fromisoformat(day) for day in days if day), default=None)


def picks(details: Details) -> Iterator[str]:
    """What search narrows down by: the key of a field and what was chosen, as one word."""
    for detail in PICKED:
        value = details.get(detail.key) or ()
        for one in (value,) if isinstance(value, str) else value:
            yield f"{detail.key}-{one}"


def telling(details: Details) -> tuple[str, ...]:
    """The lines by which needs and offers are matched."""
    return tuple(line for one in DETAILS if one.telling for line in details.get(one.key, ()))


def found_words(details: Details, language: str) -> Iterator[str]:
    """The words by which it can be found; what was chosen in the language of the listing."""
    with speaking(language.partition("-")[0].lower() or "en"):
        for key, value in details.items():
            yield from _words(KEYS[key], value)


def _of_peer(detail: Detail, given: object) -> Any:
    try:
        return read(detail, cut(detail, given))
    except Unfit:
        return None


def _words(detail: Detail, value: Any) -> Iterator[str]:
    if detail.shape is Shape.TEXT:
        yield value
    elif detail.shape is Shape.LIST:
        yield from value
    elif detail.shape is Shape.LOG:
        yield from (entry["said"] for entry in value)
    elif detail.shape in (Shape.CHOICE, Shape.CHOICES) and detail.picked:
        chosen = (value,) if isinstance(value, str) else value
        yield from (str(detail.words[one]) for one in chosen)


def _no_field(key: str, kind: str | None) -> Text:
    fields = ", ".join(one.key for one in (of_kind(kind) if kind else DETAILS))
    return _(
        "There is no field “%(field)s” for this kind. It has: %(fields)s.",
        field=key[:40],
        fields=fields,
    )
