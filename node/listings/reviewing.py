"""Looking at a listing before it is published, where the coop has it so (`listings.review`).

Who may look needs nobody to look at their own. What is out and says something else now waits again;
its price, place and times may change.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import accounts, audit, content, limits, notices, policies
from node.accounts import DUTIES, AccountView, Duty
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from node.listings import details, provider
from node.listings.models import LIFE, Event, State, listing_table
from node.listings.views import ListingView, listing_view
from node.notices import NoticeKind

LISTED = 200
ACTS = (Event.APPROVE, Event.SEND_BACK)
_SAID = ("title", "summary", "body", "category", "tags", "pictures", "translations")


def may_review(roles: Collection[str]) -> bool:
    """Whether somebody with these roles looks at listings first, and publishes their own."""
    return not DUTIES[Duty.MODERATION].isdisjoint(roles)


async def is_looked_at_first(reader: Reader, account_id: str | None) -> bool:
    """Whether what this account publishes waits for somebody. None: the operator, who looks."""
    if account_id is None:
        return False
    if await policies.value(reader, policies.LISTINGS_REVIEW) != "looked-at-first":
        return False
    account = await accounts.account(reader, account_id)
    return account is None or not may_review(account.roles)


def is_rewritten(before: ListingView, after: ListingView) -> bool:
    """Whether other words or pictures stand in what was out. Pure."""
    if Event.REWRITE not in LIFE.events_from(before.state):
        return False
    if any(getattr(before, name) != getattr(after, name) for name in _SAID):
        return True
    return _told(before) != _told(after)


def _told(view: ListingView) -> dict[str, Any]:
    """Of its details, those that are words."""
    return {one.key: view.details[one.key] for one in details.told_of(view.details)}


async def ask(uow: UnitOfWork, view: ListingView) -> None:
    """Tell those who look."""
    await notices.withdraw(uow, NoticeKind.LISTING_SENT_BACK, view.id)
    await notices.give_each(
        uow, NoticeKind.LISTING_SENT_IN, view.id, Duty.MODERATION, title=view.title
    )


async def in_review(reader: Reader) -> list[ListingView]:
    """What waits to be looked at, the longest first."""
    c = listing_table.c
    waiting = select(listing_table).where(c.state == State.IN_REVIEW)
    rows = await reader.rows(waiting.order_by(c.updated_at, c.id).limit(LISTED))
    return [listing_view(row, reader.identities.base) for row in rows]


def checked(act: str, words: str, by: AccountView) -> tuple[Event, str | None]:
    """What is decided, and what the owner is told. Raises NotAllowed, InvalidInput."""
    if not may_review(by.roles):
        raise NotAllowed(
            _("This is for moderators, and whoever looks after this coop's node."),
            "moderators-only",
        )
    if act not in ACTS:
        raise InvalidInput({"do": [_("There is no such step.")]})
    longest = limits.REPORT_LONGEST
    said = content.paragraphs(words, longest + 1)
    if act == Event.SEND_BACK and not said:
        raise InvalidInput({"words": [_("Say why: the other side reads it.")]})
    if len(said) > longest:
        raise InvalidInput(
            {"words": [_("This is too long: at most %(longest)s characters.", longest=longest)]}
        )
    return Event(act), said if act == Event.SEND_BACK else None


async def tell_owner(uow: UnitOfWork, view: ListingView, event: Event, by: AccountView) -> None:
    """It was looked at."""
    kind = NoticeKind.LISTING_APPROVED
    if event is Event.SEND_BACK:
        kind = NoticeKind.LISTING_SENT_BACK
    await provider.tell(uow, view.by, view.team, kind, view.id, title=view.title)
    await audit.record(uow, by.id, f"listings.{event}", view.id)
