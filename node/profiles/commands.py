"""Telling of oneself, taking away what hurts others, and letting all of it go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete, insert, select, update

from federation.storage import UnitOfWork
from node import audit, content, limits, media, members, notices, vault
from node.accounts import AccountNamed
from node.errors import Conflict, InvalidInput, NotFound
from node.events import events
from node.i18n import Text, _
from node.members import MembershipChanged
from node.notices import NoticeKind
from node.profiles.models import profile_table
from node.profiles.queries import of_accounts, profile, profile_of, written
from node.profiles.rules import (
    FIELD_WORDS,
    MEMBER,
    Audience,
    Cleared,
    Field,
    Line,
    Profile,
    Told,
    checked,
    place,
    shown,
    shows_less,
    sought,
)

_p = profile_table.c
_LESS = ".hidden"
"""After a profile and a random id in the erasure log, which a restore leaves as it is."""
_CLEARED_MOST = 10


async def tell(uow: UnitOfWork, account_id: str, told: Told) -> Profile:
    """Tell this of oneself from now on, and nothing else. Raises InvalidInput by field."""
    before = await profile_of(uow, account_id)
    told = checked(told)
    await _check_picture(uow, before, told, account_id)
    return await _keep(uow, before, replace(before, told=told, cleared=()))


async def clear(uow: UnitOfWork, profile_id: str, field: Field, *, by: str, reason: str) -> Profile:
    """Take away what somebody shows to others in one field; they hear of it, and read why.

    A name falls back to that of the account, or to none if it was that one. Raises NotFound,
    InvalidInput without a reason, Conflict for what nobody else sees.
    """
    before = await profile(uow, profile_id)
    if before is None:
        raise NotFound(_("There is no such person here."))
    why = Cleared(field, _reason(reason))
    if not before.text(field) or before.line(field).audience is Audience.PRIVATE:
        raise Conflict(_("Nobody else sees this any more."), "not-shown")
    known = (*before.cleared, why)[-_CLEARED_MOST:]
    after = await _keep(uow, before, replace(before, told=_without(before, field), cleared=known))
    await _tell_owner(uow, before, field)
    detail = {"field": field.value, "reason": why.reason}
    await audit.record(uow, by, "profiles.clear", before.account_id, detail)
    return after


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Keep nothing of what somebody told who leaves, and no address of theirs."""
    await uow.execute(delete(profile_table).where(_p.account_id == account_id))


async def show_less_again(uow: UnitOfWork, erased: Mapping[str, datetime]) -> None:
    """After a restore: who has shown less since that backup shows nothing, until they say anew
    who sees what. The backup still has what they took back."""
    since: dict[str, datetime] = {}
    for mark, at in erased.items():
        if mark.endswith(_LESS):
            whose = mark.partition(".")[0]
            since[whose] = max(at, since.get(whose, at))
    if not since:
        return
    rows = await uow.rows(select(_p.id, _p.account_id, _p.written_at).where(_p.id.in_(since)))
    older = [row.account_id for row in rows if row.written_at < since[row.id]]
    for one in (await of_accounts(uow, older)).values():
        await _hide(uow, one)


@events.on(AccountNamed)
async def follow_name(uow: UnitOfWork, event: AccountNamed) -> None:
    """An account has a profile from the first day; members find it by the name it has today."""
    known = select(_p.id).where(_p.account_id == event.account_id)
    if await uow.scalar(known) is None:
        await uow.execute(insert(profile_table).values(_blank(uow, event.account_id)))
    found = await profile_of(uow, event.account_id)
    await uow.execute(_update(found).values(_found_by(found)))


@events.on(MembershipChanged)
async def follow_membership(uow: UnitOfWork, event: MembershipChanged) -> None:
    """Of whoever is a member no longer nothing is kept that they told; of whoever becomes one
    again, it is shown again what they tell then."""
    is_over = event.status in members.OVER
    theirs = await members.accounts_of(uow, event.member_id)
    for before in (await of_accounts(uow, theirs)).values():
        await uow.execute(_update(before).values(is_former=is_over))
        if is_over:
            await _keep(uow, before, replace(before, told={}, cleared=()))


async def _keep(uow: UnitOfWork, before: Profile, after: Profile) -> Profile:
    cleared = [{"field": one.field.value, "reason": one.reason} for one in after.cleared]
    values = {"told": written(after.told), "cleared": cleared, "written_at": uow.now}
    await uow.execute(_update(after).values(values | _found_by(after)))
    if shows_less(before, after):
        await vault.destroy(uow, f"{after.id}.{uow.new_id()}{_LESS}")
    return after


async def _hide(uow: UnitOfWork, one: Profile) -> None:
    told = {of: replace(line, audience=Audience.PRIVATE) for of, line in one.told.items()}
    told.setdefault(Field.NAME, Line("", Audience.PRIVATE))
    hidden = replace(one, told=told)
    await uow.execute(_update(one).values({"told": written(told)} | _found_by(hidden)))


def _without(one: Profile, field: Field) -> Told:
    told = {each: line for each, line in one.told.items() if each is not field}
    if field is Field.NAME and not one.line(field).text:
        told[field] = Line("", Audience.PRIVATE)
    return told


def _update(one: Profile) -> Any:
    return update(profile_table).where(_p.account_id == one.account_id)


def _found_by(one: Profile) -> dict[str, Any]:
    """What members find somebody by, as long as they belong to us."""
    seen = shown(replace(one, is_here=True), MEMBER)
    texts = seen.texts if seen else {}
    return {"is_listed": bool(texts), "place": place(texts), "words": sought(texts)}


def _blank(uow: UnitOfWork, account_id: str) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "account_id": account_id,
        "told": {},
        "cleared": [],
        "is_listed": False,
        "place": "",
        "words": "",
        "is_former": False,
        "written_at": uow.now,
    }


async def _tell_owner(uow: UnitOfWork, one: Profile, field: Field) -> None:
    await notices.give(
        uow,
        NoticeKind.PROFILE_CLEARED,
        one.id,
        to_account=one.account_id,
        field=FIELD_WORDS[field].message,
    )


async def _check_picture(uow: UnitOfWork, before: Profile, told: Told, account_id: str) -> None:
    """Nobody shows a picture that somebody else has sent."""
    digest = told[Field.PICTURE].text if Field.PICTURE in told else ""
    if not digest or digest == before.text(Field.PICTURE):
        return
    is_theirs = await media.was_sent_by(uow, digest, account_id)
    if not is_theirs or not await media.known(uow, [digest]):
        lost: Text = _("A picture is not here any more. Send it again.")
        raise InvalidInput({Field.PICTURE.value: [lost]})


def _reason(text: str) -> str:
    reason = content.paragraphs(text, limits.REPORT_LONGEST + 1)
    if not reason:
        raise InvalidInput({"reason": [_("Say why; they read it.")]})
    if len(reason) > limits.REPORT_LONGEST:
        raise InvalidInput(
            {"reason": [_("Say it in at most %(n)s characters.", n=limits.REPORT_LONGEST)]}
        )
    return reason
