"""Passing people on: the desk, asking our neighbours, one referral, and what peers read of it."""

from typing import Any

from aiohttp import web

from federation.storage import UnitOfWork
from node import i18n, listings, policies, referrals, threads
from node.accounts import AccountView
from node.errors import InvalidInput, NodeError, NotAllowed
from node.i18n import _
from node.referrals import Event, ReferralView, State
from node.threads import ThreadView
from ui.web import referral_forms, referral_terms, referral_words
from ui.web.context import admin_of, member_of, node_of, visitor_of
from ui.web.faces import known_coops
from ui.web.middleware import SHOWN_ONCE
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.members import qr
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()

_GIVEN = ("reason", "outcome", "value", "currency", "listing", "quantity", "price")


@routes.get("/referrals")
async def desk(request: web.Request) -> web.StreamResponse:
    """For the desk all of it; for a member what they wrote down."""
    account = member_of(request)
    by = None if account.is_admin else account.id
    async with node_of(request).reading() as reader:
        everything = await referrals.referrals(reader, by=by)
        waiting = await referrals.waiting(reader) if by is None else []
        pairs = await referrals.pairs(reader)
        names = await listings.coop_names(reader, {one.peer for one in everything if one.peer})
    return await render(
        request,
        "referrals/desk.html",
        here="referrals",
        waiting=waiting,
        sent=[one for one in everything if one.side == "sent"],
        received=[one for one in everything if one.side == "received"],
        pairs=pairs,
        names=names,
        words=referral_words,
    )


@routes.get("/referrals/new")
async def new_page(request: web.Request) -> web.StreamResponse:
    """From a listing, ours or a neighbour's (`listing`: its address), from a conversation
    (`thread`: its id), or from nothing."""
    member_of(request)
    thread = await _thread(request, request.query.get("thread"))
    listing = request.query.get("listing") or (thread.line.about_uri if thread else None)
    async with node_of(request).reading() as reader:
        draft = await referrals.begun_with(reader, listing)
    data = referral_forms.begun(draft, node_of(request).config.currency)
    form = referral_forms.NeedForm(data=data)
    return await _form(request, form, None, listing, thread=thread)


