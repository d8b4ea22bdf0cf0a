"""What may be: roles and scopes, names, passwords, the name of a device. All pure."""

import gzip
from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from federation.ambient import Entropy
from node import content, limits
from node.errors import InvalidInput
from node.i18n import Text, _, ngettext

_PADDING = "0123456789!?._-# "
"""What people put around a word that must not be used alone."""


class Role(StrEnum):
    """What an account may do here; one account can have several."""

    ADMIN = "admin"
    MEMBER = "member"
    DELEGATE = "delegate"
    TREASURER = "treasurer"
    SECRETARY = "secretary"
    """Keeps the register of members, and looks at applications."""
    MODERATOR = "moderator"
    """Looks at what was reported, and withholds what must go."""


class Duty(StrEnum):
    """What somebody looks after for all."""

    NODE = "node"
    BOOKS = "books"
    MEMBERS = "members"
    MODERATION = "moderation"
    VOUCHING = "vouching"


# Who looks after what: pages, API and commands ask this table.
DUTIES: Mapping[Duty, frozenset[Role]] = {
    Duty.NODE: frozenset({Role.ADMIN}),
    Duty.BOOKS: frozenset({Role.ADMIN, Role.TREASURER}),
    Duty.MEMBERS: frozenset({Role.ADMIN, Role.SECRETARY}),
    Duty.MODERATION: frozenset({Role.ADMIN, Role.MODERATOR}),
    Duty.VOUCHING: frozenset({Role.ADMIN, Role.SECRETARY, Role.TREASURER}),
}


class Purpose(StrEnum):
    """What a one-time link is for."""

    OWNER = "owner"
    INVITE = "invite"
    SIGN_IN = "sign-in"
    RECOVERY = "recovery"
    """For whoever lost every other way in: it asks for a new password, and all else ends."""


SCOPES: dict[str, Text] = {
    "read": _("Read what the account itself can read"),
    "listings:write": _("Make, change and withdraw listings"),
    "agreements:read": _("Read the agreements the account has a part in"),
    "agreements:write": _("Ask for listings, answer, deliver, confirm, cancel"),
    "messages": _("Read and write your conversations"),
    "peers:write": _("Ask, accept and suspend other coops"),
    "members:read": _("Read the register of members"),
    "members:write": _("Add and change members"),
    "referrals:write": _("Pass people on, and answer for those passed on to us"),
    "council:read": _("See what coops decide together, and how they voted"),
    "council:write": _("Propose and vote, and look after federations"),
    "ledger:read": _("Read the books"),
    "ledger:write": _("Write in the books, close months and change accounts"),
    "moderation": _("Decide about what was reported"),
    "account": _(
        "Make recovery codes, look after passkeys, say what others see of you, choose letters, "
        "take along what is known of you, vouch for applicants, note your hours of work"
    ),
    "admin": _("Everything else an admin can do"),
}

OF_ONESELF = frozenset({"account"})
"""A token must name these: `admin` does not stand for them, since a page asks for a proof there."""

_OF_EVERYBODY = frozenset({"read", "messages", "account"})
_OF_MEMBERS = _OF_EVERYBODY | {
    "listings:write",
    "agreements:read",
    "agreements:write",
    "council:read",
}
_SCOPES_OF_ROLE = {
    Role.ADMIN: frozenset(SCOPES),
    Role.MEMBER: _OF_MEMBERS,
    Role.DELEGATE: _OF_MEMBERS | {"council:write"},
    Role.TREASURER: _OF_EVERYBODY | {"ledger:read", "ledger:write"},
    Role.SECRETARY: _OF_EVERYBODY | {"members:read", "members:write"},
    Role.MODERATOR: _OF_EVERYBODY | {"moderation"},
}


def scopes_of(roles: Collection[Role]) -> frozenset[str]:
    """Every scope that a token of an account with these roles can have."""
    return frozenset[str]().union(*(_SCOPES_OF_ROLE[role] for role in roles))


