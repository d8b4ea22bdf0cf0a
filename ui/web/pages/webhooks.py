"""Programs that are told of what happens here: choosing, watching, sending again."""

from aiohttp import web

from node import webhooks
from node.errors import Conflict, InvalidInput
from node.webhooks import Draft, WebhookView
from ui.web import forms
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import read_form, read_text
from ui.web.templating import render
from ui.web.webhook_forms import WebhookForm

routes = web.RouteTableDef()

HOME = "/settings/webhooks"
SHOWN = 50


@routes.get(HOME)
async def webhooks_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _all(request, WebhookForm(data={"kinds": list(webhooks.KIND_WORDS)}))


@routes.post(HOME)
async def create(request: web.Request) -> web.StreamResponse:
    """Tell a program from now on; its secret stands on the page that follows, and never again."""
    account, node = admin_of(request), node_of(request)
    form = await forms.filled(WebhookForm, request)
    if not form.validate():
        return await _all(request, form, status=422)
    draft = Draft(form.url.data, form.kinds.data, form.description.data or "")
    guard = node.federation.client.guard
    try:
        view, secret = await node.write(
            lambda uow: webhooks.create(uow, draft, guard, by=account.id)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _all(request, form, status=422)
    except Conflict as error:
        form.complain({"url": [error.public_message]})
        return await _all(request, form, status=409)
    return await _one(request, view, _form_of(view), secret=secret)


@routes.get(HOME + "/{id}")
async def webhook_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    view = await _view(request)
    return await _one(request, view, _form_of(view))


@routes.post(HOME + "/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    account, node = admin_of(request), node_of(request)
    view, form = await _view(request), await forms.filled(WebhookForm, request)
    if not form.validate():
        return await _one(request, view, form, status=422)
    said = {"url": form.url.data, "kinds": form.kinds.data, "description": form.description.data}
    guard = node.federation.client.guard
    try:
        await node.write(lambda uow: webhooks.change(uow, view.id, guard, **said, by=account.id))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _one(request, view, form, status=422)
    return see_other(f"{HOME}/{view.id}", told="saved")


@routes.post(HOME + "/{id}/do")
async def do(request: web.Request) -> web.StreamResponse:
    """on, off, test, replay (one or all that were given up) or remove."""
    account, node = admin_of(request), node_of(request)
    data, webhook_id = await read_form(request), request.match_info["id"]
    step, guard, by = data.get("do"), node.federation.client.guard, account.id
    if step in ("on", "off"):
        await node.write(
            lambda uow: webhooks.change(uow, webhook_id, guard, on=step == "on", by=by)
        )
        return see_other(f"{HOME}/{webhook_id}", told="saved")
    if step == "test":
        line = await node.webhooks.send_test(webhook_id, node.federation.identities.base)
        arrived = line.state is webhooks.State.DELIVERED
        return see_other(f"{HOME}/{webhook_id}", told="test-arrived" if arrived else "test-failed")
    if step == "remove":
        await node.write(lambda uow: webhooks.remove(uow, webhook_id, by=by))
        return see_other(HOME, told="webhook-gone")
    if step != "replay":
        raise web.HTTPBadRequest
    delivery = await read_text(request, "delivery")
    chosen = [delivery] if delivery else None
    await node.write(lambda uow: webhooks.replay(uow, webhook_id, chosen, by=by))
    return see_other(f"{HOME}/{webhook_id}", told="retrying")


async def _view(request: web.Request) -> WebhookView:
    async with node_of(request).reading() as reader:
        return await webhooks.webhook(reader, request.match_info["id"])


def _form_of(view: WebhookView) -> WebhookForm:
    kinds = [kind.value for kind in view.kinds]
    return WebhookForm(data={"url": view.url, "description": view.description, "kinds": kinds})


async def _all(request: web.Request, form: WebhookForm, *, status: int = 200) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        known = await webhooks.webhooks(reader)
    return await render(
        request, "webhooks/list.html", status=status, here="more", form=form, known=known
    )


async def _one(
    request: web.Request,
    view: WebhookView,
    form: WebhookForm,
    *,
    secret: str = "",
    status: int = 200,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        lines = await webhooks.log(reader, view.id, limit=SHOWN)
    return await render(
        request,
        "webhooks/one.html",
        status=status,
        here="more",
        secret=secret,
        webhook=view,
        form=form,
        lines=lines,
        any_failed=any(line.state is webhooks.State.FAILED for line in lines),
    )
