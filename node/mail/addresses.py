"""Where somebody gets mail, and when: asked, confirmed by a link, changed, ended."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import accounts, audit, limits, vault
from node.accounts import AccountReopened, Secured, TokensEnded, WayInChanged
from node.errors import Closed, Conflict, InvalidInput, NotFound
from node.events import events
from node.i18n import _
from node.mail import outbox
from node.mail.letters import LetterKind
from node.mail.models import MailAddress, address_table, letter_table
from node.mail.queries import digest
from node.mail.rules import Hours, How
from node.mail_settings import read_address

_a, _l = address_table.c, letter_table.c
_A_DAY = timedelta(days=1)
_TO_AN_ADDRESS = (LetterKind.NOTICE, LetterKind.DIGEST, LetterKind.CONFIRM, LetterKind.WAY_IN)


async def set_address(
    uow: UnitOfWork, account_id: str, text: str, *, zone: str, language: str | None = None
) -> bool:
    """Write to this address from now on, once the link is used that goes there.

    The former one counts until then. zone: in which the quiet hours of a new one are. language: of
    the page on which it was given; whoever has chosen none has letters, and pages, in this. Returns
    whether a letter goes there: none goes to the address that counts already. Raises InvalidInput,
    Conflict after too many in a day.
    """
    wanted = read_address(text)
    if wanted is None:
        raise InvalidInput({"address": [_("Write an e-mail address, like rosa@example.org.")]})
    row = await _stored(uow, account_id) or _new(uow, account_id, zone)
    known = await vault.unseal(uow, account_id, row.box) if row.box else None
    if known and known["address"] == wanted and row.refused_at is None:
        row.wanted, row.code_digest, row.code_until = None, None, None
        await uow.session.flush()
        return False
    await _check_room(uow, account_id)
    account = await accounts.account(uow, account_id)
    if account is not None and account.language is None:
        await accounts.set_language(uow, account_id, language)
    row.wanted = await vault.seal(uow, account_id, {"address": wanted})
    row.code_digest, row.code_until = None, uow.now + limits.MAIL_CONFIRM_WITHIN
    row.refused_words = None
    await uow.session.flush()
    await outbox.drop(uow, account_id, LetterKind.CONFIRM)
    await outbox.write(
        uow, LetterKind.CONFIRM, account_id=account_id, lasts=limits.MAIL_CONFIRM_WITHIN
    )
    await audit.record(uow, account_id, "mail.set-address", account_id)
    return True


async def confirm(uow: UnitOfWork, code: str) -> None:
    """Whoever reads the mail of an address has said that it is theirs.

    Raises NotFound for an unknown link, Closed for one that is too old.
    """
    found = select(MailAddress).where(MailAddress.code_digest == digest(code)).with_for_update()
    row = await uow.scalar(found)
    wanted = await vault.unseal(uow, row.account_id, row.wanted) if row and row.wanted else None
    if row is None or wanted is None:
        raise NotFound(_("This link is not known here. Ask for a new letter."), "link-unknown")
    if row.code_until is None or row.code_until <= uow.now:
        raise Closed(_("This link is too old. Ask for a new letter."), "link-expired")
    account_id = row.account_id
    former = await vault.unseal(uow, account_id, row.box) if row.box else None
    code_to_stop = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    row.box = await vault.seal(uow, account_id, {**wanted, "stop": code_to_stop})
    row.stop_digest = digest(code_to_stop)
    row.wanted, row.code_digest, row.code_until = None, None, None
    row.confirmed_at, row.refused_at, row.refused_words = uow.now, None, None
    await uow.session.flush()
    if former and former["address"] != wanted["address"]:
        await _tell_former(uow, account_id, former["address"])
    await audit.record(uow, account_id, "mail.confirm", account_id)
    await events.announce(uow, WayInChanged(account_id, Secured.MAIL_ADDRESS_SET))


async def choose(uow: UnitOfWork, account_id: str, how: How, hours: Hours) -> None:
    """How somebody wants to hear, and when not. Raises NotFound without an address."""
    row = await _stored(uow, account_id)
    if row is None:
        raise NotFound(_("Give an address first."))
    row.how, row.zone = how.value, hours.zone
    row.quiet_from, row.quiet_until = hours.start, hours.end
    await uow.session.flush()
    if how is How.NEVER:
        await outbox.drop(uow, account_id, LetterKind.DIGEST)


async def stop(uow: UnitOfWork, code: str) -> None:
    """Write no more to whoever has this code, but about who comes into their account.

    Raises NotFound. Again is no error: mail programs may ask twice.
    """
    mine = select(_a.account_id).where(_a.stop_digest == digest(code))
    account_id = await uow.scalar(mine)
    if account_id is None:
        raise NotFound(_("This link is not known here. Check that you copied all of it."))
    chosen = update(address_table).where(_a.account_id == account_id)
    await uow.execute(chosen.values(how=How.NEVER.value))
    await audit.record(uow, account_id, "mail.stop", account_id)


async def remove(uow: UnitOfWork, account_id: str) -> None:
    """Forget somebody's address: nothing goes there any more but a word of this.

    The letters that went stay known: they count for how many may go to strangers in a day.
    """
    row = await _stored(uow, account_id)
    if row is None:
        return
    former = await vault.unseal(uow, account_id, row.box) if row.box else None
    await uow.execute(delete(address_table).where(_a.account_id == account_id))
    await outbox.drop(uow, account_id, *_TO_AN_ADDRESS)
    await audit.record(uow, account_id, "mail.remove", account_id)
    if former is not None:
        await _tell_former(uow, account_id, former["address"], gone="yes")
        await events.announce(uow, WayInChanged(account_id, Secured.MAIL_ADDRESS_GONE))


@events.on(TokensEnded)
async def forget_wanted(uow: UnitOfWork, event: TokensEnded) -> None:
    """What somebody asked for who had the old password is confirmed no more."""
    theirs = update(address_table).where(_a.account_id == event.account_id)
    await uow.execute(theirs.values(outbox.NOT_WANTED))


@events.on(AccountReopened)
async def forget_former(uow: UnitOfWork, event: AccountReopened) -> None:
    """No letter opens an account that was closed: its address may be somebody else's by now."""
    await remove(uow, event.account_id)


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Delete the address of somebody who leaves, and every letter of theirs."""
    await uow.execute(delete(address_table).where(_a.account_id == account_id))
    await uow.execute(delete(letter_table).where(_l.account_id == account_id))


async def _tell_former(uow: UnitOfWork, account_id: str, address: str, **values: str) -> None:
    box = await vault.seal(uow, account_id, {"address": address})
    await outbox.write(
        uow, LetterKind.MOVED, account_id=account_id, about=account_id, box=box, values=values
    )


async def _stored(uow: UnitOfWork, account_id: str) -> MailAddress | None:
    return await uow.scalar(select(MailAddress).where(MailAddress.account_id == account_id))


def _new(uow: UnitOfWork, account_id: str, zone: str) -> MailAddress:
    row = MailAddress(
        account_id=account_id,
        box=None,
        wanted=None,
        code_digest=None,
        code_until=None,
        stop_digest=None,
        how=How.AT_ONCE.value,
        zone=zone,
        quiet_from=limits.MAIL_QUIET_FROM,
        quiet_until=limits.MAIL_QUIET_UNTIL,
        confirmed_at=None,
        refused_at=None,
        refused_words=None,
    )
    uow.session.add(row)
    return row


async def _check_room(uow: UnitOfWork, account_id: str) -> None:
    """Nobody has strangers written to over and over."""
    asked = select(func.count()).where(
        _l.account_id == account_id,
        _l.kind == LetterKind.CONFIRM.value,
        _l.created_at > uow.now - _A_DAY,
    )
    if (await uow.scalar(asked) or 0) >= limits.MAIL_CONFIRMS_A_DAY:
        raise Conflict(
            _("Those were many addresses for one day. Try again tomorrow."), "too-many-letters"
        )
