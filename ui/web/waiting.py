"""What only one person can take further, for one block of the first page: what ends first is first.

Each kind has a row of its own in `templates/home/waiting.html`, and in `NOTICES` those that told of
it: whoever sees the row is not told a second time below it. `what_waits` finds them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from node.notices import NoticeKind, NoticeView

MOST_SHOWN = 30
"""More than that nobody does today; what ends later comes up by itself. A link shows all of it."""
LEAST_ENDLESS = 10
"""So many of them are without a deadline, if so many are: however much ends soon, the longest
waiting ones stand there, and the next come up when these are done."""


class Kind(StrEnum):
    """What is waited for: an answer, a vote, a look."""

    AGREEMENT = "agreement"
    CHANGE = "change"
    DELIVERED = "delivered"
    REFUND = "refund"
    LETTER = "letter"
    VOTE = "vote"
    CONSENT = "consent"
    INVITATION = "invitation"
    HOSTING = "hosting"
    REFERRAL = "referral"
    CLEARING = "clearing"
    CLAIM = "claim"
    PAYMENT = "payment"
    STATEMENT = "statement"
    VOUCHING = "vouching"
    APPLICATION = "application"
    VACANCY = "vacancy"
    SPONSOR = "sponsor"
    HOURS = "hours"
    HOURS_BACK = "hours_back"
    PEER = "peer"
    LISTING_REPORT = "listing_report"
    MESSAGE_REPORT = "message_report"
    COMMENT = "comment"
    REVIEW = "review"
    WITHHELD = "withheld"
    ENDING = "ending"
    DRAFT = "draft"


NOTICES: Mapping[Kind, frozenset[NoticeKind]] = {
    Kind.AGREEMENT: frozenset(
        {
            NoticeKind.AGREEMENT_ANSWER_SOON,
            NoticeKind.AGREEMENT_COUNTERED,
            NoticeKind.AGREEMENT_REQUESTED,
        }
    ),
    Kind.CHANGE: frozenset({NoticeKind.AGREEMENT_CHANGE}),
    Kind.DELIVERED: frozenset({NoticeKind.AGREEMENT_DELIVERED}),
    Kind.REFUND: frozenset({NoticeKind.AGREEMENT_REFUND_OFFERED}),
    Kind.LETTER: frozenset({NoticeKind.MESSAGE}),
    Kind.VOTE: frozenset({NoticeKind.COUNCIL_VOTE, NoticeKind.COUNCIL_STAND_IN}),
    Kind.CONSENT: frozenset({NoticeKind.COUNCIL_ANSWER}),
    Kind.INVITATION: frozenset({NoticeKind.COUNCIL_INVITED}),
    Kind.HOSTING: frozenset({NoticeKind.COUNCIL_HOST_ASKS}),
    Kind.REFERRAL: frozenset(
        {
            NoticeKind.REFERRAL_ANSWER_SOON,
            NoticeKind.REFERRAL_ASKED,
            NoticeKind.REFERRAL_CONSENTED,
            NoticeKind.REFERRAL_WRITTEN,
        }
    ),
    Kind.CLEARING: frozenset({NoticeKind.CLEARING_ASKS}),
    Kind.CLAIM: frozenset({NoticeKind.OBLIGATION_CLAIMED}),
    Kind.PAYMENT: frozenset({NoticeKind.PAYMENT_MARKED}),
    Kind.STATEMENT: frozenset({NoticeKind.STATEMENT_DIFFERS}),
    Kind.VOUCHING: frozenset({NoticeKind.VOUCHING_NEEDED}),
    Kind.APPLICATION: frozenset(
        {
            NoticeKind.APPLICATION_CAME,
            NoticeKind.APPLICATION_ANSWERED,
            NoticeKind.APPLICATION_APPEALED,
        }
    ),
    Kind.VACANCY: frozenset({NoticeKind.PLACE_FREE}),
    Kind.SPONSOR: frozenset({NoticeKind.SPONSOR_ASKED}),
    Kind.HOURS: frozenset(),
    Kind.HOURS_BACK: frozenset({NoticeKind.HOURS_SENT_BACK}),
    Kind.PEER: frozenset({NoticeKind.PEER_ASKS}),
    Kind.LISTING_REPORT: frozenset({NoticeKind.LISTING_REPORTED, NoticeKind.LISTING_APPEALED}),
    Kind.MESSAGE_REPORT: frozenset({NoticeKind.MESSAGE_REPORTED}),
    Kind.COMMENT: frozenset({NoticeKind.COMMENT_APPEALED}),
    Kind.REVIEW: frozenset({NoticeKind.LISTING_SENT_IN}),
    Kind.WITHHELD: frozenset({NoticeKind.LISTING_WITHHELD}),
    Kind.ENDING: frozenset({NoticeKind.LISTING_ENDS}),
    Kind.DRAFT: frozenset(),
}


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

    @property
    def subject(self) -> str:
        """What its notices are about."""
        match self.kind:
            case Kind.PEER:
                return str(self.about.uri)
            case Kind.CONSENT | Kind.COMMENT:
                return str(self.about.proposal.id)
            case Kind.STATEMENT:
                return f"{self.about.partner}|{self.about.currency}"
            case _:
                return str(self.about.id)


def in_order(found: Iterable[Waiting]) -> list[Waiting]:
    """What ends first; then what others wait for, the longest first; one's own drafts last."""
    return sorted(found, key=lambda one: (one.by is None, one.kind is Kind.DRAFT, one.day))


def shown(found: Sequence[Waiting]) -> list[Waiting]:
    """What the first page names of all that waits, in its order."""
    ending = [one for one in found if one.by is not None]
    room = max(LEAST_ENDLESS, MOST_SHOWN - len(ending))
    endless = [one for one in found if one.by is None][:room]
    return ending[: MOST_SHOWN - len(endless)] + endless


def told_besides(told: Iterable[NoticeView], found: Iterable[Waiting]) -> list[NoticeView]:
    """What was told, not read yet, and has no row among what waits for the same person."""
    above = {(kind, one.subject) for one in found for kind in NOTICES[one.kind]}
    return [one for one in told if not one.read and (one.kind, one.subject) not in above]
