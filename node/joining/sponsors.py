"""Members who vouch for whoever would like to join: asked by name or by a link, each says yes or no
once, and a yes counts while its member is in good standing."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import insert, or_, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, limits, members, notices, vault
from node.accounts.rules import check_name
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import Text, _, ngettext
from node.joining.models import Application, ApplicationSponsor, JoiningForm
from node.joining.queries import APPLICANT, ApplicationView, digest, particulars, stored, view
from node.joining.rules import UNDER_WAY, Status, too_long
from node.members import MemberView
from node.members import Status as Standing
from node.notices import NoticeKind

CAN_BE_NAMED = (*UNDER_WAY, Status.DOUBLE)
"""While an application stands so; whoever applied twice learns nothing by this either."""


class Sponsor(Struct, frozen=True):
    """One whom the applicant named, or who came by their link. member_id: None while it is not
    known whom of us they mean; counts: their yes does, today. named: as the applicant wrote it.
    again: another name for somebody who was asked already."""

    member_id: str | None
    name: str
    vouches: bool | None
    counts: bool
    named: str | None
    again: bool

    @property
    def word(self) -> Text:
        """Where it stands, for whoever decides."""
        if self.counts:
            return _("vouches for them")
        if self.vouches:
            return _("said yes, and is no active member today")
        if self.vouches is False:
            return _("does not")
        if self.member_id:
            return _("asked")
        return _("named, and no single active member is called so")


class Sponsors(Struct, frozen=True):
    """needed: how many; 0: nobody has to."""

    needed: int
    asked: tuple[Sponsor, ...]

    @property
    def vouched(self) -> int:
        return sum(one.counts for one in self.asked)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.vouched)


class Asked(Struct, frozen=True):
    """What a member reads who is asked to vouch. vouches: what they have said."""

    id: str
    application: ApplicationView
    vouches: bool | None


def sponsor_code(secret: str) -> str:
    """Of the link that an applicant hands to whoever knows them; it leads to no word they wrote."""
    made = hmac.digest(secret.encode(errors="surrogatepass"), b"sponsor", sha256)
    return urlsafe_b64encode(made[: limits.LINK_SECRET_BYTES]).decode()


async def sponsors(reader: Reader, application_id: str) -> Sponsors:
    """Who vouches for somebody, and how many have to by the form that they filled in; who was
    named again, in other spellings, stands there once."""
    once = [one for one in await _all(reader, application_id) if not one.again]
    return Sponsors(await _needed(reader, application_id), tuple(once))


async def _all(reader: Reader, application_id: str) -> list[Sponsor]:
    rows: Sequence[ApplicationSponsor] = await reader.scalars(
        select(ApplicationSponsor)
        .where(ApplicationSponsor.application_id == application_id)
        .order_by(ApplicationSponsor.id)
    )
    by_id = await members.some(reader, [row.member_id for row in rows if row.member_id])
    words = await vault.unseal_all(reader, application_id, [r.named for r in rows if r.named])
    typed = iter(words)
    return [
        _sponsor(row, by_id.get(row.member_id or ""), next(typed) if row.named else None)
        for row in rows
    ]


async def name_sponsor(
    uow: UnitOfWork, application_id: str, name: str, *, by: str = APPLICANT
) -> None:
    """Say who knows the applicant. If exactly one member in good standing is called that, they are
    asked; the applicant is told the same in either case. Raises InvalidInput, Conflict."""
    row = await stored(uow, application_id)
    if row.status not in CAN_BE_NAMED or not await _needed(uow, application_id):
        raise Conflict(_("Nobody has to vouch here any more."), "no-sponsors")
    name = check_name(name)
    before = [one.named for one in await _all(uow, application_id) if one.named]
    if name.casefold() in map(str.casefold, before):
        return
    if len(before) >= limits.SPONSORS_NAMED_MOST:
        most = limits.SPONSORS_NAMED_MOST
        raise InvalidInput({"name": [_("Name at most %(most)s members.", most=most)]})
    meant = [one for one in await members.called(uow, name) if _may_vouch(one)]
    only = meant[0] if len(meant) == 1 else None
    again = only is not None and await _of(uow, application_id, only.id) is not None
    if again:  # It counts like any name, so that nobody learns who is a member.
        only = None
    await _add(uow, application_id, only.id if only else None, name, again=again)
    await audit.record(uow, by, "joining.name-sponsor", application_id)
    if only is not None:
        given = particulars(await vault.unseal(uow, application_id, row.particulars))
        await _ask(uow, application_id, only, given.name if given else "–")


async def asked_of(reader: Reader, account_id: str) -> list[Asked]:
    """The applications that wait for a word of this account's."""
    one = await members.acting_for(reader, account_id)
    if one is None or not _may_vouch(one):
        return []
    rows: Sequence[Application] = await reader.scalars(
        select(Application)
        .join(ApplicationSponsor, ApplicationSponsor.application_id == Application.id)
        .where(
            ApplicationSponsor.member_id == one.id,
            ApplicationSponsor.vouches.is_(None),
            Application.status.in_(CAN_BE_NAMED),
        )
        .order_by(Application.id)
    )
    opened = await vault.unseal_many(reader, {row.id: row.particulars for row in rows})
    return [Asked(row.id, view(row, opened[row.id]), None) for row in rows if opened[row.id]]


