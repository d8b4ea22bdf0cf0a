"""Finding a federation that others have founded, reading its rules, and asking to be let in."""

from collections.abc import Sequence

from aiohttp import web

from federation.errors import FederationError, Gone, Refused
from node import council, obstacles
from node.council import Findable
from node.errors import NodeError
from node.i18n import Text, _
from protocol.errors import ProtocolError
from ui.web import charter_words
from ui.web import council_words as words
from ui.web.context import admin_of, node_of
from ui.web.faces import known_coops
from ui.web.forms import FederationForm, filled
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()

FAULTS = (NodeError, FederationError, ProtocolError)
"""What can go wrong where another coop is asked."""
_UNTOLD = (401, 403, 404)


@routes.get("/council/join")
async def join_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _page(request, FederationForm())


@routes.post("/council/join")
async def join(request: web.Request) -> web.StreamResponse:
    """First what is found there, with its rules; then we ask to be let in."""
    account, form = admin_of(request), await filled(FederationForm, request)
    node, charter = node_of(request), await read_text(request, "charter")
    if not form.validate():
        return await _page(request, form, status=422)
    at = form.address.data
    try:
        if not charter:
            found = await council.findable(node.federation, at)
            return await _page(request, form, found=found)
        made = await council.ask_to_join(node.federation, at, charter, by=account.id)
    except FAULTS as error:
        form.complain({"address": [said_of(error)]})
        return await _page(request, form, status=422)
    return see_other(f"/council/federations/{made}", told="council-asked")


def said_of(error: FederationError | ProtocolError | NodeError) -> Text:
    """Why another coop told us nothing, in words."""
    if isinstance(error, Gone | Refused) and error.status in _UNTOLD:
        return _(
            "This coop tells you of no federation: it does so only where both coops work together. "
            "Ask it to work with you first."
        )
    return obstacles.of(error)


async def _page(
    request: web.Request,
    form: FederationForm,
    *,
    status: int = 200,
    found: Sequence[Findable] | None = None,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        known = await known_coops(request, reader)
        ours = await council.federations(reader)
    return await render(
        request,
        "council/join.html",
        status=status,
        here="council",
        form=form,
        neighbours=[peer for peer in known if peer.works_with_us and not peer.limited],
        found=found,
        ours={view.digest: view.id for view in ours if view.digest},
        words=words,
        charter_words=charter_words,
    )
