"""One agreement, for whoever has a part in it: a member, or a guest by their secret link."""

from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct

from federation.storage import Reader
from node import accounts, agreements, peers, policies, threads
from node.agreements import (
    LIFE,
    By,
    DepositEvent,
    Detail,
    Draft,
    Event,
    PaymentEvent,
    Revision,
    Role,
    Tongue,
)
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from ui.web import dealings, other_days, step_forms
from ui.web.context import member_of, node_of, visitor_of
from ui.web.navigation import see_other
from ui.web.pages.asking import home_zone
from ui.web.reading import read_form, read_text
from ui.web.step_forms import Step, StepForm
from ui.web.templating import render

routes = web.RouteTableDef()

_MENDED_AT = {
    "taken": "start",
    "not-offered": "start",
    "too-short": "start",
    "sold-out": "lines",
    "delivered-already": "lines",
    "amounts": "amount",
    "quantity": "lines",
    "delivered": "lines",
}
"""The field where somebody can mend what is refused, by the refusal's code or by what it is of."""


class Door(Struct, frozen=True):
    """How somebody came to an agreement. path: where its page is for them."""

    agreement_id: str
    by: By
    path: str

    @property
    def is_guest(self) -> bool:
        return self.by.kind == "guest"


@routes.get("/agreements/{id}")
@routes.get("/asked/{secret}")
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _door(request))


async def _page(
    request: web.Request,
    door: Door,
    *,
    shown: str | None = None,
    refused: Text = "",
    status: int = 200,
) -> web.StreamResponse:
    """shown: the digest of the terms that somebody wanted to sign when others had come. refused:
    why a step could not be taken."""
    node = node_of(request)
    async with node.reading() as reader:
        seen = await agreements.agreement(reader, door.agreement_id, door.by)
        tongue = await _tongue(request, reader, seen)
        listing, language = seen.agreement.listing_uri, visitor_of(request).language
        asked = await agreements.asked_in_language(reader, listing, language)
        lots = await agreements.lots_there(reader, seen.version.terms)
        confirm_days = await policies.value(reader, policies.AGREEMENTS_CONFIRM_DAYS)
        workers = await agreements.workers(reader, seen.agreement, door.by)
        named = {} if door.is_guest else await _named(reader, seen, door.by)
        account = visitor_of(request).account
        talks = await threads.last_said(reader, seen.agreement.uri, account) if account else []
        talk = await _guests_talk(request, reader)
    zone = _zone(request, seen)
    return await render(
        request,
        "agreements/one.html",
        status=status,
        here="agreements" if not door.is_guest else "",
        door=door,
        link=f"{node.config.address}{door.path}" if door.is_guest else None,
        seen=seen,
        view=seen.agreement,
        terms=seen.version.terms,
        tongue=tongue,
        asked=asked,
        has_changed=shown is not None,
        refused=refused,
        before=next((one for one in seen.versions if one.digest == shown), None),
        zone=zone,
        standing=dealings.standing_of(seen, zone, confirm_days),
        paying=dealings.paying(seen.agreement.payment),
        deposit=dealings.left(seen.agreement.deposit),
        buttons=_buttons(seen, lots),
        named=named,
        workers=workers,
        happened=dealings.happened,
        details=dealings.details,
        by_whom=dealings.by_whom,
        standings=dealings.STANDINGS,
        written_by=dealings.written_by,
        contact_words=agreements.CONTACT_WORDS,
        talks=talks,
        talk=talk,
    )


async def _guests_talk(request: web.Request, reader: Reader) -> str:
    """Where a guest's words to another coop stand, if they said any: the same secret opens both."""
    secret = request.match_info.get("secret")
    if secret is None:
        return ""
    try:
        await threads.guest_seat(reader, secret)
    except NotFound:
        return ""
    return f"/t/{secret}"


@routes.get("/agreements/{id}/receipt")
@routes.get("/asked/{secret}/receipt")
async def receipt(request: web.Request) -> web.StreamResponse:
    """The terms on one sheet, to print or keep."""
    door = await _door(request)
    seen = await _seen(request, door)
    view = seen.agreement
    async with node_of(request).reading() as reader:
        legal = await peers.legal_of(reader, (view.provider_coop, view.customer_coop))
        tongue = await _tongue(request, reader, seen)
    return await render(
        request,
        "agreements/receipt.html",
        legal=legal,
        tongue=tongue,
        here="agreements" if not door.is_guest else "",
        door=door,
        seen=seen,
        view=view,
        terms=seen.version.terms,
        zone=_zone(request, seen),
        word=LIFE.word(seen.agreement.state),
        paying=dealings.paying(seen.agreement.payment),
    )


