"""What was decided and by whom: rules in force, proposals of federations, who did what."""

from collections.abc import Sequence

import msgspec

from node import council, group, policies
from node.audit import AuditLine
from node.calendars import Entry
from node.council import ProposalView, Told
from node.errors import NotFound
from node.i18n import _
from ui.web.audit_words import sentence
from ui.web.context import admin_of, member_of, visitor_of
from ui.web.lists.files import Asked, Cell, List, News, Part
from ui.web.pages.audit import AuditForm, names_of, narrowed
from ui.web.pages.council import changed_at, days_of, votes_of
from ui.web.policy_words import value_words

RULES = (
    "name",
    "description",
    "value",
    "in_words",
    "unit",
    "origin",
    "policy",
    "version",
    "federation",
    "since",
    "mode",
    "page",
)
PROPOSALS = (
    "name",
    "federation",
    "title",
    "class",
    "state",
    "public",
    "proposed",
    "opens",
    "closes",
    "outcome",
    "page",
)
IN_PUBLIC = (
    "name",
    "title",
    "class",
    "method",
    "state",
    "opens",
    "closes",
    "certified",
    "outcome",
    "voters",
    "coops",
    "page",
)
DEEDS = ("id", "at", "who", "actor", "what", "in_words", "subject", "detail")
_OUR_OWN = "answer"


async def _rules(asked: Asked) -> Part:
    found = await policies.entries(asked.reader)
    return Part([_rule(one, asked.address) for one in found])


def _rule(one: policies.Entry, base: str) -> Sequence[Cell]:
    key, now = one.key, one.now
    return (
        key.name,
        str(key.description),
        msgspec.json.encode(key.kind.write(now.value)).decode(),
        str(value_words(key, now.value)),
        str(key.unit) if key.unit else None,
        now.origin,
        now.policy or None,
        now.version,
        now.federation,
        now.since,
        key.mode,
        f"{base}/policies/{key.name}",
    )


async def _passed(asked: Asked) -> list[News]:
    """What federations decided for us, dated by the day from which it holds."""
    return [
        News(
            f"urn:rochdale:policy:{one.certificate}",
            one.title or one.policy_id,
            one.effective_from,
            f"{asked.address}/policies#together",
            one.text,
        )
        for one in (await policies.passed(asked.reader))[: asked.limit]
    ]


async def _days(asked: Asked) -> list[Entry]:
    """When rules are looked at again, and when they end; our own answers are for our own people."""
    days = [day for day in await policies.deadlines(asked.reader) if day.what != _OUR_OWN]
    return days_of(days, asked.address)


async def _proposals(asked: Asked) -> Part:
    names = {one.id: one.name for one in await council.federations(asked.reader)}
    return Part(
        [
            (
                one.name,
                names.get(one.federation_id),
                one.title,
                one.decision_class,
                one.state,
                one.is_public,
                one.created_at,
                one.opens_at,
                one.closes_at,
                one.outcome,
                f"{asked.address}/council/proposals/{one.id}",
            )
            for one in await council.proposals(asked.reader)
        ]
    )


async def _told(asked: Asked) -> list[Told]:
    """Public proposals of the federation of the address. Raises NotFound."""
    charter = asked.request.match_info["charter"]
    if await group.shown(asked.reader, charter) is None:
        raise NotFound(_("There is no such federation here."))
    number = await council.by_charter(asked.reader, charter)
    return await council.told(asked.reader, number, limit=asked.limit)


async def _in_public(asked: Asked) -> Part:
    """The newest: what is older stands in the federation's log."""
    return Part([_public(one, _page(asked, one.view)) for one in await _told(asked)])


def _public(one: Told, page: str) -> Sequence[Cell]:
    view = one.view
    return (
        view.name,
        one.title,
        view.decision_class,
        one.method,
        view.state,
        view.opens_at,
        view.closes_at,
        one.certified_at,
        view.outcome,
        one.voters,
        one.coops,
        page,
    )


async def _news(asked: Asked) -> list[News]:
    charter, now = asked.request.match_info["charter"], asked.reader.now
    return [
        News(
            f"urn:rochdale:{charter}:{one.view.name}:{one.view.state}",
            f"{one.title}: {one.view.state_word}",
            one.certified_at or changed_at(one.view, now),
            _page(asked, one.view),
            one.text,
            language=one.language,
        )
        for one in await _told(asked)
    ]


async def _votes(asked: Asked) -> list[Entry]:
    return votes_of([one.view for one in await _told(asked)], asked.address)


def _page(asked: Asked, view: ProposalView) -> str:
    charter = asked.request.match_info["charter"]
    return f"{asked.address}/federations/{charter}/proposals/{view.name}"


async def _deeds(asked: Asked) -> Part:
    form = AuditForm(asked.request.query)
    lines = await narrowed(asked.reader, form, before=asked.cursor, limit=asked.limit + 1)
    shown = lines[: asked.limit]
    called = await names_of(asked.reader, shown)
    rows = [_deed(line, called[line.actor]) for line in shown]
    return Part(rows, shown[-1].id if len(lines) > asked.limit else None)


def _deed(line: AuditLine, who: str) -> Sequence[Cell]:
    detail = msgspec.json.encode(line.detail).decode() if line.detail else None
    return (
        line.id,
        line.at,
        who,
        line.actor,
        line.what,
        str(sentence(line)),
        line.subject,
        detail,
    )


LISTS = (
    List("/policies", _("Our rules"), RULES, visitor_of, _rules, _passed, _days, is_public=True),
    List("/council", _("Votes"), PROPOSALS, member_of, _proposals),
    List(
        "/federations/{charter}",
        _("What it decides in public"),
        IN_PUBLIC,
        visitor_of,
        _in_public,
        _news,
        _votes,
        is_public=True,
    ),
    List("/audit", _("Who did what"), DEEDS, admin_of, _deeds),
)
