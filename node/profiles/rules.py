"""What a person can tell of themselves, to whom, and what a viewer sees of it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from node import content, limits
from node.errors import InvalidInput
from node.i18n import LazyString, Text, _
from node.mail_settings import read_address
from node.text import fold, words


class Field(StrEnum):
    """What can be told. PICTURE: the digest of a picture of ours."""

    NAME = "name"
    PICTURE = "picture"
    PRONOUNS = "pronouns"
    ABOUT = "about"
    SKILLS = "skills"
    LANGUAGES = "languages"
    TELEPHONE = "telephone"
    EMAIL = "email"
    REACH = "reach"


class Audience(StrEnum):
    """Who sees it, the fewest first."""

    PRIVATE = "private"
    COOP = "coop"
    PUBLIC = "public"


FIELD_WORDS: Mapping[Field, LazyString] = {
    Field.NAME: _("Name"),
    Field.PICTURE: _("Picture"),
    Field.PRONOUNS: _("Pronouns"),
    Field.ABOUT: _("In a few words"),
    Field.SKILLS: _("Skills and work"),
    Field.LANGUAGES: _("Languages"),
    Field.TELEPHONE: _("Telephone"),
    Field.EMAIL: _("E-mail"),
    Field.REACH: _("Best reached"),
}
AUDIENCE_WORDS: Mapping[Audience, Text] = {
    Audience.PRIVATE: _("Only me"),
    Audience.COOP: _("Members of our coop"),
    Audience.PUBLIC: _("Everybody"),
}
LONGEST: Mapping[Field, int] = {
    Field.NAME: limits.NAME_LONGEST,
    Field.PRONOUNS: limits.PROFILE_PRONOUNS_LONGEST,
    Field.ABOUT: limits.PROFILE_ABOUT_LONGEST,
    Field.SKILLS: limits.PROFILE_LINE_LONGEST,
    Field.LANGUAGES: limits.PROFILE_LINE_LONGEST,
    Field.TELEPHONE: limits.PROFILE_TELEPHONE_LONGEST,
    Field.EMAIL: limits.PROFILE_LINE_LONGEST,
    Field.REACH: limits.PROFILE_LINE_LONGEST,
}
"""Signs of each text."""

_SOUGHT = (Field.NAME, Field.PRONOUNS, Field.ABOUT, Field.SKILLS, Field.LANGUAGES)
"""By these somebody is found; nobody is looked up by a telephone number."""
_TELEPHONE = re.compile(r"[+(]*\d[\d\s()/.#*-]*")
_DIGITS_FEWEST = 3
_MAY_STAND = "\t\r\n"


class Line(Struct, frozen=True):
    """What is told in one field, and to whom."""

    text: str
    audience: Audience


Told = Mapping[Field, Line]
_BLANK = Line("", Audience.PRIVATE)
_NAME_AS_IT_IS = Line("", Audience.COOP)
"""Who has said nothing yet goes by the name of their account, among members."""


class Cleared(Struct, frozen=True):
    """A field that was taken away from somebody, and why."""

    field: Field
    reason: str


class Profile(Struct, frozen=True):
    """A person of ours. told: what they said. is_here: they belong to us today; of others nothing
    is shown. cleared: what was taken away since they last wrote."""

    id: str
    account_id: str
    account_name: str
    told: Told = field(default_factory=dict)
    is_here: bool = True
    cleared: tuple[Cleared, ...] = ()

    def line(self, of: Field) -> Line:
        """What is told in a field, and to whom, if nothing was chosen as well."""
        return self.told.get(of, _NAME_AS_IT_IS if of == Field.NAME else _BLANK)

    def text(self, of: Field) -> str:
        """What stands in a field; for the name, that of the account if no other was given."""
        return self.line(of).text or (self.account_name if of == Field.NAME else "")


class Viewer(Struct, frozen=True):
    """Who looks. is_member: signed in, and belongs to our coop today."""

    account_id: str | None = None
    is_member: bool = False


EVERYBODY = Viewer()
MEMBER = Viewer(is_member=True)


class Shown(Struct, frozen=True):
    """What one viewer sees of a person. is_public: everybody sees something of it."""

    id: str
    texts: Mapping[Field, str] = field(default_factory=dict)
    is_public: bool = False

    @property
    def name(self) -> Text:
        """What they are called; who keeps their name to themselves is one of us."""
        return self.texts.get(Field.NAME) or _("One of our members")


def shown(profile: Profile, viewer: Viewer) -> Shown | None:
    """What a viewer sees of somebody: every page, the API and the line of a listing ask here.

    None: nothing, as if there were nobody. Whoever it is sees all of it, always.
    """
    public = _texts(profile, (Audience.PUBLIC,)) if profile.is_here else {}
    if viewer.account_id == profile.account_id:
        return Shown(profile.id, _texts(profile, Audience), bool(public))
    if not profile.is_here:
        return None
    of_members = (Audience.COOP, Audience.PUBLIC)
    texts = _texts(profile, of_members) if viewer.is_member else public
    return Shown(profile.id, texts, bool(public)) if texts else None


def checked(told: Told) -> Told:
    """As it is kept: tidy, without empty lines that say nothing. Raises InvalidInput by field."""
    faults = {one.value: [why] for one, line in told.items() if (why := _fault(one, line.text))}
    if faults:
        raise InvalidInput(faults)
    tidy = {one: Line(_tidy(one, line.text), line.audience) for one, line in told.items()}
    return {one: line for one, line in tidy.items() if line.text or one is Field.NAME}


def shows_less(before: Profile, after: Profile) -> bool:
    """Whether something that others see is another now, kept from some of them, or gone."""
    return any(
        _seen(before, viewer).get(one) != _seen(after, viewer).get(one)
        for viewer in (MEMBER, EVERYBODY)
        for one in _seen(before, viewer)
    )


def sought(texts: Mapping[Field, str]) -> str:
    """The words by which members find somebody, each after a space."""
    return "".join(f" {word}" for one in _SOUGHT for word in words(texts.get(one, "")))


def place(texts: Mapping[Field, str]) -> str:
    """Where somebody stands in the alphabet; who shows no name, at the end."""
    return fold(texts.get(Field.NAME, "")) or "\U0010ffff"


def _seen(profile: Profile, viewer: Viewer) -> Mapping[Field, str]:
    found = shown(replace(profile, is_here=True), viewer)
    return found.texts if found else {}


def _texts(profile: Profile, audiences: Iterable[Audience]) -> dict[Field, str]:
    return {
        one: text
        for one in Field
        if profile.line(one).audience in audiences and (text := profile.text(one))
    }


def _fault(of: Field, text: str) -> Text | None:
    if of is Field.PICTURE:
        return None
    if any(unicodedata.category(sign) == "Cc" and sign not in _MAY_STAND for sign in text):
        return _("There are signs in it that nobody can see. Delete it and type it anew.")
    tidy = _tidy(of, text)
    if len(tidy) > LONGEST[of]:
        return _("Say it in at most %(n)s characters.", n=LONGEST[of])
    if tidy and of is Field.EMAIL and read_address(tidy) is None:
        return _("Write an e-mail address, like rosa@example.org.")
    if tidy and of is Field.TELEPHONE and not _is_telephone(tidy):
        return _("Write a telephone number in digits, like +44 1706 555 0101.")
    return None


def _is_telephone(text: str) -> bool:
    digits = sum(sign.isdigit() for sign in text)
    return bool(_TELEPHONE.fullmatch(text)) and digits >= _DIGITS_FEWEST


def _tidy(of: Field, text: str) -> str:
    """One sign more than allowed is kept, so that it is seen."""
    if of is Field.PICTURE:
        return text
    clean = content.paragraphs if of is Field.ABOUT else content.name
    return clean(text, LONGEST[of] + 1)
