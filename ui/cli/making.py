"""What the commands that make a node share: its first settings, and the way in that comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from node.making import Made

P = ParamSpec("P")
T = TypeVar("T")

_OPTIONS = (
    click.option("--language", default="en", show_default=True, help="Main language (BCP 47)."),
    click.option("--place", default="", help="Where the coop is, like 'Leeds, GB'."),
    click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code."),
    click.option(
        "--admin", default="admin", show_default=True, help="Handle of the first account."
    ),
    click.option("--dev-peer", "dev_peers", multiple=True, metavar="HOST:PORT"),
    click.option("--ca", "ca_file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option(
        "--port", type=int, help="Port to listen on, if not 8100 or that of a local address."
    ),
)


def with_first_settings(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options by which a new node's settings are written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def owner_link(made: Made) -> str | None:
    """Where the first admin comes in, once; None if there was a node in the folder already."""
    return f"{made.config.address}{made.owner_link.path}" if made.owner_link else None
