"""What is agreed and asked for: mine, what waits for me, the coop's, and the calendar."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from node import agreements
from node.accounts import AccountView
from node.agreements import AgreementView, Role
from node.errors import InvalidInput
from node.i18n import _
from ui.web import dealings
from ui.web.context import member_of, node_of, visitor_of
from ui.web.dealings import Standing
from ui.web.pages.asking import home_zone
from ui.web.templating import render, with_query

routes = web.RouteTableDef()

_FIRST_YEAR, _LAST_YEAR = 1900, 9000
"""Of a calendar: a week before and after each is a date, too, in every zone."""

SHOWN = 30


class Entry(Struct, frozen=True):
    """One agreement in a list. mine: the reader's own, not only their coop's."""

    view: AgreementView
    standing: Standing
    mine: bool


@routes.get("/agreements")
async def page(request: web.Request) -> web.StreamResponse:
    account = member_of(request)
    by = agreements.of_account(account)
    after, lot = request.query.get("cursor"), request.query.get("lot", "").strip()
    async with node_of(request).reading() as reader:
        waiting = [] if after or lot else await agreements.to_answer(reader, by)
        found = await agreements.agreements(reader, by, lot=lot, after=after, limit=SHOWN + 1)
        called = await agreements.titled(reader, [*waiting, *found], visitor_of(request).language)
    waiting, found = called[: len(waiting)], called[len(waiting) :]
    shown, entries = found[:SHOWN], entries_of(waiting, account)
    ids = {view.id for view in waiting}
    return await render(
        request,
        "agreements/list.html",
        here="agreements",
        waiting=[one for one in entries if one.mine],
        waiting_coop=[one for one in entries if not one.mine],
        entries=entries_of([view for view in shown if view.id not in ids], account),
        zone=home_zone(request),
        more=with_query(request, {"cursor": shown[-1].id}) if len(found) > SHOWN else None,
        later=after is not None,
        lot=lot,
        has_lots=any(view.lots for view in found),
    )


@routes.get("/agreements/calendar")
async def calendar(request: web.Request) -> web.StreamResponse:
    """A week of what is agreed and asked for, day by day."""
    account, zone = member_of(request), home_zone(request)
    place = ZoneInfo(zone)
    today = node_of(request).clock.now().astimezone(place).date()
    first = _week(request.query.get("week")) or today - timedelta(days=today.weekday())
    since, until = (
        datetime.combine(first + timedelta(days=days), time(), place) for days in (0, 7)
    )
    async with node_of(request).reading() as reader:
        found = await agreements.calendar(reader, agreements.of_account(account), since, until)
        found = await agreements.titled(reader, found, visitor_of(request).language)
    entries = entries_of(found, account)
    by_day = groupby(entries, key=lambda one: max(_day(one.view, place), first))
    return await render(
        request,
        "agreements/calendar.html",
        here="agreements",
        days=[(day, list(of_day)) for day, of_day in by_day],
        first=first,
        last=first + timedelta(days=6),
        before=_iso(first - timedelta(days=7)),
        after=_iso(first + timedelta(days=7)),
        zone=zone,
    )


def entries_of(views: Iterable[AgreementView], account: AccountView) -> list[Entry]:
    """Agreements as a list shows them to somebody."""
    by = agreements.of_account(account)
    return [
        Entry(view, dealings.standing(view, agreements.roles_of(view, by)), _is_own(view, account))
        for view in views
    ]


def _is_own(view: AgreementView, account: AccountView) -> bool:
    is_teams = view.team in account.teams
    return is_teams or any(account.acts_for(view.account_of(role)) for role in Role)


def _day(view: AgreementView, place: ZoneInfo) -> date:
    return (view.start_at or view.created_at).astimezone(place).date()


def _week(text: str | None) -> date | None:
    """The Monday of "2027-W02". Raises InvalidInput."""
    if not text:
        return None
    try:
        year, _dash, week = text.partition("-W")
        monday = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        monday = date.min
    if not _FIRST_YEAR <= monday.year <= _LAST_YEAR:
        raise InvalidInput({"week": [_("Write a week like 2027-W02.")]})
    return monday


def _iso(day: date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year:04}-W{week:02}"
