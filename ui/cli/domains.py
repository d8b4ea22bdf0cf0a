"""Domains this coop lets in, keeps at a distance or shuts out, each with its reason."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from federation.models import RuleLevel
from federation.storage import UnitOfWork
from node import peers
from node.i18n import _
from node.peers import DomainView, ListReport
from node.runtime import Node
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group
from ui.web.words import DOMAIN_LEVELS


@click.group(cls=Group)
def domain() -> None:
    """Domains we let in, keep at a distance or shut out."""


@domain.command("set")
@click.argument("name")
@click.argument("level", type=click.Choice([level.value for level in RuleLevel]))
@click.option("--reason", required=True, help="Why; kept with the decision.")
@click.option("--days", type=click.IntRange(1, 3650), help="For how long, for good if not given.")
@with_node_folder
@plainly
def set_rule(
    name: str, level: str, reason: str, days: int | None, data: Path, as_json: bool
) -> None:
    """Decide about a domain: allow, limit or block."""

    async def decide(uow: UnitOfWork) -> DomainView:
        return await peers.decide(uow, name, RuleLevel(level), reason, days=days)

    rule = on_node(data, lambda node: node.write(decide))
    word = DOMAIN_LEVELS[level][1]
    show(_rule(rule), as_json, str(_("%(domain)s: %(level)s.", domain=rule.domain, level=word)))


@domain.command("list")
@with_node_folder
@plainly
def list_rules(data: Path, as_json: bool) -> None:
    """Show every decision about a domain."""
    rules = on_node(data, lambda node: reading(node, peers.domains))
    text = "\n".join(map(_line, rules)) or str(_("No domain is treated apart."))
    show([_rule(rule) for rule in rules], as_json, text)


@domain.command("remove")
@click.argument("name")
@with_node_folder
@plainly
def remove_rule(name: str, data: Path, as_json: bool) -> None:
    """Take a decision back. Where none was made, that is told (exit 1)."""

    on_node(data, lambda node: node.write(lambda uow: peers.lift(uow, name)))
    show({"removed": name}, as_json, str(_("Taken back.")))


@domain.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@with_node_folder
@plainly
def import_list(file: Path, dry_run: bool, data: Path, as_json: bool) -> None:
    """Take over a list of blocked domains as Mastodon exports it (CSV)."""
    content = file.read_bytes()
    report = on_node(
        data, lambda node: peers.import_blocks(node, content, name=file.name, dry_run=dry_run)
    )
    refused = [{**asdict(one), "reason": str(one.reason)} for one in report.refused]
    show({**asdict(report), "refused": refused}, as_json, _counts(report, dry_run))


@domain.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not stdout."
)
@with_node_folder
@plainly
def export_list(output: Path | None, data: Path, as_json: bool) -> None:
    """Our blocks and limits as a list that Mastodon reads (CSV), without reasons."""

    async def read(node: Node) -> str:
        async with node.reading() as reader:
            return peers.export_blocks(await peers.domains(reader))

    text = on_node(data, read)
    if output is None:
        show({"csv": text}, as_json, text.rstrip("\r\n"))
    else:
        output.write_bytes(text.encode())
        show({"file": str(output)}, as_json, str(_("Written to %(file)s.", file=output)))


def _counts(report: ListReport, dry_run: bool) -> str:
    head = _("What would happen") if dry_run else _("What happened")
    lines = [
        f"{head}:",
        f"  {_('Rows read')}: {report.rows}",
        f"  {_('shut out')}: {report.blocked}",
        f"  {_('kept at a distance')}: {report.limited}",
        f"  {_('As before')}: {report.unchanged}",
        f"  {_('Nothing to do here')}: {report.idle}",
        f"  {_('Decided differently here')}: {len(report.kept)} {', '.join(report.kept)}".rstrip(),
        f"  {_('Not taken')}: {len(report.refused)}",
        *(f"    {one.row}  {one.domain}  {one.reason}" for one in report.refused),
    ]
    if report.cut_off:
        lines.append(f"{_('Coops that we work with, shut out:')} {', '.join(report.cut_off)}")
    if report.distant:
        names = ", ".join(report.distant)
        lines.append(f"{_('Coops that we work with, kept at a distance:')} {names}")
    return "\n".join(lines)


def _line(rule: DomainView) -> str:
    level = DOMAIN_LEVELS[rule.level][1]
    if rule.expires_at is None:
        return f"{rule.domain}  {level}  {rule.reason}"
    day = in_words(rule.expires_at)
    end = _("ended %(day)s", day=day) if rule.is_over else _("until %(day)s", day=day)
    return f"{rule.domain}  {level}  {end}  {rule.reason}"


def _rule(rule: DomainView) -> dict[str, Any]:
    return {
        "domain": rule.domain,
        "level": str(rule.level),
        "reason": rule.reason,
        "expires_at": rule.expires_at,
    }
