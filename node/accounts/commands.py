"""Making and closing accounts, signing in and out. A secret is returned once, never stored."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import delete, insert, or_, select, update

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import audit, limits
from node.accounts.events import (
    AccountNamed,
    AccountReopened,
    RolesChanged,
    Secured,
    TokensEnded,
    WayInChanged,
)
from node.accounts.handles import check_handle, handle_key
from node.accounts.models import (
    AccessToken,
    Account,
    AccountSession,
    OneTimeLink,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    SignInTries,
)
from node.accounts.queries import (
    AccountView,
    digest,
    first_admin,
    is_called,
    roles_from,
    stored_account,
    view,
)
from node.accounts.rules import DUTIES, Duty, Role, check_name
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.events import events
from node.i18n import _, is_language_tag

FORGOTTEN = "—"
"""What somebody is called who has left for good."""
_OFFICERS = DUTIES[Duty.VOUCHING]


class SignedIn(Struct, frozen=True):
    """A new session: the cookie's token, shown once, and whose it is."""

    token: str
    account: AccountView


async def create_account(
    uow: UnitOfWork,
    *,
    handle: str,
    name: str,
    roles: Collection[Role],
    password_hash: str | None = None,
    language: str | None = None,
    by: str = audit.OPERATOR,
) -> AccountView:
    """Make an account. Raises InvalidInput, or Conflict when the handle is taken."""
    handle = check_handle(handle)
    if taken := await uow.scalar(select(Account.handle).where(is_called(handle))):
        raise Conflict(
            _("Somebody here already signs in as %(handle)s. Choose another name.", handle=taken),
            "handle-taken",
        )
    row = Account(
        id=uow.new_id(),
        handle=handle,
        handle_key=handle_key(handle),
        name=check_name(name),
        roles=stored_roles(roles),
        office_roles=[],
        teams=[],
        language=_checked_language(language),
        password_hash=password_hash,
        created_at=uow.now,
        office_since=uow.now if _OFFICERS & frozenset(roles) else None,
        disabled_at=None,
    )
    uow.session.add(row)
    await uow.session.flush()
    await audit.record(uow, by, "accounts.create", row.id, {"roles": row.roles})
    await events.announce(uow, AccountNamed(row.id))
    return view(row)


async def sign_in(
    uow: UnitOfWork,
    account_id: str,
    device: str,
    *,
    replacing: str | None = None,
    by_hash: str | None = None,
) -> SignedIn:
    """Open a new session with a token of its own; `replacing` is the cookie brought along, if any.

    Whoever calls this has checked the link, or the password against `by_hash`. Raises NotFound for
    nobody, NotAllowed for a disabled account, Conflict for a password that was changed since.
    """
    row = await stored_account(uow, account_id)
    if by_hash is not None and row.password_hash != by_hash:
        raise Conflict(_("The password was changed just now. Sign in again."), "password-changed")
    if row.disabled_at is not None:
        raise NotAllowed(_("This account is closed. Ask an admin of the coop."), "account-disabled")
    if replacing is not None:
        await sign_out(uow, replacing)
    token = secret(uow.entropy, limits.SECRET_BYTES)
    await uow.execute(
        insert(AccountSession).values(
            id=uow.new_id(),
            account_id=account_id,
            secret_digest=digest(token),
            device=device[: limits.NAME_LONGEST],
            created_at=uow.now,
            last_seen_at=uow.now,
            expires_at=uow.now + limits.SESSION_ABSOLUTE,
            proven_at=uow.now,
        )
    )
    await _drop_oldest_sessions(uow, account_id)
    return SignedIn(token, view(row))


async def touch_session(uow: UnitOfWork, session_id: str) -> None:
    """Note that a device was used, when its SessionView says `is_stale`."""
    await uow.execute(
        update(AccountSession).where(AccountSession.id == session_id).values(last_seen_at=uow.now)
    )


async def note_proof(uow: UnitOfWork, session_id: str) -> None:
    """Whoever uses a device has shown again that the account is theirs."""
    await uow.execute(
        update(AccountSession).where(AccountSession.id == session_id).values(proven_at=uow.now)
    )


async def sign_out(uow: UnitOfWork, token: str) -> None:
    """End the session of a cookie's token; one that is over already is no error."""
    await uow.execute(delete(AccountSession).where(AccountSession.secret_digest == digest(token)))


async def sign_out_everywhere(uow: UnitOfWork, account_id: str, *, by: str = audit.OPERATOR) -> int:
    """End every session, open link and token of an account; returns how many sessions ended."""
    ended = await uow.scalars(
        delete(AccountSession)
        .where(AccountSession.account_id == account_id)
        .returning(AccountSession.id)
    )
    await _end_links(uow, account_id)
    await _end_tokens(uow, account_id)
    await audit.record(uow, by, "accounts.sign-out-everywhere", account_id)
    return len(ended)


