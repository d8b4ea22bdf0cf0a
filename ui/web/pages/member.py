"""One member: what the register says, what happened, and what may happen next."""

from datetime import date

from aiohttp import web

from federation.storage import UnitOfWork
from node import accounts, council, members, offices, peers, periods
from node.days import Said
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.members import Event
from ui.web.class_rights import class_rights
from ui.web.context import admin_of, member_of, node_of, reviewer_of
from ui.web.forms import filled
from ui.web.letters import membership
from ui.web.membership_forms import ClassForm, CorrectionForm, MemberStepForm, written
from ui.web.navigation import see_other
from ui.web.reading import read_text
from ui.web.templating import render

routes = web.RouteTableDef()

WITH_REASON = frozenset({Event.SUSPEND, Event.END, Event.GIVE_NOTICE})


@routes.get("/members/{id}")
async def member_page(request: web.Request) -> web.StreamResponse:
    reviewer_of(request)
    return await _page(request, MemberStepForm())


@routes.post("/members/{id}")
async def act(request: web.Request) -> web.StreamResponse:
    """Let the next thing happen to a membership; with its end, the account can be closed too."""
    account, member_id = reviewer_of(request), request.match_info["id"]
    form = await filled(MemberStepForm, request)
    event = next((one for one in Event if one == form.do.data), None)
    if event is None:
        raise web.HTTPBadRequest
    reason = (form.reason.data or "").strip()

    async def work(uow: UnitOfWork) -> None:
        done = await members.change_status(
            uow,
            member_id,
            event,
            by=account.id,
            reason=reason,
            until=form.until.data or (await _usual_day(uow, event)),
            why=form.why.data or None,
        )
        if event is Event.END and form.close.data and done.account_id is not None:
            theirs = await accounts.account(uow, done.account_id)
            if theirs is not None and theirs.is_admin:
                admin_of(request)  # nobody else shuts an admin out
            await accounts.disable(uow, done.account_id, by=account.id)
            await members.close_colleagues(uow, [member_id], by=account.id)

    form.validate()
    if event in WITH_REASON and not reason:
        form.complain({"reason": [_("Say why; it stands in the register for good.")]})
    if form.errors:
        return await _page(request, form, status=422)
    try:
        await node_of(request).write(work)
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except Conflict as error:
        form.complain({"reason": [error.public_message]})
        return await _page(request, form, status=409)
    return see_other(request.path, told="saved")


async def _usual_day(uow: UnitOfWork, event: Event) -> date | None:
    return await periods.last_day(uow) if event is Event.GIVE_NOTICE else None


@routes.get("/members/{id}/letter")
async def letter(request: web.Request) -> web.StreamResponse:
    """What was decided about a membership last: to read for whose it is, to print for officers."""
    account, member_id = member_of(request), request.match_info["id"]
    node = node_of(request)
    async with node.reading() as reader:
        if account.id not in await members.accounts_of(reader, member_id):
            reviewer_of(request)
        one = await members.member(reader, member_id)
        decision = await members.last_decision(reader, member_id)
        coop = (await node.profile(reader)).name
        legal = (await peers.told_by_us(reader)).legal
    if one is None or decision is None:
        raise NotFound(_("There is no letter about this membership."))
    day, until = Said(decision.at.date().isoformat()), Said(decision.object_by.isoformat())
    return await render(
        request,
        "members/letter.html",
        here="more",
        one=one,
        legal=legal,
        day=day,
        lines=membership.lines(decision.event, coop, day, until, decision.reason),
    )


@routes.post("/members/{id}/class")
async def change_class(request: web.Request) -> web.StreamResponse:
    """Another class from today on, with what members of it may do; the register says so."""
    account, member_id = reviewer_of(request), request.match_info["id"]
    form = await filled(ClassForm, request)
    wanted, why = form.membership_class.data or "", (form.why.data or "").strip()
    if not why:
        form.complain({"why": [_("Say why; it stands in the register for good.")]})
        return await _page(request, MemberStepForm(), class_form=form, status=422)
    try:
        await node_of(request).write(
            lambda uow: members.change_class(uow, member_id, wanted, by=account.id, reason=why)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, MemberStepForm(), class_form=form, status=422)
    except Conflict as error:
        form.complain({"membership_class": [error.public_message]})
        return await _page(request, MemberStepForm(), class_form=form, status=409)
    return see_other(f"/members/{member_id}", told="class-changed")


@routes.post("/members/{id}/correct")
async def correct(request: web.Request) -> web.StreamResponse:
    """Put right what the register says; what it said before stays in the history."""
    by, member_id = reviewer_of(request).id, request.match_info["id"]
    form = await filled(CorrectionForm, request)
    why = (form.source.data or "").strip()
    if form.validate():
        try:
            await node_of(request).write(
                lambda uow: members.correct(uow, member_id, form.said(), by=by, reason=why)
            )
        except InvalidInput as error:
            form.complain(error.fields)
        else:
            return see_other(f"/members/{member_id}", told="saved")
    return await _page(request, MemberStepForm(), correction=form, status=422)


@routes.post("/members/{id}/name")
async def answer_name(request: web.Request) -> web.StreamResponse:
    """Call a member as they ask, by the name that was shown; or leave it as it is."""
    by, member_id = reviewer_of(request).id, request.match_info["id"]
    wanted = await read_text(request, "name")

    async def work(uow: UnitOfWork) -> None:
        if wanted:
            await members.correct(uow, member_id, {"name": wanted}, by=by)
        else:
            await members.leave_name(uow, member_id, by=by)

    await node_of(request).write(work)
    return see_other(f"/members/{member_id}", told="saved")


@routes.post("/members/{id}/colleagues/{account}")
async def end_colleague(request: web.Request) -> web.StreamResponse:
    """Somebody acts for a firm no longer."""
    account, member_id = reviewer_of(request), request.match_info["id"]
    who = request.match_info["account"]
    await node_of(request).write(
        lambda uow: members.end_colleague(uow, member_id, who, by=account.id)
    )
    return see_other(f"/members/{member_id}", told="saved")


async def _page(
    request: web.Request,
    form: MemberStepForm,
    *,
    class_form: ClassForm | None = None,
    correction: CorrectionForm | None = None,
    status: int = 200,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        one = await members.member(reader, request.match_info["id"])
        if one is None:
            raise NotFound(_("There is no such member."))
        history = await members.history(reader, one.id)
        held = await offices.holdings(reader, member_id=one.id)
        spoken = await council.mandates_held(reader, one.account_id) if one.account_id else []
        actors = {line.content.by for line in history if line.content}
        actors |= {each.given_by for each in held} | {each.named_by for each in spoken}
        names = await accounts.names(reader, actors)
        colleagues = await members.colleagues(reader, one.id)
        rights = await class_rights(reader, [one.membership_class])
        decision = await members.last_decision(reader, one.id)
        reached = await members.addresses_of(reader, one)
        wanted = await members.name_asked(reader, one.id)
        signs_in = await accounts.account(reader, one.account_id) if one.account_id else None
        may = await members.may_do(reader, one, reviewer_of(request).id)
    return await render(
        request,
        "members/member.html",
        status=status,
        here="more",
        one=one,
        possible=may.steps,
        reclasses=may.reclass,
        history=history,
        names=names,
        form=form,
        class_form=class_form or ClassForm(data={"membership_class": one.membership_class}),
        correction=correction or CorrectionForm(data=written(one)),
        wanted=wanted,
        held=held,
        colleagues=colleagues,
        spoken=spoken,
        rights=rights[one.membership_class],
        decision=decision,
        reached=reached,
        signs_in=signs_in,
    )
