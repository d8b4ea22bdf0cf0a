"""Members, and whether the node is well, by API."""

from collections.abc import Iterable

from aiohttp import web
from msgspec import UNSET, Struct

from federation.storage import UnitOfWork
from node import accounts, members
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.members import Event, Kind, MemberView
from ui.web.api import member_types, types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.carrying import MEDIA, contacts_file

table = EndpointTable()


@table.add(
    "GET",
    "/members",
    "The register of members; it never leaves this node by federation",
    scope="members:read",
    query=member_types.MemberSearch,
    answer=member_types.MemberList,
)
async def register(call: Call) -> member_types.MemberList:
    asked: member_types.MemberSearch = call.query
    async with call.node.reading() as reader:
        found = await members.members(
            reader,
            [members.Status(asked.status)] if asked.status else members.PRESENT,
            q=asked.q,
            membership_class=asked.membership_class,
            after=asked.cursor,
            limit=asked.limit + 1,
        )
    shown = found[: asked.limit]
    more = shown[-1].id if len(found) > asked.limit else None
    return member_types.MemberList([member_line(member) for member in shown], more)


@table.add(
    "POST",
    "/members",
    "Enter a member in the register",
    scope="members:write",
    body=member_types.MemberNew,
    answer=member_types.Member,
    status=201,
    example={"name": "Rosa Whitworth", "membership_class": "worker"},
)
async def enter(call: Call) -> member_types.Member:
    given: member_types.MemberNew = call.body
    member = await call.node.write(
        lambda uow: members.add_member(
            uow,
            name=given.name,
            membership_class=given.membership_class,
            kind=Kind(given.kind),
            representative=given.representative,
            email=given.email,
            phone=given.phone,
            address=given.address,
            admit=Event.ADMIT,
            by=call.account.id,
        )
    )
    return member_line(member)


@table.add(
    "GET",
    "/members/contacts",
    "The register for an address book or a spreadsheet; that it was taken is noted",
    scope="members:read",
    query=types.ContactsSearch,
    media=MEDIA,
)
async def take_along(call: Call) -> web.StreamResponse:
    asked: types.ContactsSearch = call.query
    cards = await call.node.write(lambda uow: members.contacts(uow, by=call.account.id))
    return await contacts_file(cards, "members", asked.format)


@table.add("GET", "/members/{id}", "One member", scope="members:read", answer=member_types.Member)
async def one(call: Call) -> member_types.Member:
    async with call.node.reading() as reader:
        found = await members.member(reader, call.path["id"])
    if found is None:
        raise NotFound(_("There is no such member."))
    return member_line(found)


@table.add(
    "PATCH",
    "/members/{id}",
    "Put right what the register says of a member, or let them belong to another class",
    scope="members:write",
    body=member_types.MemberChange,
    answer=member_types.Member,
    example={"name": "Rosa Whitworth", "reason": "Her passport, 12 May"},
)
async def change(call: Call) -> member_types.Member:
    given: member_types.MemberChange = call.body
    member_id, how = call.path["id"], {"by": call.account.id, "reason": given.reason}

    async def work(uow: UnitOfWork) -> MemberView:
        if given.membership_class:
            await members.change_class(uow, member_id, given.membership_class, **how)
        return await members.correct(uow, member_id, said_in(given, members.FIELD_WORDS), **how)

    return member_line(await call.node.write(work))


@table.add(
    "POST",
    "/members/{id}/steps",
    "Let something happen to a membership: a pause, a notice, an end",
    scope="members:write",
    body=member_types.MemberStep,
    answer=member_types.Member,
    example={"event": "pause", "until": "2028-03-01", "reason": "A year abroad"},
)
async def step(call: Call) -> member_types.Member:
    given: member_types.MemberStep = call.body
    member_id, by = call.path["id"], call.account.id
    changed = await call.node.write(
        lambda uow: members.change_status(
            uow,
            member_id,
            given.event,
            by=by,
            reason=given.reason,
            until=given.until,
            why=given.why,
        )
    )
    return member_line(changed)


@table.add(
    "POST",
    "/members/{id}/invitation",
    "A link by which a member makes their own account; it is not shown again",
    scope="members:write",
    answer=member_types.MemberInvitation,
    status=201,
)
async def invite(call: Call) -> member_types.MemberInvitation:
    link = await call.node.write(
        lambda uow: members.invite(uow, call.path["id"], by=call.account.id)
    )
    return member_types.MemberInvitation(f"{call.node.config.address}{link.path}", link.expires_at)


@table.add(
    "PUT",
    "/members/{id}/account",
    "Say that somebody who signs in here already is this member",
    scope="members:write",
    body=member_types.MemberAccount,
    answer=member_types.Member,
    example={"handle": "rosa"},
)
async def give_account(call: Call) -> member_types.Member:
    given: member_types.MemberAccount = call.body

    async def work(uow: UnitOfWork) -> MemberView:
        account = await accounts.by_handle(uow, given.handle)
        if account is None:
            raise InvalidInput({"handle": [_("There is no such account.")]})
        return await members.give_account(uow, call.path["id"], account.id, by=call.account.id)

    return member_line(await call.node.write(work))


@table.add("GET", "/health", "Whether the node can answer", answer=types.Health)
async def health(call: Call) -> types.Health:
    async with call.node.reading() as reader:
        await reader.ping()
    return types.Health("ok")


def said_in(given: Struct, fields: Iterable[str]) -> dict[str, str]:
    """Those of the fields that a body names."""
    named = {field: getattr(given, field, UNSET) for field in fields}
    return {field: text for field, text in named.items() if text is not UNSET}


def member_line(member: MemberView) -> member_types.Member:
    return member_types.Member(
        id=member.id,
        number=member.number,
        name=member.name,
        kind=member.kind,
        membership_class=member.membership_class,
        status=member.status,
        joined_on=member.joined_on,
        has_account=member.account_id is not None,
        representative=member.representative,
        email=member.email,
        phone=member.phone,
        address=member.address,
        until=member.status_until,
    )
