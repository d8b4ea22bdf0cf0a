"""Who is waited for, and with what: no query for each that waits."""

from collections.abc import Mapping

from federation.storage.unit_of_work import Reader
from node import (
    agreements,
    clearing,
    council,
    deliberation,
    hours,
    i18n,
    joining,
    listings,
    peers,
    referrals,
    threads,
    vacancies,
    vouching,
)
from node.accounts import AccountView
from node.agreements import Wants
from node.listings import State
from ui.web.context import Visitor
from ui.web.waiting import Kind, Waiting, in_order

_ABOUT_AGREEMENTS: Mapping[Wants, Kind] = {
    Wants.ANSWER: Kind.AGREEMENT,
    Wants.CHANGE: Kind.CHANGE,
    Wants.CONFIRM: Kind.DELIVERED,
    Wants.REFUND: Kind.REFUND,
}


async def waiting_for(reader: Reader, visitor: Visitor) -> list[Waiting]:
    """All that waits for this visitor, what ends first first; of the coops that ask the first."""
    who = visitor.account
    if who is None:
        return []
    found = [
        *await _of_oneself(reader, who),
        *await _listed(reader, who),
        *await _of_delegates(reader, who),
    ]
    if visitor.keeps_members:
        found += [
            Waiting(Kind.APPLICATION, one, one.changed_at)
            for one in await joining.applications(reader, joining.TO_DECIDE)
        ]
        found += [
            Waiting(Kind.VACANCY, one, one.since) for one in await vacancies.vacancies(reader)
        ]
        found += [
            Waiting(Kind.HOURS, one, one.since) for one in await hours.waiting(reader, who.id)
        ]
    if visitor.vouches:
        found += [
            Waiting(Kind.VOUCHING, one, one.created_at, one.ends_at)
            for one in await vouching.requests(reader)
            if one.wants_voucher and who.id not in _concerned(one)
        ]
    if visitor.keeps_books:
        found += await _of_the_books(reader)
    if visitor.is_admin:
        found += await _of_the_coop(reader)
    if visitor.moderates:
        found += await _of_moderators(reader, who)
    return in_order(found)


async def _of_oneself(reader: Reader, who: AccountView) -> list[Waiting]:
    """One's agreements, whom one is asked to vouch for, hours that were sent back, and letters."""
    by, tag = agreements.of_account(who), i18n.language.get()
    found = [
        Waiting(_ABOUT_AGREEMENTS[one.wants], one.agreement, one.agreement.updated_at, one.by)
        for one in await agreements.awaiting(reader, by, tag)
    ]
    found += [
        Waiting(Kind.SPONSOR, one, one.application.created_at)
        for one in await joining.asked_of(reader, who.id)
    ]
    found += [
        Waiting(Kind.HOURS_BACK, one, one.decided_at or one.noted_at)
        for one in await hours.sent_back(reader, who.id)
    ]
    if await threads.count_unread(reader, who):
        found += [
            Waiting(Kind.LETTER, one, one.last_at)
            for one in await threads.threads(reader, who)
            if one.unread
        ]
    return found


async def _listed(reader: Reader, who: AccountView) -> list[Waiting]:
    """What one offers or needs: withheld, about to end, or not finished."""
    own = await listings.mine(reader, who.id, who.colleagues, who.teams)
    return [
        *(
            Waiting(Kind.WITHHELD, one, one.decided_at or one.opened_at, one.appeal_by)
            for one in await listings.to_appeal(reader, who)
        ),
        *(
            Waiting(Kind.ENDING, one, one.updated_at, one.expires_at)
            for one in own
            if one.state is State.PUBLISHED
            and listings.ends_soon(one.updated_at, one.expires_at, reader.now)
        ),
        *(
            Waiting(Kind.DRAFT, one.latest, one.updated_at)
            for one in own
            if one.state is State.DRAFT or (one.rewritten and not one.rewritten_at)
        ),
    ]


async def _of_delegates(reader: Reader, who: AccountView) -> list[Waiting]:
    return [
        *(
            Waiting(Kind.VOTE, one, one.opens_at, one.closes_at)
            for one in await council.waiting(reader, who)
        ),
        *(
            Waiting(Kind.CONSENT, one, one.answer_by, one.answer_by)
            for one in await council.to_answer(reader, who)
        ),
    ]


async def _of_the_books(reader: Reader) -> list[Waiting]:
    """What other coops ask about money."""
    report = await clearing.reconciliation(reader)
    return [
        *(
            Waiting(Kind.CLEARING, one, one.called_at, one.answers_by)
            for one in await clearing.clearing_runs(reader)
            if one.waits_for_us
        ),
        *(Waiting(Kind.CLAIM, one, one.created_at) for one in report.one_sided if one.waits_for_us),
        *(Waiting(Kind.STATEMENT, one, one.made_at) for one in report.differing),
        *(
            Waiting(Kind.PAYMENT, one, one.marked_at)
            for one in await clearing.payments(reader, only_to_answer=True)
        ),
    ]


async def _of_the_coop(reader: Reader) -> list[Waiting]:
    """What waits for whoever looks after the coop; coops kept at a distance wait uncalled."""
    return [
        *(
            Waiting(Kind.REFERRAL, one, one.updated_at, one.answer_due or one.consent_until)
            for one in await referrals.waiting(reader)
        ),
        *(
            Waiting(Kind.HOSTING if one.to_keep else Kind.INVITATION, one, one.since)
            for one in await council.asks(reader)
        ),
        *(
            Waiting(Kind.PEER, one, one.since)
            for one in (await peers.asking(reader)).coops
            if not one.limited
        ),
    ]


async def _of_moderators(reader: Reader, who: AccountView) -> list[Waiting]:
    cases = await listings.cases(reader, who)
    return [
        *(
            Waiting(Kind.LISTING_REPORT, one, one.opened_at)
            for one in cases
            if one.waits_for_desk and (one.acts or not one.is_anybody_there)
        ),
        *(
            Waiting(Kind.MESSAGE_REPORT, one, one.created_at)
            for one in await threads.reports(reader, who)
        ),
        *(Waiting(Kind.COMMENT, one, one.hidden_at) for one in await deliberation.appealed(reader)),
        *(
            Waiting(Kind.REVIEW, one, one.rewritten_at or one.updated_at)
            for one in await listings.in_review(reader)
        ),
    ]


def _concerned(one: vouching.RequestView) -> set[str]:
    """Who cannot give the word that is missing: whose account it is, and who gave theirs."""
    return {each.id for each in (one.account, *one.vouchers) if each is not None}
