"""The way of an application as a table, who may take which step, and what a form can ask. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from node import limits
from node.errors import InvalidInput
from node.i18n import Text, _
from node.machine import Machine
from node.members import Event as Membership
from node.members import Kind, MembershipClass


class Status(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    ASKED = "asked"
    WAITLISTED = "waitlisted"
    ADMITTED = "admitted"
    DECLINED = "declined"
    APPEALED = "appealed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DOUBLE = "double"


class Event(StrEnum):
    """What can happen to an application."""

    ADMIT = "admit"
    ADMIT_ON_PROBATION = "admit-on-probation"
    ASK = "ask"
    ANSWER = "answer"
    WAITLIST = "waitlist"
    DECLINE = "decline"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    PUT_ASIDE = "put-aside"


class Actor(StrEnum):
    """In what part somebody takes a step."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    NODE = "node"


applying = Machine[Status, Event](
    "application",
    Status.SUBMITTED,
    {
        (Status.SUBMITTED, Event.ADMIT): Status.ADMITTED,
        (Status.SUBMITTED, Event.ADMIT_ON_PROBATION): Status.ADMITTED,
        (Status.SUBMITTED, Event.ASK): Status.ASKED,
        (Status.SUBMITTED, Event.WAITLIST): Status.WAITLISTED,
        (Status.SUBMITTED, Event.DECLINE): Status.DECLINED,
        (Status.SUBMITTED, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.ASKED, Event.ANSWER): Status.SUBMITTED,
        (Status.ASKED, Event.ADMIT): Status.ADMITTED,
        (Status.ASKED, Event.ADMIT_ON_PROBATION): Status.ADMITTED,
        (Status.ASKED, Event.ASK): Status.ASKED,
        (Status.ASKED, Event.WAITLIST): Status.WAITLISTED,
        (Status.ASKED, Event.DECLINE): Status.DECLINED,
        (Status.ASKED, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.ASKED, Event.LAPSE): Status.LAPSED,
        (Status.WAITLISTED, Event.ADMIT): Status.ADMITTED,
        (Status.WAITLISTED, Event.ADMIT_ON_PROBATION): Status.ADMITTED,
        (Status.WAITLISTED, Event.ASK): Status.ASKED,
        (Status.WAITLISTED, Event.DECLINE): Status.DECLINED,
        (Status.WAITLISTED, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.DECLINED, Event.APPEAL): Status.APPEALED,
        (Status.APPEALED, Event.ADMIT): Status.ADMITTED,
        (Status.APPEALED, Event.ADMIT_ON_PROBATION): Status.ADMITTED,
        (Status.APPEALED, Event.UPHOLD): Status.REFUSED,
        (Status.APPEALED, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.SUBMITTED, Event.PUT_ASIDE): Status.DOUBLE,
        (Status.DOUBLE, Event.WITHDRAW): Status.WITHDRAWN,
        (Status.DOUBLE, Event.ADMIT): Status.ADMITTED,
        (Status.DOUBLE, Event.ADMIT_ON_PROBATION): Status.ADMITTED,
        (Status.DOUBLE, Event.ASK): Status.ASKED,
    },
    words={
        Status.SUBMITTED: _("to be looked at"),
        Status.ASKED: _("more was asked"),
        Status.WAITLISTED: _("on the waiting list"),
        Status.ADMITTED: _("admitted"),
        Status.DECLINED: _("declined"),
        Status.APPEALED: _("to be looked at again"),
        Status.REFUSED: _("declined for good"),
        Status.WITHDRAWN: _("taken back"),
        Status.LAPSED: _("lapsed without an answer"),
        Status.DOUBLE: _("sent twice, the first counts"),
        Event.ADMIT: _("Admit"),
        Event.ADMIT_ON_PROBATION: _("Admit on probation"),
        Event.ASK: _("Ask for more"),
        Event.ANSWER: _("Answer"),
        Event.WAITLIST: _("Put on the waiting list"),
        Event.DECLINE: _("Decline"),
        Event.APPEAL: _("Ask for another look"),
        Event.UPHOLD: _("Decline for good"),
        Event.WITHDRAW: _("Take it back"),
        Event.LAPSE: _("lapse"),
        Event.PUT_ASIDE: _("put aside"),
    },
)

