"""Who wants to join, what they wrote, and how far it has come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from federation.storage import Reader
from node import accounts, peers, vault
from node.accounts import Duty
from node.errors import NotFound
from node.i18n import _
from node.joining.models import (
    Application,
    ApplicationConsent,
    ApplicationStep,
    InvitationConsent,
    JoiningForm,
)
from node.joining.rules import (
    AT_REST,
    FIRST_FORM,
    UNDECIDED,
    UNDER_WAY,
    Actor,
    Event,
    Form,
    Particulars,
    Question,
    Status,
    is_appeal_over,
    steps,
)
from node.members import Kind, MembershipClass

APPLICANT = "applicant"


class ApplicationView(Struct, frozen=True):
    """One application. `given` is None once what was written has been destroyed."""

    id: str
    form_version: int
    kind: Kind
    membership_class: MembershipClass
    status: Status
    given: Particulars | None
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None
    decided_by: str | None
    member_id: str | None

    def possible(self, actor: Actor) -> tuple[Event, ...]:
        """What somebody in this part may do now."""
        return steps(self.status, actor)

    def is_appeal_over(self, now: datetime) -> bool:
        """Whether it was declined, and the time to ask for another look has passed."""
        return is_appeal_over(self.status, self.due_at, now)

    def can_be_made_anew(self, now: datetime) -> bool:
        """Whether nothing comes of it any more, and somebody may apply again."""
        return self.status in UNDECIDED or self.is_appeal_over(now)


class StepView(Struct, frozen=True):
    """One thing that happened. by_name: of an account of the coop; None for everybody else."""

    event: Event
    by: str
    by_name: str | None
    at: datetime
    message: str | None


class ConsentView(Struct, frozen=True):
    """What was agreed to. language: in which it was read, if that was noted."""

    title: str
    version: str
    at: datetime
    language: str | None


class Whole(Struct, frozen=True):
    """An application with the questions it answered, its steps and consents."""

    application: ApplicationView
    form: Form
    steps: list[StepView]
    consents: list[ConsentView]

    @property
    def answered(self) -> list[tuple[Question, str]]:
        """Each question that was answered, with the answer."""
        given = self.application.given
        answers = given.answers if given else ()
        pairs = zip(self.form.questions, answers, strict=False)
        return [(question, answer) for question, answer in pairs if answer]


async def is_other_there(reader: Reader, decided_by: str | None) -> bool:
    """Whether somebody other than who decided can look at an application again."""
    reviewers = await accounts.looking_after(reader, Duty.MEMBERS)
    return any(one.id != decided_by for one in reviewers)


async def current_form(reader: Reader) -> tuple[int, Form]:
    """The form that holds now, with its version; version 0: nobody has written one yet."""
    row = await reader.scalar(select(JoiningForm).order_by(JoiningForm.version.desc()).limit(1))
    return (row.version, await _form(reader, row)) if row else (0, FIRST_FORM)


async def is_open(reader: Reader) -> bool:
    """Whether people can apply."""
    newest = select(JoiningForm.is_open).order_by(JoiningForm.version.desc()).limit(1)
    return bool(await reader.scalar(newest))


async def applications(
    reader: Reader,
    statuses: Collection[Status] = UNDER_WAY,
    *,
    before: str | None = None,
    limit: int = 100,
) -> list[ApplicationView]:
    """The newest first; `before` is the id of the last one already seen."""
    wanted = (
        select(Application)
        .where(Application.status.in_(statuses))
        .order_by(Application.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(Application.id < before)
    rows: Sequence[Application] = await reader.scalars(wanted)
    opened = await vault.unseal_many(reader, {row.id: row.particulars for row in rows})
    return [view(row, opened[row.id]) for row in rows]


async def waiting_list(reader: Reader, *, limit: int = 100) -> list[ApplicationView]:
    """Who waits for a place, in the order in which they were put there."""
    rows: Sequence[Application] = await reader.scalars(
        select(Application)
        .where(Application.status == Status.WAITLISTED)
        .order_by(Application.changed_at, Application.id)
        .limit(limit)
    )
    opened = await vault.unseal_many(reader, {row.id: row.particulars for row in rows})
    return [view(row, opened[row.id]) for row in rows]


async def waiting_lists(reader: Reader) -> dict[MembershipClass, tuple[int, datetime]]:
    """By class, how many wait for a place, and since when the first of them does."""
    rows = await reader.rows(
        select(Application.membership_class, func.count(), func.min(Application.changed_at))
        .where(Application.status == Status.WAITLISTED)
        .group_by(Application.membership_class)
    )
    return {MembershipClass(name): (count, since) for name, count, since in rows}


async def whole(reader: Reader, application_id: str) -> Whole:
    """All there is to know of one. Raises NotFound."""
    row = await stored(reader, application_id)
    form = await reader.scalar(select(JoiningForm).where(JoiningForm.version == row.form_version))
    taken: Sequence[ApplicationStep] = await reader.scalars(
        select(ApplicationStep)
        .where(ApplicationStep.application_id == application_id)
        .order_by(ApplicationStep.nr)
    )
    agreed: Sequence[ApplicationConsent] = await reader.scalars(
        select(ApplicationConsent)
        .where(ApplicationConsent.application_id == application_id)
        .order_by(ApplicationConsent.nr)
    )
    boxes = [row.particulars, *(step.message for step in taken if step.message)]
    given, *said = await vault.unseal_all(reader, application_id, boxes)
    words = iter(said)
    names = await accounts.names(reader, {step.by for step in taken})
    return Whole(
        view(row, given),
        await _form(reader, form) if form else FIRST_FORM,
        [
            StepView(
                Event(step.event),
                step.by,
                names.get(step.by),
                step.at,
                (next(words) or {}).get("text") if step.message else None,
            )
            for step in taken
        ],
        [ConsentView(one.title, one.version, one.at, one.language) for one in agreed],
    )


async def agreed_to(reader: Reader, member_id: str) -> list[ConsentView]:
    """What a member agreed to when they applied, or came in by an invitation."""
    rows: Sequence[ApplicationConsent] = await reader.scalars(
        select(ApplicationConsent)
        .join(Application, Application.id == ApplicationConsent.application_id)
        .where(Application.member_id == member_id)
        .order_by(ApplicationConsent.application_id, ApplicationConsent.nr)
    )
    invited: Sequence[InvitationConsent] = await reader.scalars(
        select(InvitationConsent)
        .where(InvitationConsent.member_id == member_id)
        .order_by(InvitationConsent.nr)
    )
    return [
        *(ConsentView(one.title, one.version, one.at, one.language) for one in rows),
        *(ConsentView(one.title, one.version, one.at, one.language) for one in invited),
    ]


async def count_written(reader: Reader, before: datetime) -> int:
    """How many applications that came to their end before a moment can still be read."""
    ended = (Application.status.in_(AT_REST), Application.changed_at < before)
    count = select(func.count()).where(*ended, Application.id.not_in(vault.destroyed()))
    return await reader.scalar(count) or 0


async def by_secret(reader: Reader, secret: str) -> str:
    """The id of the application whose link has this code. Raises NotFound."""
    known = select(Application.id).where(Application.secret_digest == digest(secret))
    application_id = await reader.scalar(known)
    if application_id is None:
        raise NotFound(_("This link is not known here. Check that you copied all of it."))
    return application_id


async def stored(reader: Reader, application_id: str) -> Application:
    """The row itself, for commands. Raises NotFound."""
    row = await reader.scalar(select(Application).where(Application.id == application_id))
    if row is None:
        raise NotFound(_("There is no such application."))
    return row


def digest(secret: str) -> bytes:
    """What is stored of a link's code. A plain hash is enough: codes are random, not chosen."""
    return sha256(secret.encode(errors="surrogatepass")).digest()


def view(row: Application, given: object) -> ApplicationView:
    """A row with what was opened of it."""
    return ApplicationView(
        row.id,
        row.form_version,
        Kind(row.kind),
        MembershipClass(row.membership_class),
        Status(row.status),
        particulars(given),
        row.created_at,
        row.changed_at,
        row.due_at,
        row.decided_by,
        row.member_id,
    )


def particulars(given: object) -> Particulars | None:
    """What was opened of an application; None once it has been destroyed."""
    return msgspec.convert(given, Particulars) if given else None


async def _form(reader: Reader, row: JoiningForm) -> Form:
    kept = {name: getattr(row, name) for name in Form.__struct_fields__}
    kept["language"] = row.language or await peers.main_language(reader)
    return msgspec.convert(kept, Form)
