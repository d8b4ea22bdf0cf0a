"""One-time links: for the first owner, for a new member, for a lost password.

Looking at a link (queries.look_at_link) uses nothing up, so that a messenger's preview cannot.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import delete, insert, select

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import audit, limits
from node.accounts.commands import (
    SignedIn,
    create_account,
    drop_password,
    enable,
    end_other_ways,
    set_password,
    sign_in,
    stored_roles,
)
from node.accounts.events import AccountMade, LinkUsed
from node.accounts.models import OneTimeLink
from node.accounts.queries import digest, roles_from, still_holds, stored_account
from node.accounts.rules import Purpose, Role, check_name
from node.errors import Closed, InvalidInput, NotFound
from node.events import events
from node.i18n import _


class IssuedLink(Struct, frozen=True):
    """A new one-time link; `code` is shown now and never again."""

    id: str
    code: str
    path: str
    """Where it leads on this node: /in/CODE"""
    expires_at: datetime


async def issue_link(
    uow: UnitOfWork,
    *,
    purpose: Purpose | str,
    roles: Collection[Role] = (),
    account_id: str | None = None,
    name: str | None = None,
    hours: int = limits.LINK_HOURS,
    by: str = audit.OPERATOR,
) -> IssuedLink:
    """Make a link that signs in `account_id` once, or that makes an account with `roles` once.

    Raises InvalidInput for `hours` or `roles`, NotFound for an unknown account.
    """
    if not 1 <= hours <= limits.LINK_HOURS_MOST:
        raise InvalidInput(
            {"hours": [_("A link lives 1 to %(most)s hours.", most=limits.LINK_HOURS_MOST)]}
        )
    if account_id is None and not roles:
        raise InvalidInput({"roles": [_("Say what the new account may do.")]})
    if account_id is not None:
        await stored_account(uow, account_id)
    code = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    expires_at = uow.now + timedelta(hours=hours)
    link_id = uow.new_id()
    await uow.execute(
        insert(OneTimeLink).values(
            id=link_id,
            code_digest=digest(code),
            purpose=Purpose(purpose).value,
            account_id=account_id,
            name=check_name(name) if name else None,
            roles=stored_roles(roles),
            created_at=uow.now,
            expires_at=expires_at,
            made_by=by,
        )
    )
    await audit.record(uow, by, "accounts.issue-link", account_id or link_id, {"for": str(purpose)})
    return IssuedLink(link_id, code, f"/in/{code}", expires_at)


async def redeem_link(
    uow: UnitOfWork,
    code: str,
    *,
    handle: str | None = None,
    name: str | None = None,
    password_hash: str | None = None,
    by_passkey: bool = False,
    device: str = "",
) -> SignedIn:
    """Use a link up: sign in whom it is for, or make the new account it offers and sign that in.

    by_passkey: whoever calls adds one in the same unit of work, so that no password is needed.
    Raises NotFound for an unknown code, Closed for one that is used or too old, and for a new
    account what `create_account` raises; after any of these the link is as it was before.
    """
    link = await _usable_link(uow, code)
    if link.purpose == Purpose.RECOVERY and link.account_id is not None:
        if password_hash is None and not by_passkey:
            raise InvalidInput({"password": [_("Choose a password.")]})
        return await _recover(uow, link, link.account_id, password_hash, device)
    if link.account_id is not None:
        row = await stored_account(uow, link.account_id)
        if password_hash is not None:
            row.password_hash = password_hash
    else:
        made = await create_account(
            uow,
            handle=handle or "",
            name=name or link.name or "",
            roles=roles_from(link.roles),
            password_hash=password_hash,
            by=audit.NODE,
        )
        row = await stored_account(uow, made.id)
    link.used_at = uow.now
    await uow.session.flush()
    if link.account_id is None:
        await events.announce(uow, AccountMade(row.id, link.id))
    return await sign_in(uow, row.id, device)


async def reopen(uow: UnitOfWork, account_id: str, *, by: str = audit.OPERATOR) -> IssuedLink:
    """Open a closed account again, and make the link by which its owner comes in: it asks for a new
    password. Raises what `enable` does."""
    await enable(uow, account_id, by=by)
    return await issue_link(uow, purpose=Purpose.RECOVERY, account_id=account_id, by=by)


async def revoke_link(uow: UnitOfWork, link_id: str) -> None:
    """Let a link open nothing any more; one that was used already is no error."""
    await uow.execute(delete(OneTimeLink).where(OneTimeLink.id == link_id))


async def _recover(
    uow: UnitOfWork, link: OneTimeLink, account_id: str, password_hash: str | None, device: str
) -> SignedIn:
    """Whoever had the account before has lost it: nothing of old opens it any more."""
    link_id, link.used_at = link.id, uow.now
    await uow.session.flush()
    if password_hash is None:
        await drop_password(uow, account_id)
    else:
        await set_password(uow, account_id, password_hash)
    await end_other_ways(uow, account_id, codes=True)
    await events.announce(uow, LinkUsed(account_id, link_id))
    return await sign_in(uow, account_id, device)


async def _usable_link(uow: UnitOfWork, code: str) -> OneTimeLink:
    # The row is locked: of two who use a link at the same moment, one finds it used.
    link = await uow.scalar(
        select(OneTimeLink).where(OneTimeLink.code_digest == digest(code)).with_for_update()
    )
    if link is None:
        raise NotFound(_("This link is not known here. Ask for a new one."), "link-unknown")
    if link.used_at is not None:
        raise Closed(_("This link was used before. Ask for a new one."), "link-used")
    if link.expires_at <= uow.now:
        raise Closed(_("This link is too old. Ask for a new one."), "link-expired")
    if not await still_holds(uow, link):
        raise Closed(
            _("Whoever made this link may no longer invite anybody. Ask for a new one."),
            "link-ended",
        )
    return link
