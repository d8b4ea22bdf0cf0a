"""What applicants fill in, and what the coop says it asks of them."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import NumberRange, Optional

from node import joining, limits
from node.i18n import Text, _
from node.joining import ConsentText, ConsentWords, Eligibility, Particulars, Question
from node.members import CLASS_WORDS, KIND_WORDS, Kind, MembershipClass
from ui.web.forms import PlainForm, WelcomeForm, needed, options

_BLANK_QUESTIONS = 2
_BLANK_CONSENTS = 1
_BRIEFLY = _("In a few words, or where it can be read")


class Agreeing(PlainForm):
    """A form with the coop's consents after it, of which all are needed."""

    @property
    def agreed(self) -> list[int]:
        """The places of the consents that are ticked."""
        ticks = [entry for entry in self if entry.name.startswith("consent-")]
        return [nr for nr, entry in enumerate(ticks) if entry.data]

    def untick(self) -> None:
        """Of a form that is no longer the one that was read."""
        for entry in self:
            if entry.name.startswith("consent-"):
                entry.data = False

    def tick(self, nr: int) -> Any:
        return self[f"consent-{nr}"]


class ApplyForm(Agreeing):
    """The same for every coop; `apply_form` puts this coop's questions after it."""

    membership_class = RadioField(_("As what would you like to join?"))
    kind = RadioField(_("Who joins?"), choices=options(KIND_WORDS.items()), default=Kind.PERSON)
    name = StringField(
        _("Name"),
        [needed(_("Write the name of whoever joins."))],
        description=_("Of the person, or of the firm"),
        render_kw={"autocomplete": "name", "maxlength": limits.NAME_LONGEST},
    )
    representative = StringField(
        _("Who speaks for the firm?"),
        description=_("Only if a firm joins"),
        render_kw={"maxlength": limits.NAME_LONGEST},
    )
    phone = StringField(
        _("Telephone"),
        description=_("This or an e-mail address: one of them is enough."),
        render_kw={"autocomplete": "tel", "type": "tel", "maxlength": limits.NAME_LONGEST},
    )
    email = StringField(
        _("E-mail"),
        render_kw={"autocomplete": "email", "type": "email", "maxlength": limits.NAME_LONGEST},
    )

    @property
    def asked(self) -> list[Any]:
        """The fields of the coop's own questions."""
        return [entry for entry in self if entry.name.startswith("answer-")]

    @property
    def particulars(self) -> Particulars:
        return Particulars(
            self.name.data,
            (self.email.data or "").strip(),
            (self.phone.data or "").strip(),
            (self.representative.data or "").strip() if self.kind.data == Kind.FIRM else "",
            tuple((entry.data or "").strip() for entry in self.asked),
        )


_THEIRS = Markup('<bdi lang="{}">{}</bdi>')
"""Words of the coop, in a direction of their own."""


def offer_classes(form: ApplyForm, asked: joining.Form, full: Container[MembershipClass]) -> None:
    """Say beside each class that has no room now that one waits for it."""
    form.membership_class.choices = options(
        (one, _("%(name)s (full: waiting list)", name=CLASS_WORDS[one]))
        if one in full
        else (one, CLASS_WORDS[one])
        for one in asked.classes
    )


def apply_form(form: joining.Form, given: object = None) -> ApplyForm:
    """The form with this coop's questions and consents, as they are told to a reader."""
    fields: dict[str, Any] = {}
    for nr, question in enumerate(form.questions):
        must = [needed(_("Please answer this."))] if question.required else []
        fields[f"answer-{nr}"] = TextAreaField(
            _THEIRS.format(question.language, question.text),
            must,
            render_kw={"rows": 3, "maxlength": limits.APPLICATION_TEXT_LONGEST, "dir": "auto"},
        )
    fields |= _ticks(form)
    made: ApplyForm = type("ApplyForm", (ApplyForm,), fields)(given)
    made.membership_class.choices = options((one, CLASS_WORDS[one]) for one in form.classes)
    if made.membership_class.data is None:
        made.membership_class.data = form.classes[0]
    return made


class InvitedForm(Agreeing, WelcomeForm):
    """What somebody fills in who comes in by an invitation."""


def invited_form(form: joining.Form | None, given: object = None, **defaults: Any) -> InvitedForm:
    """form: what becoming a member asks; None for whoever becomes none."""
    made: type[InvitedForm] = type("InvitedForm", (InvitedForm,), _ticks(form) if form else {})
    return made(given, data=defaults)


def _ticks(form: joining.Form) -> dict[str, Any]:
    return {
        f"consent-{nr}": BooleanField(
            one.title, [needed(_("Without this the coop cannot take you in."))]
        )
        for nr, one in enumerate(form.consents)
    }


