"""What was reported, as those may see it whom it concerns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, or_, select

from federation.storage.unit_of_work import Reader
from node import accounts, audit, members
from node.accounts import AccountView, Duty
from node.listings.moderation.life import LIFE, Act, Reason, State
from node.listings.moderation.models import case_table, report_table

CASES_LISTED = 200
_c, _r = case_table.c, report_table.c
_OPEN = (State.REPORTED, State.APPEALED)


class ReportView(Struct, frozen=True):
    """One complaint. coop: which coop complained; is_ours: a member of ours did."""

    reason: Reason
    words: str
    coop: str | None
    is_ours: bool
    told_them: bool
    reported_at: datetime


class CaseView(Struct, frozen=True):
    """A case, as somebody sees it. reports: for the desk alone, empty for anybody else. acts: what
    they can do as one of the desk. is_other_there: somebody else can look again at what was
    decided. is_anybody_there: of the desk, apart from the owner."""

    id: str
    about: str
    is_ours: bool
    uri: str
    title: str
    owner: str | None
    state: State
    opened_at: datetime
    decided_at: datetime | None
    ground: Reason | None
    statement: str
    appeal_by: datetime | None
    appeal: str
    answer: str
    reports: tuple[ReportView, ...] = ()
    team: str | None = None
    acts: tuple[Act, ...] = ()
    is_other_there: bool = True
    is_anybody_there: bool = True

    def is_of(self, who: AccountView) -> bool:
        """Whether it is about what somebody offers, alone or in a team."""
        return is_of(who, self.owner, self.team)

    @property
    def path(self) -> str:
        """Where the listing is read here."""
        return f"/{'listings' if self.is_ours else 'mirrors'}/{self.about}"

    @property
    def waits_for_desk(self) -> bool:
        """Whether it is new, or its owner asks for another look."""
        return self.state in _OPEN

    def may_be_appealed(self, now: datetime) -> bool:
        """Whether its owner can still ask for another look."""
        can = Act.APPEAL in LIFE.events_from(self.state)
        return can and self.appeal_by is not None and now <= self.appeal_by


def is_of(who: AccountView, owner: str | None, team: str | None) -> bool:
    """Whether a listing is somebody's own, their firm's, or of a team in which they have a seat."""
    return who.acts_for(owner) or team in who.teams


def acts_for(case: Row[Any], who: str, everybody: Sequence[AccountView]) -> tuple[Act, ...]:
    """What one of the desk can do about a case. Pure.

    everybody: of the desk. Whoever decided does not uphold it, while there is somebody else.
    """
    is_own = who == case.decided_by and _is_other_there(case, everybody)
    beyond = {Act.APPEAL, Act.UPHOLD} if is_own else {Act.APPEAL}
    return tuple(act for act in LIFE.events_from(State(case.state)) if act not in beyond)


async def desk(reader: Reader) -> list[AccountView]:
    """All who look at what was reported, with whom they act for the same firm."""
    moderators = await accounts.looking_after(reader, Duty.MODERATION)
    return [await members.with_colleagues(reader, one) for one in moderators]


async def cases(reader: Reader, who: AccountView | None) -> list[CaseView]:
    """For the desk: what waits for somebody first, then what was decided last. Who complains about
    one's own is left out. who: None for the operator."""
    chosen = select(case_table).order_by(_c.opened_at.desc(), _c.id.desc()).limit(CASES_LISTED)
    rows = await reader.rows(chosen)
    waiting = await reader.rows(select(case_table).where(_c.state.in_(_OPEN)))
    every = {row.id: row for row in (*waiting, *rows)}
    reports = await _reports(reader, list(every))
    everybody, me = await desk(reader), who.id if who else audit.OPERATOR
    own = {row.id for row in every.values() if who and is_of(who, row.owner, row.team)}
    views = [
        _view(row, (), "", everybody)
        if row.id in own
        else _view(row, reports.get(row.id, ()), me, everybody)
        for row in every.values()
    ]
    return sorted(views, key=lambda one: not one.waits_for_desk)


async def case(reader: Reader, case_id: str, who: AccountView) -> CaseView | None:
    """A case, for the desk, the owner of the listing, and members who reported it."""
    rows = await reader.rows(select(case_table).where(_c.id == case_id))
    if not rows:
        return None
    is_own = is_of(who, rows[0].owner, rows[0].team)
    is_desk = who.looks_after(Duty.MODERATION) and not is_own
    everybody = await desk(reader)
    if is_desk:
        reports = await _reports(reader, [case_id])
        return _view(rows[0], reports.get(case_id, ()), who.id, everybody)
    told = select(_r.id).where(_r.case_id == case_id, _r.account_id == who.id)
    if is_own:
        is_told = rows[0].state != State.REPORTED or who.looks_after(Duty.MODERATION)
        return _view(rows[0], (), "", everybody) if is_told else None
    if await reader.scalars(told):
        return _view(rows[0], ())
    return None


async def case_of(reader: Reader, listing_id: str) -> CaseView | None:
    """The last case about a listing, without who complained."""
    chosen = select(case_table).where(_c.about == listing_id).order_by(_c.id.desc()).limit(1)
    rows = await reader.rows(chosen)
    return _view(rows[0], ()) if rows else None


async def to_appeal(reader: Reader, owner: AccountView) -> list[CaseView]:
    """What was withheld from somebody who can still ask for another look."""
    theirs = or_(_c.owner.in_({owner.id, *owner.colleagues}), _c.team.in_(sorted(owner.teams)))
    chosen = select(case_table).where(theirs, _c.state == State.WITHHELD)
    views = [_view(row, ()) for row in await reader.rows(chosen)]
    return [one for one in views if one.may_be_appealed(reader.now)]


async def _reports(reader: Reader, case_ids: Sequence[str]) -> Mapping[str, Sequence[ReportView]]:
    chosen = select(report_table).where(_r.case_id.in_(case_ids)).order_by(_r.id)
    found: defaultdict[str, list[ReportView]] = defaultdict(list)
    for row in await reader.rows(chosen):
        found[row.case_id].append(
            ReportView(
                Reason(row.reason),
                row.words,
                row.coop,
                row.account_id is not None,
                row.told_them,
                row.reported_at,
            )
        )
    return found


def _may_decide(case: Row[Any], everybody: Sequence[AccountView]) -> set[str]:
    return {one.id for one in everybody if not is_of(one, case.owner, case.team)}


def _is_other_there(case: Row[Any], everybody: Sequence[AccountView]) -> bool:
    return bool(_may_decide(case, everybody) - {case.decided_by})


def _view(
    row: Row[Any],
    reports: Sequence[ReportView],
    who: str = "",
    everybody: Sequence[AccountView] = (),
) -> CaseView:
    """who: one of the desk, or the owner; nobody who can do anything about it unless told."""
    return CaseView(
        id=row.id,
        about=row.about,
        is_ours=row.is_ours,
        uri=row.uri,
        title=row.title,
        owner=row.owner,
        state=State(row.state),
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        ground=Reason(row.ground) if row.ground else None,
        statement=row.statement,
        appeal_by=row.appeal_by,
        appeal=row.appeal,
        answer=row.answer,
        reports=tuple(reports),
        team=row.team,
        acts=acts_for(row, who, everybody) if who else (),
        is_other_there=_is_other_there(row, everybody),
        is_anybody_there=bool(_may_decide(row, everybody)),
    )
