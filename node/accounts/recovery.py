"""Recovery codes: ten on paper, each good once, for whoever has lost every other way in.

They are made and hashed outside a unit of work (`rules.recovery_codes`, `passwords.hashed`): ten
hashes take a third of a second.
"""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit
from node.accounts.commands import SignedIn, end_other_ways, set_password, sign_in
from node.accounts.events import Secured, WayInChanged
from node.accounts.models import Account, RecoveryCode
from node.accounts.queries import AccountView, is_called, view
from node.errors import Closed
from node.events import events
from node.i18n import _


class StoredCode(Struct, frozen=True):
    """The hash that a code is compared with."""

    account: AccountView
    number: int
    code_hash: str


async def set_recovery_codes(uow: UnitOfWork, account_id: str, hashes: Sequence[str]) -> None:
    """These are an account's codes from now on; earlier ones open nothing any more."""
    await uow.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    rows = [
        {
            "account_id": account_id,
            "number": number,
            "code_hash": code_hash,
            "made_at": uow.now,
            "used_at": None,
        }
        for number, code_hash in enumerate(hashes)
    ]
    await uow.execute(insert(RecoveryCode), rows)
    await audit.record(uow, account_id, "accounts.make-recovery-codes", account_id)
    await events.announce(uow, WayInChanged(account_id, Secured.CODES_MADE, len(rows)))


async def recover(
    uow: UnitOfWork, stored: StoredCode, password_hash: str, *, device: str
) -> SignedIn:
    """Use a code up: the account has this password from now on, and one new session alone.

    Whoever calls this has compared the code. Raises Closed when it was used in the meantime.
    """
    account_id = stored.account.id
    used = await uow.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.number == stored.number,
            RecoveryCode.code_hash == stored.code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .returning(RecoveryCode.number)
    )
    if used is None:
        raise Closed(_("This code was used before. Take another one."), "code-used")
    left = await recovery_codes_left(uow, account_id)
    await audit.record(uow, account_id, "accounts.use-recovery-code", account_id, {"left": left})
    await set_password(uow, account_id, password_hash)
    await end_other_ways(uow, account_id, codes=False)
    await events.announce(uow, WayInChanged(account_id, Secured.CODE_USED, left))
    return await sign_in(uow, account_id, device)


async def recovery_code(reader: Reader, handle: str, number: int) -> StoredCode | None:
    """What an unused code of a handle that begins with this digit is compared with.

    Compare with `matches` either way: it takes as long for nobody. A closed account is nobody.
    """
    found = await reader.rows(
        select(Account, RecoveryCode.code_hash)
        .join(RecoveryCode, RecoveryCode.account_id == Account.id)
        .where(
            is_called(handle),
            Account.disabled_at.is_(None),
            RecoveryCode.number == number,
            RecoveryCode.used_at.is_(None),
        )
    )
    return StoredCode(view(found[0][0]), number, found[0][1]) if found else None


async def all_recovery_codes_left(reader: Reader) -> dict[str, int]:
    """How many codes of every account are good still."""
    unused = select(RecoveryCode.account_id, func.count()).where(RecoveryCode.used_at.is_(None))
    return {row[0]: row[1] for row in await reader.rows(unused.group_by(RecoveryCode.account_id))}


async def recovery_codes_left(reader: Reader, account_id: str) -> int:
    """How many codes of an account are good still."""
    unused = select(func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return await reader.scalar(unused) or 0
