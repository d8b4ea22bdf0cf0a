"""What other coops ask about money, for whoever keeps the books."""

from collections.abc import Iterable

from federation.storage.unit_of_work import Reader
from node import clearing
from node.accounts import AccountView, Duty
from node.notices import NoticeKind
from ui.web.waiting import Waiting, kind
from ui.web.what_waits.table import waits, whoever_looks_after

_RUN = kind("clearing", NoticeKind.CLEARING_ASKS)
_CLAIM = kind("claim", NoticeKind.OBLIGATION_CLAIMED)
_STATEMENT = kind("statement", NoticeKind.STATEMENT_DIFFERS)
_PAYMENT = kind("payment", NoticeKind.PAYMENT_MARKED)
_MISSED = kind("payment_missing", NoticeKind.PAYMENT_MISSING)
_BOOKS = whoever_looks_after(Duty.BOOKS)


@waits(_RUN, whom=_BOOKS)
async def _runs(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_RUN, one, one.called_at, one.answers_by)
        for one in await clearing.clearing_runs(reader)
        if one.waits_for_us
    ]


@waits(_CLAIM, _STATEMENT, whom=_BOOKS)
async def _not_in_order(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    report = await clearing.reconciliation(reader)
    return [
        *(Waiting(_CLAIM, one, one.created_at) for one in report.one_sided if one.waits_for_us),
        *(
            Waiting(_STATEMENT, one, one.made_at, called=f"{one.partner}|{one.currency}")
            for one in report.differing
        ),
    ]


@waits(_PAYMENT, whom=_BOOKS)
async def _payments(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_PAYMENT, one, one.marked_at)
        for one in await clearing.payments(reader, only_to_answer=True)
    ]


@waits(_MISSED, whom=_BOOKS)
async def _missed(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [Waiting(_MISSED, one, one.marked_at) for one in await clearing.missed_payments(reader)]
