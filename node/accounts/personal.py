"""What is kept about whoever signs in."""

from federation.storage import Reader
from node.accounts.models import (
    AccessToken,
    Account,
    AccountSession,
    OneTimeLink,
    Passkey,
    RecoveryCode,
)
from node.data_map import Basis, Found, Kept, Leaving, Person, Seen, data_map, of, stored
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
async def account(reader: Reader, person: Person) -> Found:
    mine = of(Account.id, person.account_id)
    return {"account": await stored(reader, Account, mine, without=("password_hash",))}


@data_map.about(
    "devices",
    what=_("Where you are signed in, links to sign in by, keys for programs"),
    why=_("So that you stay signed in, and see if somebody else is"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.YOU,
    leaving=Leaving.DELETED,
    tables=("account_session", "one_time_link", "access_token"),
)
async def devices(reader: Reader, person: Person) -> Found:
    me = person.account_id
    return {
        "devices": await stored(reader, AccountSession, of(AccountSession.account_id, me)),
        "links": await stored(reader, OneTimeLink, of(OneTimeLink.account_id, me)),
        "keys": await stored(reader, AccessToken, of(AccessToken.account_id, me)),
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
async def ways_in(reader: Reader, person: Person) -> Found:
    me = person.account_id
    keys = ("credential_id", "data")
    codes = of(RecoveryCode.account_id, me)
    return {
        "passkeys": await stored(reader, Passkey, of(Passkey.account_id, me), without=keys),
        "recovery_codes": await stored(reader, RecoveryCode, codes, without=("code_hash",)),
    }
