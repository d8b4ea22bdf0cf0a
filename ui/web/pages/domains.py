"""Rules about whole domains, for whoever looks after the node: decide, and lift again."""

from aiohttp import web

from federation.models import RuleLevel
from node import peers
from node.errors import InvalidInput
from ui.web import forms
from ui.web.context import admin_of, node_of
from ui.web.navigation import see_other
from ui.web.reading import read_text
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


async def _page(
    request: web.Request, form: forms.DomainForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        rules = await peers.domains(reader)
    return await render(
        request, "peers/domains.html", status=status, here="peers", form=form, rules=rules
    )
