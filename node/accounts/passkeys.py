"""Passkeys: coming in by finger, face or PIN, without a password and without a name to type.

What the browser said is read and verified outside a unit of work (`webauthn`); here each challenge
is used up, counters are compared, and rows are written.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits
from node.accounts.commands import SignedIn, note_proof, sign_in
from node.accounts.events import Secured, WayInChanged
from node.accounts.models import Account, Passkey, PasskeyChallenge
from node.accounts.queries import digest_of, stored_account
from node.accounts.recovery import recovery_codes_left
from node.accounts.webauthn import Credential, refused
from node.errors import Conflict, InvalidInput, NotFound
from node.events import events
from node.i18n import BEGIN_APART, END_APART, _

_APART = dict.fromkeys(map(ord, (BEGIN_APART, END_APART)))


class PasskeyView(Struct, frozen=True):
    """A passkey as its owner sees it. is_doubted: it may have been copied, and opens nothing."""

    id: str
    account_id: str
    name: str
    data: bytes
    made_at: datetime
    used_at: datetime | None
    is_doubted: bool


async def new_challenge(uow: UnitOfWork, account_id: str | None = None) -> bytes:
    """What a passkey is to sign next, once and soon. account_id: whose new passkey it is for."""
    challenge = uow.entropy.token(limits.SECRET_BYTES)
    await uow.execute(
        insert(PasskeyChallenge).values(
            digest=digest_of(challenge),
            account_id=account_id,
            expires_at=uow.now + limits.PASSKEY_CHALLENGE,
        )
    )
    return challenge


async def add_passkey(
    uow: UnitOfWork, account_id: str, challenge: bytes, made: Credential, name: str
) -> None:
    """Let a passkey open an account. Raises NotAllowed, InvalidInput for its name, Conflict."""
    await _use_up(uow, challenge, account_id)
    await _add(uow, account_id, made, name)
    await events.announce(uow, WayInChanged(account_id, Secured.PASSKEY_ADDED))


async def add_first_passkey(
    uow: UnitOfWork, account_id: str, challenge: bytes, made: Credential, name: str
) -> None:
    """The same for an account that was made just now: the challenge is older than the account."""
    await _use_up(uow, challenge, None)
    await _add(uow, account_id, made, name)


async def _add(uow: UnitOfWork, account_id: str, made: Credential, name: str) -> None:
    row = await stored_account(uow, account_id)
    count = select(func.count()).where(Passkey.account_id == account_id)
    if (await uow.scalar(count) or 0) >= limits.PASSKEYS_PER_ACCOUNT:
        raise Conflict(_("There are too many passkeys already. Remove one."), "too-many-passkeys")
    if await uow.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise Conflict(_("This passkey is known here already."), "passkey-known")
    passkey_id = uow.new_id()
    await uow.execute(
        insert(Passkey).values(
            id=passkey_id,
            account_id=row.id,
            credential_id=made.credential_id,
            data=made.data,
            sign_count=made.sign_count,
            name=_checked_name(name),
            made_at=uow.now,
        )
    )
    await audit.record(uow, account_id, "accounts.add-passkey", passkey_id)


async def remove_passkey(uow: UnitOfWork, account_id: str, passkey_id: str) -> None:
    """It opens nothing any more. Raises NotFound for anyone else's, Conflict for the last way
    in."""
    good = await _good(uow, account_id)
    if good == [passkey_id] and not await _opens_otherwise(uow, account_id):
        raise Conflict(
            _(
                "Nothing else opens your account. Choose a password or make recovery codes first; "
                "then remove it."
            ),
            "last-way-in",
        )
    gone = await uow.scalar(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        .returning(Passkey.id)
    )
    if gone is None:
        raise NotFound(_("There is no such passkey (any more)."))
    await audit.record(uow, account_id, "accounts.remove-passkey", passkey_id)
    await events.announce(uow, WayInChanged(account_id, Secured.PASSKEY_REMOVED))


async def rename_passkey(uow: UnitOfWork, account_id: str, passkey_id: str, name: str) -> None:
    """Call a passkey otherwise. Raises NotFound for anyone else's, InvalidInput."""
    known = await uow.scalar(
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        .values(name=_checked_name(name))
        .returning(Passkey.id)
    )
    if known is None:
        raise NotFound(_("There is no such passkey (any more)."))
    await audit.record(uow, account_id, "accounts.rename-passkey", passkey_id)