def check_name(text: str) -> str:
    """A person's or firm's name as stored. Raises InvalidInput for the field `name`."""
    name = " ".join(text.split())
    if len(name) > limits.NAME_LONGEST or not name.isprintable():
        raise InvalidInput(
            {"name": [_("A name is one line of at most %(n)s characters.", n=limits.NAME_LONGEST)]}
        )
    seen = content.name(name, limits.NAME_LONGEST)
    if not seen:
        raise InvalidInput({"name": [_("Give a name.")]})
    return seen


def check_password(text: str, handle: str) -> None:
    """Raises InvalidInput for the field `password`, naming what would do instead.

    Length is what counts (ASVS 5.0 6.2.1, 6.2.5): no digits or signs are demanded.
    """
    if len(text) < limits.PASSWORD_SHORTEST:
        complaint: Text = ngettext(
            "Use at least %(num)s character; a few words in a row are easy to keep in mind.",
            "Use at least %(num)s characters; a few words in a row are easy to keep in mind.",
            limits.PASSWORD_SHORTEST,
        )
    elif len(text) > limits.PASSWORD_LONGEST:
        complaint = ngettext(
            "Use at most %(num)s character.",
            "Use at most %(num)s characters.",
            limits.PASSWORD_LONGEST,
        )
    elif _is_common(text.casefold()) or len(set(text)) < 3:
        complaint = _("Many people use this password, so it is guessed first. Choose another.")
    elif text.casefold().strip(_PADDING) == handle:
        complaint = _("This is your sign-in name. Choose something others cannot guess.")
    else:
        return
    raise InvalidInput({"password": [complaint]})


def recovery_codes(entropy: Entropy) -> list[str]:
    """New codes, such as "4-k7q2-9xmv-41hd": its own digit, and sixty random bits.

    Crockford's letters: none of them is taken for another when it is read from paper.
    """
    codes = []
    for number in range(limits.RECOVERY_CODES):
        bits = int.from_bytes(entropy.token(8))
        signs = "".join(_CODE_SIGNS[bits >> 5 * place & 31] for place in range(_CODE_LENGTH))
        codes.append(f"{number}-{signs[:4]}-{signs[4:8]}-{signs[8:]}")
    return codes


def read_recovery_code(text: str) -> tuple[int, str]:
    """The digit of a code, and the code as it was made, however it was typed.

    What is no code at all is code 0 that never fits: it is compared like every other.
    """
    signs = "".join(sign for sign in text.lower() if sign.isalnum()).translate(_CODE_SLIPS)
    if len(signs) != 1 + _CODE_LENGTH or signs[0] not in "0123456789":
        return 0, ""
    return int(signs[0]), f"{signs[0]}-{signs[1:5]}-{signs[5:9]}-{signs[9:]}"


def device_label(user_agent: str) -> str:
    """What a browser calls itself, as people would say it: "Firefox on Android"."""
    browser = _first_found(user_agent, _BROWSERS)
    system = _first_found(user_agent, _SYSTEMS)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or ""


def device_words(label: str) -> Text:
    """A label that `device_label` made, in the reader's language; any other as it is."""
    if not label:
        return _("An unnamed browser")
    browser, joined, system = label.partition(" on ")
    made = joined and browser in _names(_BROWSERS) and system in _names(_SYSTEMS)
    return _("%(browser)s on %(system)s", browser=browser, system=system) if made else label


_CODE_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 12
_CODE_SLIPS = str.maketrans("oil", "011")

# Order matters: each browser also names those it wants to be taken for.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def _names(marks: tuple[tuple[str, str], ...]) -> set[str]:
    return {name for _mark, name in marks}


def _first_found(text: str, marks: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for mark, name in marks if mark in text), None)


def _is_common(text: str) -> bool:
    """Whether many people use it, also with a number or signs around it (ASVS 6.2.4)."""
    known = _common_passwords()
    return text in known or text.strip(_PADDING) in known


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    packed = files("node.accounts").joinpath("common_passwords.txt.gz").read_bytes()
    text = gzip.decompress(packed).decode()
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
