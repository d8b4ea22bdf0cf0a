"""What members are asked beyond the membership: worded by admins, answered by each on their own."""

from aiohttp import web

from node import accounts, consents
from node.errors import Conflict, InvalidInput, NotFound
from ui.web.context import admin_of, member_of, node_of
from ui.web.forms import ConsentForm, consent_form
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.reading import read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.post("/account/consents/{id}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Agree to a wording, or take back what was agreed to about its matter."""
    account, node, number = member_of(request), node_of(request), request.match_info["id"]
    match await read_text(request, "do"):
        case "give":
            language = await read_text(request, "language") or None
            await node.write(lambda uow: consents.give(uow, account.id, number, language=language))
        case "withdraw":
            await node.write(lambda uow: consents.withdraw(uow, account.id, number))
        case _other:
            raise web.HTTPBadRequest
    return see_other("/account/data", told="saved")


@routes.get("/settings/consents")
async def page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    return await _page(request, consent_form(_further(request)))


@routes.post("/settings/consents")
@sent_once
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask something new, word it anew, or ask it no more."""
    account, node = admin_of(request), node_of(request)
    form = consent_form(_further(request), await read_form(request))
    matter = await read_text(request, "matter")
    if await read_text(request, "do") == "stop":
        await node.write(lambda uow: consents.stop_asking(uow, matter, by=account.id))
        return see_other("/settings/consents", told="saved")
    title, text = form.title.data or "", form.text.data or ""
    try:
        return await see_made(
            request,
            lambda uow: consents.ask(
                uow,
                title,
                text,
                matter=matter or None,
                language=node.config.language,
                others=form.others,
                by=account.id,
            ),
            lambda _matter: see_other("/settings/consents", told="saved"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, matter=matter, status=422)
    except (Conflict, NotFound) as error:  # what was typed can still be asked as something new
        form.complain({"title": [error.public_message]})
        return await _page(request, form, status=409)


def _further(request: web.Request) -> tuple[str, ...]:
    """The languages of the coop beside its main one."""
    return node_of(request).config.languages[1:]


def _as_asked(one: consents.Asked, languages: tuple[str, ...]) -> ConsentForm:
    """To be worded anew. A language that the coop no longer has stays with what it says."""
    data = {"title": one.title, "text": one.text}
    for tag, said in one.others.items():
        data |= {f"title-{tag}": said.title, f"text-{tag}": said.text}
    return consent_form(dict.fromkeys((*languages, *one.others)), data=data)


async def _page(
    request: web.Request, form: ConsentForm, *, matter: str = "", status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        asked = await consents.asked(reader)
        agreed = {one.id: await consents.holders(reader, one.id) for one in asked}
        names = await accounts.names(reader, {who for found in agreed.values() for who in found})
    further = _further(request)
    forms = {one.matter: _as_asked(one, further) for one in asked}
    if matter:
        forms[matter] = form
    for number, each in enumerate(forms.values()):
        for entry in each:  # several forms on one page: their labels must not lead astray
            entry.id = f"{entry.id}-{number}"
    return await render(
        request,
        "settings/consents.html",
        status=status,
        here="more",
        asked=asked,
        agreed=agreed,
        names=names,
        forms=forms,
        form=consent_form(further) if matter else form,
        failed=matter,
    )