async def asked(reader: Reader, key: str, account_id: str) -> Asked:
    """What a link, or a row of those that wait, asks this member. key: a code, or an id that they
    were asked about. Raises NotFound, NotAllowed."""
    named = or_(Application.sponsor_digest == digest(key), Application.id == key)
    row = await reader.scalar(select(Application).where(named))
    unknown = NotFound(_("This link is not known here. Check that you copied all of it."))
    if row is None:
        raise unknown
    one = await _in_good_standing(reader, account_id)
    said = await _of(reader, row.id, one.id)
    if row.id == key and said is None:
        raise unknown
    given = await vault.unseal(reader, row.id, row.particulars)
    return Asked(row.id, view(row, given), said.vouches if said else None)


async def vouch(uow: UnitOfWork, key: str, *, vouches: bool, account_id: str) -> None:
    """Say whether one vouches for an applicant; it can be said anew until it is decided. Raises
    NotFound, NotAllowed, Conflict once it is."""
    about = await asked(uow, key, account_id)
    one = await _in_good_standing(uow, account_id)
    if about.application.status not in CAN_BE_NAMED:
        raise Conflict(_("This has been decided."), "decided")
    if await _of(uow, about.id, one.id) is None:
        await _add(uow, about.id, one.id, None)
    mine = (
        ApplicationSponsor.application_id == about.id,
        ApplicationSponsor.member_id == one.id,
    )
    await uow.execute(
        update(ApplicationSponsor)
        .where(*mine)
        .values(vouches=vouches, by=account_id, said_at=uow.now)
    )
    for each in await members.accounts_of(uow, one.id):
        await notices.withdraw_from(uow, NoticeKind.SPONSOR_ASKED, about.id, each)
    await audit.record(uow, account_id, "joining.vouch", about.id, {"vouches": vouches})


async def check_sponsors(uow: UnitOfWork, application_id: str, why: str) -> str:
    """What the register keeps of why somebody is let in for whom too few vouch; nothing where
    enough do. Raises InvalidInput for the field `why` where it is missing or too long."""
    seen, why = await sponsors(uow, application_id), why.strip()
    if not seen.missing:
        return ""
    if len(why) > limits.APPLICATION_TEXT_LONGEST:
        raise InvalidInput({"why": [too_long()]})
    if not why:
        raise InvalidInput(
            {
                "why": [
                    ngettext(
                        "%(num)d more member has to vouch for them. Wait, or say why you admit "
                        "them all the same: it stands in the record.",
                        "%(num)d more members have to vouch for them. Wait, or say why you admit "
                        "them all the same: it stands in the record.",
                        seen.missing,
                    )
                ]
            }
        )
    return why


async def _needed(reader: Reader, application_id: str) -> int:
    form = select(JoiningForm.sponsors).join(
        Application, Application.form_version == JoiningForm.version
    )
    return await reader.scalar(form.where(Application.id == application_id)) or 0


async def _of(reader: Reader, application_id: str, member_id: str) -> ApplicationSponsor | None:
    found: ApplicationSponsor | None = await reader.scalar(
        select(ApplicationSponsor).where(
            ApplicationSponsor.application_id == application_id,
            ApplicationSponsor.member_id == member_id,
        )
    )
    return found


async def _add(
    uow: UnitOfWork,
    application_id: str,
    member_id: str | None,
    named: str | None,
    *,
    again: bool = False,
) -> None:
    words = {"text": named, "again": again}
    sealed = await vault.seal(uow, application_id, words) if named else None
    await uow.execute(
        insert(ApplicationSponsor).values(
            id=uow.new_id(), application_id=application_id, member_id=member_id, named=sealed
        )
    )


async def _ask(uow: UnitOfWork, application_id: str, one: MemberView, applicant: str) -> None:
    for account_id in await members.accounts_of(uow, one.id):
        await notices.give(
            uow,
            NoticeKind.SPONSOR_ASKED,
            application_id,
            to_account=account_id,
            name=applicant,
        )


async def _in_good_standing(reader: Reader, account_id: str) -> MemberView:
    one = await members.acting_for(reader, account_id)
    if one is None or not _may_vouch(one):
        raise NotAllowed(_("Only an active member can vouch for somebody."), "members-only")
    return one


def _may_vouch(one: MemberView) -> bool:
    return one.status is Standing.ACTIVE


def _sponsor(row: ApplicationSponsor, one: MemberView | None, typed: object) -> Sponsor:
    words = typed if isinstance(typed, dict) else {}
    named = str(words.get("text", "")) if words else None
    counts = bool(row.vouches) and one is not None and _may_vouch(one)
    name, again = one.name if one else named or "–", bool(words.get("again"))
    return Sponsor(row.member_id, name, row.vouches, counts, named, again)
