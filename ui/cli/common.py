"""What every command shares: the node's folder, how results are printed, how refusals are told."""

import asyncio
import functools
import json
import logging
import os
import re
import shlex
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, TextIO, TypeVar, cast
from zoneinfo import ZoneInfo

import click
import structlog
from structlog.typing import EventDict

from federation.errors import FederationError
from federation.storage import Reader
from node import days, obstacles
from node.config import Config, load
from node.days import Said
from node.errors import NodeError, NotFound
from node.i18n import _
from node.program import called
from node.runtime import Node, open_node
from protocol import datetimes
from protocol.errors import ProtocolError
from ui.cli import remedies
from ui.cli.log_lines import Unfailing

P = ParamSpec("P")
T = TypeVar("T")

REFUSALS = (NodeError, FederationError, ProtocolError)
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control signs, but the tab and the end of a line."""


def with_node_folder(command: Callable[P, T]) -> Callable[P, T]:
    """Add `--data DIR` and `--json`, which every subcommand takes after its own arguments."""
    command = click.option(
        "--json", "as_json", is_flag=True, help="Print the result as one JSON document."
    )(command)
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        callback=_by_its_owner,
        default=Path("rochdale"),
        envvar="ROCHDALE_DATA",
        show_default=True,
        help="The node's folder.",
    )(command)


def _by_its_owner(_context: click.Context, _option: click.Parameter, data: Path) -> Path:
    """Root must not work in the folder of another account, which could not read what it writes."""
    if os.geteuid() != 0 or not data.is_dir() or data.stat().st_uid == 0:
        return data
    try:
        owner = data.owner()
    except KeyError:  # in a container it may have no name, and nobody to become
        return data
    said = _(
        "This node belongs to the account %(owner)s, which could not read what root writes there. "
        "Type it as that account:",
        owner=owner,
    )
    line = shlex.join([called(), *sys.argv[1:]])
    click.echo(f"{said}\n  runuser -u {owner} -- {line}", err=True)
    sys.exit(1)


def plainly(command: Callable[P, T]) -> Callable[P, T]:
    """Tell a refusal in its own words on stderr and exit with 1; bugs keep their trace."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return copy_context().run(command, *args, **kwargs)
        except NotFound as error:
            _refuse(error, *remedies.listing(click.get_current_context()))
        except REFUSALS as error:
            _refuse(obstacles.of(error))
        except OSError as error:
            if error.filename is None:
                raise
            _refuse(
                _(
                    "%(file)s cannot be used: %(reason)s. Name another place, or give this account "
                    "the right to it.",
                    file=error.filename,
                    reason=os.strerror(error.errno or 0),
                )
            )

    return run


def _refuse(*sentences: object) -> NoReturn:
    click.echo(harmless("\n  ".join(map(str, sentences))), err=True)
    sys.exit(1)


def settings(data: Path) -> Config:
    return load(data, os.environ)


def on_node(data: Path, work: Callable[[Node], Awaitable[T]]) -> T:
    """Open the node of a folder beside whatever else runs on it, do one thing, close it."""

    config = settings(data)
    days.zone.set(ZoneInfo(config.zone))

    async def run() -> T:
        async with open_node(config) as node:
            return await work(node)

    return drive(run())


async def reading(
    node: Node,
    query: Callable[Concatenate[Reader, P], Awaitable[T]],
    *given: P.args,
    **named: P.kwargs,
) -> T:
    """What a query finds."""
    async with node.reading() as reader:
        return await query(reader, *given, **named)


def drive(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def show(result: object, as_json: bool, text: str) -> None:
    """The result for a program, or its words for a person."""
    click.echo(_document(result) if as_json else harmless(text))


def harmless(text: str) -> str:
    """Without what a terminal obeys: what other coops, programs and files say is shown, and neither
    moves the cursor nor takes away a line."""
    return _OBEYED.sub("\ufffd", text.replace("\r\n", "\n"))


def _document(result: object) -> str:
    text = json.dumps(result, ensure_ascii=False, default=_plain)
    return _OBEYED.sub(lambda sign: f"\\u{ord(sign.group()):04x}", text)  # the rest is so already


def in_words(at: datetime) -> str:
    """In the reader's language, in UTC: 5 March 2027, 18:00 UTC."""
    return str(Said(datetimes.format(at)))


def _plain(value: object) -> str:
    """Moments as RFC 3339 in UTC; words in the reader's language."""
    return datetimes.format(value) if isinstance(value, datetime) else str(value)


def _obeyed_by_nobody(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What somebody else said hides no line of the log on a terminal."""
    for name, said in event.items():
        if isinstance(said, str):
            event[name] = harmless(said)
    return event


def log_to_stderr(*, as_json: bool = False) -> None:
    """Structured lines on stderr: coloured for a terminal, JSON for a log collector."""
    on_terminal = sys.stderr.isatty() and not as_json
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _obeyed_by_nobody,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    from ui.web.server_log import tell_in_one_line  # only a command that serves needs the library

    tell_in_one_line()
