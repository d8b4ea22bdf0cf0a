"""The days that matter to one person, for their calendar: what is booked, is due, or ends."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from federation.storage import Reader
from node import agreements, clearing, council, i18n, listings, members, offices, referrals
from node.accounts import AccountView, Duty
from node.calendars import Entry
from node.clearing import State as OwedState
from node.i18n import Text, _
from ui.web.price_words import amount_text
from ui.web.templating import shorten

BEFORE, AHEAD = timedelta(days=31), timedelta(days=400)
"""So long what is over stays, and so far it looks."""
A_MOMENT, A_DAY = timedelta(minutes=15), timedelta(days=1)
LONGEST_TITLE = 80
_TO_PAY = (OwedState.ACKNOWLEDGED, OwedState.RESIDUAL_DUE)


async def of(reader: Reader, who: AccountView) -> list[Entry]:
    """In the language that is spoken. Nobody is named but coops, by their names."""
    return [
        *await _booked(reader, who),
        *await _answers(reader, who),
        *await _votes(reader, who),
        *await _terms(reader, who),
        *await _endings(reader, who),
        *(await _debts(reader) if who.looks_after(Duty.BOOKS) else []),
        *(await _desk(reader) if who.looks_after(Duty.NODE) else []),
    ]


async def _booked(reader: Reader, who: AccountView) -> list[Entry]:
    """What they asked for, and what was asked of them; asked for alone is marked as such."""
    since, until = reader.now - BEFORE, reader.now + AHEAD
    found = await agreements.calendar(reader, agreements.of_account(who), since, until)
    found = await agreements.titled(reader, found, i18n.language.get())
    return [
        Entry(
            f"agreement-{one.id}",
            one.start_at,
            one.end_at,
            one.title,
            is_firm=one.state not in agreements.OPEN,
            place=one.pickup,
        )
        for one in found
        if (who.acts_for(one.provider_account) or who.acts_for(one.customer_account))
        and one.start_at is not None
        and one.end_at is not None
    ]


async def _answers(reader: Reader, who: AccountView) -> Iterable[Entry]:
    found = await agreements.to_answer(reader, agreements.of_account(who))
    found = await agreements.titled(reader, found, i18n.language.get())
    return [
        _moment(
            f"answer-{one.id}", one.answer_by, _("Your answer is due: %(title)s", title=one.title)
        )
        for one in found
        if one.answer_by is not None
    ]


async def _votes(reader: Reader, who: AccountView) -> Iterable[Entry]:
    """What they are to vote on, or to answer for the coop."""
    votes = [
        _moment(f"vote-{one.id}", one.closes_at, _("Voting ends: %(title)s", title=one.title))
        for one in await council.waiting(reader, who)
    ]
    return votes + [
        _moment(
            f"consent-{one.proposal.id}",
            one.answer_by,
            _("Our own answer is due: %(name)s", name=one.proposal.title),
        )
        for one in await council.to_answer(reader, who)
    ]


async def _terms(reader: Reader, who: AccountView) -> list[Entry]:
    """Offices and mandates of theirs, on the last day on which they hold."""
    member = await members.by_account(reader, who.id)
    found: list[Entry] = []
    if member is not None:
        found = [
            _day(
                f"office-{one.id}",
                one.ends_on - A_DAY,
                _("Your term ends: %(title)s", title=one.title),
            )
            for one in await offices.holdings(reader, member_id=member.id, over=False)
        ]
    return found + [
        _moment(
            f"mandate-{one.federation_id}",
            one.until,
            _("Your mandate ends: %(name)s", name=one.federation),
        )
        for one in await council.mandates_held(reader, who.id)
        if one.until < reader.now + AHEAD
    ]


async def _endings(reader: Reader, who: AccountView) -> list[Entry]:
    return [
        _moment(
            f"listing-{one.id}", one.expires_at, _("No longer shown: %(title)s", title=one.title)
        )
        for one in await listings.mine(reader, who.id, who.colleagues, who.teams)
        if one.state is listings.State.PUBLISHED and one.expires_at is not None
    ]


async def _debts(reader: Reader) -> list[Entry]:
    found, _more = await clearing.obligations(reader, states=_TO_PAY, we_owe=True)
    names = await listings.coop_names(reader, {one.partner for one in found})
    return [
        _day(
            f"owed-{one.id}",
            one.due_on,
            _(
                "Pay %(sum)s to %(coop)s",
                coop=names.get(one.partner, one.partner),
                sum=amount_text(one.remaining.decimal, one.remaining.currency),
            ),
        )
        for one in found
    ]


async def _desk(reader: Reader) -> list[Entry]:
    """Who was passed on to us, or waits for consent."""
    return [
        _moment(
            f"referral-{one.id}",
            due,
            _("Your answer is due: %(title)s", title=shorten(one.need.summary, LONGEST_TITLE)),
        )
        for one in await referrals.waiting(reader)
        if (due := one.answer_due or one.consent_until) is not None
    ]


def _moment(uid: str, at: datetime, said: Text) -> Entry:
    return Entry(uid, at, at + A_MOMENT, str(said))


def _day(uid: str, day: date, said: Text) -> Entry:
    return Entry(uid, day, day + A_DAY, str(said))
