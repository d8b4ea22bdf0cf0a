"""The coops we deal with, for whoever looks after the node: ask, answer, hold, what waits."""

from aiohttp import web

from federation import delivery
from federation.errors import FederationError
from federation.inbox import deferred
from federation.models import InboxState
from node import limits, listings, obstacles, peers
from node.errors import InvalidInput, NodeError
from protocol.errors import ProtocolError
from ui.web import forms
from ui.web.context import admin_of, node_of, visitor_of
from ui.web.faces import known_coops
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.reading import read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()

WAITING_SHOWN = 30
_TOLD = {
    "accept": "accepted",
    "decline": "declined",
    "suspend": "suspended",
    "resume": "back",
    "vouch": "saved",
    "take-back": "saved",
    "leave": "left",
}
"""What is said once it is done, for each of `peers.ANSWERS`."""
_CLAIMS = {"confirm": (peers.confirm, "moved"), "deny": (peers.deny, "declined")}
NOT_TAKEN_IN = (InboxState.DEFERRED, InboxState.FAILED)


@routes.get("/peers")
async def peers_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _page(request, forms.PeerForm())


async def _page(
    request: web.Request, form: forms.PeerForm, *, status: int = 200
) -> web.StreamResponse:
    skip = whole(request.query.get("skip", ""), limits.COOPS_ASKING) or 0
    async with node_of(request).reading() as reader:
        known = await known_coops(request, reader)
        asking = await peers.asking(reader, skip=skip)
        waiting = await delivery.undelivered(reader, WAITING_SHOWN)
        claims = await peers.claims(reader)
        unread = await deferred.kept_messages(reader, WAITING_SHOWN, states=NOT_TAKEN_IN)
        wished = await peers.wishes(reader)
        vouched = (await peers.our_telling(reader)).vouches_for
        offers = await listings.mirrors_by_coop(reader, visitor_of(request).viewer)
    return await render(
        request,
        "peers/peers.html",
        status=status,
        here="peers",
        form=form,
        claims=claims,
        asking=[peer for peer in asking.coops if peer.uri not in {one.new_uri for one in claims}],
        more=f"/peers?skip={skip + peers.ASKING_SHOWN}" if asking.more else "",
        known=known,
        waiting=waiting,
        unread=unread,
        wished=wished,
        offers=offers,
        vouched=vouched,
    )


@routes.post("/peers")
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask another coop to work with us. A slip in the address is told beside the field."""
    account = admin_of(request)
    form = await forms.filled(forms.PeerForm, request)
    if not form.validate():
        return await _page(request, form, status=422)
    try:
        await peers.ask(node_of(request).federation, form.address.data, by=account.id)
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except (NodeError, FederationError, ProtocolError) as error:
        form.complain({"address": [obstacles.of(error)]})
        return await _page(request, form, status=422)
    return see_other("/peers", told="asked")


@routes.post("/peers/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """One of the buttons beside a coop: its `uri` and what to `do`."""
    account = admin_of(request)
    node, data = node_of(request), await read_form(request)
    uri, what = str(data.get("uri", "")), str(data.get("do", ""))
    if what not in peers.ANSWERS:
        raise web.HTTPBadRequest
    reason = str(data.get("reason", ""))[:500]
    await node.write(lambda uow: peers.answer(uow, what, uri, by=account.id, reason=reason))
    return see_other("/peers", told=_TOLD[what])


@routes.post("/peers/claim")
async def decide_claim(request: web.Request) -> web.StreamResponse:
    """Whether a coop is the one it says it is."""
    account = admin_of(request)
    node, data = node_of(request), await read_form(request)
    uri, what = str(data.get("uri", "")), str(data.get("do", ""))
    if what not in _CLAIMS:
        raise web.HTTPBadRequest
    decide, told = _CLAIMS[what]
    await node.write(lambda uow: decide(uow, uri, by=account.id))
    return see_other("/peers", told=told)


@routes.post("/peers/retry")
async def retry(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    delivery_id = await read_text(request, "id")
    await node_of(request).write(lambda uow: delivery.retry(uow, delivery_id))
    return see_other("/peers", told="retrying")


@routes.post("/peers/replay")
async def replay(request: web.Request) -> web.StreamResponse:
    """Take a message in again that came and could not be taken in."""
    admin_of(request)
    entry_id = await read_text(request, "id")
    await node_of(request).write(lambda uow: deferred.replay(uow, entry_id))
    return see_other("/peers", told="retrying")
