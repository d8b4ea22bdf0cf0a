"""Joining, what members agree to, vouching, hours of work."""

from collections.abc import Iterable

from federation.storage.unit_of_work import Reader
from node import consents, hours, i18n, joining, vacancies, vouching
from node.accounts import AccountView, Duty
from node.notices import NoticeKind
from ui.web.waiting import Waiting, kind
from ui.web.what_waits.table import waits, whoever_looks_after

_REWORDED = kind("reworded", NoticeKind.CONSENT_REWORDED)
_SPONSOR = kind("sponsor", NoticeKind.SPONSOR_ASKED)
_HOURS_BACK = kind("hours_back", NoticeKind.HOURS_SENT_BACK)
_APPLICATION = kind(
    "application",
    NoticeKind.APPLICATION_CAME,
    NoticeKind.APPLICATION_ANSWERED,
    NoticeKind.APPLICATION_APPEALED,
)
_VACANCY = kind("vacancy", NoticeKind.PLACE_FREE)
_HOURS = kind("hours")
_VOUCHING = kind("vouching", NoticeKind.VOUCHING_NEEDED)
_REGISTER = whoever_looks_after(Duty.MEMBERS)


@waits(_REWORDED)
async def _reworded(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_REWORDED, one, one.asked_at)
        for one in await consents.reworded(reader, who.id, i18n.language.get())
    ]


@waits(_SPONSOR)
async def _sponsors(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_SPONSOR, one, one.application.created_at)
        for one in await joining.asked_of(reader, who.id)
    ]


@waits(_HOURS_BACK)
async def _sent_back(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_HOURS_BACK, one, one.decided_at or one.noted_at)
        for one in await hours.sent_back(reader, who.id)
    ]


@waits(_APPLICATION, whom=_REGISTER)
async def _applications(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_APPLICATION, one, one.changed_at)
        for one in await joining.applications(reader, joining.TO_DECIDE)
    ]


@waits(_VACANCY, whom=_REGISTER)
async def _vacancies(reader: Reader, _who: AccountView) -> Iterable[Waiting]:
    return [Waiting(_VACANCY, one, one.since) for one in await vacancies.vacancies(reader)]


@waits(_HOURS, whom=_REGISTER)
async def _hours(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [Waiting(_HOURS, one, one.since) for one in await hours.waiting(reader, who.id)]


@waits(_VOUCHING, whom=whoever_looks_after(Duty.VOUCHING))
async def _ways_in(reader: Reader, who: AccountView) -> Iterable[Waiting]:
    return [
        Waiting(_VOUCHING, one, one.created_at, one.ends_at)
        for one in await vouching.requests(reader)
        if one.wants_voucher and who.id not in _concerned(one)
    ]


def _concerned(one: vouching.RequestView) -> set[str]:
    """Who cannot give the word that is missing: whose account it is, and who gave theirs."""
    return {each.id for each in (one.account, *one.vouchers) if each is not None}
