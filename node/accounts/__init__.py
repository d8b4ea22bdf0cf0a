"""Accounts: who can sign in here, on which devices, and which programs act for them.

`rules` (roles, scopes, handles, passwords: pure) · `passwords` (argon2id, off the event loop) ·
`attempts` (how often somebody may try) · `commands`, `links`, `access_tokens` · `queries`.

A secret is shown once, when it is made, and only its digest is kept: of a session's cookie, of a
one-time link, of a program's token. Whoever signs in with a link or a password gets a new session;
a session that existed before is never taken over.
"""

from node.accounts import personal  # noqa: F401 - it registers itself
from node.accounts.access_tokens import IssuedToken, create_token, revoke_token
from node.accounts.attempts import SignInGate, network_of, take_token, wait_for_token
from node.accounts.commands import (
    FORGOTTEN,
    SignedIn,
    create_account,
    disable,
    enable,
    erase,
    forget_expired,
    revoke_session,
    set_language,
    set_name,
    set_password,
    set_roles,
    sign_in,
    sign_out,
    touch_session,
)
from node.accounts.events import AccountMade
from node.accounts.links import IssuedLink, issue_link, redeem_link
from node.accounts.passwords import hashed, matches
from node.accounts.queries import (
    AccountView,
    LinkView,
    SessionView,
    TokenView,
    account,
    accounts,
    by_handle,
    by_handle_with_hash,
    first_admin,
    look_at_link,
    names,
    session_account,
    sessions,
    token_account,
    tokens,
)
from node.accounts.rules import (
    SCOPES,
    Purpose,
    Role,
    check_handle,
    check_password,
    device_label,
    scopes_of,
)

__all__ = [
    "FORGOTTEN",
    "SCOPES",
    "AccountMade",
    "AccountView",
    "IssuedLink",
    "IssuedToken",
    "LinkView",
    "Purpose",
    "Role",
    "SessionView",
    "SignInGate",
    "SignedIn",
    "TokenView",
    "account",
    "accounts",
    "by_handle",
    "by_handle_with_hash",
    "check_handle",
    "check_password",
    "create_account",
    "create_token",
    "device_label",
    "disable",
    "enable",
    "erase",
    "first_admin",
    "forget_expired",
    "hashed",
    "issue_link",
    "look_at_link",
    "matches",
    "names",
    "network_of",
    "redeem_link",
    "revoke_session",
    "revoke_token",
    "scopes_of",
    "session_account",
    "sessions",
    "set_language",
    "set_name",
    "set_password",
    "set_roles",
    "sign_in",
    "sign_out",
    "take_token",
    "token_account",
    "tokens",
    "touch_session",
    "wait_for_token",
]
