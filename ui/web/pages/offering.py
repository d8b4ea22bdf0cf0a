"""Writing what one offers or needs, and changing it."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from wtforms.fields.choices import SelectChoice

from federation.storage import Reader
from node import accounts, council, limits, listings
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.listings import (
    COOP,
    MOST_EXTRAS,
    MOST_SEASONS,
    ListingDraft,
    ListingView,
    Picture,
    State,
    Telling,
)
from ui.web import (
    detail_fields,
    drafts,
    examples,
    extra_fields,
    forms,
    meanwhile,
    pictures,
    presets,
    season_fields,
    starting,
)
from ui.web.context import member_of, node_of, visitor_of
from ui.web.listing_form import ListingForm
from ui.web.navigation import see_other
from ui.web.once import see_made, sent_once
from ui.web.pages.listings import own_listing, standing_listing, version_in
from ui.web.pictures import Sent
from ui.web.reading import Form, read_form
from ui.web.templating import render
from ui.web.when import next_times

routes = web.RouteTableDef()

_OTHER_FIELDS = _(
    "What you filled in belongs to another kind. Look at the fields of this one, then go on; "
    "what belongs to the other is not kept."
)
_OF_PRICE = ("price", "more_prices", "currency", "deposit")
_TOLD = {State.PUBLISHED: "published", State.IN_REVIEW: "sent-in"}


class Filled(Struct):
    """A form that was sent, with what it says and brings."""

    data: Form
    form: ListingForm
    sent: Sent
    listing: ListingView | None

    @property
    def then(self) -> str:
        """What is to be done with it: the value of the button."""
        return str(self.data.get("then", ""))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those that are to be kept."""
        if self.listing and meanwhile.keeps_theirs(self.data, meanwhile.PICTURES):
            return self.listing.pictures
        return pictures.kept(self.sent.pictures, self.data)


@routes.get("/listings/new")
async def new_page(request: web.Request) -> web.StreamResponse:
    """Empty; or filled with an example (`template`), or as another listing of ours (`like`)."""
    data, shown = await presets.of_new(request)
    form = ListingForm(data=data)
    return await _page(request, form, None, shown)


@routes.post("/listings/new")
@sent_once
async def create(request: web.Request) -> web.StreamResponse:
    account, filled = member_of(request), await _filled(request, None)
    publish = filled.then == "publish"
    language = await presets.language(request)
    if again := await _not_yet(request, filled, language):
        return again
    draft = _draft(filled, language)
    if filled.then == "preview":
        return await _preview(request, filled, draft)
    try:
        return await see_made(
            request,
            lambda uow: listings.create(uow, draft, by=account.id, publish=publish),
            lambda made: see_other(f"/listings/{made.id}", told=_TOLD.get(made.state, "draft")),
        )
    except InvalidInput as error:
        filled.form.complain(error.fields)
        return await _again(request, filled)


@routes.get("/listings/{id}/edit")
async def edit_page(request: web.Request) -> web.StreamResponse:
    listing = await standing_listing(request)
    form = ListingForm(data=drafts.to_form(listing))
    return await _page(request, form, listing, listing.pictures)


