"""Choosing a language by its name, and writing several."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from wtforms import SelectChoice, SelectField

from node import i18n
from node.days import locale
from node.i18n import Text, _, language_name
from node.text import fold


class LanguageField(SelectField):  # type: ignore[misc]
    """Any language with a code of two letters, by its name in the reader's; and the one that is
    chosen already, such as pt-BR, or none. What else is sent the rules of the listing refuse."""

    choices: list[SelectChoice]

    def __init__(self, label: Text, **named: Any) -> None:
        super().__init__(label, choices=_known, validate_choice=False, **named)

    def iter_choices(self) -> Iterable[SelectChoice]:
        if self.data not in {one.value for one in self.choices}:
            word = language_name(self.data) if self.data else _("not said")
            self.choices = [SelectChoice(self.data or "", word), *self.choices]
        chosen: Iterable[SelectChoice] = super().iter_choices()
        return chosen


def _known() -> list[SelectChoice]:
    named = {tag: str(name) for tag, name in locale().languages.items() if len(tag) == 2}
    by_name = sorted(named.items(), key=lambda one: one[1].casefold())
    return [SelectChoice(tag, name[:1].upper() + name[1:]) for tag, name in by_name]


def tags_of(written: Iterable[str]) -> tuple[str, ...]:
    """The languages that somebody wrote, by their names in the reader's language, in English or
    in itself, or by tags. What is none of these stays as it is, for the rules to refuse."""
    known, tags = _tags_by_name(i18n.language.get()), locale().languages  # "ga" is Irish, "Ga" gaa
    return tuple(
        dict.fromkeys(one if one in tags else known.get(fold(one), one) for one in written)
    )


def names_of(tags: Sequence[str]) -> str:
    """As `tags_of` reads them again."""
    named = [locale().languages.get(tag.replace("-", "_"), tag) for tag in tags]
    can_be_read = not any("," in name for name in named) and tags_of(named) == tuple(tags)
    return ", ".join(named if can_be_read else tags)


@lru_cache
def _tags_by_name(readers: str) -> Mapping[str, str]:
    """readers: the language of the reader, whose own names win."""
    known = {fold(language_name(tag)): tag for tag in i18n.available_languages()}
    for spoken in (i18n.SOURCE_LANGUAGE, readers):
        told = i18n.conventions(spoken)
        for tag, name in told.languages.items() if told else ():
            known[fold(str(name))] = tag.replace("_", "-")
    return known
