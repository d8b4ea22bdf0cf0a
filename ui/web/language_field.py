"""Choosing a language by its name."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectChoice, SelectField

from node.days import locale
from node.i18n import Text, _, language_name


class LanguageField(SelectField):  # type: ignore[misc]
    """Any language with a code of two letters, by its name in the reader's; and the one that is
    chosen already, such as pt-BR, or none. What else is sent is for the rules to refuse."""

    choices: list[SelectChoice]

    def __init__(self, label: Text, **named: Any) -> None:
        super().__init__(label, choices=_known, validate_choice=False, **named)

    def iter_choices(self) -> Iterable[SelectChoice]:
        chosen = self.data or ""
        if chosen not in {one.value for one in self.choices}:
            name = language_name(chosen) if chosen else _("not said")
            self.choices = [SelectChoice(chosen, name), *self.choices]
        choices: Iterable[SelectChoice] = super().iter_choices()
        return choices


def _known() -> list[SelectChoice]:
    named = {tag: str(name) for tag, name in locale().languages.items() if len(tag) == 2}
    by_name = sorted(named.items(), key=lambda one: one[1].casefold())
    return [SelectChoice(tag, name[:1].upper() + name[1:]) for tag, name in by_name]
