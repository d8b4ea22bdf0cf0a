"""Who is asking, and which node answers: what every page and API call may know of its request."""

import hashlib
from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct

from node import errors
from node.accounts import AccountView, Duty, SessionView
from node.i18n import Text, _
from node.listings import ListingView, Viewer
from node.runtime import Node

NODE = web.AppKey("node", Node)
PEER_PATHS = web.AppKey("peer_paths", frozenset[str])
"""The paths that other nodes use, and no page: nobody is signed in there."""
LIST_FORMS = web.AppKey("list_forms", Mapping[str, tuple[str, ...]])
"""By the path of a page with a list: the forms of the files that stand beside it."""


class Visitor(Struct, frozen=True):
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
        return self._looks_after(Duty.NODE)

    @property
    def keeps_books(self) -> bool:
        return self._looks_after(Duty.BOOKS)

    @property
    def keeps_members(self) -> bool:
        return self._looks_after(Duty.MEMBERS)

    @property
    def moderates(self) -> bool:
        return self._looks_after(Duty.MODERATION)

    @property
    def vouches(self) -> bool:
        """Whether they can vouch for somebody who lost every way in."""
        return self._looks_after(Duty.VOUCHING)

    def _looks_after(self, duty: Duty) -> bool:
        return self.account is not None and self.account.looks_after(duty)

    @property
    def viewer(self) -> Viewer:
        """The same person as the listings slice sees them."""
        if self.account is None:
            return Viewer("anonymous", None)
        return Viewer(
            "member",
            self.account.id,
            looks_after=self.is_admin,
            moderates=self.moderates,
            colleagues=self.account.colleagues,
            teams=self.account.teams,
        )

    def wrote(self, listing: ListingView) -> bool:
        """Whether a listing of ours is theirs, their firm's or their team's."""
        return self.viewer.wrote(listing.by, listing.team, is_private=listing.is_private)

    def may_change(self, listing: ListingView) -> bool:
        """Whether they may change a listing of ours."""
        return self.is_admin or self.wrote(listing)


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
    return _of_duty(request, Duty.NODE)


def reviewer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may look at applications. Raises NotAllowed for others."""
    return _of_duty(request, Duty.MEMBERS)


def officer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may vouch for others. Raises NotAllowed for others."""
    return _of_duty(request, Duty.VOUCHING)


def treasurer_of(request: web.Request) -> AccountView:
    """The signed-in account, which may read and write the books. Raises NotAllowed for others."""
    return _of_duty(request, Duty.BOOKS)


def moderator_of(request: web.Request) -> AccountView:
    """The signed-in account, which may look at what was reported. Raises NotAllowed for others."""
    return _of_duty(request, Duty.MODERATION)


_REFUSALS: Mapping[Duty, tuple[Text, str]] = {
    Duty.NODE: (_("This is for the people who look after this coop's node."), "admins-only"),
    Duty.MEMBERS: (
        _("This is for those who look after members, and whoever looks after this node."),
        "secretaries-only",
    ),
    Duty.VOUCHING: (
        _("Vouching is for the secretary, the treasurer and those who look after this node."),
        "officers-only",
    ),
    Duty.BOOKS: (
        _("The books are for the treasurer, and whoever looks after this coop's node."),
        "treasurers-only",
    ),
    Duty.MODERATION: (
        _("This is for moderators, and whoever looks after this coop's node."),
        "moderators-only",
    ),
}


def _of_duty(request: web.Request, duty: Duty) -> AccountView:
    account = member_of(request)
    if not account.looks_after(duty):
        raise errors.NotAllowed(*_REFUSALS[duty])
    return account