@routes.post("/listings/{id}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    listing, account = await own_listing(request), member_of(request)
    filled = await _filled(request, listing)
    if listing.state is State.RETIRED:
        return await _taken_down(request, filled)
    if again := await _not_yet(request, filled, listing.language):
        return again
    version = version_in(filled.data, otherwise=listing.version)
    draft = _draft(filled, listing.language)
    if filled.then == "preview":
        return await _preview(request, filled, draft)
    try:
        saved = await node_of(request).write(
            lambda uow: listings.edit(
                uow, listing.id, draft, by=account.id, expected_version=version
            )
        )
    except InvalidInput as error:
        filled.form.complain(error.fields)
        return await _again(request, filled)
    except Conflict as error:
        if error.code != "edited-meanwhile":
            raise
        return await _side_by_side(request, filled)
    if filled.then == "publish" and listing.state is State.DRAFT:
        after = await node_of(request).write(
            lambda uow: listings.change_state(uow, listing.id, "publish", by=account.id)
        )
        return see_other(f"/listings/{listing.id}", told=_TOLD.get(after.state, "saved"))
    waits = saved.rewritten_at is not None and saved.version != listing.version
    return see_other(f"/listings/{listing.id}", told="sent-in" if waits else "saved")


async def _filled(request: web.Request, listing: ListingView | None) -> Filled:
    data, account = await read_form(request), member_of(request)
    sent = await pictures.sent_with(node_of(request), data, by=account.id)
    return Filled(data, ListingForm(data), sent, listing)


async def _not_yet(
    request: web.Request, filled: Filled, language: str
) -> web.StreamResponse | None:
    """The form again, when it cannot be kept as it is, or only brought pictures."""
    form = filled.form
    form.validate()
    if filled.listing is not None:
        meanwhile.settle(form, filled.listing, filled.data)
    if filled.sent.faults:
        form.complain({"pictures": filled.sent.faults})
    elif filled.then in ("kind", "pictures", "prices", "questions"):
        if filled.then == "questions":
            body = form.body
            meanwhile.put(body, starting.with_questions(body.data or "", form.kind.data))
        for entry in form:
            entry.errors = []  # the rest may still be half written
        return await _shown(request, filled)
    if _loses_fields(filled):
        form.complain({"kind": [_OTHER_FIELDS]})
    if not form.kind.errors and not form.visibility.errors:
        _complain(form, await _faults(request, filled, language))
    return await _again(request, filled) if form.errors else None


def _loses_fields(filled: Filled) -> bool:
    """Whether another kind was chosen than that of the fields that were shown, and of those some
    are filled in."""
    shown, kind = str(filled.data.get("fields_of", "")), filled.form.kind.data
    if not shown or listings.details_of(shown) == listings.details_of(kind):
        return False
    return bool(detail_fields.of_other_kinds(filled.form, kind))


async def _faults(
    request: web.Request, filled: Filled, language: str
) -> Mapping[str, Sequence[Text]]:
    """What the coop complains of, whether it is to be kept or only looked at."""
    listing, account = filled.listing, member_of(request)
    told = listing.translations if listing else ()
    unread = drafts.faults(filled.form, language=language, translations=told)
    await listings.at_hand()
    async with node_of(request).reading() as reader:
        found = await listings.faults(
            reader,
            _draft(filled, language),
            by=account.id,
            before=listing,
            publish=filled.then == "publish",
        )
    return found | unread


def _complain(form: ListingForm, faults: Mapping[str, Sequence[Text]]) -> None:
    """Beside what the form itself complains of; a price that is no number is the only fault told
    of the prices, as the others may follow from it."""
    wrong = {entry.name for entry in form if entry.errors}
    follows = _OF_PRICE if any(name.startswith("price") for name in wrong) else ()
    form.complain(
        {
            name: why
            for name, why in faults.items()
            if name not in wrong and not name.startswith(tuple(follows))
        }
    )


def _draft(filled: Filled, language: str) -> ListingDraft:
    """What the form says; with what a file says that this came from, so that it is known again."""
    listing = filled.listing
    draft = drafts.from_form(
        filled.form,
        language=language,
        pictures=filled.pictures,
        translations=listing.translations if listing else (),
    )
    if listing is None:
        return draft
    return replace(draft, source_id=listing.source_id, source=listing.source)


async def _again(request: web.Request, filled: Filled) -> web.StreamResponse:
    return await _shown(request, filled, status=422)


async def _taken_down(request: web.Request, filled: Filled) -> web.StreamResponse:
    """What was written for a listing that stands no more: as the form of a new one."""
    filled.form.validate()
    said = _("This was taken down meanwhile. What you wrote can be published as a new one.")
    filled.form.complain({"title": [said]})
    return await _page(request, filled.form, None, filled.pictures, given=filled.data, status=409)


async def _side_by_side(request: web.Request, filled: Filled) -> web.StreamResponse:
    """What others saved meanwhile beside what was written; keeping it is one more step."""
    now = await own_listing(request)
    if now.state is State.RETIRED:
        return await _taken_down(request, filled)
    async with node_of(request).reading() as reader:
        filled.form.provider.choices = await _providers(request, reader, now)
    was = str(filled.data.get("was", ""))
    changes, stand = meanwhile.compare(filled.form, filled.pictures, now, was)
    return await _page(request, filled.form, now, stand, status=409, changes=changes)


async def _preview(request: web.Request, filled: Filled, draft: ListingDraft) -> web.StreamResponse:
    free, listing = None, filled.listing
    team = draft.provider if draft.provider != COOP else ""
    draft = replace(draft, details=listings.tidy_details(draft.details, draft.kind))
    if listing is not None:
        async with node_of(request).reading() as reader:
            free = await next_times(reader, replace(listing, kind=draft.kind))
    return await _shown(
        request,
        filled,
        preview=draft,
        preview_body=listings.body_html(draft.body),
        preview_said=Telling(draft.language, draft.title, draft.summary, details=draft.details),
        preview_free=free,
        preview_by=team or (listing.team if listing and not draft.provider else None),
    )


async def _shown(
    request: web.Request, filled: Filled, *, status: int = 200, **context: Any
) -> web.StreamResponse:
    return await _page(
        request,
        filled.form,
        filled.listing,
        filled.pictures,
        given=filled.data,
        status=status,
        **context,
    )


async def _page(
    request: web.Request,
    form: ListingForm,
    listing: ListingView | None,
    said: tuple[Picture, ...],
    *,
    given: Form | None = None,
    status: int = 200,
    **context: Any,
) -> web.StreamResponse:
    """given: the form as it came, if it goes on from the version that it was opened on."""
    async with node_of(request).reading() as reader:
        waits = await listings.is_looked_at_first(reader, member_of(request).id)
        form.provider.choices = await _providers(request, reader, listing)
        drafts.offer_whom(form, in_federation=await council.is_in_any(reader))
    drafts.offer_units(form)
    return await render(
        request,
        "listings/edit.html",
        status=status,
        here="mine",
        form=form,
        listing=listing,
        looked_at_first=waits,
        questions=starting.missing(form.body.data or "", form.kind.data),
        details=(fields := listings.details_of(form.kind.data)),
        filled_details=[one for one in fields if detail_fields.filled(form, one)],
        examples=[] if listing or given else examples.of_kind(form.kind.data),
        other_details=detail_fields.of_other_kinds(form, form.kind.data),
        pictures=pictures.to_show(said, listing),
        alt_longest=limits.PICTURE_ALT_LONGEST,
        further=drafts.further_shown(form),
        season_rows=season_fields.rows(form, drafts.further_said(form)),
        seasons_open=(goes := season_fields.is_open(form)),
        goes_by_season=goes or form.kind.data in season_fields.KINDS,
        most_seasons=MOST_SEASONS,
        extra_rows=[] if form.kind.data in extra_fields.NOT_OF else extra_fields.rows(form),
        extras_open=extra_fields.is_open(form),
        most_extras=MOST_EXTRAS,
        quantities=drafts.QUANTITIES,
        more_further=max(drafts.FURTHER),
        further_wrong=drafts.further_wrong,
        **(_opened_on(listing, given) if listing else {}),
        **context,
    )


async def _providers(
    request: web.Request, reader: Reader, listing: ListingView | None
) -> list[SelectChoice]:
    """In whose name somebody may offer it: their own, a team's, the coop's. What was once given to
    a team or the coop is nobody's own any more."""
    account, is_admin = member_of(request), visitor_of(request).is_admin
    owner = account.id if listing is None else listing.by
    found = []
    if owner is not None:
        names = await accounts.names(reader, [owner])
        found.append(("", names.get(owner, "")))
    teams = await accounts.teams(reader) if is_admin else sorted(account.teams)
    kept = [listing.team] if listing and listing.team else []
    found += [(team, team) for team in dict.fromkeys([*teams, *kept])]
    if is_admin or (listing and not listing.by and not listing.team):
        found.append((COOP, (await node_of(request).profile(reader)).name))
    return forms.options(found)


def _opened_on(listing: ListingView, given: Form | None) -> dict[str, Any]:
    if given and given.get("version"):
        return {"version": given["version"], "was": given.get("was", "")}
    return {"version": listing.version, "was": meanwhile.opened(listing)}
