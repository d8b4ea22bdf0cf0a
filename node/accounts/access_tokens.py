"""Access tokens: letting a program act for an account, within its scopes."""

from collections.abc import Collection
from datetime import timedelta

from msgspec import Struct
from sqlalchemy import delete, select

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import audit, limits
from node.accounts.models import AccessToken
from node.accounts.queries import (
    TOKEN_PREFIX,
    AccountView,
    TokenView,
    digest,
    stored_account,
    token_view,
    view,
)
from node.accounts.rules import SCOPES, scopes_of
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import Text, _


class IssuedToken(Struct, frozen=True):
    """A new access token; `secret` ("rd_…") is shown now and never again."""

    secret: str
    view: TokenView


async def create_token(
    uow: UnitOfWork,
    account_id: str,
    label: str,
    scopes: Collection[str],
    days: int | None = None,
) -> IssuedToken:
    """Let a program act for an account, within `scopes`, for `days` or until revoked.

    Raises InvalidInput for an unknown scope or a bad label, NotAllowed for more than the account
    itself may do.
    """
    who = view(await stored_account(uow, account_id))
    await _check_token(uow, who, label, scopes, days)
    value = TOKEN_PREFIX + secret(uow.entropy, limits.SECRET_BYTES)
    row = AccessToken(
        id=uow.new_id(),
        account_id=account_id,
        label=label.strip(),
        secret_digest=digest(value),
        scopes=sorted(scopes),
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=days) if days else None,
    )
    uow.session.add(row)
    await uow.session.flush()
    await audit.record(uow, account_id, "accounts.create-token", row.id, {"scopes": row.scopes})
    return IssuedToken(value, token_view(row))


async def revoke_token(
    uow: UnitOfWork, account_id: str, token_id: str, *, by: str | None = None
) -> None:
    """End a program's access. Raises NotFound for anyone else's token. by: without it, whoever the
    account is of."""
    result = await uow.scalar(
        delete(AccessToken)
        .where(AccessToken.id == token_id, AccessToken.account_id == account_id)
        .returning(AccessToken.id)
    )
    if result is None:
        raise NotFound(_("There is no such token (any more)."))
    await audit.record(uow, by or account_id, "accounts.revoke-token", token_id)


async def _check_token(
    uow: UnitOfWork, who: AccountView, label: str, scopes: Collection[str], days: int | None
) -> None:
    problems: dict[str, list[Text]] = {}
    if not 1 <= len(label.strip()) <= limits.TOKEN_LABEL_LONGEST or not label.isprintable():
        problems["label"] = [_("Name the program that will use it, in one short line.")]
    if not scopes or not set(scopes) <= set(SCOPES):
        problems["scopes"] = [_("Choose from: %(scopes)s.", scopes=", ".join(SCOPES))]
    if days is not None and not 1 <= days <= limits.TOKEN_DAYS_MOST:
        problems["days"] = [_("Choose 1 to %(most)s days.", most=limits.TOKEN_DAYS_MOST)]
    if problems:
        raise InvalidInput(problems)
    if beyond := set(scopes) - scopes_of(who.roles):
        raise NotAllowed(
            _(
                "%(name)s may not do this themselves: %(scopes)s.",
                name=who.name,
                scopes=", ".join(sorted(beyond)),
            ),
            "scope-beyond-role",
        )
    held = await uow.scalars(select(AccessToken.id).where(AccessToken.account_id == who.id))
    if len(held) >= limits.TOKENS_PER_ACCOUNT:
        raise Conflict(_("There are too many tokens already. Revoke one first."), "too-many-tokens")
