"""The file that goes with a referral: put there before the person is asked, read by the desks."""

from aiohttp import hdrs, web
from aiohttp.helpers import content_disposition_header

from node import referrals
from node.errors import InvalidInput, NotFound
from node.i18n import _
from ui.web.context import node_of
from ui.web.middleware import SHOWN_ONCE
from ui.web.navigation import see_other
from ui.web.pages.referrals import may_see, page
from ui.web.reading import REFERRAL_FILE, Upload, read_form

routes = web.RouteTableDef()

_RUNS_NOWHERE = {"Content-Security-Policy": "default-src 'none'; sandbox"}


@routes.get(REFERRAL_FILE)
async def download(request: web.Request) -> web.StreamResponse:
    """Never shown inside a page of ours: somebody else wrote it."""
    found = await may_see(request)
    async with node_of(request).reading() as reader:
        file = await referrals.file_of(reader, found.referral.subject)
    if file is None:
        raise NotFound(_("There is no file here, or it was deleted."))
    named = content_disposition_header("attachment", filename=file.name)
    headers = SHOWN_ONCE | _RUNS_NOWHERE
    headers |= {hdrs.CONTENT_DISPOSITION: named, hdrs.CONTENT_TYPE: file.media_type}
    return web.Response(body=file.content, headers=headers)


@routes.post(REFERRAL_FILE)
async def put(request: web.Request) -> web.StreamResponse:
    """Put a file there, or with `do` remove take it away."""
    found, data = await may_see(request), await read_form(request)
    node, number, sent = node_of(request), found.referral.id, data.get("file")
    file = sent if isinstance(sent, Upload) else Upload("", b"")
    try:
        if data.get("do") == "remove":
            await node.write(lambda uow: referrals.detach(uow, number))
        else:
            await node.write(lambda uow: referrals.attach(uow, number, file.name, file.content))
    except InvalidInput as error:
        problem = " ".join(str(one) for why in error.fields.values() for one in why)
        return await page(request, found, problem=problem, status=422)
    return see_other(f"/referrals/{number}", told="saved")
