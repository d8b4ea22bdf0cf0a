"""What one offers or needs, and what moderators look at."""

from collections.abc import Iterable

from federation.storage.unit_of_work import Reader
from node import deliberation, listings, threads
from node.accounts import AccountView, Duty
from node.listings import State
from node.notices import NoticeKind
from ui.web.waiting import Waiting, kind
from ui.web.what_waits.table import waits, whoever_looks_after

_WITHHELD = kind("withheld", NoticeKind.LISTING_WITHHELD)
_ENDING = kind("ending", NoticeKind.LISTING_ENDS)
_DRAFT = kind("draft", comes_last=True)
_REPORTED = kind("listing_report", NoticeKind.LISTING_REPORTED, NoticeKind.LISTING_APPEALED)
_MESSAGE = kind("message_report", NoticeKind.MESSAGE_REPORTED)
_COMMENT = kind("comment", NoticeKind.COMMENT_APPEALED)
_REVIEW = kind("review", NoticeKind.LISTING_SENT_IN)
_DESK = whoever_looks_after(Duty.MODERATION)


@waits(_WITHHELD)
async def _withheld(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_WITHHELD, one, one.decided_at or one.opened_at, one.appeal_by)
        for one in await listings.to_appeal(reader, who)
    ]


@waits(_ENDING, _DRAFT)
async def _own(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    """About to end, or not finished."""
    own = await listings.mine(reader, who.id, who.colleagues, who.teams)
    return [
        *(
            Waiting(_ENDING, one, one.updated_at, one.expires_at)
            for one in own
            if one.state is State.PUBLISHED
            and listings.ends_soon(one.updated_at, one.expires_at, reader.now)
        ),
        *(
            Waiting(_DRAFT, one.latest, one.updated_at)
            for one in own
            if one.state is State.DRAFT or (one.rewritten and not one.rewritten_at)
        ),
    ]


@waits(_REPORTED, whom=_DESK)
async def _reported(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_REPORTED, one, one.opened_at)
        for one in await listings.cases(reader, who)
        if one.waits_for_desk and (one.acts or not one.is_anybody_there)
    ]


@waits(_MESSAGE, whom=_DESK)
async def _messages(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [Waiting(_MESSAGE, one, one.created_at) for one in await threads.reports(reader, who)]


@waits(_COMMENT, whom=_DESK)
async def _comments(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_COMMENT, one, one.hidden_at, called=one.proposal.id)
        for one in await deliberation.appealed(reader)
    ]


@waits(_REVIEW, whom=_DESK)
async def _sent_in(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_REVIEW, one, one.rewritten_at or one.updated_at)
        for one in await listings.in_review(reader)
    ]
