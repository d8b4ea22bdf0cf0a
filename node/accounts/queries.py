"""Who is this, and what may they do? Nothing here returns a secret or its digest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Text, cast, func, select

from federation.storage import Reader
from node import limits
from node.accounts.handles import handle_key
from node.accounts.models import AccessToken, Account, AccountSession, OneTimeLink
from node.accounts.rules import DUTIES, Duty, Purpose, Role, scopes_of
from node.errors import NotFound
from node.i18n import _

TOKEN_PREFIX = "rd_"  # noqa: S105 - it marks a secret (for scanners of leaked ones), it is none


class AccountView(Struct, frozen=True):
    """Somebody who can sign in. roles: their own, and those that offices lend them."""

    id: str
    handle: str
    name: str
    roles: frozenset[Role]
    language: str | None
    created_at: datetime
    disabled: bool
    has_password: bool
    office_since: datetime | None = None
    """Since when they hold an office without a break."""
    colleagues: frozenset[str] = frozenset()
    """Who else acts for the firm that they act for; told by the members' slice, at the door."""
    teams: frozenset[str] = frozenset()
    """Committees in which they have a seat."""

    def acts_for(self, account_id: str | None) -> bool:
        """Whether what stands under an account is theirs, or that of their firm."""
        return account_id == self.id or account_id in self.colleagues

    @property
    def is_admin(self) -> bool:
        """Whether this account may change the coop itself."""
        return self.looks_after(Duty.NODE)

    def looks_after(self, duty: Duty) -> bool:
        """Whether one of their roles is among those of a duty."""
        return bool(self.roles & DUTIES[duty])


class SessionView(Struct, frozen=True):
    """One signed-in device. `is_stale`: it is time for `touch_session`."""

    id: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_stale: bool
    is_proven: bool
    """Whoever uses it has shown a short while ago that the account is theirs."""


class LinkView(Struct, frozen=True):
    """What a one-time link would do, for the page that asks before it is used."""

    id: str
    purpose: Purpose
    roles: frozenset[Role]
    account: AccountView | None
    name: str | None
    expires_at: datetime


class TokenView(Struct, frozen=True):
    """A program's access, without its secret."""

    id: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None


def digest(secret: str) -> bytes:
    """What is stored of a secret. A plain hash is enough: secrets are random, not chosen."""
    return sha256(secret.encode(errors="surrogatepass")).digest()


def digest_of(secret: bytes) -> bytes:
    """`digest` of a secret that is no text."""
    return sha256(secret).digest()


async def account(reader: Reader, account_id: str) -> AccountView | None:
    """One account, disabled or not."""
    row = await reader.scalar(select(Account).where(Account.id == account_id))
    return view(row) if row else None


async def in_team(reader: Reader, team: str) -> list[str]:
    """The accounts that have a seat in a team now, oldest first."""
    return [account_id for account_id, teams in await _seats(reader) if team in teams]


async def teams(reader: Reader) -> list[str]:
    """The teams in which anybody has a seat now."""
    return sorted({team for _account, teams in await _seats(reader) for team in teams})


async def _seats(reader: Reader) -> Sequence[tuple[str, list[str]]]:
    seated = select(Account.id, Account.teams).where(
        cast(Account.teams, Text) != "[]", Account.disabled_at.is_(None)
    )
    return [(row.id, row.teams) for row in await reader.rows(seated.order_by(Account.id))]


async def accounts(reader: Reader) -> list[AccountView]:
    """All accounts, oldest first."""
    rows: Sequence[Account] = await reader.scalars(select(Account).order_by(Account.id))
    return [view(row) for row in rows]


async def looking_after(reader: Reader, duty: Duty) -> list[AccountView]:
    """Everybody who has this duty and can sign in."""
    everybody = await accounts(reader)
    return [one for one in everybody if one.looks_after(duty) and not one.disabled]


async def several(reader: Reader, account_ids: Collection[str]) -> dict[str, AccountView]:
    """These accounts by their ids, disabled or not; those that are gone are passed over."""
    rows = await reader.scalars(select(Account).where(Account.id.in_(account_ids)))
    return {row.id: view(row) for row in rows}


async def names(reader: Reader, account_ids: Collection[str]) -> dict[str, str]:
    """What these accounts are called."""
    rows = await reader.rows(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return {row.id: row.name for row in rows}


def open_ids() -> Select[str]:
    """The ids of those that are not closed, to ask others about in the same query."""
    return select(Account.id).where(Account.disabled_at.is_(None))


def usable_link_ids(now: datetime) -> Select[str]:
    """The ids of one-time links that still can be used, likewise."""
    return select(OneTimeLink.id).where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)


def is_called(handle: str) -> ColumnElement[bool]:
    """Which accounts somebody means who types this to sign in: one, or none."""
    return Account.handle_key == handle_key(handle)


async def by_handle(reader: Reader, handle: str) -> AccountView | None:
    """The account of a handle, however that is typed."""
    row = await reader.scalar(select(Account).where(is_called(handle)))
    return view(row) if row else None


async def by_handle_with_hash(reader: Reader, handle: str) -> tuple[AccountView | None, str | None]:
    """Who signs in under a handle, and the hash to compare with; (None, None) for nobody.

    Compare with `matches` either way: it takes as long for nobody. A disabled account is nobody.
    """
    row = await reader.scalar(
        select(Account).where(is_called(handle), Account.disabled_at.is_(None))
    )
    return (view(row), row.password_hash) if row else (None, None)


async def oldest(reader: Reader) -> datetime | None:
    """When the first account was made: since then the node is there."""
    made: datetime | None = await reader.scalar(select(func.min(Account.created_at)))
    return made


