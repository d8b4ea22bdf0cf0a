"""Where mail is handed over: the settings that begin with `mail_`, checked.

Nothing here is asked for when a node is made: without mail it lacks nothing.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import idna

from node.errors import InvalidInput
from node.i18n import Text, _
from node.node_address import is_localhost, is_this_machine

PASSWORD_VARIABLE = "ROCHDALE_MAIL_PASSWORD"  # noqa: S105 - where it stands, not what it is
LONGEST_ADDRESS = 254
_LONGEST_BEFORE_AT = 64
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_BEFORE_AT = re.compile(rf"{_WORD}(?:\.{_WORD})*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]+", re.ASCII)


class Security(StrEnum):
    """How what is said to the server is kept from others."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    """Only to a server on this machine."""


PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Who takes our mail. sender: the address that it comes from, and answers go to."""

    host: str
    port: int
    security: Security
    user: str
    sender: str
    password: str = field(default="", repr=False)
    password_file: Path | None = None

    def secret(self) -> str:
        """The password, read anew each time. It may read a file: not for the event loop.

        Raises OSError, UnicodeDecodeError.
        """
        if self.password or self.password_file is None:
            return self.password
        return self.password_file.read_text(encoding="utf-8").strip()


def mail_server(
    *,
    host: str,
    port: int | None,
    security: str,
    user: str,
    sender: str,
    password: str = "",
    password_file: Path | None = None,
) -> MailServer | None:
    """What the settings say; None without a server. Raises InvalidInput by the setting's key."""
    host = host.strip()
    if not host:
        _check_nothing_else(port, security, user, sender)
        return None
    if not _HOST.fullmatch(host):
        raise _wrong("mail_server", _("Name the server alone, such as mail.example.org."))
    chosen = _security(security, port)
    if chosen is Security.NONE and not is_this_machine(host):
        raise _wrong(
            "mail_security",
            _(
                "“none” is for a server on this machine: %(host)s would get passwords and letters "
                "for anybody to read.",
                host=host,
            ),
        )
    if not sender.strip():
        raise _wrong("mail_from", _("Say from which address our mail comes."))
    address = read_address(sender)
    if address is None:
        raise _wrong("mail_from", _("“%(text)s” is no e-mail address.", text=sender))
    if user and not (password or password_file):
        raise _wrong(
            "mail_password_file",
            _(
                "%(user)s needs a password: name a file that holds it, or set %(variable)s.",
                user=user,
                variable=PASSWORD_VARIABLE,
            ),
        )
    return MailServer(
        host, port or PORTS[chosen], chosen, user, address, password if user else "", password_file
    )


def read_address(text: str) -> str | None:
    """An e-mail address as it is stored: the name of the server small and in ASCII.

    None for what no server takes everywhere: signs beyond ASCII before the @, quotes, comments.
    """
    before, at, domain = text.strip().rpartition("@")
    if not at or len(before) > _LONGEST_BEFORE_AT or not _BEFORE_AT.fullmatch(before):
        return None
    try:
        host = idna.encode(domain, uts46=True).decode("ascii").lower()
    except UnicodeError:
        return None
    address = f"{before}@{host}"
    if len(address) > LONGEST_ADDRESS or not ("." in host or is_localhost(host)):
        return None
    return address


def _security(said: str, port: int | None) -> Security:
    if said:
        return Security(said)
    return Security.TLS if port == PORTS[Security.TLS] else Security.STARTTLS


def _check_nothing_else(port: int | None, security: str, user: str, sender: str) -> None:
    given = {"mail_port": port, "mail_security": security, "mail_user": user, "mail_from": sender}
    for key, value in given.items():
        if value:
            raise _wrong(key, _("This says nothing without mail_server: name the server too."))


def _wrong(key: str, complaint: Text) -> InvalidInput:
    return InvalidInput({key: [complaint]})
