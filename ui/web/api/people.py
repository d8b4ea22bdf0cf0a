"""Members, and whether the node is well, by API."""

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts, members
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.members import Event, Kind, MemberView
from ui.web.api import types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.carrying import MEDIA, contacts_file

table = EndpointTable()


@table.add(
    "GET",
    "/members",
    "The register of members; it never leaves this node by federation",
    scope="members:read",
    answer=types.MemberList,
)
async def register(call: Call) -> types.MemberList:
    async with call.node.reading() as reader:
        return types.MemberList([_member(member) for member in await members.members(reader)])


@table.add(
    "POST",
    "/members",
    "Enter a member in the register",
    scope="members:write",
    body=types.MemberNew,
    answer=types.Member,
    status=201,
    example={"name": "Rosa Whitworth", "membership_class": "worker"},
)
async def enter(call: Call) -> types.Member:
    given: types.MemberNew = call.body
    member = await call.node.write(
        lambda uow: members.add_member(
            uow,
            name=given.name,
            membership_class=given.membership_class,
            kind=Kind(given.kind),
            representative=given.representative,
            admit=Event.ADMIT,
            by=call.account.id,
        )
    )
    return _member(member)


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


@table.add("GET", "/members/{id}", "One member", scope="members:read", answer=types.Member)
async def one(call: Call) -> types.Member:
    async with call.node.reading() as reader:
        found = await members.member(reader, call.path["id"])
    if found is None:
        raise NotFound(_("There is no such member."))
    return _member(found)


@table.add(
    "PATCH",
    "/members/{id}",
    "Let a member belong to another class, with its rights; the register says so",
    scope="members:write",
    body=types.MemberChange,
    answer=types.Member,
    example={"membership_class": "supporter", "reason": "Board, 12 May"},
)
async def change_class(call: Call) -> types.Member:
    given: types.MemberChange = call.body
    member_id, by = call.path["id"], call.account.id
    changed = await call.node.write(
        lambda uow: members.change_class(
            uow, member_id, given.membership_class, by=by, reason=given.reason
        )
    )
    return _member(changed)


@table.add(
    "POST",
    "/members/{id}/invitation",
    "A link by which a member makes their own account; it is not shown again",
    scope="members:write",
    answer=types.MemberInvitation,
    status=201,
)
async def invite(call: Call) -> types.MemberInvitation:
    link = await call.node.write(
        lambda uow: members.invite(uow, call.path["id"], by=call.account.id)
    )
    return types.MemberInvitation(f"{call.node.config.address}{link.path}", link.expires_at)


@table.add(
    "PUT",
    "/members/{id}/account",
    "Say that somebody who signs in here already is this member",
    scope="members:write",
    body=types.MemberAccount,
    answer=types.Member,
    example={"handle": "rosa"},
)
async def give_account(call: Call) -> types.Member:
    given: types.MemberAccount = call.body

    async def work(uow: UnitOfWork) -> MemberView:
        account = await accounts.by_handle(uow, given.handle)
        if account is None:
            raise InvalidInput({"handle": [_("There is no such account.")]})
        return await members.give_account(uow, call.path["id"], account.id, by=call.account.id)

    return _member(await call.node.write(work))


@table.add("GET", "/health", "Whether the node can answer", answer=types.Health)
async def health(call: Call) -> types.Health:
    async with call.node.reading() as reader:
        await reader.ping()
    return types.Health("ok")


def _member(member: MemberView) -> types.Member:
    return types.Member(
        id=member.id,
        number=member.number,
        name=member.name,
        kind=member.kind,
        membership_class=member.membership_class,
        status=member.status,
        joined_on=member.joined_on,
        has_account=member.account_id is not None,
    )
