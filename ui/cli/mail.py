"""Mail: whether letters go out, and what did not."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from federation.ambient import SystemClock, SystemEntropy, new_id
from node import mail
from node.config import FILE_NAME, Config
from node.config_template import toml_value
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.mail import Letter, LetterKind
from node.mail.letters import Sheet
from node.mail.sender import host_of
from node.mail.server import Way
from node.mail_settings import PASSWORD_VARIABLE, MailServer, Security, mail_server, read_address
from node.runtime import Node
from ui.cli.common import drive, in_words, on_node, plainly, settings, show, with_node_folder
from ui.cli.speaking import Group
from ui.web.letters import typeset

PASSWORD_FILE = "mail-password"  # noqa: S105 - the name of a file
_OPTIONS = {
    "mail_server": "--server",
    "mail_port": "--port",
    "mail_security": "--security",
    "mail_user": "--user",
    "mail_from": "--from",
    "mail_password_file": "--password-file",
}


@click.group("mail", cls=Group)
def group() -> None:
    """Letters to people, by a mail server that is yours or your provider's."""


class _Asked(Struct, frozen=True):
    """What was given on the command line."""

    host: str
    port: int | None
    security: str
    user: str
    sender: str
    password_file: Path | None


@group.command("test")
@click.argument("address")
@click.option("--server", default="", help="The mail server, if not the one in the settings.")
@click.option("--port", type=click.IntRange(1, 65535), help="The usual ones are tried otherwise.")
@click.option(
    "--security",
    type=click.Choice([one.value for one in Security]),
    default=None,
    help="How the connection is kept private.",
)
@click.option("--user", default="", help="The name by which it lets you in.")
@click.option("--from", "sender", default="", help="From which address our mail comes.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the password; else ROCHDALE_MAIL_PASSWORD, else you are asked.",
)
@with_node_folder
@plainly
def send_test(
    address: str,
    server: str,
    port: int | None,
    security: str | None,
    user: str,
    sender: str,
    password_file: Path | None,
    data: Path,
    as_json: bool,
) -> None:
    """Find the settings with which a letter to ADDRESS goes out, and print them."""
    to = read_address(address)
    if to is None:
        raise InvalidInput({"address": [_("“%(text)s” is no e-mail address.", text=address)]})
    config = settings(data)
    asked = _Asked(server, port, security or "", user, sender, password_file)
    tried: list[dict[str, Any]] = []
    for candidate in _candidates(asked, config):
        steps: list[str] = []
        works = drive(_try(candidate, config, to, steps))
        tried.append({**_address(candidate), "steps": steps, "works": works})
        if works:
            show(_result(candidate, tried), as_json, _advice(candidate, config))
            return
    show({"works": False, "tried": tried}, as_json, "")
    click.echo(str(_("None of it worked. What the server said stands above.")), err=True)
    sys.exit(1)


@group.command("list")
@with_node_folder
@plainly
def list_all(data: Path, as_json: bool) -> None:
    """Letters that did not go, or perhaps not, and what waits."""

    async def read(node: Node) -> tuple[list[mail.Trouble], mail.Waiting | None]:
        async with node.reading() as reader:
            return await mail.troubles(reader), await mail.waiting(reader)

    troubles, waiting = on_node(data, read)
    lines = list(map(_line, troubles))
    if waiting is not None:
        lines.append(str(waiting.words))
    result = {
        "waiting": waiting.count if waiting else 0,
        "said": waiting.said if waiting else None,
        "not_sent": [
            {
                "id": one.id,
                "kind": one.kind,
                "to": one.name,
                "state": one.state,
                "at": one.at,
                "said": one.said,
            }
            for one in troubles
        ],
    }
    show(result, as_json, "\n".join(lines) or str(_("Nothing waits, and every letter went.")))


