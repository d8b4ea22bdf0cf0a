"""How long a listing is offered. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from node.errors import InvalidInput
from node.i18n import _
from node.listings import details
from node.listings.details import Details
from node.listings.rules import ListingDraft, Terms

REMINDED_DAYS_BEFORE = 7
END_OF_DAY = time(23, 59, 59)


def check_running_time(draft: ListingDraft, terms: Terms, today: date) -> None:
    """Raises InvalidInput when the last day is past, or further off than the rules allow."""
    check_not_over(draft.details, today)
    if draft.expires_on is None:
        return
    if draft.expires_on < today:
        raise InvalidInput({"expires_on": [_("This day is over: choose a later one.")]})
    if not terms.max_age_days:
        return
    last = today + timedelta(days=terms.max_age_days)
    if draft.expires_on > last:
        raise InvalidInput(
            {
                "expires_on": [
                    _("A listing runs until %(last)s at the latest; renew it then.", last=last)
                ]
            }
        )


def check_not_over(said: Details, today: date) -> None:
    """Raises InvalidInput for a day of the details with which the listing would have ended."""
    for detail in details.DETAILS:
        if detail.ends and (day := said.get(detail.key)) and date.fromisoformat(day) < today:
            raise InvalidInput({detail.key: [_("This day is over: choose a later one.")]})


def last_day(expires_on: date | None, said: Details) -> date | None:
    """The last day that the owner named, as such or among the details; the first counts."""
    return min(filter(None, (expires_on, details.ends_on(said))), default=None)


def runs_out(expires_on: date | None, changed_at: datetime, terms: Terms) -> datetime | None:
    """When a listing changed at this moment runs out; None: never."""
    if expires_on is not None:
        return datetime.combine(expires_on, END_OF_DAY, UTC)
    if not terms.max_age_days:
        return None
    return changed_at + timedelta(days=terms.max_age_days)


def ends_soon(changed_at: datetime, expires_at: datetime | None, now: datetime) -> bool:
    """Whether its owner is to be reminded that it runs out; not of what was written so short."""
    if expires_at is None:
        return False
    from_then = expires_at - timedelta(days=REMINDED_DAYS_BEFORE)
    return changed_at < from_then <= now < expires_at


def hidden_at(columns: Mapping[str, Any], terms: Terms, now: datetime) -> datetime | None:
    """When another coop's listing is no longer shown here; None: as long as it stands. A date
    ahead makes it no younger than one that comes now."""
    expires_at: datetime | None = columns["expires_at"]
    if not terms.max_age_days:
        return expires_at
    updated_at: datetime = min(columns["updated_at"], now)
    oldest = updated_at + timedelta(days=terms.max_age_days)
    return min(oldest, expires_at or oldest)
