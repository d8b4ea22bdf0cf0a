"""Files that commands write: of contacts, and of whatever else says who does what with us."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from node import contacts
from node.contacts import Card
from ui.cli.common import show

Command = TypeVar("Command", bound=Callable[..., Any])


def with_file(command: Command) -> Command:
    """Add `--format` and `--output`."""
    form = click.option(
        "--format",
        "form",
        type=click.Choice(["vcard", "csv"]),
        default="vcard",
        show_default=True,
        help="An address book, or a spreadsheet.",
    )
    output = click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not stdout."
    )
    return form(output(command))


def write_contacts(cards: Sequence[Card], form: str, output: Path | None, *, as_json: bool) -> None:
    content = contacts.table(cards) if form == "csv" else contacts.vcards(cards)
    if output is not None:
        write_for_owner(output, content)
        show({"file": str(output), "contacts": len(cards)}, as_json, str(output))
    elif as_json:
        show({"contacts": len(cards), "content": content.decode()}, as_json, "")
    else:
        sys.stdout.buffer.write(content)


def write_for_owner(path: Path, content: bytes) -> None:
    """A new file may be read by its owner alone; one that is there stays as open as it was made."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
