"""What slices above may want to know about accounts."""

from enum import StrEnum

from msgspec import Struct


class AccountMade(Struct, frozen=True):
    """Somebody chose a sign-in name by a one-time link that was made for nobody's account."""

    account_id: str
    link_id: str


class AccountNamed(Struct, frozen=True):
    """An account was made, or is called otherwise from now on."""

    account_id: str


class RolesChanged(Struct, frozen=True):
    """What somebody may do here has changed, or their account was closed."""

    account_id: str


class AccountReopened(Struct, frozen=True):
    """A closed account was opened again, and nothing of before is to open it."""

    account_id: str


class LinkUsed(Struct, frozen=True):
    """Somebody came into their account by a one-time link."""

    account_id: str
    link_id: str


class TokensEnded(Struct, frozen=True):
    """No program acts for an account any more, or reads along by any other secret of its own."""

    account_id: str


class Secured(StrEnum):
    """What can happen to the ways into an account."""

    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - what happened, no secret
    CODES_MADE = "codes-made"
    CODE_USED = "code-used"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_DOUBTED = "passkey-doubted"
    MAIL_ADDRESS_SET = "mail-address-set"
    MAIL_ADDRESS_GONE = "mail-address-gone"
    LINKS_ENDED = "links-ended"


class WayInChanged(Struct, frozen=True):
    """How somebody comes into their account has changed, and they should hear of it."""

    account_id: str
    what: Secured
    left: int = 0
    """Recovery codes that are good still."""
