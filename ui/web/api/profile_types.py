"""What people tell of themselves, as the API sends and takes it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

AudienceName = Literal["private", "coop", "public"]
ProfileText = Annotated[str, Meta(max_length=5_000)]


class Told(Struct, frozen=True):
    """audience: who sees it: only you, members of the coop, or everybody."""

    text: str
    audience: AudienceName


class ToldNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: ProfileText = ""
    audience: AudienceName = "private"


class Person(Struct, frozen=True):
    """What whoever asks sees of somebody; null is what they do not. picture: its address."""

    id: str
    url: str
    name: str | None
    picture: str | None
    pronouns: str | None
    about: str | None
    skills: str | None
    languages: str | None
    telephone: str | None
    email: str | None
    reach: str | None


class PersonList(Struct, frozen=True):
    items: list[Person]
    next: str | None = None


class PeopleSearch(Struct, frozen=True, kw_only=True):
    """q: beginnings of words in what members show."""

    q: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=26)] | None = None


class Profile(Struct, frozen=True):
    """for_members, for_everybody: what they see, null where that is nothing."""

    id: str
    name: Told
    picture: Told
    pronouns: Told
    about: Told
    skills: Told
    languages: Told
    telephone: Told
    email: Told
    reach: Told
    for_members: Person | None
    for_everybody: Person | None


class ProfileNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out is told no longer; a name without a text is that of the account. picture: a
    file as base64, null to leave it out; if it is not sent, the picture stays as it is."""

    name: ToldNew = ToldNew(audience="coop")
    pronouns: ToldNew = ToldNew()
    about: ToldNew = ToldNew()
    skills: ToldNew = ToldNew()
    languages: ToldNew = ToldNew()
    telephone: ToldNew = ToldNew()
    email: ToldNew = ToldNew()
    reach: ToldNew = ToldNew()
    picture: bytes | UnsetType | None = UNSET
    picture_audience: AudienceName | UnsetType = UNSET


class ProfileClear(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """reason: they read it."""

    field: Literal[
        "name",
        "picture",
        "pronouns",
        "about",
        "skills",
        "languages",
        "telephone",
        "email",
        "reach",
    ]
    reason: Annotated[str, Meta(min_length=1, max_length=5_000)]