TO_DECIDE = (Status.SUBMITTED, Status.APPEALED)
UNDER_WAY = (Status.SUBMITTED, Status.APPEALED, Status.ASKED, Status.WAITLISTED)
# What was written is destroyed some time after one of these; a new step keeps it longer.
AT_REST = frozenset(Status) - frozenset(UNDER_WAY)
# Over without a decision: whoever still wants to join applies anew.
UNDECIDED = frozenset({Status.WITHDRAWN, Status.LAPSED})


# Who may do what; a test reads every cell of it.
MAY: Mapping[Actor, frozenset[Event]] = {
    Actor.APPLICANT: frozenset({Event.ANSWER, Event.APPEAL, Event.WITHDRAW}),
    Actor.REVIEWER: frozenset(
        {
            Event.ADMIT,
            Event.ADMIT_ON_PROBATION,
            Event.ASK,
            Event.WAITLIST,
            Event.DECLINE,
            Event.UPHOLD,
        }
    ),
    Actor.NODE: frozenset({Event.LAPSE, Event.PUT_ASIDE}),
}
# The other side cannot do anything with these steps unless it reads why, or what.
WITH_WORDS = frozenset({Event.ASK, Event.ANSWER, Event.DECLINE, Event.APPEAL, Event.UPHOLD})
ADMISSIONS: Mapping[Event, Membership] = {
    Event.ADMIT: Membership.ADMIT,
    Event.ADMIT_ON_PROBATION: Membership.ADMIT_ON_PROBATION,
}


def steps(status: Status, actor: Actor) -> tuple[Event, ...]:
    """What somebody in this part may do now, in the order of the table."""
    return tuple(event for event in applying.events_from(status) if event in MAY[actor])


def is_appeal_over(status: Status, due_at: datetime | None, now: datetime) -> bool:
    """Whether it was declined, and the time to ask for another look has passed."""
    return status is Status.DECLINED and due_at is not None and due_at <= now


class Question(msgspec.Struct, frozen=True):
    """One question of the form. others: the same in other languages, by their tags.
    language: in which it stands, where that is not the form's own."""

    text: str
    required: bool = True
    others: dict[str, str] = {}
    language: str = ""


class Eligibility(msgspec.Struct, frozen=True):
    """Who may join in a class. others, language: as of a question."""

    text: str
    others: dict[str, str] = {}
    language: str = ""


class ConsentWords(msgspec.Struct, frozen=True):
    """A document in one language."""

    title: str
    text: str


class ConsentText(msgspec.Struct, frozen=True):
    """What an applicant must agree to. version: as the coop numbers its documents.
    others, language: as of a question."""

    title: str
    text: str
    version: str
    others: dict[str, ConsentWords] = {}
    language: str = ""


class Form(msgspec.Struct, frozen=True):
    """What the coop asks of whoever wants to join. language: in which it is written; empty: in
    the coop's main one. others: the introduction in other languages, by their tags. sponsors: how
    many members have to vouch for an applicant. eligibility: of the classes of which it says that,
    also of some in which nobody can apply at present."""

    is_open: bool
    intro: str
    classes: tuple[MembershipClass, ...]
    questions: tuple[Question, ...]
    consents: tuple[ConsentText, ...]
    language: str = ""
    others: dict[str, str] = {}
    sponsors: int = 0
    eligibility: dict[MembershipClass, Eligibility] = {}


class Particulars(msgspec.Struct, frozen=True):
    """What an applicant says of themselves; answers stand in the order of the questions."""

    name: str
    email: str = ""
    phone: str = ""
    representative: str = ""
    answers: tuple[str, ...] = ()


def is_same(one: Particulars, other: Particulars) -> bool:
    """Whether two applications are of one person, as far as one can see: the same e-mail or
    telephone, and no other name. A family may share a telephone."""
    mine, theirs = (set(each.name.casefold().split()) for each in (one, other))
    if not (mine <= theirs or theirs <= mine):
        return False
    mail, phone = one.email.casefold().strip(), _digits(one.phone)
    return bool(
        (mail and mail == other.email.casefold().strip())
        or (phone and phone == _digits(other.phone))
    )


def _digits(phone: str) -> str:
    """A telephone number without its dress, nor the nought or country before it."""
    return "".join(filter(str.isdecimal, phone)).lstrip("0")[-_TOLD_APART:]


_TOLD_APART = 9
"""So many digits from the end tell telephones of one place apart."""

