"""One's own account by API: recovery codes, passkeys, letters, all that is known of oneself.

A token needs the scope `account` by name: `admin` does not stand for it. Whoever made the token on
a page has shown then who they are; a session is asked for a proof as on the pages (`step_up`).
Where letters go is no choice of a program: an address lets somebody in when a password is gone, so
it is given, changed and deleted on the page alone.
"""

from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from federation.storage import UnitOfWork
from node import accounts, limits, mail, members, privacy
from node.errors import NotFound
from node.i18n import _
from node.mail import How
from node.mail.rules import check_hours
from node.members import MemberView
from ui.web import own_data
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.member_types import ContactChange, Member
from ui.web.api.people import member_line, said_in
from ui.web.entering import new_codes

table = EndpointTable()
SCOPE = "account"
Hour = Annotated[int, Meta(ge=0, le=23)]


class Codes(Struct, frozen=True):
    """Shown now and never again."""

    codes: list[str]


class PasskeyItem(Struct, frozen=True):
    """doubted: it may have been copied, and opens nothing."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime | None
    doubted: bool


class PasskeyList(Struct, frozen=True):
    items: list[PasskeyItem]
    next: str | None = None


class PasskeyChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=limits.TOKEN_LABEL_LONGEST)]


class OwnName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=limits.NAME_LONGEST)]


class Letters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """quiet_from, quiet_until: hours of the clock in `zone` between which none comes. About who
    comes into the account letters come at once, whatever is chosen."""

    how: Literal["at_once", "daily", "never"]
    quiet_from: Hour
    quiet_until: Hour
    zone: Annotated[str, Meta(min_length=1, max_length=64)]


class OwnMail(Struct, frozen=True):
    """address: null until one is confirmed by the letter that goes there; not_confirmed: one that
    is not yet. refused_at: since when nobody is reached there. chosen: null without an address."""

    address: str | None = None
    not_confirmed: str | None = None
    refused_at: datetime | None = None
    chosen: Letters | None = None


@table.add(
    "POST",
    "/account/recovery-codes",
    "Ten new recovery codes; the earlier ones open nothing any more",
    scope=SCOPE,
    answer=Codes,
    status=201,
)
async def make_codes(call: Call) -> Codes:
    return Codes(await new_codes(call.request))


@table.add("GET", "/account/passkeys", "Your passkeys", scope=SCOPE, answer=PasskeyList)
async def passkeys(call: Call) -> PasskeyList:
    async with call.node.reading() as reader:
        found = await accounts.passkeys(reader, call.account.id)
    return PasskeyList(
        [PasskeyItem(one.id, one.name, one.made_at, one.used_at, one.is_doubted) for one in found]
    )


@table.add(
    "PATCH",
    "/account/passkeys/{id}",
    "Call a passkey otherwise",
    scope=SCOPE,
    body=PasskeyChange,
    status=204,
    example={"name": "Phone with the cracked glass"},
)
async def rename(call: Call) -> None:
    given: PasskeyChange = call.body
    passkey_id, account_id = call.path["id"], call.account.id
    await call.node.write(
        lambda uow: accounts.rename_passkey(uow, account_id, passkey_id, given.name)
    )


@table.add(
    "DELETE",
    "/account/passkeys/{id}",
    "Remove a passkey: it opens nothing any more",
    scope=SCOPE,
    status=204,
)
async def remove(call: Call) -> None:
    passkey_id, account_id = call.path["id"], call.account.id
    await call.node.write(lambda uow: accounts.remove_passkey(uow, account_id, passkey_id))


@table.add(
    "GET",
    "/account/mail",
    "Where your letters go, which come, and when",
    scope=SCOPE,
    answer=OwnMail,
)
async def letters(call: Call) -> OwnMail:
    return await _letters(call)


async def _letters(call: Call) -> OwnMail:
    async with call.node.reading() as reader:
        known = await mail.mail_of(reader, call.account.id)
    if known is None:
        return OwnMail()
    hours = known.hours
    chosen = Letters(
        how=known.how.value, quiet_from=hours.start, quiet_until=hours.end, zone=hours.zone
    )
    return OwnMail(known.address, known.wanted, known.refused_at, chosen)


@table.add(
    "PUT",
    "/account/mail",
    "Choose which letters come, and when; where they go you say on the page alone",
    scope=SCOPE,
    body=Letters,
    answer=OwnMail,
    example={"how": "daily", "quiet_from": 21, "quiet_until": 7, "zone": "Europe/London"},
)
async def choose(call: Call) -> OwnMail:
    given: Letters = call.body
    hours, how = check_hours(given.zone, given.quiet_from, given.quiet_until), How(given.how)
    account_id = call.account.id
    await call.node.write(lambda uow: mail.choose(uow, account_id, how, hours))
    return await _letters(call)


@table.add(
    "PATCH",
    "/account",
    "Change the name by which others here know you",
    scope=SCOPE,
    body=OwnName,
    status=204,
    example={"name": "Rosa Whitworth"},
)
async def rename_oneself(call: Call) -> None:
    given: OwnName = call.body
    own = call.account.id
    await call.node.write(lambda uow: accounts.set_name(uow, own, given.name, by=own))


@table.add(
    "GET",
    "/account/membership",
    "What the register says of you",
    scope=SCOPE,
    answer=Member,
)
async def membership(call: Call) -> Member:
    async with call.node.reading() as reader:
        line = await members.acting_for(reader, call.account.id)
    return member_line(_known(line))


@table.add(
    "PATCH",
    "/account/membership",
    "Put right how the coop reaches you; your name there is put right by who keeps the register",
    scope=SCOPE,
    body=ContactChange,
    answer=Member,
    example={"phone": "+44 113 496 0123"},
)
async def change_contact(call: Call) -> Member:
    given: ContactChange = call.body
    own = call.account.id
    said = said_in(given, members.CONTACT)

    async def work(uow: UnitOfWork) -> MemberView:
        line = _known(await members.by_account(uow, own))
        return await members.correct(uow, line.id, said, by=own)

    return member_line(await call.node.write(work))


def _known(line: MemberView | None) -> MemberView:
    if line is None:
        raise NotFound(_("This page is for members of the coop."))
    return line


@table.add(
    "GET",
    "/account/data",
    "All that is known of you, as JSON and tables in one file; that you took it is noted",
    scope=SCOPE,
    media=(own_data.MEDIA,),
)
async def take_along(call: Call) -> web.StreamResponse:
    account = call.account
    file = await own_data.own_data(call.node, account)
    await call.node.write(lambda uow: privacy.note_taken(uow, account.id))
    return file