@routes.post("/referrals/new")
@sent_once
async def create(request: web.Request) -> web.StreamResponse:
    account, data = member_of(request), await read_form(request)
    form = referral_forms.NeedForm(data)
    listing = str(data.get("listing", "")) or None
    thread = await _thread(request, str(data.get("thread", "")))
    if not form.validate():
        return await _form(request, form, None, listing, thread=thread, status=422)
    try:
        return await see_made(
            request,
            lambda uow: referrals.start(
                uow,
                form.draft(listing),
                person=form.person(),
                by=account.id,
                thread=thread.line.id if thread else None,
            ),
            lambda view: see_other(f"/referrals/{view.id}", told="referral-written"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _form(request, form, None, listing, thread=thread, status=422)


@routes.get("/referrals/{id}")
async def show(request: web.Request) -> web.StreamResponse:
    """A person gets the page, the other coop's node the need that it was offered."""
    return await page(request, await may_see(request))


@routes.get("/referrals/{id}/edit")
async def edit_page(request: web.Request) -> web.StreamResponse:
    found = await may_see(request)
    data = referral_forms.need_data(found.referral, found.person)
    form = referral_forms.NeedForm(data=data)
    return await _form(request, form, found.referral, found.referral.need.listing_uri)


@routes.post("/referrals/{id}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    found = await may_see(request)
    form = referral_forms.NeedForm(await read_form(request))
    view, listing = found.referral, found.referral.need.listing_uri
    if not form.validate():
        return await _form(request, form, view, listing, status=422)
    try:
        await node_of(request).write(
            lambda uow: referrals.edit(uow, view.id, form.draft(listing), person=form.person())
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _form(request, form, view, listing, status=422)
    return see_other(f"/referrals/{view.id}", told="saved")


@routes.post("/referrals/{id}/ask")
async def ask(request: web.Request) -> web.StreamResponse:
    """Ask the person: their link and their sheet are made."""
    account, data = admin_of(request), await read_form(request)
    found = await may_see(request)
    form = await _ask_form(request, found, data)
    try:
        if form.validate():
            await node_of(request).write(
                lambda uow: referrals.ask_consent(
                    uow,
                    found.referral.id,
                    recipients=form.recipients,
                    fields=form["fields"].data,
                    auto_next=form.auto_next.data,
                    by=account.id,
                )
            )
            return see_other(f"/referrals/{found.referral.id}", told="person-asked")
    except InvalidInput as error:
        form.complain(error.fields)
    return await page(request, found, ask_form=form, status=422)


@routes.post("/referrals/{id}/consent")
async def note_consent(request: web.Request) -> web.StreamResponse:
    """A yes on paper or aloud, noted with its witness."""
    account = admin_of(request)
    found, form = await may_see(request), referral_forms.NoteForm(await read_form(request))
    if not form.validate():
        return await page(request, found, note_form=form, status=422)
    await node_of(request).write(
        lambda uow: referrals.note(
            uow,
            found.referral,
            form.channel.data,
            witness=form.witness.data,
            language=form.language.data,
            by=account.id,
        )
    )
    return see_other(f"/referrals/{found.referral.id}", told="saved")


@routes.post("/referrals/{id}/do")
async def do(request: web.Request) -> web.StreamResponse:
    """One of the buttons that the table of states offers."""
    account, data = admin_of(request), await read_form(request)
    referral_id, event = request.match_info["id"], str(data.get("event", ""))
    given = {name: str(data.get(name, "")) for name in _GIVEN}
    try:
        await node_of(request).write(lambda uow: _do(uow, referral_id, event, given, account.id))
    except NodeError as error:
        return await page(request, await may_see(request), problem=str(error), status=422)
    return see_other(f"/referrals/{referral_id}", told="saved")


@routes.get("/referrals/{id}/sheet")
async def sheet(request: web.Request) -> web.StreamResponse:
    """The consent on paper, in a language of the person's choice, with the way to its page."""
    admin_of(request)
    found = await may_see(request)
    if found.consent is None:
        return see_other(f"/referrals/{found.referral.id}")
    wanted = request.query.get("language", visitor_of(request).language)
    language = wanted if wanted in i18n.available_languages() else visitor_of(request).language
    async with node_of(request).reading() as reader:
        code = await referrals.code_of(reader, found.consent.consent)
        names = await listings.coop_names(reader, found.consent.consent.recipients)
    link = f"{node_of(request).config.address}{referrals.CONSENT_PATH}{code}" if code else ""
    with i18n.speaking(language):
        return _private(
            await render(
                request,
                "referrals/sheet.html",
                here="referrals",
                lang=language,
                dir=i18n.direction(language),
                found=found,
                consent=found.consent.consent,
                names=names,
                link=link,
                picture=qr(link) if link else "",
                languages=i18n.available_languages(),
                fields=referrals.FIELD_WORDS,
            )
        )


async def _do(
    uow: UnitOfWork, referral_id: str, event: str, given: dict[str, str], by: str
) -> ReferralView:
    if event == Event.ACCEPT and given["listing"]:
        wanted = await referral_terms.wanted(uow, referral_id, given)
        return await referrals.accept(uow, referral_id, by=by, wanted=wanted)
    if event in referrals.SIMPLE:
        return await referrals.SIMPLE[Event(event)](uow, referral_id, by=by)
    if event == Event.DECLINE:
        return await referrals.decline(uow, referral_id, given["reason"], by=by)
    if event == Event.COMPLETE:
        return await referrals.complete(
            uow,
            referral_id,
            given["outcome"],
            value=referral_terms.decimal(given["value"]),
            currency=given["currency"],
            by=by,
        )
    if event == "withdraw-consent":
        view = (await referrals.detail(uow, referral_id)).referral
        await referrals.withdraw_for(uow, view, by=by)
        return view
    return await referrals.progress(uow, referral_id, event, reason=given["reason"], by=by)


async def may_see(request: web.Request) -> referrals.Detail:
    """The referral of the address, for the desk and for the member who wrote it down."""
    account = member_of(request)
    async with node_of(request).reading() as reader:
        found = await referrals.detail(reader, request.match_info["id"])
    if not _is_desk(account) and found.referral.by != account.id:
        raise NotAllowed(
            _("Only the referral desk, and who wrote it down, may see this."), "referral-desk"
        )
    return found


def _is_desk(account: AccountView) -> bool:
    return account.is_admin


async def page(
    request: web.Request,
    found: referrals.Detail,
    *,
    ask_form: Any = None,
    note_form: Any = None,
    problem: str = "",
    status: int = 200,
) -> web.StreamResponse:
    """The page of one referral."""
    view, is_desk = found.referral, _is_desk(member_of(request))
    link = ""
    async with node_of(request).reading() as reader:
        if found.consent is not None and is_desk and view.state is State.CONSENT_PENDING:
            code = await referrals.code_of(reader, found.consent.consent)
            link = f"{node_of(request).config.address}{referrals.CONSENT_PATH}{code}"
        agreed = found.consent.consent.recipients if found.consent else ()
        ours = await referral_terms.ours(reader) if is_desk and Event.ACCEPT in found.events else []
        talks = await threads.leading_to(reader, view.uri, member_of(request))
        names = await listings.coop_names(reader, {*agreed, *([view.peer] if view.peer else [])})
        offered = await referrals.offered(reader, view.need.listing_uri)
    if view.state is State.DRAFT and ask_form is None:
        ask_form = await _ask_form(request, found, None)
    return _private(
        await render(
            request,
            "referrals/show.html",
            status=status,
            here="referrals",
            found=found,
            view=view,
            names=names,
            talks=talks,
            ours=ours,
            offered=offered,
            is_desk=is_desk,
            ask_form=ask_form,
            note_form=note_form or referral_forms.NoteForm(),
            link=link,
            problem=problem,
            words=referral_words,
            fields=referrals.FIELD_WORDS,
            channels=referrals.CHANNEL_WORDS,
            declines=referrals.DECLINE_WORDS,
            failures=referrals.FAILURE_WORDS,
            outcomes=referrals.OUTCOME_WORDS,
            event_word=referrals.LIFE.word,
            known_keys=policies.REGISTRY,
        )
    )


async def _ask_form(request: web.Request, found: referrals.Detail, data: Any) -> Any:
    async with node_of(request).reading() as reader:
        known = await known_coops(request, reader)
    coops = [(one.uri, one.name) for one in known if one.works_with_us]
    known_fields = [*found.person, *([referrals.FILE] if found.file else [])]
    return referral_forms.AskForm.for_coops(coops, known_fields, data)


async def _form(
    request: web.Request,
    form: referral_forms.NeedForm,
    view: ReferralView | None,
    listing: str | None,
    *,
    thread: ThreadView | None = None,
    status: int = 200,
) -> web.StreamResponse:
    return _private(
        await render(
            request,
            "referrals/edit.html",
            status=status,
            here="referrals",
            form=form,
            view=view,
            listing=listing,
            thread=thread,
        )
    )


async def _thread(request: web.Request, thread_id: str | None) -> ThreadView | None:
    """The conversation that it came up in, if one is named. Raises NotFound for another's."""
    if not thread_id:
        return None
    async with node_of(request).reading() as reader:
        seat = await threads.seat(reader, thread_id, member_of(request))
        return await threads.thread(reader, seat)


def _private(response: web.Response) -> web.Response:
    """Somebody's contact data may stand on it: no cache keeps a copy."""
    response.headers.update(SHOWN_ONCE)
    return response
