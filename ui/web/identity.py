"""Who is behind a request: read when its head has come, and again when its body has.

A body may take minutes to arrive, and whoever sends it may be shut out meanwhile.
"""

import math
from contextlib import nullcontext
from typing import NamedTuple

from aiohttp import web
from msgspec.structs import replace

from federation.storage import Reader
from node import accounts, i18n, members
from node.accounts import AccountView, SessionView, allowances
from node.errors import NotAllowed
from node.i18n import _
from ui.web import sessions
from ui.web.context import VISITOR, SignInNeeded, node_of, visitor_of
from ui.web.proxies import visitor_address


class Identity(NamedTuple):
    """As `Visitor` has it."""

    account: AccountView | None = None
    session: SessionView | None = None
    scopes: frozenset[str] | None = None


async def identity_of(request: web.Request, reader: Reader | None = None) -> Identity:
    """By its token, which opens the API alone, or its session. Raises HTTPUnauthorized."""
    node = node_of(request)
    secret = bearer(request)
    cookie = sessions.read(request, node.config, "session")
    if secret is None and cookie is None:
        return Identity()
    async with nullcontext(reader) if reader else node.reading() as there:
        now = node.clock.now()
        if secret is not None:
            found = await accounts.token_account(there, secret, now)
            if found is None:
                raise web.HTTPUnauthorized(text=str(_("This token is unknown or has ended.")))
            return Identity(await members.with_colleagues(there, found[0]), scopes=found[1])
        signed_in = await accounts.session_account(there, cookie or "", now)
        if signed_in is None:
            return Identity()
        account, session = signed_in
        return Identity(await members.with_colleagues(there, account), session)


async def count_refused_token(request: web.Request) -> None:
    """Count a token that is none of ours. Raises HTTPTooManyRequests once there were too many.

    Nothing is written for those beyond, nor for any token that is good: that is looked at first,
    and nobody asks here for it, however many bad ones come from the same address.
    """
    node, counted = node_of(request), visitor_address(request)
    async with node.reading() as reader:
        wait = await accounts.wait_to_begin(reader, allowances.TOKENS, counted)
    seconds = math.ceil(wait.total_seconds())
    if seconds <= 0 and await node.write(
        lambda uow: accounts.count_guest(uow, allowances.TOKENS, counted)
    ):
        return
    raise web.HTTPTooManyRequests(
        text=str(
            _(
                "Many tokens from your address were unknown or have ended. Put in one that is "
                "good: that is let in at once."
            )
        ),
        headers={"Retry-After": str(max(1, seconds))},
    )


async def look_again(request: web.Request, reader: Reader | None = None) -> None:
    """Raises SignInNeeded, HTTPUnauthorized or NotAllowed when it is no longer who it was.

    reader: the unit of work itself, where what is written opens the account and took time to make:
    whoever was signed out meanwhile leaves themselves no way in.
    """
    before = visitor_of(request)
    if before.account is None:
        return
    account, session, scopes = await identity_of(request, reader)
    if account is None:
        raise SignInNeeded
    if (_rights(account), scopes) != (_rights(before.account), before.scopes):
        raise NotAllowed(
            _("What you may do here has changed meanwhile. Open the page again."), "rights-changed"
        )
    request[VISITOR] = replace(before, account=account, session=session)


def _rights(account: AccountView) -> tuple[frozenset[str], ...]:
    return account.roles, account.teams, account.colleagues


def is_api(request: web.Request) -> bool:
    return request.path.startswith("/api/")


def asked_language(request: web.Request) -> str | None:
    """That of ours which the request asks for, if one does."""
    return i18n.negotiate(request.headers.get("Accept-Language", ""), i18n.available_languages())


def bearer(request: web.Request) -> str | None:
    """The token that a program brings."""
    if not is_api(request):
        return None
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret else None
