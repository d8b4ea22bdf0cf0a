"""The register of members, and letting somebody in by a link or its QR picture."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from node import accounts, class_caps, members
from node.accounts import Purpose, Role
from node.errors import InvalidInput
from ui.web import forms, step_up
from ui.web.carrying import contacts_file
from ui.web.context import admin_of, member_of, node_of, reviewer_of, visitor_of
from ui.web.member_filter import member_filter
from ui.web.member_forms import NO_MEMBER, InviteForm
from ui.web.navigation import see_other
from ui.web.reading import Upload, read_form
from ui.web.templating import render, with_query

routes = web.RouteTableDef()

INVITE_HOURS = members.INVITE_HOURS
ON_A_PAGE = 100
SHOWN = (*members.PRESENT, members.Status.ENDED)
"""The states that one can choose from; who only applied stands among the applications."""
ROLES = {
    "member": frozenset({Role.MEMBER}),
    "delegate": frozenset({Role.MEMBER, Role.DELEGATE}),
    "treasurer": frozenset({Role.MEMBER, Role.TREASURER}),
    "secretary": frozenset({Role.MEMBER, Role.SECRETARY}),
    "moderator": frozenset({Role.MEMBER, Role.MODERATOR}),
    "admin": frozenset({Role.MEMBER, Role.ADMIN}),
}


@routes.get("/members")
async def members_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    return await _page(request)


@routes.get("/members/contacts.vcf")
async def take_along(request: web.Request) -> web.StreamResponse:
    """The register for an address book; it is noted who took it."""
    account = reviewer_of(request)
    cards = await node_of(request).write(lambda uow: members.contacts(uow, by=account.id))
    return await contacts_file(cards, "members", "vcf")


@routes.post("/members/invite")
async def invite(request: web.Request) -> web.StreamResponse:
    """Make a link that lets one person in, shown once with a QR picture to send or to scan."""
    account = admin_of(request)
    form = await forms.filled(InviteForm, request)
    if not form.validate():
        return await _page(request, status=422, form=form)
    node, roles = node_of(request), ROLES[form.role.data]
    name = (form.name.data or "").strip() or None
    if form.membership_class.data == NO_MEMBER:
        link = await node.write(
            lambda uow: accounts.issue_link(
                uow,
                purpose=Purpose.INVITE,
                roles=roles,
                name=name,
                hours=INVITE_HOURS,
                by=account.id,
            )
        )
    else:
        try:
            link = await node.write(
                lambda uow: class_caps.invite_new(
                    uow,
                    form.membership_class.data,
                    roles=roles,
                    name=name,
                    by=account.id,
                    reason=(form.why.data or "").strip(),
                )
            )
        except InvalidInput as error:
            form.complain(error.fields)
            return await _page(request, status=422, form=form)
    return await _page(request, invitation=f"{node.config.address}{link.path}")


@routes.post("/members/invitations/{id}/end")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Whoever looks after the node takes back any, others what they made."""
    account, link_id = reviewer_of(request), request.match_info["id"]
    only_own = not visitor_of(request).is_admin
    await node_of(request).write(
        lambda uow: accounts.take_back(uow, link_id, by=account.id, only_own=only_own)
    )
    return see_other("/members", told="invitation-taken-back")


@routes.get("/members/import")
async def import_page(request: web.Request) -> web.StreamResponse:
    """To the table's form, once it is shown who asks: no file comes along with that question."""
    admin_of(request)
    return see_other("/members#table")


@routes.post("/members/import")
async def bring_in(request: web.Request) -> web.StreamResponse:
    """Read a table of members, or only say what would happen; bad rows are told one by one."""
    account, data = admin_of(request), await read_form(request)
    form, upload, dry = forms.MembersForm(data), data.get("file"), data.get("look") != "enter"
    if not isinstance(upload, Upload):
        form.complain({"file": [forms.CHOOSE_A_FILE]})
        return await _page(request, status=422, table_form=form)
    try:
        report = await class_caps.import_members(
            node_of(request), upload.content, dry_run=dry, by=account.id
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, status=422, table_form=form)
    return await _page(request, table_form=form, report=report, dry=dry)


@routes.post("/members/{id}/invite")
async def invite_member(request: web.Request) -> web.StreamResponse:
    """A link for somebody in the register; the account made by it is theirs."""
    account, node = reviewer_of(request), node_of(request)
    member_id = request.match_info["id"]
    link = await node.write(lambda uow: members.invite(uow, member_id, by=account.id))
    return await _page(request, invitation=f"{node.config.address}{link.path}")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    form: InviteForm | None = None,
    table_form: forms.MembersForm | None = None,
    invitation: str = "",
    **more: Any,
) -> web.StreamResponse:
    asked = request.query if request.method == "GET" else {}
    chosen = member_filter(asked)
    async with node_of(request).reading() as reader:
        register = await members.members(
            reader, **chosen, after=asked.get("after"), limit=ON_A_PAGE + 1
        )
        total = sum((await members.count_by_class(reader)).values())
        outside = await members.accounts_of_nobody(reader)
        whose = None if visitor_of(request).is_admin else member_of(request).id
        invitations = await accounts.open_invitations(reader, by=whose)
        people = [one for one in await accounts.accounts(reader) if not one.disabled]
    return await render(
        request,
        "members/members.html",
        status=status,
        here="more",
        form=form or InviteForm(),
        table_form=table_form or forms.MembersForm(),
        columns=members.COLUMNS,
        asks_who=await step_up.is_due(request),
        register=register[:ON_A_PAGE],
        total=total,
        older=_older(request, register),
        chosen=chosen,
        is_narrowed=bool(chosen["q"] or asked.get("class") or asked.get("status")),
        in_states=SHOWN,
        people=people if visitor_of(request).is_admin else outside,
        no_members={one.id for one in outside},
        invitation=invitation,
        invitations=invitations,
        picture=qr(invitation) if invitation else "",
        **more,
    )


def _older(request: web.Request, register: Sequence[members.MemberView]) -> str:
    """Of a list whose page answers forms, too: these have addresses of their own."""
    if len(register) <= ON_A_PAGE:
        return ""
    after = {"after": register[ON_A_PAGE - 1].id}
    return with_query(request, after) if request.method == "GET" else f"/members?{urlencode(after)}"


def qr(address: str) -> Markup:
    """The address as a QR picture: SVG without style attributes, as the page rules ask."""
    import segno

    drawing = segno.make(address, error="m").svg_inline(
        scale=5, border=2, omitsize=False, svgclass="qr", lineclass=None, unit=None
    )
    return Markup(drawing)  # noqa: S704 - drawn by segno from our own link