@routes.get("/agreements/{id}/steps/{step}")
@routes.get("/asked/{secret}/steps/{step}")
async def step_page(request: web.Request) -> web.StreamResponse:
    """What a step needs to be said, and what it costs, before it is taken."""
    door = await _door(request)
    step = await _step(request, door, request.match_info["step"])
    form = StepForm(data=step_forms.first_values(step))
    return await _step_form(request, door, step, form)


@routes.post("/agreements/{id}/steps")
@routes.post("/asked/{secret}/steps")
async def take_step(request: web.Request) -> web.StreamResponse:
    door, data = await _door(request), await read_form(request)
    step = await _step(request, door, str(data.get("step", "")), is_taken=True)
    form, shown = StepForm(data), str(data.get("digest", ""))
    revises = step.name in step_forms.OF_TERMS
    if revises and shown != step.seen.version.digest:
        return await _page(request, door, shown=shown, status=409)
    if not step.is_at_once and not form.validate():
        return await _step_form(request, door, step, form, status=422)
    if data.get("do") == "change":
        return await _step_form(request, door, step, form)
    if not step_forms.has_numbers(form, step):
        return await _step_form(request, door, step, form, status=422)
    try:
        said, revision = step_forms.said(form, step), step_forms.revision(form, step)
        if revision is not None and data.get("do") == "look":
            return await _look(request, door, step, form, revision)
        await node_of(request).write(
            lambda uow: agreements.do(
                uow, door.agreement_id, step.name, door.by, said, revision=revision, digest=shown
            )
        )
    except Conflict as error:
        if error.code == "terms-changed":
            return await _page(request, door, shown=shown, status=409)
        if revises and error.code in _MENDED_AT:
            form.complain(_placed({error.code: [error.public_message]}))
            return await _step_form(request, door, step, form, status=409)
        return await _page(request, door, refused=error.public_message, status=409)
    except InvalidInput as error:
        if step.is_at_once:
            raise
        form.complain(_placed(error.fields))
        step_forms.complain_of_lines(form, error)
        return await _step_form(request, door, step, form, status=422)
    return see_other(door.path, told="step")


@routes.post("/agreements/{id}/shared")
@routes.post("/asked/{secret}/shared")
async def share(request: web.Request) -> web.StreamResponse:
    """Tick or untick that the other side may have one's name and contact."""
    door, shared = await _door(request), await read_text(request, "shared") == "yes"
    await node_of(request).write(
        lambda uow: agreements.set_shared(uow, door.agreement_id, door.by, shared=shared)
    )
    return see_other(door.path, told="saved")


@routes.post("/agreements/{id}/forget")
@routes.post("/asked/{secret}/forget")
async def forget(request: web.Request) -> web.StreamResponse:
    door = await _door(request)
    await node_of(request).write(
        lambda uow: agreements.forget_contact(uow, door.agreement_id, door.by)
    )
    return see_other(door.path, told="contact-gone")


@routes.post("/agreements/{id}/work")
async def hand_out(request: web.Request) -> web.StreamResponse:
    """Let one of ours do what the coop, a firm or a team provides."""
    door, account_id = await _door(request), await read_text(request, "account")
    await node_of(request).write(
        lambda uow: agreements.assign(uow, door.agreement_id, account_id, by=door.by)
    )
    return see_other(door.path, told="saved")


async def _door(request: web.Request) -> Door:
    """Who comes, to which agreement. Raises SignInNeeded, NotFound for a link that is none."""
    secret = request.match_info.get("secret")
    if secret is None:
        agreement_id = request.match_info["id"]
        by = agreements.of_account(member_of(request))
        return Door(agreement_id, by, f"/agreements/{agreement_id}")
    async with node_of(request).reading() as reader:
        found = await agreements.of_link(reader, secret)
    if found is None:
        raise NotFound(_("This link has ended, or never was one."))
    return Door(*found, f"/asked/{secret}")


async def _named(reader: Reader, seen: Detail, by: By) -> dict[str, str]:
    """Names by account: of who stands on a side, and of colleagues."""
    behind = (seen.agreement.account_of(role) for role in Role)
    return await accounts.names(reader, {*filter(None, behind), *by.colleagues})


