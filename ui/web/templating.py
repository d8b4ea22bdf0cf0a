"""From a template to a page: one environment, one context, words for dates and money."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web
from babel.dates import format_date, format_time
from babel.numbers import get_currency_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from yarl import URL

from node import council, i18n, members, notices, obstacles, peers, referrals, threads, webhooks
from node.accounts import SCOPES, device_words
from node.days import Said, full_day, here, locale, month_of_year, weekday_and_day
from node.i18n import _
from node.ledger import FUND_WORDS, TYPE_WORDS, Balance, periods
from node.listings import CASE_LIFE
from node.members import CLASS_WORDS
from node.money import HOUR, Money
from node.peers import FIGURE_WORDS
from node.profiles import AUDIENCE_WORDS, FIELD_WORDS
from node.sizes import Size
from node.threads import LIFE
from protocol import datetimes
from protocol.iri import authority_of
from ui.web import csrf, detail_words, once, policy_words, sentences, words
from ui.web.category_words import among, category_word
from ui.web.context import LIST_FORMS, node_of, visitor_of
from ui.web.dealings import (
    deadline,
    in_tongue,
    left_out,
    line_sum,
    line_text,
    line_title,
    span_text,
    sums_text,
)
from ui.web.faces import faces_of, known_coops, our_coop
from ui.web.navigation import carried
from ui.web.noticing import page_of
from ui.web.price_words import (
    amount_text,
    guest_tax_text,
    how_many,
    number,
    pay_text,
    price_text,
    price_told,
    referral_fee_text,
    season_lines,
    tax_in_it,
)
from ui.web.when import by_month, worked
from ui.web.wishes import ask_word

HERE = Path(__file__).parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
LONGEST_NUMBER = 12
MOST_SHOWN = 100
_OF_ONE_PART = ("cursor", "before", "after", "told", "show")


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    sentences.install(env)
    env.globals.update(
        static=static_url,
        states=words.STATES,
        rule_value=policy_words.value_words,
        policy_option=policy_words.word_for,
        policy_origins=policy_words.ORIGINS,
        visibilities=words.VISIBILITIES,
        peer_states=words.PEER_STATES,
        first_steps=words.FIRST_STEPS,
        figure_words=FIGURE_WORDS,
        field_words=FIELD_WORDS,
        audience_words=AUDIENCE_WORDS,
        message_states=words.MESSAGE_STATES,
        thread_words=LIFE.words,
        case_words=CASE_LIFE.words,
        notice_page=page_of,
        domain_levels=words.DOMAIN_LEVELS,
        domain_hints=words.DOMAIN_HINTS,
        roles=words.ROLES,
        scopes=SCOPES,
        membership_classes=CLASS_WORDS,
        member_events=words.MEMBER_EVENTS,
        member_fields=members.FIELD_WORDS,
        end_words=members.END_WORDS,
        member_words=members.membership.words,
        account_types=TYPE_WORDS,
        funds_words=FUND_WORDS,
        period_states=words.PERIOD_STATES,
        off_words=webhooks.OFF_WORDS,
        delivery_words=webhooks.LIFE.words,
        period_events=periods.words,
    )
    env.filters.update(
        almanac=lambda moment: weekday_and_day(here(moment)),
        leaf_day=leaf_day,
        leaf_month=leaf_month,
        leaf_weekday=leaf_weekday,
        short_moment=short_moment,
        day=lambda moment: full_day(here(moment)),
        said_day=Said,
        number=number,
        size=Size,
        kilobytes=kilobytes,
        figure=figure,
        together=together,
        unit=unit,
        month=month,
        price_text=price_text,
        price_told=price_told,
        season_lines=season_lines,
        guest_tax_text=guest_tax_text,
        referral_fee_text=referral_fee_text,
        tax_in_it=tax_in_it,
        pay_text=pay_text,
        detail_rows=detail_words.rows,
        decimal=Decimal,
        iso_day=date.fromisoformat,
        distance=distance,
        naming_rules=policy_words.naming_rules,
        shorten=shorten,
        beginning=beginning,
        kind_word=words.kind_word,
        category_word=category_word,
        categories_among=among,
        contact_link=words.contact_link,
        founding=words.founding,
        law=words.law,
        day_each_year=words.day_each_year,
        way_word=words.way_word,
        offices=words.offices,
        noted_term=words.noted_term,
        corrected=members.corrected,
        fault_word=words.fault_word,
        obstacle=obstacles.words,
        device=device_words,
        language_word=i18n.language_name,
        why_not_yet=words.why_not_yet,
        host=authority_of,
        ask_word=ask_word,
        deadline=deadline,
        rfc=datetimes.format,
        line_sum=line_sum,
        in_tongue=in_tongue,
        line_text=line_text,
        line_title=line_title,
        left_out=left_out,
        how_many=how_many,
        by_month=by_month,
        worked=worked,
        amount_text=amount_text,
        span_text=span_text,
        sums_text=sums_text,
    )
    return env


_SAID_BY_PAGES = frozenset({"here", "card", "picture_sizes", "lang", "dir", "told"})
"""Of what every page shows, what one may say otherwise."""


async def render(
    request: web.Request, template: str, *, status: int = 200, **context: Any
) -> web.Response:
    """The page `template` with what every page needs: who asks, whose node, in which language.

    The coop's own face and its neighbours' are read once a page.
    """
    node, visitor = node_of(request), visitor_of(request)
    async with node.reading() as reader:
        coop = await our_coop(reader, node, visitor.language)
        known = await known_coops(request, reader)
        waiting = await referrals.count_waiting(reader) if visitor.is_admin else 0
        asking = await peers.count_asking(reader) if visitor.is_admin else 0
        who = visitor.account
        unread = await notices.count_unread(reader, who) if who else 0
        letters = await threads.count_unread(reader, who) if who else 0
        votes = len(await council.waiting(reader, who)) if who else 0
        votes += len(await council.to_answer(reader, who)) if who else 0
    shell = {
        "visitor": visitor,
        "coop": coop,
        "faces": faces_of(known, coop),
        "waiting_referrals": waiting,
        "waiting_coops": asking,
        "unread_notices": unread,
        "unread_threads": letters,
        "waiting_votes": votes,
        "lang": visitor.language,
        "dir": i18n.direction(visitor.language),
        "language_name": i18n.language_name(visitor.language),
        "theme": visitor.theme,
        "now": node.clock.now(),
        "path": request.rel_url.raw_path_qs if request.method == "GET" else request.path,
        "is_answer": request.method == "POST",
        "shown_on_request": frozenset(request.query.getall("show", [])),
        "and_show": functools.partial(and_show, request),
        "picture_sizes": {},
        "here": "",
        "card": None,
        "silent": node.quarantine.words,
        "sends_mail": node.mail.is_on,
        "files": list_files(request),
        "is_faulty": status == HTTPStatus.UNPROCESSABLE_ENTITY and template != "error.html",
        # Once on a page, where the reader begins: at the list of its faults, else at the first.
        "begins_here": functools.partial(next, iter((Markup(" autofocus"),)), ""),
        "told": words.told(request.query.get("told")),
        "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(
            csrf.FIELD, csrf.token_for(visitor.seed)
        ),
        "once_field": functools.partial(once.field, node.entropy),
    }
    if taken := shell.keys() & context.keys() - _SAID_BY_PAGES:
        raise TypeError(f"{template}: what every page shows is called so: {sorted(taken)}")
    body = environment().get_template(template).render(shell | context)
    return web.Response(text=body, status=status, content_type="text/html")


def beginning(digest: str) -> str:
    """The beginning of a long number, enough to tell two of them apart."""
    return digest if len(digest) <= LONGEST_NUMBER else f"{digest[:LONGEST_NUMBER]}…"


def short_moment(moment: datetime) -> str:
    """A day and a time by the coop's clocks: 5 Mar, 14:30."""
    at = here(moment)
    date_part = format_date(at, "d MMM", locale=locale())
    time_part = format_time(at, "HH:mm", locale=locale())
    return str(_("%(day)s, %(time)s", day=date_part, time=time_part))


