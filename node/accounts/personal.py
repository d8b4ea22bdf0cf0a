"""What is kept about whoever signs in."""

from node.accounts.models import (
    AccessToken,
    Account,
    AccountSession,
    OneTimeLink,
    Passkey,
    RecoveryCode,
    SignInTries,
)
from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _


@data_map.about(
    "account",
    what=_("Your account: name, sign-in name, language, what you may do here"),
    why=_("So that you can sign in, and others know who you are"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.MEMBERS,
    leaving=Leaving.NAMELESS,
    tables=("account",),
)
def account(person: Person) -> Lists:
    mine = of(Account.id, person.account_id)
    return {"account": stored(Account, mine, without=("password_hash",))}


@data_map.about(
    "devices",
    what=_("Where you are signed in, links to sign in by, keys for programs"),
    why=_("So that you stay signed in, and see if somebody else is"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("account_session", "one_time_link", "access_token", "sign_in_tries"),
)
def devices(person: Person) -> Lists:
    me = person.account_id
    return {
        "devices": stored(AccountSession, of(AccountSession.account_id, me)),
        "links": stored(OneTimeLink, of(OneTimeLink.account_id, me)),
        "keys": stored(AccessToken, of(AccessToken.account_id, me)),
        "known_addresses": stored(SignInTries, of(SignInTries.account_id, me)),
    }


@data_map.about(
    "ways-in",
    what=_("Your passkeys and recovery codes"),
    why=_("So that you can sign in without a password, or when it is lost"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("passkey", "passkey_challenge", "recovery_code"),
)
def ways_in(person: Person) -> Lists:
    me = person.account_id
    keys = ("credential_id", "data")
    codes = of(RecoveryCode.account_id, me)
    return {
        "passkeys": stored(Passkey, of(Passkey.account_id, me), without=keys),
        "recovery_codes": stored(RecoveryCode, codes, without=("code_hash",)),
    }
