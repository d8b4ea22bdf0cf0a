"""Applications, for those of the coop who look at them, and the form they come by."""

import msgspec
from aiohttp import web
from msgspec.structs import replace

from node import joining, members, vacancies
from node.errors import Conflict, InvalidInput
from node.joining import AT_REST, TO_DECIDE, Actor, Event, Status
from ui.web import joining_words
from ui.web.context import admin_of, node_of, reviewer_of, visitor_of
from ui.web.forms import filled
from ui.web.joining_forms import JoiningForm, SayForm, StepForm, filled_from, say_form
from ui.web.navigation import see_other
from ui.web.pages.members import qr
from ui.web.reading import read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()

RECENT = 20


@routes.get("/applications")
async def applications_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    async with node_of(request).reading() as reader:
        _version, asked = await joining.current_form(reader)
        to_decide = await joining.applications(reader, TO_DECIDE)
        asked_back = await joining.applications(reader, [Status.ASKED])
        waiting = await joining.waiting_list(reader)
        free = {one.membership_class for one in await vacancies.vacancies(reader)}
        over = await joining.applications(reader, AT_REST, limit=RECENT)
    return await render(
        request,
        "joining/applications.html",
        here="more",
        asked=asked,
        to_decide=to_decide,
        asked_back=asked_back,
        waiting=waiting,
        free=free,
        over=over,
        state_of=joining_words.state_of,
        address=f"{node_of(request).config.address}/join",
        picture=qr(f"{node_of(request).config.address}/join"),
    )


@routes.get("/applications/form")
async def form_page(request: web.Request) -> web.StreamResponse:
    """The form as it is written; with `in`, what it says in another language."""
    admin_of(request)
    async with node_of(request).reading() as reader:
        version, asked = await joining.current_form(reader)
    language = request.query.get("in")
    if language is None:
        return await _form_page(request, filled_from(asked))
    _check_spoken(request, asked, language)
    return await _say_page(request, version, asked, language, say_form(asked, language))


@routes.post("/applications/form")
async def change_form(request: web.Request) -> web.StreamResponse:
    account, form = admin_of(request), await filled(JoiningForm, request)
    if language := await read_text(request, "in"):
        return await _say(request, language, account.id)
    if not form.validate():
        return await _form_page(request, form, status=422)
    try:
        language = node_of(request).config.language
        asked = msgspec.structs.replace(form.asked, language=language)
        await node_of(request).write(lambda uow: joining.set_form(uow, asked, by=account.id))
    except InvalidInput as error:
        wrong = form.complain_by_class(error.fields)
        return await _form_page(request, form, status=422, wrong=wrong)
    return see_other("/applications", told="saved")


async def _say(request: web.Request, language: str, by: str) -> web.StreamResponse:
    """Keep what the form says in another language; what was typed for another form stays typed."""
    async with node_of(request).reading() as reader:
        version, asked = await joining.current_form(reader)
    _check_spoken(request, asked, language)
    form = say_form(asked, language, await read_form(request))
    if await read_text(request, "version") != str(version):
        return await _say_page(request, version, asked, language, form, status=409, changed=True)
    try:
        await node_of(request).write(
            lambda uow: joining.say_form_in(uow, language, form.words, version=version, by=by)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _say_page(request, version, asked, language, form, status=422)
    return see_other("/applications/form", told="translated")


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
                why=form.why.data or "",
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except Conflict as error:
        form.complain({"message": [error.public_message]})
        return await _page(request, form, status=409)
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
        vouching = await joining.sponsors(reader, seen.application.id)
        is_other_there = await joining.is_other_there(reader, decided_by)
    is_appealed = seen.application.status is Status.APPEALED
    is_own = reviewer_of(request).id == decided_by
    possible = seen.application.possible(Actor.REVIEWER)
    return await render(
        request,
        "joining/application.html",
        status=status,
        here="more",
        seen=replace(seen, form=joining.told(seen.form, visitor_of(request).language)),
        one=seen.application,
        vouching=vouching,
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
    async with node_of(request).reading() as reader:
        version, asked = await joining.current_form(reader)
    return await render(
        request,
        "joining/form.html",
        status=status,
        here="more",
        form=form,
        wrong=wrong or [],
        missing={tag: joining.missing(asked, tag) for tag in _others(request, asked) if version},
    )


async def _say_page(
    request: web.Request,
    version: int,
    asked: joining.Form,
    language: str,
    form: SayForm,
    *,
    status: int = 200,
    changed: bool = False,
) -> web.StreamResponse:
    return await render(
        request,
        "joining/say.html",
        status=status,
        here="more",
        version=version,
        asked=asked,
        language=language,
        form=form,
        changed=changed,
    )


def _others(request: web.Request, asked: joining.Form) -> list[str]:
    """The languages of the coop beside the one that its form is written in, and those that it says
    something in already."""
    spoken = (*node_of(request).config.languages, *joining.languages(asked))
    return [tag for tag in dict.fromkeys(spoken) if tag != asked.language]


def _check_spoken(request: web.Request, asked: joining.Form, language: str) -> None:
    if language not in _others(request, asked):
        raise web.HTTPNotFound
