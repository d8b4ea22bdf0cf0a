"""The people of the coop, as they show themselves: to members, and some of it to everybody."""

from itertools import groupby

from aiohttp import web

from node import listings, profiles
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.profiles import FIELD_WORDS, MEMBER, Field, Profile, Shown, shown
from ui.web.context import member_of, moderator_of, node_of, visitor_of
from ui.web.forms import filled, options
from ui.web.navigation import LONGEST_WORDS, see_other
from ui.web.people_seen import check_member, person_seen
from ui.web.profile_forms import ClearForm, Part
from ui.web.templating import render, with_query

routes = web.RouteTableDef()

ON_A_PAGE = 48
OFFERS_SHOWN = 24
NOT_FOR_SEARCH = {"X-Robots-Tag": "noindex, nofollow"}


@routes.get("/people")
async def people_page(request: web.Request) -> web.StreamResponse:
    """For members alone, by the alphabet or by a word."""
    account, asked = member_of(request), request.query
    q = asked.get("q", "").strip()[:LONGEST_WORDS]
    async with node_of(request).reading() as reader:
        check_member(await profiles.viewer(reader, account.id))
        found = await profiles.people(reader, q=q, after=asked.get("after"), limit=ON_A_PAGE + 1)
    page = found[:ON_A_PAGE]
    people = [seen for one in page if (seen := shown(one, MEMBER))]
    more = len(found) > ON_A_PAGE
    answer = await render(
        request,
        "people/people.html",
        here="more",
        people=[(letter, list(those)) for letter, those in groupby(people, key=_letter)],
        q=q,
        is_first="after" not in asked,
        first=with_query(request, {"after": None}),
        next=with_query(request, {"after": page[-1].id}) if more else "",
    )
    answer.headers.update(NOT_FOR_SEARCH)
    return answer


@routes.get("/people/{id}")
async def person_page(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@routes.post("/people/{id}")
async def clear(request: web.Request) -> web.StreamResponse:
    """Take away what must not be shown; they are told why."""
    account, person_id = moderator_of(request), request.match_info["id"]
    form = await filled(ClearForm, request)
    try:
        field = _field(form.field.data)
        reason = form.reason.data or ""
        await node_of(request).write(
            lambda uow: profiles.clear(uow, person_id, field, by=account.id, reason=reason)
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _page(request, form, status=422)
    except Conflict as error:
        form.complain({"field": [error.public_message]})
        return await _page(request, form, status=409)
    return see_other("/people", told="profile-cleared")


async def _page(
    request: web.Request, form: ClearForm | None = None, *, status: int = 200
) -> web.StreamResponse:
    visitor = visitor_of(request)
    account_id = visitor.account.id if visitor.account else None
    async with node_of(request).reading() as reader:
        viewer = await profiles.viewer(reader, account_id)
        found, seen = await person_seen(reader, request.match_info["id"], viewer)
        offers = await listings.offered_by(reader, found.account_id, visitor.viewer, OFFERS_SHOWN)
    answer = await render(
        request,
        "people/person.html",
        status=status,
        here="more",
        person=seen,
        profile=found,
        is_own=found.account_id == account_id,
        is_member=viewer.is_member,
        offers=offers,
        clear_form=_clear_form(found, form) if visitor.moderates else None,
    )
    if not seen.is_public:
        answer.headers.update(NOT_FOR_SEARCH)
    return answer


def _letter(seen: Shown) -> str:
    """Under which of the alphabet; "" for whoever shows no name, and stands at the end."""
    return profiles.place(seen.texts)[:1].upper() if seen.texts.get(Field.NAME) else ""


def _clear_form(found: Profile, form: ClearForm | None) -> ClearForm | None:
    """With what others see, if that is anything."""
    seen = shown(found, MEMBER)
    if seen is None:
        return None
    form = form or ClearForm()
    form.field.choices = options((one.value, FIELD_WORDS[one]) for one in seen.texts)
    return form


def _field(name: str | None) -> Part:
    found = next((one for one in Part if one == name), None)
    if found is None:
        raise InvalidInput({"field": [_("Choose what must go.")]})
    return found
