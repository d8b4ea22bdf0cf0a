"""What coops decide together, and coops that ask."""

from collections.abc import Iterable

from federation.storage.unit_of_work import Reader
from node import council, peers
from node.accounts import AccountView, Duty
from node.notices import NoticeKind
from ui.web.waiting import Waiting, kind
from ui.web.what_waits.table import waits, whoever_looks_after

_VOTE = kind("vote", NoticeKind.COUNCIL_VOTE, NoticeKind.COUNCIL_STAND_IN)
_CONSENT = kind("consent", NoticeKind.COUNCIL_ANSWER)
_INVITATION = kind("invitation", NoticeKind.COUNCIL_INVITED)
_HOSTING = kind("hosting", NoticeKind.COUNCIL_HOST_ASKS)
_PEER = kind("peer", NoticeKind.PEER_ASKS)
_COOP = whoever_looks_after(Duty.NODE)


@waits(_VOTE)
async def _votes(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_VOTE, one, one.opens_at, one.closes_at)
        for one in await council.waiting(reader, who)
    ]


@waits(_CONSENT)
async def _consents(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_CONSENT, one, one.answer_by, one.answer_by, called=one.proposal.id)
        for one in await council.to_answer(reader, who)
    ]


@waits(_INVITATION, _HOSTING, whom=_COOP)
async def _asks(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_HOSTING if one.to_keep else _INVITATION, one, one.since)
        for one in await council.asks(reader)
    ]


@waits(_PEER, whom=_COOP)
async def _peers(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    """Coops kept at a distance wait uncalled."""
    return [
        Waiting(_PEER, one, one.since, called=one.uri)
        for one in (await peers.asking(reader)).coops
        if not one.limited
    ]
