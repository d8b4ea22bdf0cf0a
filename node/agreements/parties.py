"""Who acts, and for which sides of an agreement they may speak. Pure."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from node.accounts import AccountView
from node.agreements.choices import Step
from node.agreements.life import Event
from node.agreements.sides import Role, Side
from node.agreements.views import AgreementView

GUEST = "guest"

_BINDING = frozenset(
    {
        Event.COUNTER,
        Event.ACCEPT,
        Event.CHANGE,
        Event.AGREE_CHANGE,
        Event.CONFIRM,
        Event.AGREE_PARTIAL,
        Event.UPHOLD,
    }
)


class By(Struct, frozen=True):
    """Who acts. name: an account's id, a contact's id of a guest, or a peer's address.

    staff: may speak for the coop itself, and for guests who telephone: in what does not bind them.
    colleagues: accounts that act for the same firm.
    """

    kind: Literal["account", "guest", "peer", "node", "operator", "restore"]
    name: str = ""
    staff: bool = False
    colleagues: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    """Of the coop, in which they have a seat."""

    @property
    def acts_as(self) -> frozenset[str]:
        """The accounts whose agreements are theirs, too: their firm's."""
        return self.colleagues | {self.name}

    @property
    def recorded(self) -> str:
        """How history and audit call them; a guest has no name there."""
        return self.name if self.kind in ("account", "peer") else self.kind


NODE = By("node")
OPERATOR = By("operator", staff=True)
RESTORE = By("restore")
"""Whoever of ours took a step since a backup: who that was is forgotten with it."""


def of_account(account: AccountView) -> By:
    """Somebody who is signed in."""
    return By("account", account.id, account.is_admin, account.colleagues, account.teams)


def of_guest(contact_id: str) -> By:
    """Whoever holds the secret link of an agreement."""
    return By("guest", contact_id)


def of_peer(uri: str) -> By:
    """Another coop, which speaks for its own side."""
    return By("peer", uri)


def sides_of(agreement: AgreementView, by: By) -> list[Side] | None:
    """The sides that somebody speaks for: none is a stranger, None is the clock.

    Whoever has a seat in a team speaks for it. An admin speaks for the coop: where it provides,
    whoever of its members does the work, and where the customer has no account. What
    a member buys is the member's own affair; an admin who does so is a member like others.
    """
    if by.kind == "node":
        return None
    return [agreement.side(role) for role in Role if _speaks_for(agreement, by, role)]


def has_a_part(agreement: AgreementView, by: By) -> bool:
    """Whether it is somebody's own affair, their firm's or their team's, and not only theirs to
    look after."""
    return bool(sides_of(agreement, replace(by, staff=False)))


def is_guests_alone(agreement: AgreementView, step: Step, by: By, role: Role | None) -> bool:
    """Whether a step binds a guest, so that nobody of the coop can take it in their name."""
    is_for_guest = role is Role.CUSTOMER and agreement.guest is not None
    return is_for_guest and by.kind in ("account", "operator") and step in _BINDING


def is_own(agreement: AgreementView, by: By, role: Role) -> bool:
    """Whether what was said of the person on a side is theirs: nobody passes on what others said.

    Where nobody stands but the coop itself, it is its admins'.
    """
    if role not in agreement.ours:
        return False
    if role is Role.CUSTOMER and agreement.guest is not None:
        return by.kind == "guest" and agreement.guest == by.name
    account = agreement.account_of(role)
    if account is None:
        return by.staff or _has_a_seat(agreement, by, role)
    return by.kind == "account" and account == by.name


def forgets(agreement: AgreementView, by: By) -> list[Role]:
    """The sides of which somebody may have deleted what was said. Where that is nobody's of theirs
    they look after it, as an admin does a guest's: once it is over, since whoever comes, or brings
    it, needs it until then."""
    sides = [side.role for side in sides_of(agreement, by) or ()]
    own = [role for role in sides if is_own(agreement, by, role)]
    return own or (sides if agreement.is_over else [])


def _speaks_for(agreement: AgreementView, by: By, role: Role) -> bool:
    if by.kind == "peer":
        return agreement.peer == by.name and agreement.coop_of(role) == by.name
    if role not in agreement.ours:
        return False
    if by.kind == "restore":
        return True
    if by.kind == "guest":
        return role is Role.CUSTOMER and agreement.guest == by.name
    if by.kind == "account" and agreement.account_of(role) in by.acts_as:
        return True
    if _has_a_seat(agreement, by, role):
        return True
    if role is Role.CUSTOMER:
        return by.staff and agreement.customer_account is None
    return by.staff and not _buys_of_others(agreement, by)


def _buys_of_others(agreement: AgreementView, by: By) -> bool:
    """Whether it is theirs as the customer, and others are there to speak for who provides."""
    buys = by.kind == "account" and agreement.customer_account in by.acts_as
    return buys and (agreement.provider_account or agreement.team) is not None


def _has_a_seat(agreement: AgreementView, by: By, role: Role) -> bool:
    return agreement.team_of(role) in by.teams
