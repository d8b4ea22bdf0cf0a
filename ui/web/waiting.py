"""What only one person can take further, for one block of the first page: what ends first is first.

Each kind has a row of its own in `templates/home/waiting.html`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from federation.storage.unit_of_work import Reader
from node import agreements, clearing, council, joining, listings, referrals, threads, vouching
from node.accounts import AccountView
from node.peers import PeerView
from ui.web.context import Visitor
from ui.web.faces import calling

MOST_SHOWN = 30
"""More than that nobody does today; what ends later comes up by itself. A link shows all of it."""
LEAST_ENDLESS = 10
"""So many of them are without a deadline, if so many are: however much ends soon, the longest
waiting ones stand there, and the next come up when these are done."""


class Kind(StrEnum):
    """What is waited for: an answer, a vote, a look."""

    AGREEMENT = "agreement"
    VOTE = "vote"
    CONSENT = "consent"
    REFERRAL = "referral"
    CLEARING = "clearing"
    VOUCHING = "vouching"
    APPLICATION = "application"
    PEER = "peer"
    LISTING_REPORT = "listing_report"
    MESSAGE_REPORT = "message_report"
    REVIEW = "review"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing. by: when it is too late, None if it waits as long as it takes."""

    kind: Kind
    about: Any
    since: datetime
    by: datetime | None = None

    @property
    def day(self) -> datetime:
        """The day that stands beside it."""
        return self.by or self.since


async def waiting_for(reader: Reader, visitor: Visitor, known: Iterable[PeerView]) -> list[Waiting]:
    """All that waits for this visitor, what ends first first. known: the coops that we know of."""
    who = visitor.account
    if who is None:
        return []
    found = [
        Waiting(Kind.AGREEMENT, one, one.updated_at, one.answer_by)
        for one in await agreements.to_answer(reader, agreements.of_account(who))
    ]
    found += [
        Waiting(Kind.VOTE, one, one.opens_at, one.closes_at)
        for one in await council.waiting(reader, who)
    ]
    found += [
        Waiting(Kind.CONSENT, one, one.answer_by, one.answer_by)
        for one in await council.to_answer(reader, who)
    ]
    if visitor.keeps_members:
        found += [
            Waiting(Kind.APPLICATION, one, one.changed_at)
            for one in await joining.applications(reader, joining.TO_DECIDE)
        ]
    if visitor.vouches:
        found += [
            Waiting(Kind.VOUCHING, one, one.created_at, one.ends_at)
            for one in await vouching.requests(reader)
            if one.wants_voucher and who.id not in _concerned(one)
        ]
    if visitor.is_admin:
        found += await _of_the_coop(reader, known)
    if visitor.moderates:
        found += await _of_moderators(reader, who)
    found += [
        Waiting(Kind.DRAFT, one, one.updated_at)
        for one in await listings.mine(reader, who.id)
        if one.state == "draft"
    ]
    return sorted(found, key=_urgency)


def shown(found: Sequence[Waiting]) -> list[Waiting]:
    """What the first page names of all that waits, in its order."""
    ending = [one for one in found if one.by is not None]
    room = max(LEAST_ENDLESS, MOST_SHOWN - len(ending))
    endless = [one for one in found if one.by is None][:room]
    return ending[: MOST_SHOWN - len(endless)] + endless


async def _of_the_coop(reader: Reader, known: Iterable[PeerView]) -> list[Waiting]:
    """What waits for whoever looks after the coop."""
    return [
        *(
            Waiting(Kind.REFERRAL, one, one.updated_at, one.answer_due or one.consent_until)
            for one in await referrals.waiting(reader)
        ),
        *(
            Waiting(Kind.CLEARING, one, one.called_at, one.answers_by)
            for one in await clearing.clearing_runs(reader)
            if one.waits_for_us
        ),
        *(Waiting(Kind.PEER, one, one.since) for one in calling(known)),
    ]


async def _of_moderators(reader: Reader, who: AccountView) -> list[Waiting]:
    cases = await listings.cases(reader, who)
    return [
        *(Waiting(Kind.LISTING_REPORT, one, one.opened_at) for one in cases if one.waits_for_desk),
        *(
            Waiting(Kind.MESSAGE_REPORT, one, one.created_at)
            for one in await threads.reports(reader)
        ),
        *(Waiting(Kind.REVIEW, one, one.updated_at) for one in await listings.in_review(reader)),
    ]


def _concerned(one: vouching.RequestView) -> set[str]:
    """Who cannot give the word that is missing: whose account it is, and who gave theirs."""
    return {each.id for each in (one.account, *one.vouchers) if each is not None}


def _urgency(one: Waiting) -> tuple[bool, bool, datetime]:
    """What ends first; then what others wait for, the longest first; one's own drafts last."""
    return (one.by is None, one.kind is Kind.DRAFT, one.day)
