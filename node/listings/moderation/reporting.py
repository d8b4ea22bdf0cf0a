"""Reporting a listing: a member, a guest or another coop opens a case, or adds to it."""

from datetime import timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import func, insert, select

from federation import outbox
from federation.storage.unit_of_work import UnitOfWork
from node import content, limits, notices
from node.accounts import Duty
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from node.listings.moderation.life import Reason, State
from node.listings.moderation.models import case_table, report_table
from node.listings.views import ListingView, MirrorView
from node.notices import NoticeKind
from protocol.vocabulary import activities

_c, _r = case_table.c, report_table.c


class Complaint(Struct, frozen=True):
    """What is said to be wrong. account, coop: who says so; neither: a guest."""

    reason: str
    words: str = ""
    account: str | None = None
    coop: str | None = None
    tell_them: bool = False
    """Also the coop whose listing it is, in our coop's name."""


async def report(uow: UnitOfWork, view: ListingView | MirrorView, said: Complaint) -> str:
    """Call those who look after the coop; the id of the case. Raises InvalidInput, NotAllowed."""
    words = _checked(said)
    await _check_pace(uow, said)
    case_id = await _open_case(uow, view)
    told_them = said.tell_them and isinstance(view, MirrorView)
    row = {
        "id": uow.new_id(),
        "case_id": case_id,
        "reason": said.reason,
        "words": words,
        "account_id": said.account,
        "coop": said.coop,
        "told_them": told_them,
        "reported_at": uow.now,
    }
    await uow.execute(insert(report_table), [row])
    kind, moderators = NoticeKind.LISTING_REPORTED, Duty.MODERATION
    await notices.give_each(uow, kind, case_id, moderators, title=view.title)
    if isinstance(view, MirrorView) and told_them:
        await _tell(uow, view, words or said.reason)
    return case_id


async def _tell(uow: UnitOfWork, view: MirrorView, words: str) -> None:
    """Complain to the coop whose listing it is; it does not learn which of ours did."""
    coop = view.coop_uri
    said = activities.flag("", uow.identities.coop.uri, (view.uri,), (coop,), reason=words)
    await outbox.publish(
        uow, said, to_actors=[coop], object_uri=view.uri, listed=False, private=True
    )


async def _open_case(uow: UnitOfWork, view: ListingView | MirrorView) -> str:
    waiting = select(_c.id).where(_c.about == view.id, _c.state == State.REPORTED)
    known: str | None = await uow.scalar(waiting)
    if known is not None:
        return known
    row: dict[str, Any] = {
        "id": uow.new_id(),
        "about": view.id,
        "is_ours": isinstance(view, ListingView),
        "uri": view.uri,
        "title": view.title,
        "owner": view.by if isinstance(view, ListingView) else None,
        "team": view.team if isinstance(view, ListingView) else None,
        "state": State.REPORTED.value,
        "opened_at": uow.now,
        "ground": "",
        "statement": "",
        "appeal": "",
        "answer": "",
    }
    await uow.execute(insert(case_table), [row])
    case_id: str = row["id"]
    return case_id


def _checked(said: Complaint) -> str:
    if said.reason not in set(Reason):
        raise InvalidInput({"reason": [_("Choose what is wrong with it.")]})
    longest = limits.REPORT_LONGEST
    words = content.paragraphs(said.words, longest + 1)
    if len(words) > longest:
        raise InvalidInput(
            {"words": [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    if said.reason == Reason.OTHER and not words:
        raise InvalidInput({"words": [_("Say in a few words what is wrong.")]})
    return words


async def _check_pace(uow: UnitOfWork, said: Complaint) -> None:
    """Guests are counted by their connection, and all of them together here."""
    most = limits.REPORTS_OF_COOP
    if said.coop is None:
        most = limits.REPORTS_OF_ACCOUNT if said.account else limits.REPORTS_OF_GUESTS
    same = (
        _r.account_id.is_not_distinct_from(said.account),
        _r.coop.is_not_distinct_from(said.coop),
    )
    today = select(func.count()).where(*same, _r.reported_at > uow.now - timedelta(days=1))
    if (await uow.scalar(today) or 0) >= most:
        raise NotAllowed(
            _("Much has been reported today. Try again tomorrow, or write to us."),
            "too-many-reports",
        )
