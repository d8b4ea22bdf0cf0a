"""What a draft of a policy would touch among our open listings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import false, func, or_, select

from federation.storage import Reader
from node import policies
from node.i18n import ngettext
from node.listings.models import State, listing_table
from node.probes import Draft, Touched, probes
from node.text import fold

_l = listing_table.c
_MISSING: Mapping[str, Any] = {
    "summary": _l.summary == "",
    "body": _l.body == "",
    "category": _l.category.is_(None),
    "language": _l.language == "",
    "place": _l.place.is_(None),
    "price": _l.prices.is_(None),
}


@probes.on(
    policies.LISTINGS_REQUIRED_FIELDS.name,
    policies.LISTINGS_BANNED_CATEGORIES.name,
    policies.LISTINGS_MAX_AGE_DAYS.name,
)
async def listings_touched(reader: Reader, draft: Draft) -> Touched:
    """Open listings that lack something, are banned, or are older than they could be."""
    banned = set(map(fold, draft.get(policies.LISTINGS_BANNED_CATEGORIES.name, ())))
    broken = func.count().filter(or_(false(), *_broken(reader, draft)))
    open_ones = select(_l.category, func.count(), broken).where(_l.state == State.PUBLISHED)
    affected = total = 0
    for category, count, lacking in await reader.rows(open_ones.group_by(_l.category)):
        total += count
        affected += count if category and fold(category) in banned else lacking
    words = ngettext(
        "%(affected)s of %(num)s listing",
        "%(affected)s of %(num)s listings",
        total,
        affected=affected,
    )
    return Touched("listings", affected, total, words)


def _broken(reader: Reader, draft: Draft) -> list[Any]:
    conditions = [_MISSING[name] for name in draft.get(policies.LISTINGS_REQUIRED_FIELDS.name, ())]
    if days := draft.get(policies.LISTINGS_MAX_AGE_DAYS.name):
        conditions.append(_l.updated_at < reader.now - timedelta(days=days))
    return conditions