async def revoke_session(uow: UnitOfWork, account_id: str, session_id: str) -> None:
    """Sign out one of the account's own devices. Raises NotFound for anyone else's."""
    result = await uow.scalar(
        delete(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.account_id == account_id)
        .returning(AccountSession.id)
    )
    if result is None:
        raise NotFound(_("This device is not signed in (any more)."))


async def set_password(
    uow: UnitOfWork, account_id: str, password_hash: str, *, keep_session: str | None = None
) -> None:
    """Change the password; every other device is signed out, open links and tokens end with it.

    Tokens stay when there was no password before: then nobody can have known it.
    keep_session: the id of the session the change is made in.
    """
    row = await stored_account(uow, account_id)
    had_one = row.password_hash is not None
    row.password_hash = password_hash
    await uow.session.flush()
    await uow.execute(
        delete(AccountSession).where(
            AccountSession.account_id == account_id, AccountSession.id != (keep_session or "")
        )
    )
    await _end_links(uow, account_id, made=had_one)
    if had_one:
        await _end_tokens(uow, account_id)
    await events.announce(uow, WayInChanged(account_id, Secured.PASSWORD_CHANGED))
    await audit.record(uow, account_id, "accounts.set-password", account_id)


async def drop_password(uow: UnitOfWork, account_id: str) -> None:
    """No password opens an account any more; every device is signed out, links and tokens end."""
    await sign_out_everywhere(uow, account_id, by=account_id)
    row = await stored_account(uow, account_id)
    row.password_hash = None
    await uow.session.flush()


async def end_other_ways(uow: UnitOfWork, account_id: str, *, codes: bool) -> None:
    """Whoever comes in by the last way has lost the others, perhaps to somebody: passkeys and
    tokens open nothing any more, and with `codes` neither does the sheet of recovery codes."""
    for table in (Passkey, *((RecoveryCode,) if codes else ())):
        await uow.execute(delete(table).where(table.account_id == account_id))
    await _end_tokens(uow, account_id)


async def set_language(uow: UnitOfWork, account_id: str, language: str | None) -> None:
    """Choose the language of this account's pages; None follows the browser."""
    row = await stored_account(uow, account_id)
    row.language = _checked_language(language)
    await uow.session.flush()


async def set_name(
    uow: UnitOfWork, account_id: str, name: str, *, by: str = audit.OPERATOR
) -> AccountView:
    """Change the name shown to others here. Raises NotFound, InvalidInput."""
    row = await stored_account(uow, account_id)
    row.name = check_name(name)
    await uow.session.flush()
    await audit.record(uow, by, "accounts.set-name", account_id)
    await events.announce(uow, AccountNamed(account_id))
    return view(row)


async def set_roles(
    uow: UnitOfWork, account_id: str, new_roles: Collection[Role], *, by: str
) -> AccountView:
    """Change what an account may do for good, whatever offices lend it besides.

    Raises Conflict rather than leave nobody in charge.
    """
    row = await stored_account(uow, account_id)
    before = view(row).roles
    row.roles = stored_roles(new_roles)
    await _note_roles(uow, row, before)
    await audit.record(uow, by, "accounts.set-roles", account_id, {"roles": row.roles})
    return view(row)


async def add_role(uow: UnitOfWork, account_id: str, role: Role, *, by: str) -> None:
    """Let an account do one thing more, for good; nothing is written if it may already."""
    row = await stored_account(uow, account_id)
    if role not in roles_from(row.roles):
        await set_roles(uow, account_id, {*roles_from(row.roles), role}, by=by)


async def set_office_roles(
    uow: UnitOfWork,
    account_id: str,
    lent: Collection[Role],
    *,
    by: str,
    teams: Collection[str] = (),
) -> None:
    """What offices lend an account from now on. teams: the committees in which it has a seat.

    Raises Conflict as `set_roles` does.
    """
    row = await stored_account(uow, account_id)
    row.teams = sorted(set(teams))
    if row.office_roles == stored_roles(lent):
        return
    before = view(row).roles
    row.office_roles = stored_roles(lent)
    await _note_roles(uow, row, before)
    await audit.record(uow, by, "accounts.lend-roles", account_id, {"roles": row.office_roles})


async def disable(uow: UnitOfWork, account_id: str, *, by: str) -> None:
    """Close an account: its devices, links and tokens stop at once, what it made stays."""
    row = await stored_account(uow, account_id)
    row.disabled_at = row.disabled_at or uow.now
    await uow.session.flush()
    await _keep_an_admin(uow)
    await uow.execute(delete(AccountSession).where(AccountSession.account_id == account_id))
    await _end_links(uow, account_id)
    await _end_tokens(uow, account_id)
    await audit.record(uow, by, "accounts.disable", account_id)
    await events.announce(uow, RolesChanged(account_id))


