"""What a duty looks after: coops, names that are treated apart, what was reported, the journal."""

from collections.abc import Sequence

from node import ledger, listings, peers
from node.i18n import _
from node.ledger import EntryView
from node.listings import CaseView
from node.peers import PeerView
from ui.web.context import admin_of, moderator_of, treasurer_of, visitor_of
from ui.web.lists.files import Asked, Cell, List, Part
from ui.web.pages.books import span_asked

PEERS = (
    "name",
    "uri",
    "state",
    "reason",
    "place",
    "since",
    "last_heard",
    "away_since",
    "waiting",
    "offers",
    "page",
)
DOMAINS = ("domain", "level", "reason", "decided", "until", "over")
CASES = (
    "id",
    "title",
    "ours",
    "state",
    "reports",
    "opened",
    "decided",
    "ground",
    "statement",
    "appeal_by",
    "listing",
    "page",
)
ENTRIES = (
    "id",
    "number",
    "day",
    "period",
    "text",
    "in_words",
    "recipe",
    "source",
    "party",
    "amount",
    "currency",
    "lines",
    "by",
    "written",
    "reverses",
    "reversed_by",
    "page",
)


async def _peers(asked: Asked) -> Part:
    known = await peers.everyone(asked.reader)
    offers = await listings.mirrors_by_coop(asked.reader, visitor_of(asked.request).viewer)
    return Part([_peer(one, offers.get(one.uri, 0), asked.address) for one in known])


def _peer(one: PeerView, offers: int, base: str) -> Sequence[Cell]:
    return (
        one.name,
        one.uri,
        one.state,
        one.reason,
        one.place,
        one.since,
        one.last_heard_at,
        one.away_since,
        one.pending_deliveries,
        offers,
        f"{base}/coops/{one.authority}",
    )


async def _domains(asked: Asked) -> Part:
    return Part(
        [
            (
                one.domain,
                one.level,
                one.reason,
                one.created_at,
                one.expires_at,
                one.is_over,
            )
            for one in await peers.domains(asked.reader)
        ]
    )


async def _cases(asked: Asked) -> Part:
    """Without the words of those who complained: they stand on the page of each."""
    found = await listings.cases(asked.reader, moderator_of(asked.request))
    return Part([_case(one, asked.address) for one in found])


def _case(one: CaseView, base: str) -> Sequence[Cell]:
    return (
        one.id,
        one.title,
        one.is_ours,
        one.state,
        len(one.reports),
        one.opened_at,
        one.decided_at,
        one.ground,
        one.statement,
        one.appeal_by,
        base + one.path,
        f"{base}/moderation/{one.id}",
    )


async def _entries(asked: Asked) -> Part:
    said, span = asked.request.query, await span_asked(asked.request, asked.reader)
    found, more = await ledger.entries(
        asked.reader,
        source=said.get("source") or None,
        party=said.get("party") or None,
        account=said.get("account") or None,
        first=span.first,
        last=span.last,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return Part([_entry(one, asked.address) for one in found], more)


def _entry(one: EntryView, base: str) -> Sequence[Cell]:
    """Sums in several currencies stand in one cell each, with a space between."""
    lines = [
        {
            "account": line.account.code,
            "fund": line.account.fund,
            "party": line.account.party,
            "amount": f"{line.money.decimal:f}",
            "currency": line.money.currency,
        }
        for line in one.postings
    ]
    return (
        one.id,
        one.seq,
        one.day,
        one.period,
        one.text,
        str(one.sentence),
        one.recipe,
        one.source,
        one.party,
        " ".join(f"{each.decimal:f}" for each in one.totals),
        " ".join(each.currency for each in one.totals),
        lines,
        one.by,
        one.at,
        one.reverses,
        one.reversed_by,
        f"{base}/ledger/entries/{one.id}",
    )


LISTS = (
    List("/peers", _("Coops we work with"), PEERS, admin_of, _peers),
    List("/domains", _("Rules about domains"), DOMAINS, admin_of, _domains),
    List("/moderation", _("Reported offers"), CASES, moderator_of, _cases),
    List("/ledger/entries", _("Entries"), ENTRIES, treasurer_of, _entries),
)
