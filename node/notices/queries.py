"""What waits for this account?"""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from federation.storage import Reader
from node.accounts import AccountView
from node.i18n import Text
from node.notices.kinds import ASKING, NoticeKind
from node.notices.models import Notice
from node.notices.sentences import sentence

LONGEST_LIST = 100


class NoticeView(Struct, frozen=True):
    """One notice as it is shown."""

    id: str
    kind: NoticeKind
    subject: str
    text: Text
    created_at: datetime
    read: bool
    when: str = ""
    """The day or moment that it names, as the wire writes it."""

    @property
    def mark(self) -> str:
        """By what a news reader knows it again: the same to all of one's roles, anew if it is told
        anew."""
        told = f"{self.kind} {self.subject} {self.created_at.isoformat()}"
        return sha256(told.encode()).hexdigest()[:32]


async def notices(reader: Reader, who: AccountView) -> list[NoticeView]:
    """What was told to an account or to its roles, newest first; the same to two roles is one."""
    statement = (
        select(Notice)
        .where(Notice.audience.in_(audiences_of(who)))
        .order_by(Notice.id.desc())
        .limit(LONGEST_LIST)
    )
    told: dict[tuple[str, str], Notice] = {}
    for row in await reader.scalars(statement):
        same = told.setdefault((row.kind, row.subject), row)
        if same.read_at is not None and row.read_at is None:
            told[row.kind, row.subject] = row
    return [_view(row) for row in told.values()]


async def notice(reader: Reader, notice_id: str) -> NoticeView | None:
    """One notice, whoever it is for; None once it was taken back or given anew."""
    row = await reader.scalar(select(Notice).where(Notice.id == notice_id))
    return _view(row) if row else None


async def given_at(reader: Reader, kind: NoticeKind, subject: str) -> datetime | None:
    """When somebody was last told this about a subject, as far as it still stands."""
    told = select(func.max(Notice.created_at))
    found: datetime | None = await reader.scalar(
        told.where(Notice.kind == kind, Notice.subject == subject)
    )
    return found


async def standing(
    reader: Reader, who: AccountView, kinds: Collection[NoticeKind]
) -> list[NoticeView]:
    """What of some kinds was told to an account or its roles and was not taken back, read or not;
    the longest first."""
    theirs = (Notice.audience.in_(audiences_of(who)), Notice.kind.in_(kinds))
    rows = await reader.scalars(select(Notice).where(*theirs).order_by(Notice.id.desc()))
    once = {(row.kind, row.subject): row for row in rows}
    return [_view(row) for row in reversed(once.values())]


async def said(reader: Reader, kind: NoticeKind, subject: str) -> Mapping[str, str] | None:
    """The values of what somebody was told about a subject, as far as it still stands."""
    told = select(Notice.values).where(Notice.kind == kind, Notice.subject == subject)
    found: Mapping[str, str] | None = await reader.scalar(told.limit(1))
    return found


async def told_about(reader: Reader, kind: NoticeKind) -> set[str]:
    """Of what somebody was told this, as far as it still stands."""
    return set(await reader.scalars(select(Notice.subject).where(Notice.kind == kind)))


async def count_unread(reader: Reader, who: AccountView) -> int:
    """How many notices wait."""
    told = select(Notice.kind, Notice.subject).where(
        Notice.audience.in_(audiences_of(who)), Notice.read_at.is_(None)
    )
    return await reader.scalar(select(func.count()).select_from(told.distinct().subquery())) or 0


async def count_read(reader: Reader, before: datetime) -> int:
    """How many notices that were given before a moment have been read and ask for nothing."""
    return await reader.scalar(select(func.count()).where(*done_with(before))) or 0


def done_with(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """What was given before a moment, and nobody needs any more."""
    return Notice.read_at.is_not(None), Notice.created_at < before, Notice.kind.not_in(ASKING)


def audiences_of(who: AccountView) -> list[str]:
    """Every audience an account belongs to."""
    return [f"account:{who.id}", *(f"role:{role}" for role in sorted(who.roles))]


def _view(row: Notice) -> NoticeView:
    kind = NoticeKind(row.kind)
    text = sentence(kind, row.values)
    when, is_read = str(row.values.get("when", "")), row.read_at is not None
    return NoticeView(row.id, kind, row.subject, text, row.created_at, is_read, when)
