"""People by API: what one tells of oneself and to whom, and what others show."""

from node import limits, profiles
from node.errors import InvalidInput
from node.media import PictureUnreadable
from node.profiles import EVERYBODY, MEMBER, Audience, Field, Line, Shown, Viewer, shown
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.own_account import SCOPE
from ui.web.api.profile_types import (
    PeopleSearch,
    Person,
    PersonList,
    Profile,
    ProfileClear,
    ProfileNew,
    Told,
    ToldNew,
)
from ui.web.people_seen import check_member, person_seen

table = EndpointTable()
_PICTURE_SIZE = 800
_READING = frozenset({"read", "admin"})
_TEXTS = [one for one in Field if one is not Field.PICTURE]


@table.add(
    "GET",
    "/account/profile",
    "What you tell of yourself, who sees it, and how it looks to them",
    scope=SCOPE,
    answer=Profile,
)
async def own(call: Call) -> Profile:
    async with call.node.reading() as reader:
        return _profile(call, await profiles.profile_of(reader, call.account.id))


@table.add(
    "PUT",
    "/account/profile",
    "Tell this of yourself from now on, each field to whom you say",
    scope=SCOPE,
    body=ProfileNew,
    answer=Profile,
    example={
        "name": {"text": "Rosa", "audience": "coop"},
        "skills": {"text": "Bicycle repairs", "audience": "public"},
        "telephone": {"text": "+44 1706 555 0101"},
    },
    largest=limits.PICTURE_API_BYTES * 4 // 3 + 64 * 1024,
)
async def tell(call: Call) -> Profile:
    given: ProfileNew = call.body
    account_id = call.account.id
    told: dict[Field, Line] = {one: _line(getattr(given, one.value)) for one in _TEXTS}
    told[Field.PICTURE] = await _picture(call, given)
    made = await call.node.write(lambda uow: profiles.tell(uow, account_id, told))
    return _profile(call, made)


@table.add(
    "GET",
    "/people",
    "Members, as they show themselves to each other; for members",
    scope="read",
    query=PeopleSearch,
    answer=PersonList,
)
async def people(call: Call) -> PersonList:
    asked: PeopleSearch = call.query
    async with call.node.reading() as reader:
        check_member(await profiles.viewer(reader, call.account.id))
        found = await profiles.people(reader, q=asked.q, after=asked.cursor, limit=asked.limit + 1)
    page = found[: asked.limit]
    items = [_person(call, seen) for one in page if (seen := shown(one, MEMBER))]
    return PersonList(items, page[-1].id if len(found) > asked.limit else None)


@table.add(
    "GET",
    "/people/{id}",
    "One of our people: for members what they show to members, else what they show to everybody",
    answer=Person,
)
async def person(call: Call) -> Person:
    async with call.node.reading() as reader:
        viewer = await profiles.viewer(reader, _reading_as(call))
        _found, seen = await person_seen(reader, call.path["id"], viewer)
    return _person(call, seen)


@table.add(
    "POST",
    "/people/{id}/clear",
    "Take away what somebody shows in one field; they are told, and read why",
    scope="moderation",
    body=ProfileClear,
    status=204,
    example={"field": "about", "reason": "It names somebody who did not agree to it."},
)
async def clear(call: Call) -> None:
    given: ProfileClear = call.body
    person_id, by = call.path["id"], call.account.id
    await call.node.write(
        lambda uow: profiles.clear(uow, person_id, Field(given.field), by=by, reason=given.reason)
    )


def _reading_as(call: Call) -> str | None:
    """Whose eyes a call has: those of nobody, if its token may not read for its account."""
    scopes, account = call.visitor.scopes, call.visitor.account
    if account is None or not (scopes is None or scopes & _READING):
        return None
    return account.id


async def _picture(call: Call, given: ProfileNew) -> Line:
    async with call.node.reading() as reader:
        kept = (await profiles.profile_of(reader, call.account.id)).line(Field.PICTURE)
    digest = kept.text
    if given.picture is None:
        digest = ""
    elif isinstance(given.picture, bytes):
        digest = await _taken(call, given.picture)
    if isinstance(given.picture_audience, str):
        return Line(digest, Audience(given.picture_audience))
    return Line(digest, kept.audience)


async def _taken(call: Call, content: bytes) -> str:
    try:
        return await call.node.pictures.take(content, by=call.account.id)
    except PictureUnreadable as error:
        raise InvalidInput({"picture": [str(error)]}) from None


def _line(given: ToldNew) -> Line:
    return Line(given.text, Audience(given.audience))


def _profile(call: Call, made: profiles.Profile) -> Profile:
    told = {one.value: _told(made.line(one)) for one in Field}
    return Profile(
        id=made.id,
        for_members=_seen_by(call, made, MEMBER),
        for_everybody=_seen_by(call, made, EVERYBODY),
        **told,
    )


def _told(line: Line) -> Told:
    return Told(line.text, line.audience.value)


def _seen_by(call: Call, made: profiles.Profile, viewer: Viewer) -> Person | None:
    seen = shown(made, viewer)
    return _person(call, seen) if seen else None


def _person(call: Call, seen: Shown) -> Person:
    base = call.node.config.address
    texts: dict[str, str | None] = {one.value: seen.texts.get(one) for one in Field}
    if digest := texts["picture"]:
        texts["picture"] = f"{base}/media/people/{seen.id}/{digest}-{_PICTURE_SIZE}.webp"
    return Person(id=seen.id, url=f"{base}/people/{seen.id}", **texts)
