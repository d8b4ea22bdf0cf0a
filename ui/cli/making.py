"""What the commands that make a node share: its first settings, and the way in that comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from node import i18n, places
from node.accounts.rules import check_name
from node.errors import InvalidInput
from node.i18n import Text, _, is_language_tag
from node.making import Made
from node.node_address import parse_address

P = ParamSpec("P")
T = TypeVar("T")

_OPTIONS = (
    click.option("--language", help="Main language (BCP 47); that of the terminal unless given."),
    click.option("--place", default="", help="Where the coop is, like 'Leeds, GB'."),
    click.option("--currency", help="ISO 4217 code; that of the place unless given."),
    click.option(
        "--admin", default="admin", show_default=True, help="Handle of the first account."
    ),
    click.option("--person", default="", help="Whose account that is, by name."),
    click.option(
        "--dev-peer",
        "dev_peers",
        multiple=True,
        metavar="HOST:PORT",
        help="A node on this computer that a trial node may talk to; may repeat.",
    ),
    click.option(
        "--ca",
        "ca_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="One more certificate authority, PEM.",
    ),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        help="Port to listen on, if not 8100 or that of a local address.",
    ),
)


def with_first_settings(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options by which a new node's settings are written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def ask(question: Text, **how: Any) -> str:
    """What somebody answers. how: as `click.prompt` takes it."""
    return str(click.prompt(str(question), prompt_suffix=" ", **how))


def ask_address() -> str:
    """The node's address; a slip is told at once, and asked about again."""
    while True:
        question = _("Its web address? It cannot change later: other coops know you by it")
        text = ask(question)
        try:
            return parse_address(text).base
        except InvalidInput as error:
            click.echo(str(error.fields["address"][0]), err=True)


def ask_language(place: str) -> str:
    """The coop's language; that of its country is offered, and a slip is asked about again."""
    question = _("Its main language, by its short code, like en or ar?")
    while True:
        text = ask(question, default=usual_at(place)[0])
        if is_language_tag(text):
            return text
        click.echo(
            str(_("That is no code of a language. Write it like en, ar or pt-BR.")), err=True
        )


def ask_person() -> str:
    """What the first admin is called; a slip is asked about again."""
    while True:
        try:
            return check_name(ask(_("And you, who look after it: what is your name?")))
        except InvalidInput as error:
            click.echo(str(error.fields["name"][0]), err=True)


def usual_at(place: str) -> tuple[str, str]:
    """The language and the currency of the country that a place lies in; where that is not known,
    the operator's own language, and euros."""
    from babel.languages import get_official_languages
    from babel.numbers import get_territory_currencies

    found = places.best(place) if place else None
    if found is None:
        return i18n.language.get(), "EUR"
    languages = get_official_languages(found.country, de_facto=True)
    currencies = get_territory_currencies(found.country)
    return languages[0] if languages else "en", currencies[0] if currencies else "EUR"


def owner_link(made: Made) -> str | None:
    """Where the first admin comes in, once; None if there was a node in the folder already."""
    return f"{made.config.address}{made.owner_link.path}" if made.owner_link else None
