"""Accounts: who can sign in here, on which devices, and which programs act for them.

`rules` (roles, scopes, handles, passwords: pure) · `passwords` (argon2id, off the event loop) ·
`attempts` (how often somebody may try) · `webauthn` (what passkeys say; off the event loop) ·
`commands`, `links`, `access_tokens`, `recovery`, `passkeys` · `queries`.

A secret is shown once, when it is made, and only its digest is kept: of a session's cookie, of a
one-time link, of a program's token, of a recovery code. Whoever signs in
with a link or a password gets a new session; a session that existed before is never taken over.
"""

from node.accounts import webauthn
from node.accounts.access_tokens import IssuedToken, create_token, revoke_token
from node.accounts.attempts import SignInGate, network_of, take_token, wait_for_token
from node.accounts.commands import (
    SignedIn,
    create_account,
    disable,
    enable,
    forget_expired,
    note_proof,
    revoke_session,
    set_language,
    set_name,
    set_password,
    set_roles,
    sign_in,
    sign_out,
    sign_out_everywhere,
    touch_session,
)
from node.accounts.events import AccountMade, LinkUsed, Secured, WayInChanged
from node.accounts.links import IssuedLink, issue_link, redeem_link, revoke_link
from node.accounts.passkeys import (
    PasskeyView,
    add_passkey,
    new_challenge,
    passkey_by_credential,
    passkeys,
    prove_by_passkey,
    remove_passkey,
    sign_in_by_passkey,
)
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
    several,
    token_account,
    tokens,
)
from node.accounts.recovery import (
    StoredCode,
    all_recovery_codes_left,
    recover,
    recovery_code,
    recovery_codes_left,
    set_recovery_codes,
)
from node.accounts.rules import (
    SCOPES,
    Purpose,
    Role,
    check_handle,
    check_password,
    device_label,
    read_recovery_code,
    recovery_codes,
    scopes_of,
)
from node.accounts.webauthn import Site

__all__ = [
    "SCOPES",
    "AccountMade",
    "AccountView",
    "IssuedLink",
    "IssuedToken",
    "LinkUsed",
    "LinkView",
    "PasskeyView",
    "Purpose",
    "Role",
    "Secured",
    "SessionView",
    "SignInGate",
    "SignedIn",
    "Site",
    "StoredCode",
    "TokenView",
    "WayInChanged",
    "account",
    "accounts",
    "add_passkey",
    "all_recovery_codes_left",
    "by_handle",
    "by_handle_with_hash",
    "check_handle",
    "check_password",
    "create_account",
    "create_token",
    "device_label",
    "disable",
    "enable",
    "first_admin",
    "forget_expired",
    "hashed",
    "issue_link",
    "look_at_link",
    "matches",
    "names",
    "network_of",
    "new_challenge",
    "note_proof",
    "passkey_by_credential",
    "passkeys",
    "prove_by_passkey",
    "read_recovery_code",
    "recover",
    "recovery_code",
    "recovery_codes",
    "recovery_codes_left",
    "redeem_link",
    "remove_passkey",
    "revoke_link",
    "revoke_session",
    "revoke_token",
    "scopes_of",
    "session_account",
    "sessions",
    "set_language",
    "set_name",
    "set_password",
    "set_recovery_codes",
    "set_roles",
    "several",
    "sign_in",
    "sign_in_by_passkey",
    "sign_out",
    "sign_out_everywhere",
    "take_token",
    "token_account",
    "tokens",
    "touch_session",
    "wait_for_token",
    "webauthn",
]
