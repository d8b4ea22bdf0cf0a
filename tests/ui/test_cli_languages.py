"""The command line in the operator's language: help of every command, and click's own words."""

import re
from collections.abc import Iterator
from inspect import getsourcefile
from pathlib import Path
from string import Formatter

import click
import pytest
from babel.messages.extract import extract_from_file
from click.testing import CliRunner, Result

from node.i18n import available_languages, speaking
from tests.support.pseudo import no_language
from tests.ui.commands import folder, run
from ui.cli import main
from ui.cli.click_words import WORDS, WORDS_OF_NUMBER
from ui.cli.metavars import OF_CLICK
from ui.cli.metavars import WORDS as METAVARS
from ui.cli.speaking import CLICK_MODULES

__all__ = ["folder"]

TRANSLATED = [tag for tag in available_languages() if tag != "en"]

# What only a slip in a command's own definition brings up, or what no command of ours does.
FOR_PROGRAMMERS = {
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Value must be an iterable.",
    ("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given."),
    ("{len_type} values are required, but {len_value} was given.",
     "{len_type} values are required, but {len_value} were given."),
    "Name '{name}' defined twice",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Could not determine name for option with declarations {decls!r}",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument "
    "instead? Did you mean to pass '--{name}'?",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "(dynamic)", "%(prog)s, version %(version)s", "Missing {param_type}",
    "Missing parameter: {param_name}", "Invalid start character for option ({option})",
    "Do you want to continue?", "Confirm the action without prompting.", "Repeat for confirmation",
    "Error: The two entered values do not match.", "Unknown color {colour!r}",
    "Press any key to continue...", "Choice({choices})", "{value!r} is not a valid UUID.",
    "{name} {filename!r} is not executable.", "Unknown standard stream '{name}'",
    "file", "directory", "path",
}  # fmt: skip
# Of our own: click shows them as they are.
BESIDE_CLICK = {"[OPTIONS]", "COMMAND [ARGS]..."}


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))


def typed(*words: str, tag: str = "en") -> Result:
    return CliRunner().invoke(main, words, env={"LC_ALL": tag}, prog_name="rochdale")


def names(path: tuple[str, ...], command: click.Command) -> set[str]:
    """What stands in a help in no language: names of commands, options, values and kinds."""
    context = click.Context(command)
    said = ["rochdale", *path, "help", "version"]
    said += command.commands if isinstance(command, click.Group) else []
    for each in command.params:
        said += [*each.opts, each.make_metavar(context), str(each.default)]
        said += getattr(each, "codes", ())
    return set(re.findall(r"[A-Za-z]{2,}", " ".join(said)))


@pytest.mark.parametrize("path", [path for path, _command in commands()], ids=" ".join)
def test_no_help_says_a_word_past_the_catalogue(path: tuple[str, ...]) -> None:
    with no_language():
        told = typed(*path, "--help").output
    words = set(re.findall(r"(?<![^\W\d_])[A-Za-z]{2,}(?![^\W\d_])", told))
    assert words - names(path, dict(commands())[path]) == set()


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_help_is_in_the_language_of_the_terminal(tag: str) -> None:
    for path, command in commands():
        told = " ".join(typed(*path, "--help", tag=tag).output.split())
        helps = [command.help, *(getattr(each, "help", None) for each in command.params)]
        english = [" ".join(text.split()) for text in helps if text]
        assert [text for text in english if text in told] == [], path


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("fr_FR.UTF-8", "La commande 'polcy' n’existe pas. Vouliez-vous dire 'policy'\u00a0?"),
        ("es", "No existe el comando 'polcy'. ¿Quisiste decir 'policy'?"),
        ("ar_EG", "لا يوجد أمر باسم \u2066'polcy'\u2069. هل قصدت \u2066'policy'\u2069؟"),
        ("de_DE", "No such command 'polcy'. Did you mean 'policy'?"),
    ],
)
def test_a_slip_is_told_in_the_language_of_the_terminal(tag: str, said: str) -> None:
    slip = typed("polcy", tag=tag)
    assert slip.exit_code == 2
    assert said in slip.stderr


def test_what_stands_for_a_value_is_in_the_language_of_the_terminal() -> None:
    with speaking("en"):
        stands = {
            each.make_metavar(click.Context(command))
            for _path, command in commands()
            for each in command.params
        }
    dates = {str(said) for kind, said in OF_CLICK.items() if "%" in kind}
    used = set(re.findall(r"[A-Z]{2,}", " ".join(stands - dates)))
    assert used - {"BOOLEAN"} == set(map(str, METAVARS))
    told = typed("council", "propose", "--help", tag="es").output
    assert "council propose [OPCIONES] FEDERACIÓN TÍTULO" in told
    assert "Falta el argumento 'NOMBRE'" in typed("domain", "set", tag="es").stderr
    assert "AAAA-MM-JJ" in typed("ledger", "balances", "--help", tag="fr").output


def test_a_command_asked_in_one_language_and_then_in_another_says_each() -> None:
    first, second = (typed("serve", "--help", tag=tag).output for tag in ("fr", "es"))
    assert "Afficher ce message et quitter." in first
    assert "Muestra este mensaje y termina." in second


def test_states_days_and_rules_are_told_in_the_language_of_the_terminal(folder: Path) -> None:
    run(folder, "member", "add", "Ada Brzezińska")
    run(folder, "domain", "set", "loud.example", "block", "--days", "30", "--reason", "spam")
    at = ("--data", str(folder))
    assert "(usage, active)" in typed("member", "list", *at, tag="fr").output
    shut_out = typed("domain", "list", *at, tag="es").output
    assert re.search(r"loud.example  excluido  hasta el [0-9]+ de \w+ de 20[0-9]{2}", shut_out)
    rule = typed("policy", "list", *at, tag="es").output.splitlines()[0]
    assert rule.endswith("(tal como viene de origen)")


def test_every_word_that_click_says_to_people_is_in_the_catalogues() -> None:
    """Fails when another version of click says something new: add that to `click_words`."""
    said = {
        message
        for module in CLICK_MODULES
        for _line, message, _comments, _context in extract_from_file(
            "python", str(getsourcefile(module))
        )
    }
    ours = {word.message for word in WORDS} | {
        (word.message, str(word.plural)) for word in WORDS_OF_NUMBER
    }
    assert ours - BESIDE_CLICK == said - FOR_PROGRAMMERS


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translated_word_of_click_asks_for_nothing_that_click_does_not_give(tag: str) -> None:
    with speaking(tag):
        for word in (*WORDS, *WORDS_OF_NUMBER):
            assert places(str(word)) <= places(f"{word.message}{word.plural}"), word.message


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}
