"""The command line in the operator's language: help, and what click itself says.

Help is written in English where the command is: as its docstring and as `help=` of its options.
`ui/cli/extraction.py` brings both into the catalogues; here they are looked up when they are shown.
"""

import copy
import functools
import inspect
import os
from collections.abc import Callable, Sequence
from typing import Any

import click
from click import core, decorators, exceptions, formatting, parser, termui, types, utils

from node import i18n
from node.i18n import translate
from ui.cli import metavars

# click asks Python's gettext, which knows nothing of the language of the moment.
CLICK_MODULES = (core, decorators, exceptions, formatting, parser, termui, types, utils)
for module in CLICK_MODULES:
    module._ = i18n.translate  # type: ignore[attr-defined]
    module.ngettext = i18n.translate_plural  # type: ignore[attr-defined]


LONGEST_SENTENCE = 300  # characters


def _in_words(make: Callable[..., str]) -> Callable[..., str]:
    return functools.wraps(make)(lambda *of, **more: metavars.said(make(*of, **more)))


# In usage, in help, and where somebody made a slip.
for kind in (click.Parameter, click.Argument):
    kind.make_metavar = _in_words(kind.make_metavar)  # type: ignore[method-assign]


def sentence(help_text: str) -> str:
    """A docstring as it stands in the catalogues: one line for each paragraph."""
    paragraphs = inspect.cleandoc(help_text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def operators_language() -> str:
    """What the terminal says (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if tag := os.environ.get(name, "").partition(".")[0].replace("_", "-"):
            found = i18n.negotiate(tag, i18n.available_languages())
            return found or i18n.SOURCE_LANGUAGE
    return i18n.SOURCE_LANGUAGE


class Command(click.Command):
    """A command whose help is in the language of the moment."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return list(map(translate, super().collect_usage_pieces(ctx)))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = translate("Show this message and exit.")  # click keeps the first language
        return option

    def get_short_help_str(self, _limit: int = 45) -> str:
        """Its first sentence, whole: a list of commands breaks lines rather than off."""
        return super(Command, _translated(self)).get_short_help_str(LONGEST_SENTENCE)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super(Command, _translated(self)).format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super(Command, _translated(self)).format_options(ctx, formatter)


class Group(Command, click.Group):
    """Commands whose help is in the language of the moment."""

    command_class = Command
    group_class = type

    def main(self, *args: Any, **extra: Any) -> Any:
        with i18n.speaking(operators_language()):
            return super().main(*args, **extra)


class Coded(click.Option):
    """An option that takes some of a list of codes; its help ends in them."""

    def __init__(self, *args: Any, codes: Sequence[str], **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.codes = codes

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        shown = copy.copy(self)
        shown.help = f"{self.help} {', '.join(self.codes)}"
        return super(Coded, shown).get_help_record(ctx)


def _translated(command: Command) -> Command:
    shown = copy.copy(command)
    shown.help = _in_language(command.help)
    shown.params = [_translated_option(each) for each in command.params]
    return shown


def _translated_option(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option):
        return parameter
    shown = copy.copy(parameter)
    shown.help = _in_language(parameter.help)
    return shown


def _in_language(help_text: str | None) -> str | None:
    return translate(sentence(help_text)) if help_text else help_text
