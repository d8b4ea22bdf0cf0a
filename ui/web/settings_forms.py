"""What admins fill in of what the coop tells of itself, and what becomes of it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)

from node import limits, peers
from node.i18n import _, is_language_tag
from node.peers import (
    FIGURE_WORDS,
    GOVERNANCE_WORDS,
    LOCK_WORDS,
    OPENING_WORDS,
    Figure,
    Governance,
    Logo,
    Opening,
    Telling,
    Words,
)
from ui.web.forms import PlainForm, needed, options
from ui.web.language_field import LanguageField
from ui.web.numbers import with_point

E = TypeVar("E", bound=StrEnum)
ELSEWHERE = Words.__struct_fields__
"""What can be said in further languages, too."""
_LINES = _("One on each line")


class SettingsForm(PlainForm):
    name = StringField(_("Name of the coop"), [needed(_("A coop needs a name."))])
    summary = TextAreaField(
        _("What you do, in two sentences"), render_kw={"rows": 3, "maxlength": 500}
    )
    place = StringField(
        _("Where you are"), description=_("A town, like Todmorden, GB, or a map’s link")
    )
    file = FileField(
        _("Logo"),
        description=_(
            "A picture, at most %(size)s MB. Your weave stays beside it: nobody can copy that.",
            size=limits.PICTURE_BYTES // 1024**2,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"},
    )
    logo = HiddenField()
    drop_logo = BooleanField(_("Leave the logo out"))
    story = TextAreaField(
        _("Your story"),
        description=_("Leave a blank line for a new paragraph; begin a line with - for a list."),
        render_kw={"rows": 8, "maxlength": limits.COOP_STORY_LONGEST},
    )
    principles = TextAreaField(_("Principles you go by"), description=_LINES, render_kw={"rows": 4})
    deciding = TextAreaField(
        _("How your coop decides"),
        description=_(
            "Like: one member, one vote; who decides what, and how many must be there. One on each "
            "line."
        ),
        render_kw={"rows": 3},
    )
    another = LanguageField(_("Say it in another language"))
    legal_name = StringField(
        _("Legal name"), description=_("As it stands in the register, if that is another")
    )
    register_number = StringField(
        _("Register number"), description=_("With the register, like Mutuals Register 1234R")
    )
    tax_number = StringField(
        _("VAT or tax number"), description=_("As it has to stand on your receipts")
    )
    legal_form = StringField(
        _("Legal form"), description=_("As your register calls it, like community benefit society")
    )
    jurisdiction = StringField(
        _("Law that applies"),
        description=_("A country, like GB, or with a region: Scotland, GB"),
    )
    register_page = StringField(
        _("Entry in the register"),
        description=_("The address of the page where anybody can look you up"),
        render_kw={"inputmode": "url"},
    )
    associations = TextAreaField(
        _("Associations it belongs to"),
        description=_("Of coops, where anybody can ask whether you are one; one on each line"),
        render_kw={"rows": 2},
    )
    governance = SelectField(
        _("Kind of coop"),
        choices=options([("", "–"), *GOVERNANCE_WORDS.items()]),
        default="",
    )
    asset_lock = SelectField(
        _("Asset lock"),
        choices=options(
            [("", "–"), *(("yes" if one else "no", said) for one, said in LOCK_WORDS.items())]
        ),
        default="",
    )
    dissolution = StringField(
        _("If it is dissolved"),
        description=_("Who gets what is left, like: another coop that our members choose"),
    )
    fiscal_year = StringField(
        _("Financial year begins"),
        description=_("Month and day, like 04-06 for 6 April; the books then show your years"),
    )
    founded_on = StringField(
        _("Founded"), description=_("A year, like 1844, or a day, like 1844-12-21")
    )
    sectors = TextAreaField(
        _("Sectors you work in"),
        description=_("In words by which you sort what you offer, like cleaning; one on each line"),
        render_kw={"rows": 2},
    )
    area = StringField(_("Area served"), description=_("Like the Upper Calder Valley"))
    contact = TextAreaField(
        _("How you are reached"),
        description=_("Telephone, e-mail, opening hours; one on each line. Everybody reads it."),
        render_kw={"rows": 3},
    )
    opening = SelectField(
        _("Can people become members?"),
        choices=options(
            [
                ("", _("while the form for joining is open")),
                (Opening.WAITING, OPENING_WORDS[Opening.WAITING]),
            ]
        ),
        default="",
    )
    figures = SelectMultipleField(
        _("Figures that everybody may see"),
        choices=options(FIGURE_WORDS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )

    def telling(self, logo: Logo | None) -> Telling:
        """What it says beyond name, summary and place."""
        lines: dict[str, Any] = {name: self[name].data or "" for name in peers.LINE_FIELDS}
        for name in ("founded_on", "fiscal_year"):
            lines[name] = with_point(lines[name])
        lines |= {name: _lines(self[name].data) for name in peers.LINES_FIELDS}
        return Telling(
            story=self.story.data or "",
            **lines,
            governance=_known(Governance, self.governance.data),
            asset_lock={"yes": True, "no": False}.get(self.asset_lock.data),
            opening=_known(Opening, self.opening.data),
            figures=tuple(Figure(one) for one in self.figures.data or () if one in FIGURE_WORDS),
            logo=None if self.drop_logo.data else logo,
            others=self.others,
        )

    @property
    def others(self) -> dict[str, Words]:
        """What it says in further languages; nothing in those that are to go."""
        return {
            tag: Words()
            if self[f"drop-{tag}"].data
            else Words(**{name: self._said(name, tag) for name in ELSEWHERE})
            for tag in self.tags
        }

    def elsewhere(self, tag: str) -> list[Field]:
        """Where it says the same in one of them."""
        return [self[f"{name}-{tag}"] for name in ELSEWHERE]

    def _said(self, name: str, tag: str) -> Any:
        said = self[f"{name}-{tag}"].data or ""
        return _lines(said) if name in peers.LINES_FIELDS else said

    @property
    def tags(self) -> list[str]:
        """The further languages that it has room for."""
        return [one.name.partition("-")[2] for one in self if one.name.startswith("name-")]


def settings_form(languages: Iterable[str], given: object = None, **named: Any) -> SettingsForm:
    """With room for the same words in further languages, as `name-TAG` and so on."""
    fields: dict[str, Any] = {}
    for tag in dict.fromkeys(languages):
        for name in ELSEWHERE:
            own = getattr(SettingsForm, name)
            kept = {**own.kwargs.get("render_kw", {}), "lang": tag}
            fields[f"{name}-{tag}"] = own.field_class(own.args[0], render_kw=kept)
        fields[f"drop-{tag}"] = BooleanField(_("Leave this language out"))
    made: SettingsForm = type("SettingsForm", (SettingsForm,), fields)(given, **named)
    return made


def asked_for(sent: Mapping[str, Any]) -> list[str]:
    """The further languages of a form as it was sent, with the one that was chosen last."""
    rooms = [name.partition("-")[2] for name in sent if name.startswith("name-")]
    return [tag for tag in (*rooms, str(sent.get("another"))) if is_language_tag(tag)]


def typed(telling: Telling) -> dict[str, object]:
    """What stands in the form at first."""
    return {
        "story": telling.story,
        **{name: getattr(telling, name) for name in peers.LINE_FIELDS},
        **{name: _joined(getattr(telling, name)) for name in peers.LINES_FIELDS},
        "governance": telling.governance or "",
        "asset_lock": {True: "yes", False: "no", None: ""}[telling.asset_lock],
        "opening": Opening.WAITING if telling.opening is Opening.WAITING else "",
        "figures": list(telling.figures),
        "logo": telling.logo.digest if telling.logo else "",
        **_typed_elsewhere(telling),
    }


def _typed_elsewhere(telling: Telling) -> dict[str, str]:
    return {
        f"{name}-{tag}": said if isinstance(said, str) else _joined(said)
        for tag, words in telling.others.items()
        for name, said in msgspec.structs.asdict(words).items()
    }


def _known(kind: type[E], said: str | None) -> E | None:
    """What was chosen, of what there is: it is shown before the form is found right."""
    return next((one for one in kind if one == said), None)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple((text or "").splitlines())


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
