"""Rules about whole domains, for whoever looks after the node: decide, and lift again."""

from collections.abc import Sequence

from aiohttp import web

from federation.models import RuleLevel
from node import peers
from node.errors import InvalidInput
from node.peers import DomainView, ListReport
from ui.web import forms
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import Upload, read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/domains")
async def domains_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    domain = request.query.get("domain", "")[: peers.LONGEST_DOMAIN]
    return await _page(request, forms.DomainForm(data={"domain": domain}))


@routes.post("/domains")
async def decide(request: web.Request) -> web.StreamResponse:
    """Decide about a domain, in place of an earlier decision."""
    account = admin_of(request)
    form = await forms.filled(forms.DomainForm, request)
    if not form.validate():
        return await _page(request, form, status=422)
    try:
        await node_of(request).write(
            lambda uow: peers.decide(
                uow,
                form.domain.data,
                RuleLevel(form.level.data),
                form.reason.data,
                days=form.days.data,
                by=account.id,
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    return see_other("/domains", told="decided")


@routes.post("/domains/lift")
async def lift(request: web.Request) -> web.StreamResponse:
    account = admin_of(request)
    domain = await read_text(request, "domain")
    await node_of(request).write(lambda uow: peers.lift(uow, domain, by=account.id))
    return see_other("/domains", told="lifted")


@routes.post("/domains/list")
async def bring_in(request: web.Request) -> web.StreamResponse:
    """Take a list of blocked domains over, or only say what would change."""
    account, data = admin_of(request), await read_form(request)
    form, upload, dry = forms.BlocklistForm(data), data.get("file"), data.get("look") != "enter"
    blank = forms.DomainForm()
    if not isinstance(upload, Upload):
        form.complain({"file": [forms.CHOOSE_A_FILE]})
        return await _page(request, blank, list_form=form, status=422)
    try:
        report = await peers.import_blocks(
            node_of(request), upload.content, name=upload.name, dry_run=dry, by=account.id
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, blank, list_form=form, status=422)
    return await _page(request, blank, list_form=form, report=report, dry=dry)


@routes.get("/domains/blocks.csv")
async def take_out(request: web.Request) -> web.StreamResponse:
    """Our blocks and limits in Mastodon's form."""
    admin_of(request)
    async with node_of(request).reading() as reader:
        return blocks_file(await peers.domains(reader))


def blocks_file(rules: Sequence[DomainView]) -> web.Response:
    """For the page and for the API."""
    return web.Response(
        body=peers.export_blocks(rules).encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="domain_blocks.csv"',
        },
    )


async def _page(
    request: web.Request,
    form: forms.DomainForm,
    *,
    status: int = 200,
    list_form: forms.BlocklistForm | None = None,
    report: ListReport | None = None,
    dry: bool = False,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        rules = await peers.domains(reader)
    return await render(
        request,
        "peers/domains.html",
        status=status,
        here="peers",
        form=form,
        rules=rules,
        list_form=list_form or forms.BlocklistForm(),
        report=report,
        dry=dry,
    )
