"""Joining, as whoever wants to sees it: the form, their own page by a secret link, the way in."""

from aiohttp import web
from msgspec.structs import replace

from node import class_caps, joining, members
from node.accounts import allowances
from node.errors import InvalidInput
from node.i18n import _
from node.joining import Actor, Event, Status, Whole
from node.members import Kind
from ui.web import joining_words
from ui.web.cards import coop_card
from ui.web.class_rights import class_rights
from ui.web.context import member_of, node_of, visitor_of
from ui.web.forms import filled
from ui.web.guests import check_guest
from ui.web.joining_forms import AnswerForm, ApplyForm, SponsorForm, apply_form, offer_classes
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.reading import read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/join")
async def join_page(request: web.Request) -> web.StreamResponse:
    version, form = await _form(request)
    read_in = request.query.get("in") or visitor_of(request).language
    return await _page(request, version, form, read_in, apply_form(joining.told(form, read_in)))


@routes.post("/join")
@sent_once
async def join(request: web.Request) -> web.StreamResponse:
    """Nobody agrees to what they have not read: of a form that has changed meanwhile, nothing is
    taken, and what was typed stays. `in`: the language that they read it in."""
    version, whole = await _form(request)
    read_in = await read_text(request, "in") or visitor_of(request).language
    asked = joining.told(whole, read_in)
    form = apply_form(asked, await read_form(request))
    if await read_text(request, "version") != str(version):
        form.untick()
        return await _page(request, version, whole, read_in, form, status=409, changed=True)
    if not form.validate():
        return await _page(request, version, whole, read_in, form, status=422)
    try:
        joining.check_application(
            asked, Kind(form.kind.data), form.particulars, form.membership_class.data, form.agreed
        )  # first, so that a slip costs nobody one of their tries
        await check_guest(request, allowances.JOINING)
        return await see_made(
            request,
            lambda uow: joining.apply(
                uow,
                form.particulars,
                membership_class=form.membership_class.data,
                kind=Kind(form.kind.data),
                agreed=form.agreed,
                language=visitor_of(request).language,
                read_in=read_in,
            ),
            lambda applied: see_other(applied.path, told="applied"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, version, whole, read_in, form, status=422)


@routes.get("/applied/{secret}")
async def own_page(request: web.Request) -> web.StreamResponse:
    return await _own(request, await _by_secret(request), AnswerForm())


@routes.post("/applied/{secret}")
async def act(request: web.Request) -> web.StreamResponse:
    """One of the buttons: `do` is a step of the applicant's, or `enter`."""
    seen = await _by_secret(request)
    what = await read_text(request, "do")
    if what == "enter":
        return await _enter(request, seen)
    if what == "sponsor":
        return await _name_sponsor(request, seen)
    event = next((one for one in joining.MAY[Actor.APPLICANT] if one == what), None)
    if event is None:
        raise web.HTTPBadRequest
    form = await filled(AnswerForm, request)
    try:
        await node_of(request).write(
            lambda uow: joining.step(
                uow,
                seen.application.id,
                event,
                actor=Actor.APPLICANT,
                by=joining.APPLICANT,
                message="" if event is Event.WITHDRAW else form.message.data or "",
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _own(request, seen, form, status=422)
    return see_other(request.path, told="sent" if event is not Event.WITHDRAW else "withdrawn")


async def _name_sponsor(request: web.Request, seen: Whole) -> web.StreamResponse:
    form = await filled(SponsorForm, request)
    try:
        await check_guest(request, allowances.JOINING)
        await node_of(request).write(
            lambda uow: joining.name_sponsor(uow, seen.application.id, form.sponsor.data or "")
        )
    except InvalidInput as error:
        form.complain({"sponsor": next(iter(error.fields.values()))})
        return await _own(request, seen, AnswerForm(), sponsor_form=form, status=422)
    return see_other(request.path, told="sent")


@routes.get("/sponsoring/{key}")
async def sponsoring(request: web.Request) -> web.StreamResponse:
    """A member is asked whether they vouch for somebody: by the applicant's link, or by name."""
    account, key = member_of(request), request.match_info["key"]
    async with node_of(request).reading() as reader:
        asked = await joining.asked(reader, key, account.id)
    return await render(
        request,
        "joining/sponsoring.html",
        here="home",
        asked=asked,
        is_open=asked.application.status in joining.CAN_BE_NAMED,
    )


@routes.post("/sponsoring/{key}")
async def vouch(request: web.Request) -> web.StreamResponse:
    account, key = member_of(request), request.match_info["key"]
    said = await read_text(request, "do")
    if said not in ("yes", "no"):
        raise web.HTTPBadRequest
    await node_of(request).write(
        lambda uow: joining.vouch(uow, key, vouches=said == "yes", account_id=account.id)
    )
    return see_other(request.path, told="sent")


async def _enter(request: web.Request, seen: Whole) -> web.StreamResponse:
    """Whoever was admitted makes their account now: the link is used where it is made."""
    member_id = seen.application.member_id
    if member_id is None:
        raise web.HTTPBadRequest
    await check_guest(request, allowances.JOINING, by=member_id)
    link = await node_of(request).write(
        lambda uow: members.invite(uow, member_id, by=joining.APPLICANT)
    )
    return see_other(link.path)


async def _form(request: web.Request) -> tuple[int, joining.Form]:
    async with node_of(request).reading() as reader:
        return await joining.current_form(reader)


async def _by_secret(request: web.Request) -> Whole:
    async with node_of(request).reading() as reader:
        application_id = await joining.by_secret(reader, request.match_info["secret"])
        return await joining.whole(reader, application_id)


async def _page(
    request: web.Request,
    version: int,
    whole: joining.Form,
    read_in: str,
    form: ApplyForm,
    *,
    status: int = 200,
    changed: bool = False,
) -> web.StreamResponse:
    node, asked = node_of(request), joining.told(whole, read_in)
    async with node.reading() as reader:
        profile = await node.profile(reader)
        rights = await class_rights(reader, asked.classes)
        full = await class_caps.full(reader)
    offer_classes(form, asked, full)
    return await render(
        request,
        "joining/join.html",
        status=status,
        here="more",
        card=coop_card(node.config.address, node.weave, profile, "/join", _("Join us"))
        if asked.is_open
        else None,
        version=version,
        asked=asked,
        tongues=joining.languages(whole),
        read_in=read_in,
        form=form,
        changed=changed,
        rights=rights,
        full=full,
    )


async def _own(
    request: web.Request,
    seen: Whole,
    form: AnswerForm,
    *,
    sponsor_form: SponsorForm | None = None,
    status: int = 200,
) -> web.StreamResponse:
    application, base = seen.application, node_of(request).config.address
    code = joining.sponsor_code(request.match_info["secret"])
    has_account, possible = False, application.possible(Actor.APPLICANT)
    now = node_of(request).clock.now()
    is_appeal_over = application.is_appeal_over(now)
    if is_appeal_over:
        possible = tuple(event for event in possible if event is not Event.APPEAL)
    async with node_of(request).reading() as reader:
        takes_in = await joining.is_open(reader)
        is_other_there = await joining.is_other_there(reader, application.decided_by)
        vouching = await joining.sponsors(reader, application.id)
        if application.member_id is not None:
            member = await members.member(reader, application.member_id)
            has_account = member is None or member.account_id is not None
    return await render(
        request,
        "joining/applied.html",
        status=status,
        here="more",
        seen=replace(seen, form=joining.told(seen.form, visitor_of(request).language)),
        one=application,
        state=joining_words.THEIRS[application.status],
        happened=joining_words.HAPPENED,
        possible=possible,
        is_appeal_over=is_appeal_over,
        can_apply_anew=takes_in and application.can_be_made_anew(now),
        can_enter=application.status is Status.ADMITTED and not has_account,
        form=form,
        is_other_there=is_other_there,
        address=f"{base}{request.path}",
        vouching=vouching if application.status in joining.CAN_BE_NAMED else None,
        sponsor_form=sponsor_form or SponsorForm(),
        sponsor_link=f"{base}/sponsoring/{code}",
    )
