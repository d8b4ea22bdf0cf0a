"""What an actor says of itself at length, beyond name and summary: for who reads about it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from protocol.errors import MalformedDocument
from protocol.vocabulary.base import by_language, ids, nodes, part
from protocol.vocabulary.images import MediaOnWire, image_part, images_in


class Particular(Struct, frozen=True):
    """One thing that an actor says of itself: schema.org's PropertyValue, as servers show it beside
    a profile. id: by which a node knows what it is, in any language; empty on other servers."""

    name: str
    value_html: str
    id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """The value in other languages, by their tags."""


class Portrait(Struct, frozen=True):
    """Nothing in it is sanitised."""

    story_html: str = ""
    icon: MediaOnWire | None = None
    opening: str | None = None
    """Whether one can become a member: open, waiting or closed."""
    particulars: tuple[Particular, ...] = ()
    stories: Mapping[str, str] = field(default_factory=dict)
    """The story in other languages, by their tags."""
    governance: str | None = None
    """Whose votes decide: worker, user, producer, community, multi_stakeholder or federated."""
    asset_lock: bool | None = None
    """Whether what it owns can never be shared out."""
    vouches_for: tuple[str, ...] = ()
    """The actors of whom it says that they are coops."""


NO_PORTRAIT = Portrait()


def portrait_in(document: dict[str, Any]) -> Portrait:
    """What a normalised actor says of itself; what cannot be read is as if it were not there."""
    story, opening = document.get("content"), document.get("opening")
    governance, asset_lock = document.get("governance"), document.get("assetLock")
    return Portrait(
        story if isinstance(story, str) else "",
        _icon(document),
        opening if isinstance(opening, str) else None,
        tuple(_particulars(document)),
        by_language(document, "content"),
        governance if isinstance(governance, str) else None,
        asset_lock if isinstance(asset_lock, bool) else None,
        vouches_for_in(document),
    )


def vouches_for_in(document: dict[str, Any]) -> tuple[str, ...]:
    """That alone, of a document of which the rest is not asked."""
    with suppress(MalformedDocument):
        return ids(document.get("vouchesFor"))
    return ()


def portrait_fields(portrait: Portrait) -> dict[str, Any]:
    """The same as fields of the actor's document."""
    return {
        "content": portrait.story_html,
        "contentMap": dict(portrait.stories),
        "icon": portrait.icon and image_part(portrait.icon),
        "attachment": [
            part(
                "PropertyValue",
                name=one.name,
                propertyID=one.id,
                value=one.value_html,
                valueMap=dict(one.values),
            )
            for one in portrait.particulars
        ],
        "opening": portrait.opening,
        "governance": portrait.governance,
        "assetLock": portrait.asset_lock,
        "vouchesFor": portrait.vouches_for,
    }


def _icon(document: dict[str, Any]) -> MediaOnWire | None:
    try:
        return next(iter(images_in(nodes(document.get("icon")))), None)
    except MalformedDocument:
        return None


def _particulars(document: dict[str, Any]) -> list[Particular]:
    found = []
    for node in nodes(document.get("attachment")):
        name, value, id_ = (node.get(key) for key in ("name", "value", "propertyID"))
        is_property = node.get("type") == "PropertyValue"
        if is_property and isinstance(name, str) and isinstance(value, str):
            known = id_ if isinstance(id_, str) else ""
            found.append(Particular(name, value, known, by_language(node, "value")))
    return found
