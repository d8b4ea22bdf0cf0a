"""The person's consent: asked for, given, looked at and taken back, without an account.

The link that a person gets is a secret like a key: here only its digest is plain; the code itself
is sealed, so that the sheet can be printed again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import insert, select, update

from federation.ambient import secret
from federation.storage import Reader, UnitOfWork
from node import handoffs, limits, policies, vault
from node.errors import Closed, Conflict, InvalidInput, NotFound
from node.handoffs import AccessView
from node.i18n import _, is_language_tag
from node.notices import NoticeKind
from node.referrals import consent_log, files, passing, store, telling, wire
from node.referrals.life import LIFE, OUT_THERE, Event, Party, State
from node.referrals.models import consent_table
from node.referrals.rules import (
    CONSENT_TEXT,
    FIELDS,
    FILE,
    MOST_RECIPIENTS,
    SHAREABLE,
    Channel,
    checked_person,
)
from node.referrals.views import ConsentView, ReferralView, consent_view

PATH = "/consent/"
_c = consent_table.c


class ConsentPage(Struct, frozen=True):
    """What the person sees at their link. summary: empty once it was deleted."""

    consent: ConsentView
    summary: str
    attempts: Sequence[ReferralView]
    accesses: Sequence[AccessView]

    @property
    def may_give(self) -> bool:
        """Whether it is still to be decided."""
        c = self.consent
        waits = any(one.state is State.CONSENT_PENDING for one in self.attempts)
        return waits and c.given_at is None and c.withdrawn_at is None


async def ask(
    uow: UnitOfWork,
    view: ReferralView,
    *,
    recipients: Sequence[str],
    fields: Sequence[str],
    auto_next: bool = True,
    by: str,
) -> ReferralView:
    """Put to the person who may be told what. Raises InvalidInput, Conflict."""
    person = await person_of(uow, view)
    known = {*person, FILE} if await files.has_file(uow, view.subject) else {*person}
    _check_question(person, known, recipients, fields)
    days = await policies.value(uow, policies.REFERRALS_CONSENT_DAYS)
    code = secret(uow.entropy, limits.LINK_SECRET_BYTES)
    asked = await store.take_step(
        uow, view, Event.ASK_CONSENT, Party.SENDER, by=by, peer=recipients[0], rank=0
    )
    await uow.execute(
        insert(consent_table).values(
            case_id=view.case_id,
            subject=view.subject,
            text_version=CONSENT_TEXT,
            fields=[name for name in SHAREABLE if name in fields],
            recipients=list(recipients),
            auto_next=auto_next,
            code_digest=digest(code),
            box=await vault.seal(uow, view.subject, {"code": code}),
            asked_at=uow.now,
            expires_at=uow.now + timedelta(days=days),
        )
    )
    consent = await _consent(uow, view.case_id)
    await consent_log.append(
        uow,
        consent,
        consent_log.ASKED,
        fields=list(consent.fields),
        recipients=list(consent.recipients),
        text_version=CONSENT_TEXT,
        by=by,
    )
    await passing.set_consent_end(uow, asked, consent.expires_at)
    return asked


async def give(uow: UnitOfWork, code: str, *, language: str) -> ConsentView:
    """The person says yes on their own page. Raises NotFound, Closed, Conflict."""
    consent = await by_code(uow, code)
    view = await _pending(uow, consent)
    return await _given(uow, consent, view, Channel.LINK, language, by="person")


async def note(
    uow: UnitOfWork,
    view: ReferralView,
    channel: str,
    *,
    witness: str,
    language: str,
    by: str,
) -> ConsentView:
    """A member notes a signed sheet, or a yes that somebody witnessed. Raises InvalidInput.

    channel: paper or voice.
    """
    if channel not in (Channel.PAPER, Channel.VOICE):
        raise InvalidInput({"channel": [_("Choose how they said yes.")]})
    if not witness.strip():
        raise InvalidInput({"witness": [_("Say who saw it signed, or heard it.")]})
    if not is_language_tag(language):
        raise InvalidInput({"language": [_("Use a language code such as “pt” or “pt-BR”.")]})
    consent = await _consent(uow, view.case_id)
    told = {"by": by, "witness": witness.strip()[:200]}
    return await _given(uow, consent, view, Channel(channel), language, **told)


async def withdraw(uow: UnitOfWork, code: str) -> ConsentView:
    """The person takes it back, on their own page. Doing so twice is as good as once."""
    consent = await by_code(uow, code)
    return await withdrawn(uow, consent, by="person", party=Party.PERSON)


async def withdraw_for(uow: UnitOfWork, view: ReferralView, *, by: str) -> ConsentView:
    """A member takes it back because the person said so, by phone or in person."""
    consent = await _consent(uow, view.case_id)
    return await withdrawn(uow, consent, by=by, party=Party.PERSON)


async def withdrawn(uow: UnitOfWork, consent: ConsentView, *, by: str, party: Party) -> ConsentView:
    """Take a consent back: end what runs, tell whoever was told, forget the person."""
    if consent.withdrawn_at is not None:
        return consent
    await uow.execute(
        update(consent_table)
        .where(_c.case_id == consent.case_id)
        .values(withdrawn_at=uow.now, box=b"")
    )
    await consent_log.append(uow, consent, consent_log.WITHDRAWN, by=by)
    attempts = await store.of_case(uow, consent.case_id)
    for view in attempts:
        # What is done stays done; that somebody knows the person does not.
        ends = (view.state, Event.WITHDRAW) in LIFE.table and view.state is not State.COMPLETED
        if ends:
            await passing.take_back(uow, view, Event.WITHDRAW, party, wire.BY_PERSON, by=by)
        elif view.state in OUT_THERE:
            await wire.withdraw(uow, view, wire.BY_PERSON)
        if view.accepted_at is not None or ends:
            await telling.tell(uow, view, NoticeKind.REFERRAL_WITHDRAWN)
    await passing.forget_person(uow, attempts[0])
    return await _consent(uow, consent.case_id)


async def page(reader: Reader, code: str) -> ConsentPage:
    """What the person's page shows. Raises NotFound."""
    consent = await by_code(reader, code)
    return await page_of(reader, consent)


