"""How rules are said on pages: values, where they come from, what part of the coop's life."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from node import policies
from node.i18n import Text, _, ngettext
from node.members import CLASS_WORDS
from node.policies import Choice, Entry, Exact, Origin, PolicyKey, WholeNumber, Words, YesNo
from ui.web import words
from ui.web.category_words import with_gloss

GROUPS: Mapping[str, Text] = {
    "listings": _("What we offer"),
    "mirrors": _("What neighbours offer"),
    "ranking": _("The order of results"),
    "referrals": _("Passing people on"),
    "fees": _("Fees"),
    "agreements": _("Agreements"),
    "clearing": _("What coops owe one another"),
    "retention": _("What is kept, and how long"),
    "moderation": _("Shutting out"),
    "council": _("Decided together"),
    "delegate": _("Delegates"),
    "members": _("Members"),
    "offices": _("Offices"),
    "member_data": _("Members’ data"),
    "dues": _("Dues"),
    "surplus": _("Surplus"),
}
ORIGINS: Mapping[Origin, tuple[str, Text]] = {
    Origin.DEFAULT: ("later", _("as delivered")),
    Origin.OURS: ("asked", _("our own choice")),
    Origin.FEDERATION: ("done", _("decided together")),
}
FIELDS: Mapping[str, Text] = {
    "summary": _("summary"),
    "body": _("description"),
    "category": _("category"),
    "language": _("language"),
    "place": _("place"),
    "price": _("price"),
    **{one.value: said for one, said in CLASS_WORDS.items()},
}
_A_KEY = re.compile(r"\b([a-z_]+\.[a-z_]+)\b")
_LINK = Markup('<a href="/policies/{}">{}</a>')
CHOICES: Mapping[str, Text] = {
    "automatic": _("by itself"),
    "by-hand": _("by hand"),
    "coop": _("the coop"),
    "member": _("the member"),
    "none": _("nothing"),
    "counts": _("how many"),
    "roster": _("who"),
    "members": _("our members"),
    "everybody": _("everybody"),
    "at-once": _("out at once"),
    "looked-at-first": _("looked at first"),
    "yes": _("yes"),
    "no": _("no"),
}


class Group(Struct, frozen=True):
    """Rules about one part of the coop's life."""

    name: str
    title: Text
    entries: Sequence[Entry]


def grouped(entries: Sequence[Entry]) -> list[Group]:
    """In the order of `GROUPS`."""
    by_group: dict[str, list[Entry]] = {name: [] for name in GROUPS}
    for entry in entries:
        by_group.setdefault(entry.key.name.partition(".")[0], []).append(entry)
    return [Group(name, GROUPS.get(name, name), found) for name, found in by_group.items() if found]


def value_words(key: PolicyKey[Any], value: Any) -> Text:
    """A value with its unit, as people say it."""
    if key.unlimited is not None and value == key.unlimited:
        return _("no limit")
    if key is policies.FEE_RULES:
        return ngettext("%(num)d rule", "%(num)d rules", len(value))
    if isinstance(key.kind, Words):
        return words.policy_value(tuple(map(_in_words, value)))
    if isinstance(key.kind, Choice):
        return CHOICES.get(value, value)
    said = words.policy_value(value)
    return f"{said} {key.unit}" if key.unit else said


def _in_words(word: str) -> str:
    """A word of a rule; what stands before a number, like investor+supporter=10, in words, too."""
    names, is_capped, limit = word.partition("=")
    said = " + ".join(str(FIELDS.get(name) or with_gloss(name)) for name in names.split("+"))
    return f"{said}: {limit}" if is_capped else said


def naming_rules(said: Text) -> Markup:
    """A sentence with the rules that it names by their keys linked, and told in their own words."""
    return Markup("").join(map(_linked, _A_KEY.split(str(said))))


def _linked(piece: str) -> str:
    key = policies.REGISTRY.get(piece)
    if key is None:
        return piece
    return _LINK.format(piece, str(key.description).rstrip("."))


def way_to_ask(key: PolicyKey[Any]) -> str:
    """Which field a form offers: "ticks", "picks", "number", "list" or "text"."""
    if isinstance(key.kind, Words):
        return "ticks" if key.kind.allowed else "list"
    if isinstance(key.kind, Choice | YesNo):
        return "picks"
    return "number" if isinstance(key.kind, WholeNumber | Exact) else "text"


def options_of(key: PolicyKey[Any]) -> tuple[str, ...]:
    """What a form offers to tick or to pick."""
    if isinstance(key.kind, Words):
        return key.kind.allowed
    if isinstance(key.kind, YesNo):
        return ("yes", "no")
    return key.kind.options if isinstance(key.kind, Choice) else ()


def word_for(option: str) -> Text:
    """An option of a form, ticked or picked."""
    return FIELDS.get(option) or CHOICES.get(option, option)
