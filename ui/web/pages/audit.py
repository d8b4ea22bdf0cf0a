"""Who did what, for those who look after the node."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from aiohttp import web
from wtforms import DateField, HiddenField, SelectField, validators

from federation.storage import Reader
from node import accounts, audit
from node.audit import AuditLine
from node.i18n import Text, _
from ui.web.audit_things import things_of
from ui.web.audit_words import sentence
from ui.web.context import admin_of, node_of
from ui.web.faces import known_coops
from ui.web.forms import PlainForm, options
from ui.web.templating import render, with_query
from ui.web.words import AREAS

routes = web.RouteTableDef()

AT_ONCE = 50
NOBODYS: dict[str, Text] = {
    audit.OPERATOR: _("the operator, by command"),
    audit.NODE: _("the node by itself"),
    audit.LEFT: _("somebody who has left"),
    "applicant": _("the applicant"),
    "asking": _("somebody who had not come in"),
    "guest": _("a guest"),
    "person": _("the person themselves"),
}


class AuditForm(PlainForm):
    """Which lines are wanted."""

    subject = HiddenField()
    actor = SelectField(_("Who"), validate_choice=False)
    area = SelectField(
        _("About what"),
        choices=options([("", _("Everything")), *AREAS.items()]),
        validate_choice=False,
    )
    first = DateField(_("From"), [validators.Optional()])
    last = DateField(_("Until"), [validators.Optional()])


@routes.get("/audit")
async def audit_page(request: web.Request) -> web.StreamResponse:
    """The newest first; `before` goes on, the rest of the address narrows it down."""
    admin_of(request)
    asked, form = request.query, AuditForm(request.query)
    subject = form.subject.data or None
    async with node_of(request).reading() as reader:
        lines = await narrowed(reader, form, before=asked.get("before") or None, limit=AT_ONCE + 1)
        coops = {peer.uri: peer.name for peer in await known_coops(request, reader)}
        people = await _people(reader, coops)
        shown = lines[:AT_ONCE]
        things = await things_of(reader, shown, coops)
    form.actor.choices = options([("", _("Everybody")), *people.items()])
    more = len(lines) > AT_ONCE
    return await render(
        request,
        "members/audit.html",
        here="more",
        days=_by_day(shown),
        people=people,
        things=things,
        sentence=sentence,
        form=form,
        subject=subject,
        about=things[subject].text if subject in things else "",
        is_narrowed=any(asked.get(name) for name in ("subject", "actor", "area", "first", "last")),
        older=with_query(request, {"before": shown[-1].id}) if more else "",
    )


async def narrowed(
    reader: Reader, form: AuditForm, *, before: str | None, limit: int
) -> list[AuditLine]:
    """Lines that are wanted; a day that cannot be read narrows nothing down."""
    form.validate()
    return await audit.entries(
        reader,
        subject=form.subject.data or None,
        actor=form.actor.data or None,
        area=form.area.data or None,
        since=_midnight(form.first.data),
        until=_midnight_after(form.last.data),
        before=before,
        limit=limit,
    )


def _by_day(lines: list[AuditLine]) -> list[tuple[date, list[AuditLine]]]:
    days = groupby(lines, key=lambda line: line.at.date())
    return [(day, list(of_day)) for day, of_day in days]


async def names_of(reader: Reader, lines: Iterable[AuditLine]) -> dict[str, str]:
    """What whoever stands in these lines is called; "" for coops and for accounts that are gone."""
    actors = {line.actor for line in lines}
    names = await accounts.names(reader, actors)
    return {actor: str(names.get(actor) or NOBODYS.get(actor, "")) for actor in actors}


async def _people(reader: Reader, coops: Mapping[str, str]) -> dict[str, Text]:
    """Whoever stands in the list, by name; accounts that are gone have none."""
    actors = await audit.actors(reader)
    names = await accounts.names(reader, actors)
    named: dict[str, Text] = dict(sorted(names.items(), key=lambda one: str(one[1]).casefold()))
    nobodys = {**NOBODYS, **coops}
    return named | {actor: nobodys[actor] for actor in actors if actor in nobodys}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _midnight_after(day: date | None) -> datetime | None:
    """None, too, for the last day there is: nothing comes after it."""
    return _midnight(day + timedelta(days=1)) if day and day < date.max else None