class StepForm(PlainForm):
    """why: shown where too few vouch."""

    message = TextAreaField(
        _("What you say to them"),
        description=_("They read it on their page."),
        render_kw={"rows": 4, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )
    why = TextAreaField(
        _("Why admit them though too few vouch?"),
        description=_("It stands in the register for good, sealed; other coops never see it."),
        render_kw={"rows": 3, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )


class SponsorForm(PlainForm):
    sponsor = StringField(
        _("Who of us knows you?"),
        description=_("Their whole name, as in the coop"),
        render_kw={"maxlength": limits.NAME_LONGEST},
    )


class AnswerForm(PlainForm):
    """The same on the applicant's side."""

    message = TextAreaField(
        _("Your answer"), render_kw={"rows": 4, "maxlength": limits.APPLICATION_TEXT_LONGEST}
    )


def _eligibility(one: MembershipClass) -> TextAreaField:
    return TextAreaField(
        CLASS_WORDS[one], render_kw={"rows": 2, "maxlength": limits.ELIGIBILITY_LONGEST}
    )


class QuestionForm(Form):  # type: ignore[misc]
    text = StringField(_("Question"))
    required = BooleanField(_("must be answered"), default=True)


class ConsentForm(Form):  # type: ignore[misc]
    title = StringField(_("What they agree to"))
    version = StringField(_("Version"), description=_("Like 2027-03"))
    text = TextAreaField(_BRIEFLY, render_kw={"rows": 3})


EligibilityForm = type("EligibilityForm", (Form,), {one: _eligibility(one) for one in CLASS_WORDS})
"""Who may join in each class."""


class JoiningForm(PlainForm):
    is_open = BooleanField(_("People can apply on our page"))
    intro = TextAreaField(
        _("What they should know first"),
        description=_("What a member does and gets, what a share costs, how long you take."),
        render_kw={"rows": 5, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )
    classes = SelectMultipleField(
        _("Whom do you take in?"),
        [needed(_("Choose at least one kind of member whom you take in."))],
        choices=options(CLASS_WORDS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    eligibility = FormField(EligibilityForm)
    sponsors = IntegerField(
        _("How many members have to vouch for an applicant?"),
        [Optional(), NumberRange(0, limits.SPONSORS_MOST)],
        description=_("0 is none. Applicants name them, or hand them a link."),
        default=0,
        render_kw={"min": 0, "max": limits.SPONSORS_MOST},
    )
    questions = FieldList(FormField(QuestionForm), max_entries=50)
    consents = FieldList(FormField(ConsentForm), max_entries=50)

    def complain_by_class(self, fields: Mapping[str, Sequence[Text]]) -> list[str]:
        """Put beside each class what concerns who may join in it; the rest is given back, to be
        said above."""
        beside = {f"class-{entry.short_name}": entry for entry in self.eligibility.form}
        for name, entry in beside.items():
            entry.errors = [str(message) for message in fields.get(name, ())]
        rest = [messages for name, messages in fields.items() if name not in beside]
        return [str(message) for messages in rest for message in messages]

    def add_blanks(self) -> None:
        """Room for more of each, where the limit leaves any."""
        for rows, blanks, most in (
            (self.questions, _BLANK_QUESTIONS, limits.APPLICATION_QUESTIONS_MOST),
            (self.consents, _BLANK_CONSENTS, limits.APPLICATION_CONSENTS_MOST),
        ):
            for _nr in range(min(blanks, most - len(rows))):
                rows.append_entry()

    @property
    def asked(self) -> joining.Form:
        return joining.Form(
            self.is_open.data,
            self.intro.data or "",
            tuple(MembershipClass(name) for name in self.classes.data or ()),
            tuple(_question(row) for row in self.questions.data),
            tuple(_consent(row) for row in self.consents.data),
            sponsors=self.sponsors.data or 0,
            eligibility={
                MembershipClass(name): Eligibility(text)
                for name, text in self.eligibility.data.items()
                if text
            },
        )


def filled_from(form: joining.Form) -> JoiningForm:
    """The form of the coop as it is, to be changed."""
    return JoiningForm(
        data={
            "is_open": form.is_open,
            "intro": form.intro,
            "classes": list(form.classes),
            "questions": _rows(form.questions),
            "consents": _rows(form.consents),
            "sponsors": form.sponsors,
            "eligibility": {one: said.text for one, said in form.eligibility.items()},
        }
    )


class SayForm(PlainForm):
    """The form for joining in one more language; `say_form` puts its pieces after it."""

    intro = TextAreaField(
        _("What they should know first"),
        render_kw={"rows": 5, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )

    @property
    def words(self) -> joining.FormWords:
        titles, texts = self._of("-title"), self._of("-text")
        return joining.FormWords(
            self.intro.data or "",
            tuple(entry.data or "" for entry in self if entry.name.startswith("question-")),
            tuple(ConsentWords(*said) for said in zip(titles, texts, strict=True)),
            {
                MembershipClass(entry.name.removeprefix("class-")): entry.data or ""
                for entry in self
                if entry.name.startswith("class-")
            },
        )

    def _of(self, part: str) -> list[str]:
        return [entry.data or "" for entry in self if entry.name.endswith(part)]


def say_form(form: joining.Form, language: str, given: object = None) -> SayForm:
    """One field for each piece of the form, filled with what it says in that language."""
    fields: dict[str, Any] = {}
    data = {"intro": form.others.get(language, "")}
    for one, may in form.eligibility.items():
        fields[f"class-{one}"] = _eligibility(one)
        data[f"class-{one}"] = may.others.get(language, "")
    for nr, question in enumerate(form.questions):
        fields[f"question-{nr}"] = StringField(_("Question %(number)s", number=nr + 1))
        data[f"question-{nr}"] = question.others.get(language, "")
    for nr, consent in enumerate(form.consents):
        said = consent.others.get(language, ConsentWords("", ""))
        fields[f"consent-{nr}-title"] = StringField(_("What they agree to"))
        fields[f"consent-{nr}-text"] = TextAreaField(_BRIEFLY, render_kw={"rows": 3})
        data |= {f"consent-{nr}-title": said.title, f"consent-{nr}-text": said.text}
    made: SayForm = type("SayForm", (SayForm,), fields)(given, data=data)
    return made


def _rows(asked: Sequence[Question | ConsentText]) -> list[dict[str, Any]]:
    names = ("text", "required", "title", "version")
    return [{name: getattr(one, name) for name in names if hasattr(one, name)} for one in asked]


def _question(row: dict[str, Any]) -> Question:
    return Question((row["text"] or "").strip(), bool(row["required"]))


def _consent(row: dict[str, Any]) -> ConsentText:
    title, text, version = ((row[name] or "").strip() for name in ("title", "text", "version"))
    return ConsentText(title, text, version)
