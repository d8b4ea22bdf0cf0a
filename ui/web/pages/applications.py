"""Applications, for those of the coop who look at them, and the form they come by."""

from aiohttp import web

from node import joining, members
from node.errors import InvalidInput
from node.joining import AT_REST, TO_DECIDE, Actor, Event, Status
from ui.web import joining_words
from ui.web.context import admin_of, node_of, reviewer_of
from ui.web.forms import filled
from ui.web.joining_forms import JoiningForm, StepForm, filled_from
from ui.web.navigation import see_other
from ui.web.pages.members import qr
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()

RECENT = 20


@routes.get("/applications")
async def applications_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    async with node_of(request).reading() as reader:
        _version, asked = await joining.current_form(reader)
        to_decide = await joining.applications(reader, TO_DECIDE)
        waiting = await joining.applications(reader, (Status.ASKED, Status.WAITLISTED))
        over = await joining.applications(reader, AT_REST, limit=RECENT)
    return await render(
        request,
        "joining/applications.html",
        here="more",
        asked=asked,
        to_decide=to_decide,
        waiting=waiting,
        over=over,
        state_of=joining_words.state_of,
        address=f"{node_of(request).config.address}/join",
        picture=qr(f"{node_of(request).config.address}/join"),
    )


@routes.get("/applications/form")
async def form_page(request: web.Request) -> web.StreamResponse:
    admin_of(request)
    async with node_of(request).reading() as reader:
        _version, asked = await joining.current_form(reader)
    return await _form_page(request, filled_from(asked))


@routes.post("/applications/form")
async def change_form(request: web.Request) -> web.StreamResponse:
    account, form = admin_of(request), await filled(JoiningForm, request)
    if not form.validate():
        return await _form_page(request, form, status=422)
    try:
        await node_of(request).write(lambda uow: joining.set_form(uow, form.asked, by=account.id))
    except InvalidInput as error:
        wrong = [str(one) for messages in error.fields.values() for one in messages]
        return await _form_page(request, form, status=422, wrong=wrong)
    return see_other("/applications", told="saved")


@routes.get("/applications/{id}")
async def one_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    return await _page(request, StepForm())


@routes.post("/applications/{id}")
async def act(request: web.Request) -> web.StreamResponse:
    """One of the buttons: `do` is a step of a reviewer's, or `invite`."""
    account, what = reviewer_of(request), await read_text(request, "do")
    if what == "invite":
        return await _invite(request, account.id)
    if what == "link":
        return await _renew_link(request, account.id)
    event = next((one for one in joining.MAY[Actor.REVIEWER] if one == what), None)
    if event is None:
        raise web.HTTPBadRequest
    return await _step(request, event, account.id)


async def _step(request: web.Request, event: Event, by: str) -> web.StreamResponse:
    application_id, form = request.match_info["id"], await filled(StepForm, request)
    try:
        await node_of(request).write(
            lambda uow: joining.step(
                uow,
                application_id,
                event,
                actor=Actor.REVIEWER,
                by=by,
                message=form.message.data or "",
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    return see_other(request.path, told="application-step")


async def _invite(request: web.Request, by: str) -> web.StreamResponse:
    node, application_id = node_of(request), request.match_info["id"]
    async with node.reading() as reader:
        member_id = (await joining.whole(reader, application_id)).application.member_id
    if member_id is None:
        raise web.HTTPBadRequest
    link = await node.write(lambda uow: members.invite(uow, member_id, by=by))
    return await _page(request, StepForm(), invitation=f"{node.config.address}{link.path}")


async def _renew_link(request: web.Request, by: str) -> web.StreamResponse:
    """Another link to their own page, for an applicant who lost theirs; shown once, to print."""
    node, application_id = node_of(request), request.match_info["id"]
    path = await node.write(lambda uow: joining.renew_link(uow, application_id, by=by))
    return await _page(request, StepForm(), own_link=f"{node.config.address}{path}")


async def _page(
    request: web.Request,
    form: StepForm,
    *,
    status: int = 200,
    invitation: str = "",
    own_link: str = "",
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        seen = await joining.whole(reader, request.match_info["id"])
        member_id = seen.application.member_id
        member = await members.member(reader, member_id) if member_id else None
        decided_by = seen.application.decided_by
        is_other_there = await joining.is_other_there(reader, decided_by)
    is_appealed = seen.application.status is Status.APPEALED
    is_own = reviewer_of(request).id == decided_by
    possible = seen.application.possible(Actor.REVIEWER)
    return await render(
        request,
        "joining/application.html",
        status=status,
        here="more",
        seen=seen,
        one=seen.application,
        member=member,
        state=joining_words.state_of(seen.application),
        happened=joining_words.HAPPENED,
        main=[event for event in possible if event is Event.ADMIT],
        others=[event for event in possible if event is not Event.ADMIT],
        step_words=joining.applying.words,
        form=form,
        is_own_decision=is_appealed and is_own and is_other_there,
        invitation=invitation,
        own_link=own_link,
        picture=qr(invitation or own_link) if invitation or own_link else "",
    )


async def _form_page(
    request: web.Request, form: JoiningForm, *, status: int = 200, wrong: list[str] | None = None
) -> web.StreamResponse:
    form.add_blanks()
    return await render(
        request, "joining/form.html", status=status, here="more", form=form, wrong=wrong or []
    )
