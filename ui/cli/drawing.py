"""A link as a QR picture made of signs: a phone takes it from the terminal."""

import io
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

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