FIRST_FORM = Form(
    is_open=False,
    intro="",
    classes=(MembershipClass.USER,),
    questions=(),
    consents=(),
)


def check_form(form: Form) -> Form:
    """The form as stored, without what was left empty. Raises InvalidInput by field."""
    asked = [(one.text.strip(), one.required) for one in form.questions]
    questions = tuple(Question(text, required) for text, required in asked if text)
    consents = tuple(one for one in form.consents if one.title.strip())
    faults: dict[str, list[Text]] = {}
    if not form.classes:
        faults["classes"] = [_("Choose at least one kind of member whom you take in.")]
    if len(questions) > limits.APPLICATION_QUESTIONS_MOST:
        faults["questions"] = [
            _("Ask at most %(most)s questions.", most=limits.APPLICATION_QUESTIONS_MOST)
        ]
    if len(consents) > limits.APPLICATION_CONSENTS_MOST:
        faults["consents"] = [
            _("Ask for at most %(most)s consents.", most=limits.APPLICATION_CONSENTS_MOST)
        ]
    if not 0 <= form.sponsors <= limits.SPONSORS_MOST:
        faults["sponsors"] = [_("Ask for at most %(most)s members.", most=limits.SPONSORS_MOST)]
    if any(not one.version.strip() for one in consents):
        faults["consents"] = [
            _("Say which version of the document it is, like 2027-03: it is noted who read which.")
        ]
    texts = [form.intro, *(one.text for one in questions)]
    texts += [part for one in consents for part in (one.title, one.text, one.version)]
    if any(len(text) > limits.APPLICATION_TEXT_LONGEST for text in texts):
        faults["intro"] = [too_long()]
    eligibility = {
        one: Eligibility(said.text.strip())
        for one, said in form.eligibility.items()
        if said.text.strip()
    }
    faults |= {
        f"class-{one}": [too_long(limits.ELIGIBILITY_LONGEST)]
        for one, said in eligibility.items()
        if len(said.text) > limits.ELIGIBILITY_LONGEST
    }
    if faults:
        raise InvalidInput(faults)
    return Form(
        form.is_open,
        form.intro.strip(),
        form.classes,
        questions,
        consents,
        form.language,
        sponsors=form.sponsors,
        eligibility=eligibility,
    )


def check_application(
    form: Form, kind: Kind, given: Particulars, membership_class: str, agreed: Sequence[int]
) -> None:
    """Raises InvalidInput by field; answers and consents are `answer-N` and `consent-N`, from 0."""
    faults: dict[str, list[Text]] = {}
    if membership_class not in form.classes:
        names = ", ".join(form.classes)
        faults["membership_class"] = [_("Choose from: %(names)s.", names=names)]
    if not (given.email.strip() or given.phone.strip()):
        faults["phone"] = [_("Say how you can be reached: by telephone or e-mail.")]
    if kind is Kind.FIRM and not given.representative.strip():
        faults["representative"] = [_("Say who speaks for the firm.")]
    for nr, question in enumerate(form.questions):
        text = given.answers[nr].strip() if nr < len(given.answers) else ""
        if question.required and not text:
            faults[f"answer-{nr}"] = [_("Please answer this.")]
        if len(text) > limits.APPLICATION_TEXT_LONGEST:
            faults[f"answer-{nr}"] = [too_long()]
    for nr, _consent in enumerate(form.consents):
        if nr not in agreed:
            faults[f"consent-{nr}"] = [_("Without this the coop cannot take you in.")]
    for name in ("email", "phone", "representative"):
        if len(getattr(given, name)) > limits.NAME_LONGEST:
            faults[name] = [_("This is too long.")]
    if faults:
        raise InvalidInput(faults)


def check_words(event: Event, words: str) -> str:
    """What goes with a step, as stored. Raises InvalidInput for the field `message`."""
    words = words.strip()
    if event in WITH_WORDS and not words:
        raise InvalidInput({"message": [_("Write something: the other side reads it.")]})
    if len(words) > limits.APPLICATION_TEXT_LONGEST:
        raise InvalidInput({"message": [too_long()]})
    return words


def too_long(most: int = limits.APPLICATION_TEXT_LONGEST) -> Text:
    """Said of every text that is."""
    return _("Use at most %(most)s characters.", most=most)


def encoded(form: Form) -> dict[str, Any]:
    """The form as a row keeps it."""
    kept: dict[str, Any] = msgspec.to_builtins(form)
    return kept
