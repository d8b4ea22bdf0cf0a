"""A link as a QR picture made of signs: a phone takes it from the terminal."""

import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from node.runtime import Node
from ui.cli.common import on_node, show

P = ParamSpec("P")
T = TypeVar("T")


def with_picture(command: Callable[P, T]) -> Callable[P, T]:
    """Add `--qr`."""
    return click.option(
        "--qr",
        "draws",
        is_flag=True,
        help="Draw the link as a QR picture, too; for a terminal it is drawn anyhow.",
    )(command)


def show_link(
    make: Callable[[Node], Awaitable[str]], data: Path, as_json: bool, *, draws: bool
) -> None:
    """Make a link on this node, and show it. make: its path."""

    async def made(node: Node) -> str:
        return f"{node.config.address}{await make(node)}"

    link = on_node(data, made)
    show({"link": link}, as_json, and_picture(link, link, draws=draws))


def and_picture(text: str, link: str, *, draws: bool) -> str:
    """The text, and below it the link as a picture, if that is asked for or a terminal shows it."""
    if not (draws or sys.stdout.isatty()):
        return text
    import segno

    drawing = io.StringIO()
    segno.make(link, error="m").terminal(drawing, border=2, compact=True)
    picture = drawing.getvalue().rstrip("\n")
    return f"{text}\n\n{picture}" if _can_be_written(picture) else text


def _can_be_written(picture: str) -> bool:
    try:
        picture.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
