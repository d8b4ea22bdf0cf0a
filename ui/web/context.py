"""Who is asking, and which node answers: what every page and API call may know of its request."""

import hashlib
from dataclasses import dataclass

from aiohttp import web

from node import errors, joining
from node.accounts import OFFICES, AccountView, Role, SessionView
from node.i18n import _
from node.listings import Viewer
from node.runtime import Node

NODE = web.AppKey("node", Node)
PEER_PATHS = web.AppKey("peer_paths", frozenset[str])
"""The paths that other nodes use, and no page: nobody is signed in there."""

KEEPERS = frozenset({Role.TREASURER, Role.ADMIN})


@dataclass(frozen=True)
class Visitor:
    """The person behind a request, signed in or not.

    scopes: None for a browser session (all that the roles allow), else the scopes of the API token.
    seed: a random value kept in a cookie, from which form tokens are derived.
    """

    account: AccountView | None
    session: SessionView | None
    language: str
    theme: str | None
    seed: str
    scopes: frozenset[str] | None = None
    saves_data: bool = False
    """Pictures and maps are left out until they are asked for."""

    @property
    def reader(self) -> str:
        """Tells a browser whose it is, so that it keeps nobody's pages for another: no secret."""
        if self.account is None:
            return "nobody"
        return hashlib.sha256(self.account.id.encode()).hexdigest()[:16]

    @property
    def is_admin(self) -> bool:
        return self.account is not None and Role.ADMIN in self.account.roles

    @property
    def keeps_books(self) -> bool:
        return self.account is not None and bool(self.account.roles & KEEPERS)

    @property
    def keeps_members(self) -> bool:
        return self.account is not None and bool(self.account.roles & joining.REVIEWERS)

    @property
    def vouches(self) -> bool:
        """Whether they hold an office, so that they can vouch for somebody."""
        return self.account is not None and bool(self.account.roles & OFFICES)

    @property
    def viewer(self) -> Viewer:
        """The same person as the listings slice sees them."""
        if self.account is None:
            return Viewer("anonymous", None)
        return Viewer("member", self.account.id, looks_after=self.is_admin)


VISITOR = web.RequestKey("visitor", Visitor)


class SignInNeeded(Exception):
    """Raised by a page that only somebody signed in can see; answered with the way to the door."""


def node_of(request: web.Request) -> Node:
    return request.app[NODE]


def visitor_of(request: web.Request) -> Visitor:
    return request[VISITOR]


def member_of(request: web.Request) -> AccountView:
    """The signed-in account. Raises SignInNeeded for a stranger."""
    account = visitor_of(request).account
    if account is None:
        raise SignInNeeded
    return account


def admin_of(request: web.Request) -> AccountView:
    """The signed-in account, which must run this coop's node. Raises NotAllowed for others."""
    account = member_of(request)
    if Role.ADMIN not in account.roles:
        raise errors.NotAllowed(
            _("This is for the people who look after this coop's node."), "admins-only"
        )
    return account


def reviewer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may look at applications. Raises NotAllowed for others."""
    account = member_of(request)
    if not account.roles & joining.REVIEWERS:
        raise errors.NotAllowed(
            _("This is for those who look after members, and whoever looks after this node."),
            "secretaries-only",
        )
    return account


def officer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may vouch for others. Raises NotAllowed for others."""
    account = member_of(request)
    if not account.roles & OFFICES:
        raise errors.NotAllowed(
            _("Vouching is for those who hold an office of the coop."), "officers-only"
        )
    return account


def treasurer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may read and write the books. Raises NotAllowed for others."""
    account = member_of(request)
    if not account.roles & KEEPERS:
        raise errors.NotAllowed(
            _("The books are for the treasurer, and whoever looks after this coop's node."),
            "treasurers-only",
        )
    return account
