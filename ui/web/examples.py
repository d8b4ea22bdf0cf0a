"""Examples by which a listing of each kind can begin, in the language of who writes it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from node.i18n import Text, _
from ui.web import starting


class Example(Struct, frozen=True):
    """What stands in the form at first. fields: of the kind, as the form has them."""

    kind: str
    title: Text
    summary: Text
    category: Text
    unit: str = ""
    fields: Mapping[str, Text | list[str]] = field(default_factory=dict)


EXAMPLES: Mapping[str, Example] = {
    "cleaning": Example(
        "service",
        _("Two-hour home clean"),
        _("Kitchen, bathroom and one more room. The same two people each time."),
        _("cleaning"),
        "visit",
        {
            "mode": ["at-yours"],
            "repeat": "either",
            "extras": _("Inside windows\nOven"),
            "questions": _("How many rooms?\nAre there pets?"),
        },
    ),
    "bread": Example(
        "goods",
        _("Sourdough loaf, 800 g"),
        _("Baked on Thursday night from flour of a mill nearby."),
        _("food"),
        "piece",
        {
            "mode": ["collected"],
            "condition": "new",
            "variants": _("Rye\nWheat with seeds"),
            "allergens": ["gluten", "sesame"],
            "pickup": _("At the bakery, Fridays 8 to 12"),
            "values": ["organic", "local"],
        },
    ),
    "room": Example(
        "stay",
        _("A quiet room for two"),
        _("Under the roof, with a desk, above a garden. Breakfast from the shop downstairs."),
        _("guest room"),
        "night",
        {
            "rules": _("Quiet after ten\nNo smoking in the house"),
            "questions": _("When do you arrive?"),
        },
    ),
    "tool": Example(
        "lend",
        _("Cordless drill with two batteries"),
        _("Lent for a weekend, with a box of bits."),
        _("tools"),
        "day",
        {
            "mode": ["collected"],
            "condition": "used",
            "pickup": _("At the workshop, Saturdays 10 to 12"),
            "insurance": _("If it breaks in normal use, that is on us."),
            "values": ["repair"],
        },
    ),
    "help": Example(
        "request",
        _("Somebody to mend our gate"),
        _("It hangs on one hinge. Wood and tools are here."),
        _("repairs"),
        "",
        {
            "mode": ["at-ours"],
            "urgency": "soon",
            "skills": _("carpentry"),
        },
    ),
    "job": Example(
        "opening",
        _("Baker, three nights a week"),
        _("We are six and look for a seventh, who learns the books too."),
        _("food"),
        "",
        {
            "mode": ["at-ours"],
            "weekly_hours": "24",
            "leads_to": "worker",
            "skills": _("baking\nworking with others"),
        },
    ),
}
"""By the name in the address of the form."""


def of_kind(kind: str) -> list[tuple[str, Example]]:
    """The examples of a kind, each with its name."""
    return [(name, one) for name, one in EXAMPLES.items() if one.kind == kind]


def fill(example: Example) -> dict[str, Any]:
    """The example as data of the form; in its text the questions of its kind."""
    said = {
        name: value if isinstance(value, list) else str(value)
        for name, value in example.fields.items()
    }
    return {
        "kind": example.kind,
        "title": str(example.title),
        "summary": str(example.summary),
        "body": starting.with_questions("", example.kind),
        "category": str(example.category),
        "unit": example.unit,
        **said,
    }
