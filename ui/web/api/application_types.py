"""What the API sends and takes about joining."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from node import limits
from ui.web.api.types import Limit, LongText, ShortText

ClassName = Literal["worker", "user", "producer", "community", "investor", "supporter"]
KindName = Literal["person", "firm"]
StepName = Literal["admit", "admit-on-probation", "ask", "waitlist", "decline", "uphold"]


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: ShortText
    required: bool = True


class Consent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """version: as the coop numbers its documents; it is noted who agreed to which."""

    title: ShortText
    version: ShortText
    text: LongText = ""


class JoiningForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """open: whether people can apply on the coop's page. sponsors: how many members have to vouch
    for an applicant. eligibility: who may join in a class, as applicants read it."""

    open: bool
    classes: list[ClassName]
    intro: LongText = ""
    questions: list[Question] = []
    consents: list[Consent] = []
    sponsors: Annotated[int, Meta(ge=0, le=limits.SPONSORS_MOST)] = 0
    eligibility: dict[ClassName, Annotated[str, Meta(max_length=limits.ELIGIBILITY_LONGEST)]] = {}


class ApplicationNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One that came on paper. answers: in the order of the questions; agreed: to every consent of
    the form, with their signature."""

    name: ShortText
    membership_class: ClassName
    kind: KindName = "person"
    representative: ShortText = ""
    email: ShortText = ""
    phone: ShortText = ""
    answers: list[LongText] = []
    agreed: bool = False


class Applied(Struct, frozen=True):
    """link: leads the applicant to their own page; it is told this once."""

    id: str
    link: str


class ApplicationStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """message: what the applicant reads; asking and declining need one. why: for the register; who
    lets somebody in for whom too few vouch needs it."""

    step: StepName
    message: LongText = ""
    why: LongText = ""


class Application(Struct, frozen=True):
    """name: null once what was written is destroyed. possible: the steps that can be taken now."""

    id: str
    name: str | None
    kind: str
    membership_class: str
    status: str
    possible: list[str]
    member: str | None
    created_at: datetime
    due_at: datetime | None


class ApplicationSearch(Struct, frozen=True, kw_only=True):
    """Without a status: those under way."""

    status: str | None = None
    limit: Limit = 50
    cursor: str | None = None


class ApplicationList(Struct, frozen=True):
    items: list[Application]
    next: str | None = None


class Event(Struct, frozen=True):
    """by: who did it, by name; null for the applicant, the operator and the node itself."""

    event: str
    by: str | None
    at: datetime
    message: str | None


class Agreed(Struct, frozen=True):
    """language: in which it stood before them, where that was noted."""

    title: str
    version: str
    at: datetime
    language: str | None = None


class Sponsor(Struct, frozen=True):
    """member: null where nobody, or more than one, is called as the applicant wrote. vouches: null
    while they have not said; counts: a yes of who is an active member today."""

    member: str | None
    name: str
    vouches: bool | None
    counts: bool


class Sponsors(Struct, frozen=True):
    needed: int
    items: list[Sponsor]


class SponsorNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """name: of a member, as the register has it."""

    name: ShortText


class Sponsoring(Struct, frozen=True):
    """What a member is asked. open: whether it is undecided still. vouches: what they said; null
    while they have not."""

    id: str
    name: str | None
    membership_class: str
    created_at: datetime
    open: bool
    vouches: bool | None


class SponsoringList(Struct, frozen=True):
    items: list[Sponsoring]
    next: str | None = None


class Vouching(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    vouches: bool


class Answer(Struct, frozen=True):
    question: str
    answer: str


class WholeApplication(Struct, frozen=True):
    application: Application
    representative: str | None
    email: str | None
    phone: str | None
    answers: list[Answer]
    consents: list[Agreed]
    history: list[Event]
    sponsors_needed: int
    sponsors: list[Sponsor]