async def page_of(reader: Reader, consent: ConsentView) -> ConsentPage:
    """The same, for the desk."""
    attempts = await store.of_case(reader, consent.case_id)
    return ConsentPage(
        consent,
        attempts[-1].need.summary,
        attempts,
        await handoffs.accesses(reader, [one.id for one in attempts]),
    )


async def code_of(reader: Reader, consent: ConsentView) -> str | None:
    """The code of the person's link, to print it; None once it was forgotten."""
    box = await vault.unseal(reader, consent.subject, consent.box) if consent.box else None
    return box["code"] if box else None


async def by_code(reader: Reader, code: str) -> ConsentView:
    """Whose link this is. Raises NotFound."""
    rows = await reader.rows(select(consent_table).where(_c.code_digest == digest(code)))
    if not rows:
        raise NotFound(_("This link is not known here. Look at the sheet you were given."))
    return consent_view(rows[0])


async def person_of(reader: Reader, view: ReferralView) -> dict[str, str]:
    """The person's data; empty if none were written down, or they were deleted."""
    if view.box is None:
        return {}
    told = await vault.unseal(reader, view.subject, view.box) or {}
    return {name: told[name] for name in FIELDS if name in told}


def digest(code: str) -> bytes:
    """What is kept plain of a code."""
    return sha256(code.encode()).digest()


async def _given(
    uow: UnitOfWork,
    consent: ConsentView,
    view: ReferralView,
    channel: Channel,
    language: str,
    *,
    by: str,
    witness: str = "",
) -> ConsentView:
    _check_time(consent, uow.now)
    party = Party.PERSON if channel is Channel.LINK else Party.SENDER
    ready = await store.take_step(uow, view, Event.CONSENT, party, by=by)
    await uow.execute(
        update(consent_table)
        .where(_c.case_id == consent.case_id)
        .values(given_at=uow.now, channel=channel.value, language=language)
    )
    await consent_log.append(
        uow,
        consent,
        consent_log.GIVEN,
        channel=channel.value,
        language=language,
        text_version=consent.text_version,
        fields=list(consent.fields),
        recipients=list(consent.recipients),
        witness=witness,
        by=by,
    )
    await telling.tell(uow, ready, NoticeKind.REFERRAL_CONSENTED)
    return await _consent(uow, consent.case_id)


async def _pending(reader: Reader, consent: ConsentView) -> ReferralView:
    attempts = await store.of_case(reader, consent.case_id)
    waiting = next((one for one in attempts if one.state is State.CONSENT_PENDING), None)
    if waiting is None:
        raise Conflict(
            _("This was decided before. You see below how it stands."), "consent-decided"
        )
    return waiting


async def _consent(reader: Reader, case_id: str) -> ConsentView:
    found = await store.consent_of(reader, case_id)
    if found is None:
        raise Conflict(_("The person was not asked yet."), "consent-not-asked")
    return found


def _check_time(consent: ConsentView, now: datetime) -> None:
    if consent.withdrawn_at is not None:
        raise Closed(_("The consent was taken back. Ask the person anew."), "consent-withdrawn")
    if now >= consent.expires_at:
        raise Closed(_("The time for this is over. Ask the coop for a new link."), "consent-over")


def _check_question(
    person: dict[str, str], known: set[str], recipients: Sequence[str], fields: Sequence[str]
) -> None:
    if not checked_person(person):
        raise InvalidInput({"name": [_("Say who it is about before you ask them.")]})
    if not recipients or len(set(recipients)) != len(recipients):
        raise InvalidInput({"recipients": [_("Choose who is asked, each coop once.")]})
    if len(recipients) > MOST_RECIPIENTS:
        raise InvalidInput({"recipients": [_("Choose at most %(n)s coops.", n=MOST_RECIPIENTS)]})
    if not set(fields) <= known or not fields:
        raise InvalidInput({"fields": [_("Choose what may be told, of what you know.")]})