def leaf_weekday(moment: date | datetime) -> str:
    return format_date(here(moment), "EEE", locale=locale())


def leaf_day(moment: date | datetime) -> str:
    return format_date(here(moment), "d", locale=locale())


def leaf_month(moment: date | datetime) -> str:
    return format_date(here(moment), "MMM", locale=locale())


def kilobytes(size: int) -> str:
    return str(_("%(number)s KB", number=number(max(1, round(size / 1000)))))


def figure(money: Money) -> str:
    """A sum as it stands in a column: all its decimals, its currency said elsewhere.

    Below zero it is isolated, or its sign would wander to the other end in a script from the right.
    """
    text = str(money.told)
    return f"\u2066{text}\u2069" if money.amount < 0 else text


def together(balances: Sequence[Balance]) -> Money:
    """The sum of balances of one type and currency, as people say it."""
    return functools.reduce(Money.__add__, (one.usual for one in balances))


def unit(currency: str) -> str:
    """What is counted: pounds sterling, hours."""
    if currency == HOUR:
        return str(_("Hours"))
    if currency == "CREDIT":
        return str(_("Listening credits"))
    return get_currency_name(currency, locale=locale())


def month(key: str) -> str:
    """ "2027-01" as people say it: January 2027."""
    return month_of_year(date.fromisoformat(f"{key}-01"))


def distance(kilometres: float) -> str:
    if kilometres < 1:
        return str(_("less than 1 km"))
    return str(_("%(number)s km", number=number(round(kilometres))))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with an ellipsis that says so."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def and_show(request: web.Request, what: str) -> str:
    """This page's address with one more thing shown that is spared for who saves data."""
    shown = [*request.query.getall("show", []), what][-MOST_SHOWN:]
    kept = [(name, said) for name, said in request.query.items() if name not in ("show", "told")]
    return str(request.rel_url.with_query([*kept, *(("show", one) for one in shown)]))


def list_files(request: web.Request) -> dict[str, str]:
    """The files that the list of this page can be had as, by form: narrowed down as the page is."""
    resource = request.match_info.route.resource
    forms = request.app[LIST_FORMS].get(resource.canonical if resource else "", ())
    kept = {name: said for name, said in carried(request) if name not in _OF_ONE_PART}
    return {form: str(URL(f"{request.path}.{form}").with_query(kept)) for form in forms}


def with_query(request: web.Request, changes: Mapping[str, str | None]) -> str:
    """This page's address with some query fields set or (None) taken away; paging starts afresh."""
    query = {k: v for k, v in carried(request) if k not in ("cursor", "told", *changes)}
    query |= {k: v for k, v in changes.items() if v is not None}
    return str(request.rel_url.with_query(query))
