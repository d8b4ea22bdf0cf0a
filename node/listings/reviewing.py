"""Looking at a listing before it is published, where the coop has it so (`listings.review`).

Who may look needs nobody to look at their own. What is out stays out as it was looked at: another
kind, other words and pictures wait beside it (`rewritten`), while its sums, place and times change
at once.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import func, or_, select

from federation.storage.unit_of_work import Reader, UnitOfWork
from node import accounts, audit, content, limits, notices, policies
from node.accounts import DUTIES, AccountView, Duty
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from node.listings import details, phrases, provider
from node.listings.models import Event, State, listing_table
from node.listings.prices import UNITS
from node.listings.translations import Translation
from node.listings.views import ASKED, REWRITTEN, ListingView, listing_view
from node.notices import NoticeKind

LISTED = 200
ACTS = (Event.APPROVE, Event.SEND_BACK)
_OUT = frozenset({State.PUBLISHED, State.PAUSED, State.EXPIRED})
_SAID = ("kind", "title", "summary", "body", "category", "tags", "pictures")


def may_review(roles: Collection[str]) -> bool:
    """Whether somebody with these roles looks at listings first, and publishes their own."""
    return not DUTIES[Duty.MODERATION].isdisjoint(roles)


async def is_looked_at_first(reader: Reader, account_id: str | None) -> bool:
    """Whether what this account publishes waits for somebody. None: the operator, who looks."""
    if account_id is None or not await _is_rule(reader):
        return False
    account = await accounts.account(reader, account_id)
    return account is None or not may_review(account.roles)


async def waits(reader: Reader, before: ListingView, account_id: str | None) -> bool:
    """Whether what this account changes waits: beside what waits already or was sent back it does,
    whoever changes it, so that no such words are out unseen."""
    if before.rewritten_at is not None:
        return True
    was_sent_back = before.rewritten is not None and await _is_rule(reader)
    return was_sent_back or await is_looked_at_first(reader, account_id)


async def _is_rule(reader: Reader) -> bool:
    return await policies.value(reader, policies.LISTINGS_REVIEW) == "looked-at-first"


def held_back(before: ListingView, after: ListingView, now: datetime) -> ListingView:
    """What of a change is out at once, with the rest waiting beside it. Pure."""
    if before.state not in _OUT or not _is_rewritten(before, after):
        return without_change(after)
    # What is asked goes by the kind, its units by the details; its words are looked at, too.
    is_asked_otherwise = _asks_in_new_words(before, after) or _units(after) != _units(before)
    asked_too = before.kind != after.kind or is_asked_otherwise
    waiting = (*REWRITTEN, *ASKED) if asked_too else REWRITTEN
    return replace(
        after,
        **{name: getattr(before, name) for name in waiting},
        rewritten={name: getattr(after, name) for name in waiting},
        rewritten_at=before.rewritten_at or now,
        review_note=None,
    )


def at_once(before: ListingView, after: ListingView) -> ListingView:
    """A change that waits for nobody: in place of what waits, if it says something else. Pure."""
    waiting = before.rewritten or {}
    is_asked_anew = any(
        getattr(before, name) != getattr(after, name) for name in ASKED if name in waiting
    )
    is_replaced = is_asked_anew or _is_rewritten(before, after)
    return without_change(after) if is_replaced else after


def without_change(view: ListingView) -> ListingView:
    """As it was looked at, and nothing beside it. Pure."""
    if view.rewritten is None:
        return view
    return replace(view, rewritten=None, rewritten_at=None, review_note=None)


def is_same_outside(before: ListingView, after: ListingView) -> bool:
    """Whether a change is felt by nobody but its owner and those who look. Pure."""
    waiting = ("rewritten", "rewritten_at", "review_note")
    return replace(after, **{name: getattr(before, name) for name in waiting}) == before


def _is_rewritten(before: ListingView, after: ListingView) -> bool:
    if any(getattr(before, name) != getattr(after, name) for name in _SAID):
        return True
    if _told(before) != _told(after) or _asks_in_new_words(before, after):
        return True
    return _translated(before, after) != after.translations


def _asks_in_new_words(before: ListingView, after: ListingView) -> bool:
    return not _asked_words(after) <= _asked_words(before)


def _asked_words(view: ListingView) -> set[str | None]:
    prices, agreed = (*view.prices, *view.extras), view.conditions
    names = [one.name for one in (*agreed.taxes, *agreed.included)]
    for own in (one.asks for one in prices if one.asks):
        names += [one.name for one in (*own.taxes, *own.included)]
    if agreed.guest_tax:
        names.append(agreed.guest_tax.name)
    units = {one.unit for one in prices} - UNITS
    return {*phrases.of(prices, ()), *units, *names, *agreed.projects, None}


def _units(view: ListingView) -> list[str | None]:
    return [one.unit for one in view.prices]


def _translated(before: ListingView, after: ListingView) -> tuple[Translation, ...]:
    """Its translations without the phrases of what is asked no longer."""
    own = phrases.of((*after.prices, *after.extras), after.pictures)
    return tuple(
        replace(one, phrases=phrases.told(one.phrases, own)) for one in before.translations
    )


def _told(view: ListingView) -> dict[str, Any]:
    """Of its details, those that are words."""
    return {one.key: view.details[one.key] for one in details.told_of(view.details)}


async def ask(uow: UnitOfWork, view: ListingView) -> None:
    """Tell those who look."""
    await notices.withdraw(uow, NoticeKind.LISTING_SENT_BACK, view.id)
    await notices.give_each(
        uow, NoticeKind.LISTING_SENT_IN, view.id, Duty.MODERATION, title=view.latest.title
    )


async def follow(uow: UnitOfWork, before: ListingView, after: ListingView) -> None:
    """Those who look are told of a change that waits now, and asked no longer once it does not."""
    if after.rewritten_at and not before.rewritten_at:
        await ask(uow, after)
    if before.rewritten and not after.rewritten:
        settled = (NoticeKind.LISTING_SENT_IN, NoticeKind.LISTING_SENT_BACK)
        for kind in settled:
            await notices.withdraw(uow, kind, after.id)


async def in_review(reader: Reader) -> list[ListingView]:
    """What waits to be looked at, the longest first; a change as it is to become."""
    c = listing_table.c
    waiting = select(listing_table).where(
        or_(c.state == State.IN_REVIEW, c.rewritten_at.is_not(None))
    )
    since = func.coalesce(c.rewritten_at, c.updated_at)
    rows = await reader.rows(waiting.order_by(since, c.id).limit(LISTED))
    return [listing_view(row, reader.identities.base).latest for row in rows]


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


async def tell_owner(
    uow: UnitOfWork, view: ListingView, event: Event, by: AccountView, *, is_change: bool
) -> None:
    """It was looked at, or the change of what is out already."""
    kind = NoticeKind.LISTING_APPROVED
    if is_change:
        kind = NoticeKind.LISTING_CHANGE_APPROVED
    if event is Event.SEND_BACK:
        kind = NoticeKind.LISTING_SENT_BACK
    await notices.withdraw(uow, NoticeKind.LISTING_SENT_IN, view.id)
    await provider.tell(uow, view.by, view.team, kind, view.id, title=view.latest.title)
    await audit.record(uow, by.id, f"listings.{event}", view.id)
