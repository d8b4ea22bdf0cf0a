"""Categories in the reader's language: coops write them freely, some words are the same in many."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from markupsafe import Markup

from node import i18n
from node.i18n import Text, _
from node.text import fold
from ui.web.examples import EXAMPLES

_OFTEN = (
    _("building"),
    _("care"),
    _("garden"),
    _("housing emergency"),
    _("music"),
    _("office"),
    _("pictures"),
    _("rooms"),
    _("teaching"),
    _("translation"),
    _("transport"),
    _("walks"),
    _("work"),
)


def category_word(category: str) -> str:
    """In the language of the page where we have a word for it; else as the coop wrote it."""
    word = labels(category).get(i18n.language.get(), category)
    return category if fold(word) == fold(category) else word


def with_gloss(word: str) -> str:
    """A word that rules compare as it is written, and what it means to the reader."""
    meaning = category_word(word)
    return word if fold(meaning) == fold(word.replace("-", " ")) else f"{word} ({meaning})"


def among(categories: Sequence[str]) -> dict[str, Markup]:
    """Each of a list by its word; as the coop wrote it where two would read the same."""
    words = {one: category_word(one) for one in categories}
    often = Counter(map(fold, words.values()))
    shown = {one: word if often[fold(word)] == 1 else one for one, word in words.items()}
    return {one: Markup("<bdi>{}</bdi>").format(word) for one, word in shown.items()}


def labels(category: str) -> dict[str, str]:
    """What a category is called, by language, found by its name in any; empty for others."""
    return _known().get(fold(category.replace("-", " ")), {})


def in_languages(text: Text) -> dict[str, str]:
    """A text of ours in each language that we speak."""
    found = {}
    for tag in i18n.available_languages():
        with i18n.speaking(tag):
            found[tag] = str(text)
    return found


@cache
def _known() -> dict[str, dict[str, str]]:
    said = [in_languages(one) for one in (*(one.category for one in EXAMPLES.values()), *_OFTEN)]
    return {fold(word): each for each in said for word in each.values()}
