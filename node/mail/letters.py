"""A letter as data, and as the bytes that a mail server takes. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from node.i18n import BEGIN_APART, END_APART
from node.notices import NoticeView


class LetterKind(StrEnum):
    """What a letter is for."""

    NOTICE = "notice"
    DIGEST = "digest"
    CONFIRM = "confirm"
    MOVED = "moved"
    WAY_IN = "way-in"
    APPLICATION = "application"
    MEMBERSHIP = "membership"
    TEST = "test"


class Letter(Struct, frozen=True, kw_only=True):
    """All that a letter may say.

    told: notices. path: where its link leads on this node, "" for nowhere. stop: where one click
    ends such letters. thread: what letters that belong together have in common.
    """

    id: str
    kind: LetterKind
    to: str
    language: str | None = None
    told: Sequence[NoticeView] = ()
    path: str = ""
    stop: str = ""
    thread: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class Typeset(Struct, frozen=True):
    """A letter in words; html says the same as text."""

    language: str
    subject: str
    text: str
    html: str


class Sheet(Struct, frozen=True):
    """From whom a letter is. base: the node's address. language: of those who chose none. zone:
    of the coop's clocks."""

    coop: str
    base: str
    language: str
    zone: str
    now: datetime


Typesetter = Callable[[Letter, Sheet], Typeset]

_ENCODED = "=?"
"""So an encoded word begins (RFC 2047). The library reads one in what is handed to it as text, and
writes the line break that was in it."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]{0,40}")
"""What stands before an address as it is: where the library breaks a longer line, it loses quotes,
and a name reads as another address."""


def as_bytes(letter: Letter, words: Typeset, sheet: Sheet, *, sender: str, host: str) -> bytes:
    """The message (RFC 5322), with what lets people end it by one click (RFC 8058).

    Names and titles are others' words: a line break in them ends no header, encoded or not.
    """
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # no server has to know more
    coop, subject = one_line(sheet.coop), one_line(words.subject)
    ours = _stop_headers(letter, sheet.base)
    if _PLAIN_NAME.fullmatch(coop):
        message["From"] = Address(coop, addr_spec=sender)
    else:
        ours += _in_any_script("From", coop, f"\r\n <{sender}>")
    message["To"] = Address(addr_spec=letter.to)
    if subject.isascii() and _ENCODED not in subject:
        message["Subject"] = subject
    else:
        ours += _in_any_script("Subject", subject)
    message["Date"] = sheet.now
    message["Message-ID"] = f"<{letter.id}@{host}>"
    if letter.thread:
        message["References"] = f"<{letter.thread}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    message["Content-Language"] = words.language
    message.set_boundary(f"rochdale-{letter.id}")
    return ours + message.as_bytes()


def one_line(text: str) -> str:
    """Others' words as a header can hold them; what sets them apart takes no room."""
    shown = text.replace(BEGIN_APART, "").replace(END_APART, "")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in shown).split())


def _in_any_script(name: str, text: str, after: str = "") -> bytes:
    """A header as encoded words (RFC 2047). A message's own way to break them loses the blanks in
    between, so that words run together (python/cpython 92081, and 144156 after it)."""
    from email.header import Header

    encoded = Header(text, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}{after}\r\n".encode("ascii")


def _stop_headers(letter: Letter, base: str) -> bytes:
    """The library would break a long address apart and encode it: ours is written as it is."""
    if not letter.stop:
        return b""
    lines = (
        f"List-Unsubscribe: <{base}{letter.stop}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
