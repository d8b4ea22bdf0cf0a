"""Applying, and every step until somebody is a member or not."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import func, insert, select

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import audit, limits, mail, members, notices, peers, timers, vault
from node.accounts import Duty
from node.accounts.rules import check_name
from node.errors import Closed, Conflict, NotAllowed
from node.i18n import _
from node.joining.agreeing import note_consents
from node.joining.documents import tell_of_versions
from node.joining.models import Application, ApplicationConsent, ApplicationStep, JoiningForm
from node.joining.queries import (
    APPLICANT,
    ApplicationView,
    applications,
    current_form,
    digest,
    is_other_there,
    stored,
    whole,
)
from node.joining.rules import (
    ADMISSIONS,
    AT_REST,
    MAY,
    UNDER_WAY,
    Actor,
    Event,
    Form,
    Particulars,
    Status,
    applying,
    check_application,
    check_form,
    check_words,
    encoded,
    is_appeal_over,
    is_same,
)
from node.joining.sponsors import CAN_BE_NAMED, check_sponsors, sponsor_code
from node.joining.tongues import FormWords, carried, with_words
from node.members import Kind, MembershipClass
from node.notices import NoticeKind

LAPSES = "application-lapses"
FORGOTTEN = "application-forgotten"
_TOLD = {
    None: NoticeKind.APPLICATION_CAME,
    Event.ANSWER: NoticeKind.APPLICATION_ANSWERED,
    Event.APPEAL: NoticeKind.APPLICATION_APPEALED,
}


class Applied(Struct, frozen=True):
    """A new application; `path` leads the applicant back to it, and is shown now alone."""

    id: str
    path: str


async def set_form(uow: UnitOfWork, form: Form, *, by: str = audit.OPERATOR) -> int:
    """Ask this from now on; open applications keep their form. Returns its version.

    What stays as it was worded stays in other languages, too. Members hear of a new version of a
    document to which they agreed.
    """
    _version, before = await current_form(uow)
    form = carried(check_form(form), before)
    version = await _keep(uow, form, by)
    await tell_of_versions(uow, form, before)
    return version


async def say_form_in(
    uow: UnitOfWork, language: str, words: FormWords, *, version: int, by: str
) -> int:
    """Say the form in one more language, or in other words there. version: of the form that it
    says. Returns its new version. Raises Conflict when that has changed, InvalidInput."""
    newest, form = await current_form(uow)
    if newest != version:
        raise Conflict(
            _("The form has changed meanwhile. Look at it again before you say it."), "form-changed"
        )
    return await _keep(uow, with_words(form, language, words), by)


async def _keep(uow: UnitOfWork, form: Form, by: str) -> int:
    version = (await uow.scalar(select(func.max(JoiningForm.version))) or 0) + 1
    await uow.execute(insert(JoiningForm).values(version=version, made_at=uow.now, **encoded(form)))
    await peers.take_applications(uow, is_open=form.is_open)
    await audit.record(uow, by, "joining.set-form", str(version), {"open": form.is_open})
    return version


async def apply(
    uow: UnitOfWork,
    given: Particulars,
    *,
    membership_class: MembershipClass | str,
    kind: Kind = Kind.PERSON,
    agreed: Sequence[int] = (),
    by: str = APPLICANT,
    language: str | None = None,
    read_in: str | None = None,
) -> Applied:
    """Ask to become a member. agreed: which consents of the form were given, by their place.
    language: in which they are written to; the coop's own unless told.
    read_in: in which they read the form, as far as it says it; `language` unless told.

    Raises Closed while the coop takes in nobody, InvalidInput by field.
    """
    version, form = await current_form(uow)
    if not form.is_open:
        raise Closed(
            _("The coop takes no applications at present. Write to it instead."), "joining-closed"
        )
    given = msgspec.structs.replace(given, name=check_name(given.name))
    check_application(form, kind, given, membership_class, agreed)
    await _check_room(uow)
    first = await _already(uow, given, kind)
    if first is not None and by != APPLICANT:
        raise Conflict(
            _("%(name)s has applied already, and it is not decided yet.", name=given.name),
            "applied-already",
        )
    application_id, code = uow.new_id(), secret(uow.entropy, limits.LINK_SECRET_BYTES)
    sealed = await vault.seal(uow, application_id, msgspec.to_builtins(given))
    uow.session.add(
        Application(
            id=application_id,
            secret_digest=digest(code),
            sponsor_digest=digest(sponsor_code(code)),
            form_version=version,
            kind=kind,
            membership_class=MembershipClass(membership_class),
            language=language,
            status=_begins(first),
            particulars=sealed,
            created_at=uow.now,
            changed_at=uow.now,
            due_at=None,
            decided_by=None,
            member_id=None,
        )
    )
    await uow.session.flush()
    read_in = read_in or language or form.language
    await note_consents(uow, ApplicationConsent, form, read_in, application_id=application_id)
    await audit.record(uow, by, "joining.apply", application_id)
    path = f"/applied/{code}"
    if first is not None:
        await _put_aside(uow, application_id, first)
        return Applied(application_id, path)
    await notices.give_each(uow, _TOLD[None], application_id, Duty.MEMBERS)
    await mail.tell_applicant(
        uow,
        application_id,
        address=given.email,
        language=language,
        path=path,
        state=applying.initial.value,
    )
    return Applied(application_id, path)


async def step(
    uow: UnitOfWork,
    application_id: str,
    event: Event,
    *,
    actor: Actor,
    by: str,
    message: str = "",
    why: str = "",
) -> ApplicationView:
    """Let the next thing happen to an application. why: somebody is let in for whom too few vouch;
    the register keeps it then.

    Raises NotAllowed for a step that is not this part's, or for whoever would look again at their
    own decision; Conflict naming what is possible, Closed after a deadline, InvalidInput.
    """
    row = await stored(uow, application_id)
    if event not in MAY[actor]:
        raise NotAllowed(_("This step is for the other side to take."), "not-your-step")
    before = Status(row.status)
    after = applying.next_state(before, event)
    words = check_words(event, message)
    if event is Event.APPEAL and is_appeal_over(before, row.due_at, uow.now):
        raise Closed(
            _("The time to ask for another look is over. You can apply anew."), "appeal-over"
        )
    if before is Status.APPEALED and actor is Actor.REVIEWER:
        await _check_other_person(uow, row.decided_by, by)
    if event in ADMISSIONS:
        why = await check_sponsors(uow, application_id, why)
    await _note_step(uow, application_id, event, by, words)
    row.status, row.changed_at = after, uow.now
    if actor is Actor.REVIEWER:
        row.decided_by = by
    if event in ADMISSIONS:
        row.member_id = await _admit(uow, application_id, event, by, why)
    await _set_deadlines(uow, row, after)
    await uow.session.flush()
    await audit.record(uow, by, f"joining.{event}", application_id)
    await _settle_notices(uow, application_id, after)
    if actor is Actor.APPLICANT and event in _TOLD:
        await notices.give_each(uow, _TOLD[event], application_id, Duty.MEMBERS)
    done = (await whole(uow, application_id)).application
    if actor is not Actor.APPLICANT:
        await _write_to_applicant(uow, done, row.language)
    return done


async def renew_link(uow: UnitOfWork, application_id: str, *, by: str) -> str:
    """Another link to the applicant's own page, for who lost the first; that one dies. Returns its
    path, shown now alone; who left an e-mail has it by letter, too. Raises NotFound, Conflict."""
    row = await stored(uow, application_id)
    given = (await whole(uow, application_id)).application.given
    if given is None:
        raise Conflict(_("What was written here is destroyed; they must apply anew."), "forgotten")
    code = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    row.secret_digest, row.sponsor_digest = digest(code), digest(sponsor_code(code))
    await uow.session.flush()
    await notices.withdraw(uow, NoticeKind.APPLICATION_DOUBLED, application_id)
    await audit.record(uow, by, "joining.renew-link", application_id)
    path = f"/applied/{code}"
    await mail.tell_applicant(
        uow,
        application_id,
        address=given.email,
        language=row.language,
        path=path,
        state=Status.SUBMITTED.value,
        again="yes",
    )
    return path


@timers.on(LAPSES)
async def let_lapse(uow: UnitOfWork, application_ids: Sequence[str]) -> None:
    """Nobody answered what was asked."""
    for application_id in application_ids:
        row = await stored(uow, application_id)
        if row.status == Status.ASKED:
            await step(uow, application_id, Event.LAPSE, actor=Actor.NODE, by=audit.NODE)


@timers.on(FORGOTTEN)
async def forget(uow: UnitOfWork, application_ids: Sequence[str]) -> None:
    """What was written in applications that ended long ago is destroyed."""
    for application_id in application_ids:
        await notices.withdraw(uow, NoticeKind.SPONSOR_ASKED, application_id)
    await vault.destroy(uow, *application_ids)


async def forget_member(uow: UnitOfWork, member_id: str) -> None:
    """Destroy at once what somebody wrote when they applied; what they agreed to stays."""
    theirs = await uow.scalars(select(Application.id).where(Application.member_id == member_id))
    await timers.cancel(uow, FORGOTTEN, theirs)
    await vault.destroy(uow, *theirs)


async def _admit(uow: UnitOfWork, application_id: str, event: Event, by: str, reason: str) -> str:
    application = (await whole(uow, application_id)).application
    given = application.given
    if given is None:
        raise Conflict(_("What was written here is destroyed; they must apply anew."), "forgotten")
    member = await members.add_member(
        uow,
        name=given.name,
        membership_class=application.membership_class,
        kind=application.kind,
        representative=given.representative or None,
        email=given.email,
        phone=given.phone,
        admit=ADMISSIONS[event],
        by=by,
        applied_by=APPLICANT,
        reason=reason,
    )
    return member.id


async def _check_room(uow: UnitOfWork) -> None:
    waiting = select(func.count()).where(Application.status.in_(UNDER_WAY))
    if (await uow.scalar(waiting) or 0) >= limits.APPLICATIONS_OPEN_MOST:
        raise Closed(
            _("So many applications wait here that no more are taken today. Write to the coop."),
            "joining-full",
        )


async def _already(uow: UnitOfWork, given: Particulars, kind: Kind) -> ApplicationView | None:
    """The application of the same person that is under way."""
    open_ones = await applications(uow, UNDER_WAY, limit=limits.APPLICATIONS_OPEN_MOST)
    same = (one for one in open_ones if one.kind is kind and one.given)
    return next((one for one in same if one.given and is_same(one.given, given)), None)


def _begins(first: ApplicationView | None) -> Status:
    if first is None:
        return applying.initial
    return applying.next_state(applying.initial, Event.PUT_ASIDE)


async def _put_aside(uow: UnitOfWork, application_id: str, first: ApplicationView) -> None:
    """The page says the same to everybody, so that nobody learns who has applied; who did hears of
    it by letter, and from those who look at the first."""
    await timers.set_timer(uow, FORGOTTEN, application_id, uow.now + limits.APPLICATION_KEPT)
    await _note_step(uow, application_id, Event.PUT_ASIDE, audit.NODE, "")
    await audit.record(uow, audit.NODE, "joining.put-aside", application_id)
    await notices.give_each(uow, NoticeKind.APPLICATION_DOUBLED, first.id, Duty.MEMBERS)
    row = await stored(uow, first.id)
    await mail.tell_applicant(
        uow,
        first.id,
        address=first.given.email if first.given else "",
        language=row.language,
        state=Status.DOUBLE.value,
    )


async def _check_other_person(uow: UnitOfWork, decided_by: str | None, by: str) -> None:
    """Whoever declined does not look again, unless nobody else could (or the board, by CLI)."""
    if by != decided_by or by == audit.OPERATOR:
        return
    if await is_other_there(uow, decided_by):
        raise NotAllowed(
            _("You decided this yourself, so somebody else looks at it again."), "own-decision"
        )


async def _note_step(
    uow: UnitOfWork, application_id: str, event: Event, by: str, words: str
) -> None:
    count = select(func.count()).where(ApplicationStep.application_id == application_id)
    sealed = await vault.seal(uow, application_id, {"text": words}) if words else None
    await uow.execute(
        insert(ApplicationStep).values(
            application_id=application_id,
            nr=(await uow.scalar(count) or 0) + 1,
            event=event.value,
            by=by,
            at=uow.now,
            message=sealed,
        )
    )


async def _set_deadlines(uow: UnitOfWork, row: Application, after: Status) -> None:
    await timers.cancel(uow, LAPSES, [row.id])
    await timers.cancel(uow, FORGOTTEN, [row.id])
    row.due_at = None
    if after is Status.ASKED:
        row.due_at = uow.now + limits.APPLICATION_ANSWER
        await timers.set_timer(uow, LAPSES, row.id, row.due_at)
    if after is Status.DECLINED:
        row.due_at = uow.now + limits.APPLICATION_APPEAL
    if after in AT_REST:
        await timers.set_timer(uow, FORGOTTEN, row.id, uow.now + limits.APPLICATION_KEPT)


async def _write_to_applicant(
    uow: UnitOfWork, application: ApplicationView, language: str | None
) -> None:
    """That something was decided or asked, by when they may answer; what, stands on their page."""
    if application.given is None:
        return
    due, is_another = application.due_at, await is_other_there(uow, application.decided_by)
    await mail.tell_applicant(
        uow,
        application.id,
        address=application.given.email,
        language=language,
        state=application.status.value,
        until=due.date().isoformat() if due else "",
        **({} if is_another else {"alone": "yes"}),
    )


async def _settle_notices(uow: UnitOfWork, application_id: str, after: Status) -> None:
    for kind in (*_TOLD.values(), NoticeKind.APPLICATION_DOUBLED):
        await notices.withdraw(uow, kind, application_id)
    if after not in CAN_BE_NAMED:
        await notices.withdraw(uow, NoticeKind.SPONSOR_ASKED, application_id)