async def sign_in_by_passkey(
    uow: UnitOfWork,
    passkey_id: str,
    challenge: bytes,
    count: int,
    *,
    device: str,
    replacing: str | None = None,
) -> SignedIn | None:
    """A new session for who has shown a verified passkey; None when it may have been copied."""
    row = await _shown(uow, passkey_id, challenge, count)
    if row is None:
        return None
    return await sign_in(uow, row.account_id, device, replacing=replacing)


async def prove_by_passkey(
    uow: UnitOfWork, passkey_id: str, challenge: bytes, count: int, *, session_id: str
) -> bool:
    """Note that whoever uses a session has shown a passkey; False when it may have been copied."""
    row = await _shown(uow, passkey_id, challenge, count)
    if row is not None:
        await note_proof(uow, session_id)
    return row is not None


async def passkeys(reader: Reader, account_id: str) -> list[PasskeyView]:
    """The passkeys of an account, the newest first."""
    rows: Sequence[Passkey] = await reader.scalars(
        select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id.desc())
    )
    return [_view(row) for row in rows]


async def all_passkeys(reader: Reader) -> dict[str, int]:
    """How many passkeys open every account."""
    good = select(Passkey.account_id, func.count()).where(Passkey.doubted_at.is_(None))
    return {row[0]: row[1] for row in await reader.rows(good.group_by(Passkey.account_id))}


async def passkey_by_credential(reader: Reader, credential_id: bytes) -> PasskeyView:
    """The passkey that a browser speaks of. Raises NotAllowed when none opens an account here."""
    row = await reader.scalar(
        select(Passkey)
        .join(Account, Account.id == Passkey.account_id)
        .where(
            Passkey.credential_id == credential_id,
            Passkey.doubted_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )
    if row is None:
        raise refused()
    return _view(row)


async def _shown(uow: UnitOfWork, passkey_id: str, challenge: bytes, count: int) -> Passkey | None:
    """The row of a passkey that has just signed a challenge of ours."""
    await _use_up(uow, challenge, None)
    row = await uow.scalar(select(Passkey).where(Passkey.id == passkey_id))
    if row is None or row.doubted_at is not None:
        raise refused()
    # A counter that does not rise means two devices with one key (WebAuthn 6.1.1); those that
    # never count say 0 each time.
    if (count or row.sign_count) and count <= row.sign_count:
        row.doubted_at = uow.now
        await uow.session.flush()
        await audit.record(uow, audit.NODE, "accounts.doubt-passkey", row.id)
        await events.announce(uow, WayInChanged(row.account_id, Secured.PASSKEY_DOUBTED))
        return None
    row.sign_count, row.used_at = count, uow.now
    await uow.session.flush()
    return row


async def _good(reader: Reader, account_id: str) -> list[str]:
    """The ids of those that open an account."""
    found: Sequence[str] = await reader.scalars(
        select(Passkey.id).where(Passkey.account_id == account_id, Passkey.doubted_at.is_(None))
    )
    return list(found)


async def _opens_otherwise(reader: Reader, account_id: str) -> bool:
    """Whether a password or a recovery code opens an account."""
    row = await stored_account(reader, account_id)
    return row.password_hash is not None or await recovery_codes_left(reader, account_id) > 0


async def _use_up(uow: UnitOfWork, challenge: bytes, account_id: str | None) -> None:
    ours = PasskeyChallenge.account_id
    used = await uow.scalar(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.digest == digest_of(challenge),
            PasskeyChallenge.expires_at > uow.now,
            ours.is_(None) if account_id is None else ours == account_id,
        )
        .returning(PasskeyChallenge.digest)
    )
    if used is None:
        raise refused()


def _checked_name(text: str) -> str:
    # In a script from the right, the words for a device come with these around its names.
    name = " ".join(text.translate(_APART).split())
    if not 1 <= len(name) <= limits.TOKEN_LABEL_LONGEST or not name.isprintable():
        raise InvalidInput({"name": [_("Name the device that holds it, in one short line.")]})
    return name


def _view(row: Passkey) -> PasskeyView:
    return PasskeyView(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        data=row.data,
        made_at=row.made_at,
        used_at=row.used_at,
        is_doubted=row.doubted_at is not None,
    )
