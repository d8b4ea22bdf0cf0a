"""Agreements and letters."""

from collections.abc import Iterable, Mapping

from federation.storage.unit_of_work import Reader
from node import agreements, i18n, referrals, threads
from node.accounts import AccountView, Duty
from node.agreements import Wants
from node.notices import NoticeKind
from ui.web.waiting import Kind, Waiting, kind
from ui.web.what_waits.table import waits, whoever_looks_after

_WANTED: Mapping[Wants, Kind] = {
    Wants.ANSWER: kind(
        "agreement",
        NoticeKind.AGREEMENT_ANSWER_SOON,
        NoticeKind.AGREEMENT_COUNTERED,
        NoticeKind.AGREEMENT_REQUESTED,
    ),
    Wants.CHANGE: kind("change", NoticeKind.AGREEMENT_CHANGE),
    Wants.CONFIRM: kind("delivered", NoticeKind.AGREEMENT_DELIVERED),
    Wants.REFUND: kind("refund", NoticeKind.AGREEMENT_REFUND_OFFERED),
    Wants.RESOLVE: kind("disputed", NoticeKind.AGREEMENT_DISPUTED),
    Wants.PAY: kind("to_pay", NoticeKind.AGREEMENT_PAYMENT),
    Wants.RECEIVE: kind("paid", NoticeKind.AGREEMENT_PAYMENT),
}
_LETTER = kind("letter", NoticeKind.MESSAGE)
_REFERRAL = kind(
    "referral",
    NoticeKind.REFERRAL_ANSWER_SOON,
    NoticeKind.REFERRAL_ASKED,
    NoticeKind.REFERRAL_CONSENTED,
    NoticeKind.REFERRAL_WRITTEN,
)


@waits(*_WANTED.values())
async def _words(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    by, tag = agreements.of_account(who), i18n.language.get()
    return [
        Waiting(_WANTED[one.wants], one.agreement, one.agreement.updated_at, one.by)
        for one in await agreements.awaiting(reader, by, tag)
    ]


@waits(_LETTER)
async def _letters(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    if not await threads.count_unread(reader, who):
        return []
    return [
        Waiting(_LETTER, one, one.last_at)
        for one in await threads.threads(reader, who)
        if one.unread
    ]


@waits(_REFERRAL, whom=whoever_looks_after(Duty.NODE))
async def _referrals(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_REFERRAL, one, one.updated_at, one.answer_due or one.consent_until)
        for one in await referrals.waiting(reader)
    ]
