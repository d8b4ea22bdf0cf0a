"""Conversations: writing to somebody, one's own, one of them, and what was reported."""

from aiohttp import web

from federation.storage import UnitOfWork
from node import listings, profiles, threads
from node.accounts import AccountView, allowances
from node.errors import InvalidInput, NotFound
from node.i18n import _
from node.threads import Event, Seat, Topic
from ui.web import forms
from ui.web.context import member_of, moderator_of, node_of, visitor_of
from ui.web.faces import known_coops
from ui.web.guests import check_guest
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.people_seen import check_member, person_seen
from ui.web.reading import read_form, read_text
from ui.web.templating import render

routes = web.RouteTableDef()


@routes.get("/write")
async def write_page(request: web.Request) -> web.StreamResponse:
    """`listing`, `mirror`, `coop` or, among members, `person` says whom to write to."""
    topic, to, name = await _addressee(request)
    return await _form(request, forms.MessageForm(), topic, to, name)


@routes.post("/write")
@sent_once
async def write_first(request: web.Request) -> web.StreamResponse:
    topic, to, name = await _addressee(request)
    form = await forms.filled(forms.MessageForm, request)
    account = visitor_of(request).account
    if not form.validate():
        return await _form(request, form, topic, to, name, status=422)
    try:
        if account is None:
            return await _write_as_guest(request, form, topic, to)
        by = threads.account(account.id)
        return await see_made(
            request,
            lambda uow: threads.open_thread(uow, by=by, to=to, text=form.text.data, about=topic),
            lambda seat: see_other(f"/threads/{seat.thread_id}", told="sent"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _form(request, form, topic, to, name, status=422)


@routes.get("/threads")
async def mine(request: web.Request) -> web.StreamResponse:
    account, visitor = member_of(request), visitor_of(request)
    async with node_of(request).reading() as reader:
        own = await threads.threads(reader, account)
        desk = await threads.threads(reader, account, desk=True)
        reports = await threads.reports(reader, account) if visitor.moderates else []
    return await render(
        request, "threads/threads.html", here="threads", own=own, desk=desk, reports=reports
    )


@routes.get("/threads/{id}")
async def show(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    seat = await _seat(request, account)
    await node_of(request).write(lambda uow: threads.mark_read(uow, seat, account))
    return await _show(request, seat, forms.ReplyForm())


@routes.post("/threads/{id}")
@sent_once
async def act(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    return await _act(request, await _seat(request, account))


@routes.get("/t/{secret}")
async def guest_show(request: web.Request) -> web.StreamResponse:
    """A guest comes back by their link."""
    seat = await _guest_seat(request)
    await node_of(request).write(lambda uow: threads.mark_read(uow, seat, None))
    return await _show(request, seat, forms.ReplyForm())


@routes.post("/t/{secret}")
@sent_once
async def guest_act(request: web.Request) -> web.StreamResponse:
    return await _act(request, await _guest_seat(request))


@routes.get("/notes/{id}")
async def note(_request: web.Request) -> web.StreamResponse:
    """The address of a single message: for the node it was sent to."""
    raise NotFound(_("Single messages have no page. Look into your conversations."))


@routes.get("/reports/{id}")
async def report_page(request: web.Request) -> web.StreamResponse:
    account, report_id = moderator_of(request), request.match_info["id"]
    async with node_of(request).reading() as reader:
        report, messages = await threads.reported(reader, report_id, account)
    return await render(
        request, "threads/report.html", here="threads", report=report, messages=messages
    )


@routes.post("/reports/{id}")
async def settle(request: web.Request) -> web.StreamResponse:
    account, report_id = moderator_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: threads.settle(uow, report_id, by=account))
    return see_other("/threads", told="settled")


async def _act(request: web.Request, seat: Seat) -> web.StreamResponse:
    """One of the buttons of a conversation: what to `do`."""
    node, data, back = node_of(request), await read_form(request), request.path
    what = str(data.get("do", "write"))
    if what == "write":
        return await _reply(request, seat)
    if what == "report":
        return await _report(request, seat)

    async def work(uow: UnitOfWork) -> str:
        match what:
            case "close" | "reopen":
                await threads.change_state(uow, seat, Event(what))
                return "closed" if what == "close" else "saved"
            case "withdraw":
                await threads.withdraw(uow, seat, str(data.get("message", "")))
                return "withdrawn"
            case "claim":
                await threads.claim(uow, seat)
                return "claimed"
            case "block" | "block-all":
                await threads.block(uow, seat, everywhere=what == "block-all")
                return "blocked"
            case "unblock":
                await threads.unblock(uow, seat)
                return "saved"
            case "erase":
                await threads.erase(uow, seat)
                return "erased"
        raise web.HTTPBadRequest

    return see_other(back, told=await node.write(work))


async def _reply(request: web.Request, seat: Seat) -> web.StreamResponse:
    form = await forms.filled(forms.ReplyForm, request)
    if not form.validate():
        return await _show(request, seat, form, status=422)
    try:
        return await see_made(
            request,
            lambda uow: threads.write(uow, seat, form.text.data),
            lambda _written: see_other(request.path, told="sent"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _show(request, seat, form, status=422)


async def _report(request: web.Request, seat: Seat) -> web.StreamResponse:
    reason = await read_text(request, "reason")
    tell_them = await read_text(request, "tell_them") != ""
    await node_of(request).write(lambda uow: threads.report(uow, seat, reason, tell_them=tell_them))
    return see_other(request.path, told="reported")


async def _write_as_guest(
    request: web.Request, form: forms.MessageForm, topic: Topic | None, to: threads.Party
) -> web.StreamResponse:
    await check_guest(request, allowances.WRITING)
    return await see_made(
        request,
        lambda uow: threads.open_as_guest(
            uow,
            to=to,
            text=form.text.data,
            about=topic,
            name=form.name.data or "",
            contact=form.contact.data or "",
        ),
        lambda link: see_other(link.path, told="sent-guest"),
    )


async def _addressee(request: web.Request) -> tuple[Topic | None, threads.Party, str]:
    """What to write about, to whom, and what they are called. Raises NotFound."""
    node, visitor, query = node_of(request), visitor_of(request), request.query
    async with node.reading() as reader:
        if "listing" in query:
            listing = await listings.listing(reader, query["listing"])
            if listing is not None and listings.visible(listing, visitor.viewer):
                topic = listings.topic_of(listing)
                return topic, topic.provider, (await node.profile(reader)).name
        elif "mirror" in query:
            mirror = await listings.mirror(reader, query["mirror"])
            if mirror is not None and listings.mirror_visible(mirror, visitor.viewer):
                topic = listings.topic_of(mirror)
                return topic, topic.provider, mirror.coop_name
        elif "person" in query:
            viewer = await profiles.viewer(reader, member_of(request).id)
            check_member(viewer)
            person, seen = await person_seen(reader, query["person"], viewer)
            # A conversation names both: none begins with who keeps their name to themselves.
            if name := seen.texts.get(profiles.Field.NAME):
                return None, threads.account(person.account_id), name
        elif "coop" in query:
            for peer in await known_coops(request, reader):
                if peer.authority == query["coop"] and peer.works_with_us:
                    return None, threads.actor(peer.uri), peer.name
        else:
            return None, threads.DESK, (await node.profile(reader)).name
    raise NotFound(_("This offer is not here, or not open to you. Members may need to sign in."))


async def _form(
    request: web.Request,
    form: forms.MessageForm,
    topic: Topic | None,
    to: threads.Party,
    name: str,
    *,
    status: int = 200,
) -> web.StreamResponse:
    return await render(
        request,
        "threads/write.html",
        status=status,
        here="find",
        form=form,
        topic=topic,
        to=to,
        name=name,
        action=request.rel_url.raw_path_qs,
    )


async def _show(
    request: web.Request, seat: Seat, form: forms.ReplyForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        thread = await threads.thread(reader, seat)
    return await render(
        request,
        "threads/thread.html",
        status=status,
        here="threads",
        thread=thread,
        line=thread.line,
        form=form,
        is_guest=seat.by is None,
        address=f"{node_of(request).config.address}{request.path}",
    )


async def _seat(request: web.Request, account: AccountView) -> Seat:
    async with node_of(request).reading() as reader:
        return await threads.seat(reader, request.match_info["id"], account)


async def _guest_seat(request: web.Request) -> Seat:
    async with node_of(request).reading() as reader:
        return await threads.guest_seat(reader, request.match_info["secret"])
