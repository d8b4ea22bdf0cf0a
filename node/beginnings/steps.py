"""What a new coop does first, and what of it is done."""

from enum import StrEnum

from sqlalchemy import select

from federation.storage import Reader
from node import accounts, listings, members, peers
from node.accounts import AccountView
from node.beginnings.models import BeginningHidden

LISTINGS = 3
MEMBERS = 2


class Step(StrEnum):
    """One thing to do. BACKUP: one that was restored for trial."""

    WAY_IN = "way-in"
    LOGO = "logo"
    LISTINGS = "listings"
    MEMBERS = "members"
    PEER = "peer"
    BACKUP = "backup"


async def steps(
    reader: Reader, who: AccountView, *, has_peer: bool, has_backup: bool
) -> dict[Step, bool]:
    """Which of them are done, in the order in which one would take them; none for whoever put the
    list away or does not look after the node, nor once all is done."""
    if not who.is_admin or await _is_hidden(reader, who.id):
        return {}
    done = {
        Step.WAY_IN: await _comes_in_again(reader, who),
        Step.LOGO: (await peers.our_telling(reader)).logo is not None,
        Step.LISTINGS: await listings.count_published(reader) >= LISTINGS,
        Step.MEMBERS: await _others(reader, who) >= MEMBERS,
        Step.PEER: has_peer,
        Step.BACKUP: has_backup,
    }
    return {} if all(done.values()) else done


async def is_new(reader: Reader, who: AccountView) -> bool:
    """Whether somebody has offered and asked for nothing yet, and did not put that away."""
    return not (await listings.has_written(reader, who.id) or await _is_hidden(reader, who.id))


async def _comes_in_again(reader: Reader, who: AccountView) -> bool:
    """By themselves, and by paper when that is lost: no longer by links of the operator alone."""
    opens = who.has_password or await accounts.passkeys(reader, who.id)
    return bool(opens) and await accounts.recovery_codes_left(reader, who.id) > 0


async def _others(reader: Reader, who: AccountView) -> int:
    """How many members there are besides whoever looks."""
    own = await members.by_account(reader, who.id)
    there = sum((await members.count_by_class(reader)).values())
    return there - (own is not None and own.status in members.PRESENT)


async def _is_hidden(reader: Reader, account_id: str) -> bool:
    hidden = select(BeginningHidden.at).where(BeginningHidden.account_id == account_id)
    return await reader.scalar(hidden) is not None
