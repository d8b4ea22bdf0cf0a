"""What people fill in about themselves, each field with who sees it; and taking one away."""

from collections.abc import Callable, Mapping

from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)

from node import limits, profiles
from node.i18n import Text, _
from node.profiles import AUDIENCE_WORDS, FIELD_WORDS, LONGEST, Audience, Line, Profile, Told
from ui.web.forms import PlainForm, options

_AUDIENCE = "_to"
"""Behind the name of a field: who sees it."""
Part = profiles.Field


def _text(of: Part, hint: Text = "", kind: Callable[..., Field] = StringField) -> Field:
    return kind(
        FIELD_WORDS[of],
        description=hint,
        render_kw={"maxlength": LONGEST[of], **_FILLED_BY.get(of, {})},
    )


def _who(chosen: Audience = Audience.PRIVATE) -> SelectField:
    return SelectField(
        _("Who may see it"),
        choices=options(AUDIENCE_WORDS.items()),
        default=chosen.value,
        validate_choice=False,
    )


_FILLED_BY: Mapping[Part, Mapping[str, object]] = {
    Part.NAME: {"autocomplete": "nickname"},
    Part.ABOUT: {"rows": 4},
    Part.TELEPHONE: {"type": "tel", "autocomplete": "tel", "dir": "ltr"},
    Part.EMAIL: {"type": "email", "autocomplete": "email", "dir": "ltr", "autocapitalize": "none"},
}


class ProfileForm(PlainForm):
    name = _text(Part.NAME, _("By which you like to be called. Left empty: that of your account."))
    name_to = _who(Audience.COOP)
    file = FileField(
        _("Choose a picture"),
        description=_(
            "At most %(size)s MB. Where it was taken is taken out.",
            size=limits.PICTURE_BYTES // 1024**2,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"},
    )
    picture = HiddenField()
    picture_to = _who()
    drop_picture = BooleanField(_("Leave the picture out"))
    pronouns = _text(Part.PRONOUNS, _("Like she, he, they"))
    pronouns_to = _who()
    about = _text(Part.ABOUT, kind=TextAreaField)
    about_to = _who()
    skills = _text(Part.SKILLS, _("Like bicycle repairs, bookkeeping, night shifts"))
    skills_to = _who()
    languages = _text(Part.LANGUAGES, _("Like English, Polish, some Arabic"))
    languages_to = _who()
    telephone = _text(Part.TELEPHONE)
    telephone_to = _who()
    email = _text(Part.EMAIL)
    email_to = _who()
    reach = _text(Part.REACH, _("Like by telephone, in the evening"))
    reach_to = _who()

    def told(self) -> Told:
        """What stands in the form. Who sees a field is nobody else, if the form does not say."""
        data = {one: str(self[one.value].data or "") for one in Part}
        if self.drop_picture.data:
            data[Part.PICTURE] = ""
        return {one: Line(text, _chosen(self[one.value + _AUDIENCE])) for one, text in data.items()}

    def audience_of(self, name: str) -> Field:
        """The field beside a field."""
        return self["picture_to" if name == "file" else name + _AUDIENCE]


class ClearForm(PlainForm):
    """What must go of what somebody shows, and why."""

    field = SelectField(_("What must go?"), validate_choice=False)
    reason = TextAreaField(
        _("Why?"),
        description=_("They read it, and it stands in the list of who did what."),
        render_kw={"rows": 3, "maxlength": limits.REPORT_LONGEST},
    )


def typed(profile: Profile) -> dict[str, str]:
    """What stands in the form at first."""
    said = {one.value: profile.line(one).text for one in Part}
    to = {one.value + _AUDIENCE: profile.line(one).audience.value for one in Part}
    return said | to


def _chosen(entry: Field) -> Audience:
    return next((one for one in Audience if one == entry.data), Audience.PRIVATE)
