"""Bring listings in from a table or a map file, and take all of ours out again."""

import asyncio

from aiohttp import web

from node import listings
from node.errors import NodeError
from ui.web import forms
from ui.web.context import admin_of, node_of
from ui.web.reading import Upload, read_form
from ui.web.templating import render

routes = web.RouteTableDef()

EXPORTS = {
    "csv": ("text/csv", listings.export_csv),
    "geojson": ("application/geo+json", listings.export_geojson),
}


@routes.get("/exchange")
async def exchange_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await render(
        request, "exchange/exchange.html", here="more", form=forms.ExchangeForm(), report=None
    )


@routes.post("/exchange")
async def bring_in(request: web.Request) -> web.StreamResponse:
    """Read the file, or only say what would happen; bad rows are told one by one."""
    account, node, data = admin_of(request), node_of(request), await read_form(request)
    form, report, dry = forms.ExchangeForm(data), None, data.get("look") == "dry"
    upload = data.get("file")
    if isinstance(upload, Upload) and form.validate():
        try:
            rows = await asyncio.to_thread(listings.read_rows, upload.content, upload.name)
            report = await listings.import_rows(
                node,
                rows,
                by=account.id,
                kind=form.kind.data,
                draft=form.look.data == "draft",
                dry_run=dry,
            )
        except NodeError as error:
            form.complain({"file": [str(error)]})
    else:
        form.complain({"file": [str(forms.CHOOSE_A_FILE)]})
    return await render(
        request,
        "exchange/exchange.html",
        status=200 if report else 422,
        here="more",
        form=form,
        report=report,
        dry=dry,
    )


@routes.get("/exchange/listings.{form:csv|geojson}")
async def take_out(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    media_type, export = EXPORTS[request.match_info["form"]]
    async with node_of(request).reading() as reader:
        content = await export(reader)
    name = f"listings.{request.match_info['form']}"
    return web.Response(
        body=content if isinstance(content, bytes) else content.encode(),
        headers={
            "Content-Type": f"{media_type}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )
