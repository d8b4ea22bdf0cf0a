"""Reporting a listing, deciding about it, and asking for another look."""

from aiohttp import web

from node import listings
from node.accounts import allowances
from node.errors import Closed, Conflict, InvalidInput, NodeError, NotAllowed, NotFound
from node.i18n import _
from node.listings import Complaint, ListingView, MirrorView
from node.program import command
from ui.web import moderation_forms
from ui.web.context import member_of, moderator_of, node_of, visitor_of
from ui.web.errors import status_of
from ui.web.guests import check_guest
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/{what:listings|mirrors}/{id}/report")
async def report_page(request: web.Request) -> web.StreamResponse:
    return await _form(request, await reported(request), moderation_forms.ReportForm())


@routes.post("/{what:listings|mirrors}/{id}/report")
@sent_once
async def report(request: web.Request) -> web.StreamResponse:
    view, form = await reported(request), moderation_forms.ReportForm(await read_form(request))
    account = visitor_of(request).account
    said = Complaint(
        form.reason.data or "",
        form.words.data or "",
        account=account.id if account else None,
        tell_them=form.tell_them.data,
    )
    try:
        if account is None:
            await check_guest(request, allowances.REPORTING)
        return await see_made(
            request,
            lambda uow: listings.report(uow, view, said),
            lambda _case: see_other(request.path.removesuffix("/report"), told="reported"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _form(request, view, form, status=422)
    except NotAllowed as error:
        return await _form(request, view, form, problem=error)


@routes.get("/moderation")
async def desk(request: web.Request) -> web.StreamResponse:
    account = moderator_of(request)
    async with node_of(request).reading() as reader:
        cases = await listings.cases(reader, account)
        waiting = await listings.in_review(reader)
    return await render(request, "moderation/desk.html", here="more", cases=cases, waiting=waiting)


@routes.get("/moderation/{id}")
async def case_page(request: web.Request) -> web.StreamResponse:
    return await _case(request, moderation_forms.DecisionForm())


@routes.post("/moderation/{id}")
async def decide(request: web.Request) -> web.StreamResponse:
    """What the desk decides; or the owner's wish that it is looked at again."""
    account, case_id = member_of(request), request.match_info["id"]
    form = moderation_forms.DecisionForm(await read_form(request))
    act, words = str(form.do.data or ""), str(form.words.data or "")
    try:
        if act == "appeal":
            await node_of(request).write(
                lambda uow: listings.appeal(uow, case_id, words, by=account)
            )
        else:
            ground = str(form.ground.data or "")
            await node_of(request).write(
                lambda uow: listings.decide(
                    uow, case_id, act, by=account, words=words, ground=ground
                )
            )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _case(request, form, status=422)
    except (NotAllowed, Conflict, Closed) as error:
        return await _case(request, form, problem=error)
    return see_other(f"/moderation/{case_id}", told="saved")


async def reported(request: web.Request) -> ListingView | MirrorView:
    """The listing of the address, if this visitor may see it."""
    what, name = request.match_info["what"], request.match_info["id"]
    viewer = visitor_of(request).viewer
    async with node_of(request).reading() as reader:
        if what == "listings":
            listing = await listings.listing(reader, name)
            if listing is not None and listings.visible(listing, viewer):
                return listing
        else:
            mirror = await listings.mirror(reader, name)
            if mirror is not None and listings.mirror_visible(mirror, viewer):
                return mirror
    raise NotFound(_("This offer is not here, or not open to you. Members may need to sign in."))


async def _case(
    request: web.Request,
    form: moderation_forms.DecisionForm,
    *,
    status: int = 200,
    problem: NodeError | None = None,
) -> web.StreamResponse:
    account, node = member_of(request), node_of(request)
    async with node.reading() as reader:
        case = await listings.case(reader, request.match_info["id"], account)
    if case is None:
        raise NotFound(_("There is no such case."))
    is_owner = case.is_of(account)
    is_desk = visitor_of(request).moderates and not is_owner
    may_appeal = is_owner and case.may_be_appealed(node.clock.now())
    return await render(
        request,
        "moderation/case.html",
        status=status_of(problem) if problem else status,
        here="more",
        case=case,
        form=form,
        is_owner=is_owner,
        by_operator=[command("listings reported --json"), command(f"listings decide {case.id}")],
        is_desk=is_desk,
        may_appeal=may_appeal,
        problem=problem,
        unsent="" if may_appeal or (is_desk and case.acts) else form.words.data,
        words=listings.CASE_LIFE.words,
        reasons=listings.REASONS,
    )


async def _form(
    request: web.Request,
    view: ListingView | MirrorView,
    form: moderation_forms.ReportForm,
    *,
    status: int = 200,
    problem: NodeError | None = None,
) -> web.StreamResponse:
    is_theirs = isinstance(view, MirrorView)
    return await render(
        request,
        "moderation/report.html",
        status=status_of(problem) if problem else status,
        problem=problem,
        here="find",
        listing=view,
        form=form,
        their_coop=view.coop_name if isinstance(view, MirrorView) else None,
        back=f"/{'mirrors' if is_theirs else 'listings'}/{view.id}",
    )
