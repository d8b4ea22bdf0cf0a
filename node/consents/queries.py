"""What members are asked, and what each of them said."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from federation.storage import Reader
from node.consents.models import ConsentGiven, ConsentText
from node.consents.wording import Words, read, spoken


class Asked(Struct, frozen=True):
    """A matter as it is worded now. language: of title and text; empty: the coop's main one.
    others: the same in others. agreed: how many have agreed to just this."""

    id: str
    matter: str
    version: int
    title: str
    text: str
    language: str
    others: Mapping[str, Words]
    asked_at: datetime
    agreed: int

    def told(self, tag: str) -> Words:
        """For who reads a language: in that, else as it was written."""
        return spoken(Words(self.title, self.text, self.language), self.others, tag)


class Mine(Struct, frozen=True):
    """Something that somebody agreed to. is_current: members are asked just this today."""

    matter: str
    version: int
    title: str
    language: str | None
    """In which it was read, if that was noted."""
    at: datetime
    withdrawn_at: datetime | None
    is_current: bool


async def asked(reader: Reader) -> list[Asked]:
    """What members are asked today, the oldest matter first."""
    standing = (
        select(ConsentGiven.text_id, func.count().label("agreed"))
        .where(ConsentGiven.withdrawn_at.is_(None))
        .group_by(ConsentGiven.text_id)
        .subquery()
    )
    rows = await reader.rows(
        select(ConsentText, func.coalesce(standing.c.agreed, 0))
        .outerjoin(standing, standing.c.text_id == ConsentText.id)
        .where(ConsentText.ended_at.is_(None))
        .order_by(ConsentText.matter)
    )
    return [
        Asked(
            row.id,
            row.matter,
            row.version,
            row.title,
            row.text,
            row.language,
            read(row.others),
            row.asked_at,
            agreed,
        )
        for row, agreed in rows
    ]


async def mine(reader: Reader, account_id: str) -> list[Mine]:
    """All that somebody ever agreed to, the newest first."""
    rows = await reader.rows(
        select(ConsentGiven, ConsentText)
        .join(ConsentText, ConsentText.id == ConsentGiven.text_id)
        .where(ConsentGiven.account_id == account_id)
        .order_by(ConsentGiven.id.desc())
    )
    return [
        Mine(
            text.matter,
            text.version,
            text.title,
            given.language,
            given.at,
            given.withdrawn_at,
            text.ended_at is None and given.withdrawn_at is None,
        )
        for given, text in rows
    ]


class Reworded(Struct, frozen=True):
    """Something that somebody agreed to, worded anew since. id: of the matter; agreed: the version
    that they agreed to; said: how it is worded now, in their language."""

    id: str
    agreed: int
    said: Words
    asked_at: datetime


async def reworded(reader: Reader, account_id: str, tag: str) -> list[Reworded]:
    """What waits for somebody's yes or no, because it is not what they agreed to, the longest
    first. tag: the language that they read."""
    before, now = aliased(ConsentText), aliased(ConsentText)
    rows = await reader.rows(
        select(before.version, now)
        .join(ConsentGiven, ConsentGiven.text_id == before.id)
        .join(now, now.matter == before.matter)
        .where(
            ConsentGiven.account_id == account_id,
            ConsentGiven.withdrawn_at.is_(None),
            before.ended_at.is_not(None),
            now.ended_at.is_(None),
        )
        .order_by(now.asked_at, now.id)
    )
    return [Reworded(row.matter, agreed, _said(row, tag), row.asked_at) for agreed, row in rows]


async def holders(reader: Reader, text_id: str) -> list[str]:
    """The accounts whose consent to a wording stands."""
    standing = (ConsentGiven.text_id == text_id, ConsentGiven.withdrawn_at.is_(None))
    return await reader.scalars(
        select(ConsentGiven.account_id).where(*standing).order_by(ConsentGiven.id)
    )


def _said(row: ConsentText, tag: str) -> Words:
    return spoken(Words(row.title, row.text, row.language), read(row.others), tag)