async def _tongue(request: web.Request, reader: Reader, seen: Detail) -> Tongue:
    listings = (line.listing for one in seen.versions for line in one.terms.lines)
    return await agreements.in_language(reader, listings, visitor_of(request).language)


async def _seen(request: web.Request, door: Door) -> Detail:
    async with node_of(request).reading() as reader:
        return await agreements.agreement(reader, door.agreement_id, door.by)


async def _step(request: web.Request, door: Door, name: str, *, is_taken: bool = False) -> Step:
    """The step by its name. A page is only for what is possible; what is taken, `do` judges."""
    seen = await _seen(request, door)
    known = {str(one): one for one in (*Event, *PaymentEvent, *DepositEvent)}
    if name not in known:
        raise NotFound(_("There is no such step."))
    async with node_of(request).reading() as reader:
        lots = await agreements.lots_there(reader, seen.version.terms)
    step = Step(known[name], seen, _zone(request, seen), lots)
    if not is_taken and (step.name not in seen.buttons or step.is_at_once):
        raise web.HTTPSeeOther(door.path)
    return step


async def _look(
    request: web.Request, door: Door, step: Step, form: StepForm, revision: Revision
) -> web.StreamResponse:
    """What the other offer, or the change, comes to; nothing is said yet."""
    async with node_of(request).reading() as reader:
        draft = await agreements.preview_revision(
            reader, door.agreement_id, Event(step.name), door.by, revision, step.seen.version.digest
        )
    if revision.start or revision.end:
        await other_days.check(node_of(request), step.terms, draft.terms)
    return await _step_form(request, door, step, form, draft=draft)


async def _step_form(
    request: web.Request,
    door: Door,
    step: Step,
    form: StepForm,
    *,
    status: int = 200,
    draft: Draft | None = None,
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        tongue = await _tongue(request, reader, step.seen)
        is_revised = step.name in step_forms.OF_TERMS
        prices = await agreements.prices_of(reader, step.terms) if is_revised else ()
        pickups = await agreements.pickups(reader, step.terms) if step.terms.pickup else ()
    step_forms.narrow(form, step)
    return await render(
        request,
        "agreements/step.html",
        status=status,
        here="agreements" if not door.is_guest else "",
        door=door,
        step=step,
        seen=step.seen,
        tongue=tongue,
        form=form,
        word=agreements.word(step.name),
        needs=step_forms,
        draft=draft,
        prices=prices,
        pickups=pickups,
        grave=step.name in step_forms.GRAVE,
        costs=_costs(step),
    )


def _costs(step: Step) -> Text:
    """What a grave step costs, said before it is final."""
    seen = step.seen
    if step.name is Event.CANCEL and Role.PROVIDER not in seen.roles:
        if seen.cancel_fee:
            return _("Cancelling now costs you %(sums)s.", sums=dealings.sums_text(seen.cancel_fee))
        return _("Cancelling now costs you nothing.")
    if step.name is Event.CANCEL:
        return _("If you cancel, the customer owes nothing.")
    if step.name in (Event.DECLINE, Event.WITHDRAW):
        return _("Nobody owes anything.")
    return ""


def _buttons(seen: Detail, lots: tuple[str, ...]) -> list[tuple[str, Text, str, bool]]:
    """Each step as its page shows it: name, word, class of the button, whether it is at once.
    A change that cannot be had is refused in place of agreed to."""
    steps = [one for one in seen.buttons if not (seen.obstacle and one is Event.AGREE_CHANGE)]
    first = next((one for one in step_forms.FIRST if one in steps), None)
    if seen.obstacle:
        first = Event.REFUSE_CHANGE
    grave = step_forms.GRAVE
    return [
        (
            str(step),
            agreements.word(step),
            "" if step is first else " danger" if step in grave else " quiet",
            step_forms.is_at_once(step, lots),
        )
        for step in sorted(steps, key=lambda one: (one is not first, one in grave))
    ]


def _placed(found: Mapping[str, list[Text]]) -> dict[str, list[Text]]:
    """What is refused, at the fields of the form; numbers of lines stand at the lines."""
    placed: dict[str, list[Text]] = {}
    for name, why in found.items():
        if name not in step_forms.AT_LINES:
            placed.setdefault(_MENDED_AT.get(name, name), []).extend(why)
    return placed


def _zone(request: web.Request, seen: Detail) -> str:
    return seen.version.terms.time_zone or home_zone(request)
