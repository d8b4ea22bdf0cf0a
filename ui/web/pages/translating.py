"""Saying a listing in other languages: one form per language, without script."""

from aiohttp import web
from msgspec.structs import replace

from node import listings
from node.errors import Conflict, InvalidInput, NodeError
from node.listings import ListingView, Translation, told_details
from ui.web import detail_fields
from ui.web.context import member_of, node_of, visitor_of
from ui.web.errors import status_of
from ui.web.navigation import see_other
from ui.web.pages.listings import standing_listing, version_in
from ui.web.reading import read_form
from ui.web.templating import render
from ui.web.translation_forms import TranslationForm, translation_form

routes = web.RouteTableDef()


@routes.get("/listings/{id}/languages")
async def languages_page(request: web.Request) -> web.StreamResponse:
    """What it says in other languages; with `in`, the form filled with one of them."""
    listing, wanted = await standing_listing(request), request.query.get("in", "").lower()
    said = next((one for one in listing.translations if one.language.lower() == wanted), None)
    shown = said or Translation(_first_offered(request, listing), "")
    own = _phrases(listing)
    form = translation_form(
        own,
        data={
            "language": shown.language,
            "title": shown.title,
            "summary": shown.summary,
            "body": shown.body,
        }
        | detail_fields.shown(shown.details)
        | {f"phrase{at}": shown.phrases.get(words) for at, words in enumerate(own, 1)},
    )
    return await _page(request, listing, form)


@routes.post("/listings/{id}/languages")
async def say(request: web.Request) -> web.StreamResponse:
    """Keep one language, or take it away."""
    listing, account = await standing_listing(request), member_of(request)
    data = await read_form(request)
    form = translation_form(_phrases(listing), data)
    is_kept = data.get("do") != "remove"
    if is_kept and not form.validate():
        return await _page(request, listing, form, status=422)
    said = _said(form, listing)
    version, others = version_in(data, otherwise=listing.version), listing.translations
    left = listings.with_one(others, said) if is_kept else listings.without(others, said.language)
    draft = replace(listings.draft_of(listing), translations=left)
    try:
        listings.tidy_details(said.details, listing.kind)  # told at the field that is wrong
        await listings.at_hand()
        saved = await node_of(request).write(
            lambda uow: listings.edit(
                uow, listing.id, draft, by=account.id, expected_version=version
            )
        )
    except InvalidInput as error:
        # What concerns another part of the listing is told too: at the first field.
        form.complain({_FIELDS.get(name, name): why for name, why in error.fields.items()})
        return await _page(request, listing, form, status=422)
    except Conflict as error:
        return await _page(request, listing, form, problem=error)
    told = "translated" if is_kept else "saved"
    if saved.rewritten_at is not None and saved.version != listing.version:
        told = "sent-in"
    return see_other(f"/listings/{listing.id}/languages", told=told)


def _said(form: TranslationForm, listing: ListingView) -> Translation:
    words = {name: str(form[name].data or "").strip() for name in _PARTS}
    phrases = {
        own: str(form[f"phrase{at}"].data or "").strip()
        for at, own in enumerate(_phrases(listing), 1)
    }
    details = detail_fields.read(form, told_details(listing.details))
    return Translation(**words, details=details, phrases=phrases)


def _phrases(listing: ListingView) -> tuple[str, ...]:
    return listings.phrases_of((*listing.prices, *listing.extras), listing.pictures)


def _first_offered(request: web.Request, listing: ListingView) -> str:
    """The language of whoever writes, unless it says something in that already."""
    mine = visitor_of(request).language
    spoken = {listing.language, *(one.language for one in listing.translations)}
    return "" if mine in spoken else mine


async def _page(
    request: web.Request,
    listing: ListingView,
    form: TranslationForm,
    *,
    status: int = 200,
    problem: NodeError | None = None,
) -> web.StreamResponse:
    return await render(
        request,
        "listings/languages.html",
        status=status_of(problem) if problem else status,
        here="mine",
        listing=listing,
        form=form,
        details=told_details(listing.details),
        phrases=[(f"phrase{at}", own) for at, own in enumerate(_phrases(listing), 1)],
        problem=problem,
    )


_PARTS = ("language", "title", "summary", "body")
_FIELDS = {"translations": "language"}