async def first_admin(reader: Reader) -> AccountView | None:
    """The oldest admin who can sign in: whom an owner link is for."""
    rows: Sequence[Account] = await reader.scalars(
        select(Account).where(Account.disabled_at.is_(None)).order_by(Account.id)
    )
    return next((one for one in map(view, rows) if one.is_admin), None)


async def session_account(
    reader: Reader, token: str, now: datetime
) -> tuple[AccountView, SessionView] | None:
    """Whose session a cookie's token is, if it is alive and the account is not disabled."""
    found = await reader.rows(
        select(Account, AccountSession)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(
            AccountSession.secret_digest == digest(token),
            AccountSession.expires_at > now,
            AccountSession.last_seen_at > now - limits.SESSION_IDLE,
            Account.disabled_at.is_(None),
        )
    )
    return (view(found[0][0]), _session_view(found[0][1], now)) if found else None


async def sessions(reader: Reader, account_id: str) -> list[SessionView]:
    """The devices signed in to an account, the latest used first."""
    rows: Sequence[AccountSession] = await reader.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.expires_at > reader.now,
            AccountSession.last_seen_at > reader.now - limits.SESSION_IDLE,
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
    )
    return [_session_view(row, reader.now) for row in rows]


async def token_account(
    reader: Reader, secret: str, now: datetime
) -> tuple[AccountView, frozenset[str]] | None:
    """Whose token this is and its scopes: never more than the account's roles allow today."""
    if not secret.startswith(TOKEN_PREFIX):
        return None
    found = await reader.rows(
        select(Account, AccessToken)
        .join(AccessToken, AccessToken.account_id == Account.id)
        .where(AccessToken.secret_digest == digest(secret), Account.disabled_at.is_(None))
    )
    if not found or _is_over(found[0][1].expires_at, now):
        return None
    who = view(found[0][0])
    return who, scopes_of(who.roles) & frozenset(found[0][1].scopes)


async def tokens(reader: Reader, account_id: str) -> list[TokenView]:
    """The programs that may act for an account, newest first."""
    rows: Sequence[AccessToken] = await reader.scalars(
        select(AccessToken)
        .where(AccessToken.account_id == account_id)
        .order_by(AccessToken.id.desc())
    )
    return [token_view(row) for row in rows if not _is_over(row.expires_at, reader.now)]


async def all_tokens(reader: Reader) -> list[tuple[AccountView, TokenView]]:
    """Every program that may act for somebody, by whose rights it has."""
    rows = await reader.rows(
        select(Account, AccessToken)
        .join(AccessToken, AccessToken.account_id == Account.id)
        .order_by(Account.handle, AccessToken.id.desc())
    )
    return [
        (view(who), token_view(token))
        for who, token in rows
        if not _is_over(token.expires_at, reader.now)
    ]


async def look_at_link(reader: Reader, code: str) -> LinkView | None:
    """What a link's code would do; None when it is unknown, used, or too old. Uses nothing up."""
    link = await reader.scalar(
        select(OneTimeLink).where(
            OneTimeLink.code_digest == digest(code),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > reader.now,
        )
    )
    if link is None or not await still_holds(reader, link):
        return None
    who = await account(reader, link.account_id) if link.account_id else None
    if who is not None and who.disabled:
        return None
    return LinkView(
        link.id, Purpose(link.purpose), roles_from(link.roles), who, link.name, link.expires_at
    )


async def still_holds(reader: Reader, link: OneTimeLink) -> bool:
    """Whether who made an invitation may still give what it offers."""
    maker = await account(reader, link.made_by) if link.made_by else None
    return link.account_id is not None or may_offer(maker, roles_from(link.roles))


def may_offer(maker: AccountView | None, roles: Collection[Role]) -> bool:
    """Whether somebody may invite to these roles. maker: None for the operator, who always may."""
    if maker is None:
        return True
    return not maker.disabled and (maker.looks_after(Duty.NODE) or set(roles) <= {Role.MEMBER})


async def maker_of(reader: Reader, link_id: str) -> AccountView | None:
    """Whose account made a link; None for the operator's."""
    made_by = await reader.scalar(select(OneTimeLink.made_by).where(OneTimeLink.id == link_id))
    return await account(reader, made_by) if made_by else None


async def stored_account(reader: Reader, account_id: str) -> Account:
    """The row itself, for commands. Raises NotFound."""
    row = await reader.scalar(select(Account).where(Account.id == account_id))
    if row is None:
        raise NotFound(_("There is no such account."))
    return row


def view(row: Account) -> AccountView:
    """A row as other slices and pages see it."""
    return AccountView(
        id=row.id,
        handle=row.handle,
        name=row.name,
        roles=roles_from([*row.roles, *row.office_roles]),
        language=row.language,
        created_at=row.created_at,
        office_since=row.office_since,
        disabled=row.disabled_at is not None,
        has_password=row.password_hash is not None,
        teams=frozenset(row.teams),
    )


def roles_from(values: Sequence[str]) -> frozenset[Role]:
    """Stored roles as roles."""
    return frozenset(Role(value) for value in values)


def token_view(row: AccessToken) -> TokenView:
    """A row without its digest."""
    return TokenView(row.id, row.label, frozenset(row.scopes), row.created_at, row.expires_at)


def _session_view(row: AccountSession, now: datetime) -> SessionView:
    return SessionView(
        id=row.id,
        device=row.device,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        is_stale=now - row.last_seen_at >= limits.SESSION_TOUCH,
        is_proven=now - row.proven_at < limits.SIGN_IN_FRESH,
    )


def _is_over(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now
