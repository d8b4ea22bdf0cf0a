"""Lists of blocked domains as Mastodon writes and reads them: looked at first, taken over once.

Its severities are our levels: `suspend` is to block, `silence` to limit, and `noop`, which only
leaves pictures or reports out, is nothing that we know. What was decided here stands, whatever a
list says; a list adds. Reasons of ours stay here: what we write has none.
"""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from federation import moderation
from federation.models import RuleLevel
from federation.storage import Reader, UnitOfWork
from node import audit, limits, spreadsheets
from node.errors import InvalidInput
from node.i18n import Text, _
from node.peers.domain_rules import LONGEST_REASON, DomainView, Listed, check, decide_all, domains
from node.peers.queries import peers

AT_ONCE = 100
"""Decisions per unit of work: others can write in between."""
COLUMNS = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)
LEVELS: Mapping[str, RuleLevel] = {"suspend": RuleLevel.BLOCK, "silence": RuleLevel.LIMIT}
_SEVERITIES = {level: severity for severity, level in LEVELS.items()}
_NOTHING = "noop"


class Store(Protocol):
    """What is needed of a node."""

    def reading(self) -> Any: ...
    async def write(self, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Any: ...


class RowRefused(Struct, frozen=True):
    """Why a row was not taken. row: as a spreadsheet counts, its heading is row 1; 0: several."""

    row: int
    domain: str
    reason: Text


class ListReport(Struct):
    """What became of a list, or would. unchanged: decided so before; kept: decided differently
    here, which stands; idle: what asks for nothing that we do. cut_off: coops that we work with and
    would not hear any more; distant: those that would be kept at a distance."""

    rows: int = 0
    blocked: int = 0
    limited: int = 0
    unchanged: int = 0
    idle: int = 0
    kept: list[str] = field(default_factory=list)
    refused: list[RowRefused] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    distant: list[str] = field(default_factory=list)


async def import_blocks(
    store: Store,
    data: bytes,
    *,
    name: str = "",
    dry_run: bool = False,
    by: str = audit.OPERATOR,
) -> ListReport:
    """Take a list over, or (dry_run) only say what would change. name: of the file, which stands as
    the reason of rows that give none. Raises InvalidInput for "file" if nothing can be read."""
    report = ListReport()
    reason = str(_("From the list %(name)s", name=name or "CSV"))[:LONGEST_REASON]
    wanted = await asyncio.to_thread(read_list, data, reason, report)
    async with store.reading() as reader:
        fresh = await _compare(reader, wanted, report)
    if not dry_run:
        for start in range(0, len(fresh), AT_ONCE):
            await _enter(store, fresh[start : start + AT_ONCE], by, report)
    return report


def export_blocks(rules: Iterable[DomainView]) -> str:
    """What is blocked or limited now, for another server."""
    rows = [
        (rule.domain, _SEVERITIES[rule.level], "false", "false", "", "false")
        for rule in rules
        if rule.level in _SEVERITIES and not rule.is_over
    ]
    return spreadsheets.table(COLUMNS, rows)


def read_list(data: bytes, reason: str, report: ListReport) -> dict[str, Listed]:
    """By domain; the stricter of two rows about one name counts. The report is told of the others.

    reason: of rows that give none. Raises InvalidInput (`file`).
    """
    found: dict[str, Listed] = {}
    for number, cells in _rows(data):
        report.rows += 1
        said, severity = cells.get("domain", ""), cells.get("severity", "").lower() or "suspend"
        if severity == _NOTHING:
            report.idle += 1
            continue
        try:
            one = _listed(said, severity, cells.get("public_comment", "") or reason)
        except InvalidInput as error:
            [why, *_more] = next(iter(error.fields.values()))
            report.refused.append(RowRefused(number, said[:80], why))
            continue
        before = found.get(one.domain)
        if before is None or before.level is RuleLevel.LIMIT:
            found[one.domain] = one
        if before is not None:
            report.unchanged += 1
    return found


def _listed(domain: str, severity: str, reason: str) -> Listed:
    if "*" in domain:
        raise InvalidInput(
            {"domain": [_("Stars hide a part of this name: nobody can tell which it is.")]}
        )
    if severity not in LEVELS:
        raise InvalidInput({"severity": [_("“%(word)s” is no severity here.", word=severity[:40])]})
    domain = domain.strip().rstrip(".")
    reason = reason[:LONGEST_REASON]
    check(domain, reason, None)
    return Listed(moderation.named(domain), LEVELS[severity], reason)


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """Cells by column, each row with its number; a list of names alone needs no heading."""
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError:
        wrong = _("Save the table as CSV in UTF-8, and try again.")
        raise InvalidInput({"file": [wrong]}) from None
    except csv.Error as error:
        wrong = _("The table cannot be read: %(why)s.", why=error)
        raise InvalidInput({"file": [wrong]}) from None
    heading, first = [cell.strip().lower().lstrip("#") for cell in lines[0]] if lines else [], 1
    if "domain" not in heading and max(map(len, lines), default=0) == 1:
        heading, first = ["domain"], 0
    if "domain" not in heading:
        wrong = _("This is no list of domains: its first row must name a column “domain”.")
        raise InvalidInput({"file": [wrong]})
    if len(lines) > limits.BLOCKLIST_ROWS_MOST:
        wrong = _("Bring in at most %(most)s rows at once.", most=limits.BLOCKLIST_ROWS_MOST)
        raise InvalidInput({"file": [wrong]})
    return [
        (number, {name: cell.strip() for name, cell in zip(heading, cells, strict=False)})
        for number, cells in enumerate(lines[first:], first + 1)
        if any(map(str.strip, cells))
    ]


async def _compare(
    reader: Reader, wanted: Mapping[str, Listed], report: ListReport
) -> list[Listed]:
    """What would be new; the report is told of it, and of whom it touches."""
    standing = {rule.domain: rule for rule in await domains(reader) if not rule.is_over}
    ours, fresh = moderation.domains_over(reader.identities.authority), []
    for one in wanted.values():
        rule = standing.get(one.domain)
        if one.domain in ours:
            why = _("That is our own name.")
            report.refused.append(RowRefused(0, one.domain, why))
        elif rule is None:
            fresh.append(one)
        elif rule.level is one.level:
            report.unchanged += 1
        else:
            report.kept.append(one.domain)
    counts = Counter(one.level for one in fresh)
    report.blocked, report.limited = counts[RuleLevel.BLOCK], counts[RuleLevel.LIMIT]
    levels = {one.domain: one.level for one in fresh}
    for coop in await peers(reader):
        names = [name for name in moderation.domains_over(coop.authority) if name in levels]
        if coop.works_with_us and names:
            hit = report.cut_off if levels[names[0]] is RuleLevel.BLOCK else report.distant
            hit.append(coop.name)
    return fresh


async def _enter(store: Store, some: Sequence[Listed], by: str, report: ListReport) -> None:
    """Those about which nobody decided while the list was looked at."""

    async def work(uow: UnitOfWork) -> frozenset[str]:
        since = await moderation.decided(uow, [one.domain for one in some])
        await decide_all(uow, [one for one in some if one.domain not in since], by=by)
        return since

    since = await store.write(work)
    late = Counter(one.level for one in some if one.domain in since)
    report.blocked -= late[RuleLevel.BLOCK]
    report.limited -= late[RuleLevel.LIMIT]
    report.kept += sorted(since)