async def erase(uow: UnitOfWork, account_id: str, *, by: str) -> None:
    """Close an account for good, and keep nothing of whose it was but its id.

    Raises Conflict rather than leave nobody in charge.
    """
    await disable(uow, account_id, by=by)
    for table in (Passkey, PasskeyChallenge, RecoveryCode, SignInTries):
        await uow.execute(delete(table).where(table.account_id == account_id))
    row = await stored_account(uow, account_id)
    row.name = FORGOTTEN
    row.handle = row.handle_key = f"gone-{uow.new_id().lower()}"
    row.roles, row.office_roles, row.teams = [], [], []
    row.password_hash, row.language, row.office_since = None, None, None
    await uow.session.flush()
    await audit.record(uow, by, "accounts.erase", account_id)
    await audit.forget(uow, account_id)


async def enable(uow: UnitOfWork, account_id: str, *, by: str) -> None:
    """Open a closed account again. Nothing of before lets anybody in: `links.reopen` makes a link.

    It may have been closed because somebody else was in it, and a year may have gone by. Raises
    NotFound, also for an account that was erased; Conflict for one that is open.
    """
    row = await stored_account(uow, account_id)
    if row.disabled_at is None:
        raise Conflict(_("This account is open already."), "account-open")
    if row.name == FORGOTTEN:
        raise NotFound(_("There is no such account."))
    row.disabled_at = row.password_hash = None
    await uow.session.flush()
    for table in (AccountSession, Passkey, PasskeyChallenge, RecoveryCode):
        await uow.execute(delete(table).where(table.account_id == account_id))
    await _end_links(uow, account_id)
    await _end_tokens(uow, account_id)
    await audit.record(uow, by, "accounts.enable", account_id)
    await events.announce(uow, AccountReopened(account_id))
    await events.announce(uow, RolesChanged(account_id))


async def forget_expired(uow: UnitOfWork) -> None:
    """Delete what is over: sessions, links and tokens past their time."""
    idle = uow.now - limits.SESSION_IDLE
    await uow.execute(
        delete(AccountSession).where(
            (AccountSession.expires_at <= uow.now) | (AccountSession.last_seen_at <= idle)
        )
    )
    await uow.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= uow.now))
    await uow.execute(delete(AccessToken).where(AccessToken.expires_at <= uow.now))
    await uow.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= uow.now))


async def _end_links(uow: UnitOfWork, account_id: str, *, made: bool = True) -> None:
    """Those for an account, and those it made, which somebody else may have had it make."""
    theirs = [OneTimeLink.account_id == account_id]
    if made:
        theirs.append((OneTimeLink.made_by == account_id) & OneTimeLink.used_at.is_(None))
    await uow.execute(delete(OneTimeLink).where(or_(*theirs)))


async def _end_links_to(uow: UnitOfWork, account_id: str) -> None:
    """Whoever may do more from now on is not let in by a link that was made when little hung on it,
    such as one in a letter; they hear of it, if there was one."""
    unused = (OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None))
    ended = await uow.scalars(delete(OneTimeLink).where(*unused).returning(OneTimeLink.expires_at))
    if any(expires_at > uow.now for expires_at in ended):
        await events.announce(uow, WayInChanged(account_id, Secured.LINKS_ENDED))


async def _drop_oldest_sessions(uow: UnitOfWork, account_id: str) -> None:
    surplus = (
        select(AccountSession.id)
        .where(AccountSession.account_id == account_id)
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
        .offset(limits.SESSIONS_PER_ACCOUNT)
    )
    old = await uow.scalars(surplus)
    if old:
        await uow.execute(delete(AccountSession).where(AccountSession.id.in_(old)))


async def _end_tokens(uow: UnitOfWork, account_id: str) -> None:
    await uow.execute(delete(AccessToken).where(AccessToken.account_id == account_id))
    await events.announce(uow, TokensEnded(account_id))


async def _note_roles(uow: UnitOfWork, row: Account, before: frozenset[Role]) -> None:
    if view(row).roles - before - {Role.MEMBER}:
        await _end_links_to(uow, row.id)
    is_officer = _OFFICERS & view(row).roles
    row.office_since = (row.office_since or uow.now) if is_officer else None
    await uow.session.flush()
    await _keep_an_admin(uow)
    await events.announce(uow, RolesChanged(row.id))


async def _keep_an_admin(uow: UnitOfWork) -> None:
    if await first_admin(uow) is None:
        raise Conflict(
            _("The coop needs an admin who can sign in. Make somebody else one first."),
            "last-admin",
        )


def stored_roles(values: Collection[Role]) -> list[str]:
    """Roles as a row keeps them."""
    return sorted(role.value for role in map(Role, values))


def _checked_language(language: str | None) -> str | None:
    if language is not None and not is_language_tag(language):
        raise InvalidInput({"language": [_("Use a language tag such as en or pt-BR.")]})
    return language
