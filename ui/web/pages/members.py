"""The register of members, and letting somebody in by a link or its QR picture."""

from aiohttp import web
from markupsafe import Markup

from node import accounts, members
from node.accounts import Purpose, Role
from ui.web import forms
from ui.web.carrying import contacts_file
from ui.web.context import admin_of, node_of, reviewer_of
from ui.web.templating import render

routes = web.RouteTableDef()

INVITE_HOURS = 7 * 24
ROLES = {
    "member": frozenset({Role.MEMBER}),
    "delegate": frozenset({Role.MEMBER, Role.DELEGATE}),
    "treasurer": frozenset({Role.MEMBER, Role.TREASURER}),
    "secretary": frozenset({Role.MEMBER, Role.SECRETARY}),
    "admin": frozenset({Role.MEMBER, Role.ADMIN}),
}


@routes.get("/members")
async def members_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    return await _page(request, forms.InviteForm())


@routes.get("/members/contacts.{form:vcf|csv}")
async def take_along(request: web.Request) -> web.StreamResponse:
    """The register for an address book or a spreadsheet; it is noted who took it."""
    account = reviewer_of(request)
    cards = await node_of(request).write(lambda uow: members.contacts(uow, by=account.id))
    return await contacts_file(cards, "members", request.match_info["form"])


@routes.post("/members/invite")
async def invite(request: web.Request) -> web.StreamResponse:
    """Make a link that lets one person in, shown once with a QR picture to send or to scan."""
    admin_of(request)
    form = await forms.filled(forms.InviteForm, request)
    if not form.validate():
        return await _page(request, form, status=422)
    node = node_of(request)
    link = await node.write(
        lambda uow: accounts.issue_link(
            uow,
            purpose=Purpose.INVITE,
            roles=ROLES[form.role.data],
            name=(form.name.data or "").strip() or None,
            hours=INVITE_HOURS,
        )
    )
    return await _page(request, forms.InviteForm(), invitation=f"{node.config.address}{link.path}")


async def _page(
    request: web.Request, form: forms.InviteForm, *, status: int = 200, invitation: str = ""
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        register = await members.members(reader)
        people = await accounts.accounts(reader)
    return await render(
        request,
        "members/members.html",
        status=status,
        here="more",
        form=form,
        register=register,
        people=people,
        invitation=invitation,
        picture=qr(invitation) if invitation else "",
    )


def qr(address: str) -> Markup:
    """The address as a QR picture: SVG without style attributes, as the page rules ask."""
    import segno

    drawing = segno.make(address, error="m").svg_inline(
        scale=5, border=2, omitsize=False, svgclass="qr", lineclass=None, unit=None
    )
    return Markup(drawing)  # noqa: S704 - drawn by segno from our own link