def _candidates(asked: _Asked, config: Config) -> list[MailServer]:
    """What is to be tried, the settings as they are first."""
    known = config.mail
    host = asked.host or (known.host if known else "")
    if not host:
        raise Conflict(
            _("No mail server is set. Name yours: --server mail.example.org --user … --from …"),
            "no-mail",
        )
    if asked.host or asked.port or asked.security or known is None:
        ways = _ways(asked, host)
    else:
        ways = [(known.port, known.security)]
        ways += [way for way in mail.candidates(host) if way not in ways]
    user = asked.user or (known.user if known and not asked.host else "")
    password, file = _password(asked, known, user)
    sender = asked.sender or (known.sender if known else "") or user
    with _by_option():
        made = [
            mail_server(
                host=host,
                port=port,
                security=security.value,
                user=user,
                sender=sender,
                password=password,
                password_file=file,
            )
            for port, security in ways
        ]
    return [one for one in made if one is not None]


@contextmanager
def _by_option() -> Iterator[None]:
    """What a setting refuses is said of the option that stands for it here."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            {_OPTIONS.get(key, key): why for key, why in error.fields.items()}
        ) from error


def _ways(asked: _Asked, host: str) -> list[tuple[int, Security]]:
    """The usual ways, as far as port and security were not said."""
    usual = [
        (port, security)
        for port, security in mail.candidates(host)
        if asked.port in (None, port) and asked.security in ("", security.value)
    ]
    if usual or asked.port is None:
        return usual
    ways = [Security(asked.security)] if asked.security else [Security.STARTTLS, Security.TLS]
    return [(asked.port, security) for security in ways]


def _password(asked: _Asked, known: MailServer | None, user: str) -> tuple[str, Path | None]:
    if not user:
        return "", None
    if asked.password_file is not None:
        return "", asked.password_file.absolute()
    if password := os.environ.get(PASSWORD_VARIABLE, ""):
        return password, None
    if known is not None and known.password_file is not None and not asked.host:
        return "", known.password_file
    return click.prompt(
        str(_("The password of %(user)s", user=user)), hide_input=True, err=True
    ), None


async def _try(server: MailServer, config: Config, to: str, steps: list[str]) -> bool:
    clock = SystemClock()
    letter = Letter(id=new_id(clock.now(), SystemEntropy()), kind=LetterKind.TEST, to=to)
    sheet = Sheet(config.name, config.address, config.language, config.zone, clock.now())
    host = host_of(config)
    words = typeset(letter, sheet)
    message = mail.as_bytes(letter, words, sheet, sender=server.sender, host=host)

    def tell(step: Text) -> None:
        steps.append(str(step))
        click.echo(f"  {step}", err=True)

    click.echo(_heading(server), err=True)
    return await mail.try_out(Way(server, host, config.ca_file), to, message, tell)


def _heading(server: MailServer) -> str:
    return f"{server.host}:{server.port} ({server.security.value})"


def _address(server: MailServer) -> dict[str, Any]:
    return {"server": server.host, "port": server.port, "security": server.security.value}


def _lines(server: MailServer) -> dict[str, Any]:
    lines = {f"mail_{name}": value for name, value in _address(server).items()}
    if server.user:
        file = str(server.password_file) if server.password_file else PASSWORD_FILE
        lines |= {"mail_user": server.user, "mail_password_file": file}
    return lines | {"mail_from": server.sender}


def _result(server: MailServer, tried: list[dict[str, Any]]) -> dict[str, Any]:
    return {"works": True, "settings": _lines(server), "tried": tried}


def _advice(server: MailServer, config: Config) -> str:
    known = config.mail
    if known is not None and replace(known, password="") == replace(server, password=""):
        return str(_("The settings are right as they are."))
    lines = [f"{key} = {toml_value(value)}" for key, value in _lines(server).items()]
    if server.user and server.password_file is None:
        where = config.data / PASSWORD_FILE
        said = _("The password goes into %(file)s, for nobody else to read.", file=where)
        lines.append(f"# {said}")
    advice = _(
        "It works. Put this into %(file)s and start the node again:\n%(lines)s",
        file=config.data / FILE_NAME,
        lines="\n".join(lines),
    )
    return str(advice)


def _line(one: mail.Trouble) -> str:
    state = str(mail.LIFE.word(one.state))
    words = [one.id, in_words(one.at), one.kind, one.name, state, one.said]
    return "  ".join(filter(None, words))
