"""What one tells of oneself, to whom, and how it looks to them."""

from aiohttp import web
from msgspec.structs import replace

from node import members, profiles
from node.accounts import AccountView
from node.errors import InvalidInput, NodeError
from node.profiles import EVERYBODY, MEMBER, Profile, shown
from ui.web.context import member_of, node_of
from ui.web.navigation import see_other
from ui.web.profile_forms import ProfileForm, typed
from ui.web.reading import Upload, read_form
from ui.web.templating import render

routes = web.RouteTableDef()

_SHOWN_AT = {"picture": "file"}
"""Where in the form the complaint about a field stands."""


@routes.get("/account/profile")
async def profile_page(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    async with node_of(request).reading() as reader:
        own = await profiles.profile_of(reader, account.id)
    return await _page(request, ProfileForm(data=typed(own)), own)


@routes.post("/account/profile")
async def change_profile(request: web.Request) -> web.StreamResponse:
    """Show what others would see, or keep it."""
    account, node, data = member_of(request), node_of(request), await read_form(request)
    form = ProfileForm(data)
    form.validate()
    async with node.reading() as reader:
        own = await profiles.profile_of(reader, account.id)
    try:
        await _take_picture(request, form, data.get("file"), account)
        told = profiles.checked(form.told())
        if data.get("then") == "preview":
            return await _page(request, form, own, draft=replace(own, told=told))
        await node.write(lambda uow: profiles.tell(uow, account.id, told))
    except InvalidInput as error:
        form.complain({_SHOWN_AT.get(name, name): why for name, why in error.fields.items()})
        return await _page(request, form, own, status=422)
    return see_other("/account/profile", told="saved")


async def _take_picture(
    request: web.Request, form: ProfileForm, sent: object, account: AccountView
) -> None:
    """Keep a picture that came with the form, whatever else is wrong with that.

    Raises InvalidInput for what is none.
    """
    if not isinstance(sent, Upload) or not sent.content:
        return
    try:
        form.picture.data = await node_of(request).pictures.take(sent.content, by=account.id)
    except NodeError as error:
        raise InvalidInput({"file": [error.public_message]}) from None
    form.drop_picture.data = False


async def _page(
    request: web.Request,
    form: ProfileForm,
    own: Profile,
    *,
    draft: Profile | None = None,
    status: int = 200,
) -> web.StreamResponse:
    """draft: as it would be if it were kept."""
    async with node_of(request).reading() as reader:
        line = await members.by_account(reader, own.account_id)
    seen = draft or own
    return await render(
        request,
        "people/own.html",
        status=status,
        here="more",
        form=form,
        own=own,
        is_draft=draft is not None,
        of_members=shown(seen, MEMBER),
        of_everybody=shown(seen, EVERYBODY),
        in_register={"telephone": line.phone, "email": line.email} if line else {},
    )
