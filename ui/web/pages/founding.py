"""Founding a federation step by step, and naming who votes for us."""

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts, council, members
from node.accounts import Role
from node.council import Named, Rules
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from ui.web import council_words as words
from ui.web.context import admin_of, node_of
from ui.web.faces import known_coops, our_coop
from ui.web.forms import options
from ui.web.founding_forms import DelegatesForm, FoundForm
from ui.web.navigation import see_other
from ui.web.numbers import whole
from ui.web.once import see_made, sent_once
from ui.web.reading import Form, read_form
from ui.web.templating import render

routes = web.RouteTableDef()

_MOST_MEMBERS = 10**7


@routes.get("/council/found")
async def found_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _found_page(request, FoundForm(), {})


@routes.post("/council/found")
@sent_once
async def found(request: web.Request) -> web.StreamResponse:
    """First a look at what would be agreed, with each coop's power; then the invitations."""
    account, data = admin_of(request), await read_form(request)
    form, sizes = FoundForm(data), _sizes(data)
    await _offer(request, form)
    if not form.validate():
        return await _found_page(request, form, sizes, status=422)
    if not form.coops.data:
        form.complain({"coops": [_("Choose at least one coop to found it with.")]})
        return await _found_page(request, form, sizes, status=422)
    invited = {*form.coops.data, node_of(request).federation.identities.coop.uri}
    if set(form.facilitators.data or ()) - invited:
        form.complain({"facilitators": [_("Choose only coops that found it.")]})
        return await _found_page(request, form, sizes, status=422)
    try:
        agreed = form.rules()
        council.check_founding(agreed, len(invited))
        council.check_weights(agreed, await _founders(request, form, sizes))
    except InvalidInput as error:
        form.complain(error.fields)
        return await _found_page(request, form, sizes, status=422)
    if data.get("do") != "sign":
        return await _found_page(request, form, sizes, preview=agreed)
    return await see_made(
        request,
        lambda uow: council.found(uow, agreed, form.coops.data, by=account.id),
        lambda number: see_other(f"/council/federations/{number}", told="council-invited"),
    )


@routes.get("/council/federations/{id}/delegates")
async def delegates_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    async with node_of(request).reading() as reader:
        now = await council.our_delegates(reader, request.match_info["id"])
    form = DelegatesForm(
        data={
            "delegates": [one.account_id for one in now if not one.is_alternate],
            "alternates": [one.account_id for one in now if one.is_alternate],
        }
    )
    return await _delegates_page(request, form)


@routes.post("/council/federations/{id}/delegates")
async def name_delegates(request: web.Request) -> web.StreamResponse:
    """Everybody named gets the role and a new key on this node; earlier keys vote no more."""
    account, number = admin_of(request), request.match_info["id"]
    form = DelegatesForm(await read_form(request))
    await _offer_people(request, form)
    if not form.validate():
        return await _delegates_page(request, form, status=422)

    async def write(uow: UnitOfWork) -> None:
        for account_id in [*form.delegates.data, *form.alternates.data]:
            await accounts.add_role(uow, account_id, Role.DELEGATE, by=account.id)
        named, others = (
            [Named(each) for each in field.data] for field in (form.delegates, form.alternates)
        )
        await council.name_delegates(uow, number, named, others, by=account.id)

    try:
        await node_of(request).write(write)
    except InvalidInput as error:
        form.complain(error.fields)
        return await _delegates_page(request, form, status=422)
    except NotAllowed as error:
        form.complain({"delegates": [error.public_message]})
        return await _delegates_page(request, form, status=422)
    return see_other(f"/council/federations/{number}", told="council-delegates")


def _sizes(data: Form) -> dict[str, int]:
    """How many members each coop is thought to have, as was typed beside it."""
    typed = {
        name.partition(":")[2]: str(value) for name, value in data.items() if name[:5] == "size:"
    }
    read = {uri: whole(text, _MOST_MEMBERS) for uri, text in typed.items()}
    return {uri: size for uri, size in read.items() if size is not None}


async def _offer(request: web.Request, form: FoundForm) -> None:
    async with node_of(request).reading() as reader:
        known = await known_coops(request, reader)
        ours = await our_coop(reader, node_of(request))
    coops = [(peer.uri, peer.name) for peer in known if peer.works_with_us and not peer.limited]
    form.coops.choices = options(coops)
    form.facilitators.choices = options([(ours.uri, ours.name), *coops])


async def _offer_people(request: web.Request, form: DelegatesForm) -> None:
    async with node_of(request).reading() as reader:
        people = [one for one in await accounts.accounts(reader) if not one.disabled]
    called = Counter(one.name for one in people)
    for field in (form.delegates, form.alternates):
        field.choices = options(
            (one.id, one.name if called[one.name] == 1 else f"{one.name} · {one.handle}")
            for one in people
        )


async def _founders(
    request: web.Request, form: FoundForm, sizes: Mapping[str, int]
) -> dict[str, int]:
    """How many members each coop is thought to have; ours as many as its register."""
    node = node_of(request)
    async with node.reading() as reader:
        counted = sum((await members.count_by_class(reader)).values())
    ours = node.federation.identities.coop.uri
    return {uri: sizes.get(uri, 1) for uri in form.coops.data or ()} | {ours: counted or 1}


async def _found_page(
    request: web.Request,
    form: FoundForm,
    sizes: Mapping[str, int],
    *,
    status: int = 200,
    preview: Rules | None = None,
) -> web.StreamResponse:
    await _offer(request, form)
    founders = await _founders(request, form, sizes)
    return await render(
        request,
        "council/found.html",
        status=status,
        here="council",
        form=form,
        sizes=sizes,
        preview=preview,
        powers=council.power(preview.scheme, founders) if preview else {},
        powerless=council.powerless(preview, founders) if preview else [],
        founders=founders,
        quorum=council.quorum(len(founders), preview.witness_quorum) if preview else 0,
        words=words,
    )


async def _delegates_page(
    request: web.Request, form: DelegatesForm, *, status: int = 200
) -> web.StreamResponse:
    await _offer_people(request, form)
    async with node_of(request).reading() as reader:
        view = await council.federation(reader, request.match_info["id"])
        now = await council.our_delegates(reader, view.id)
    return await render(
        request,
        "council/delegates.html",
        status=status,
        here="council",
        form=form,
        view=view,
        until=now[0].until if now else None,
    )
