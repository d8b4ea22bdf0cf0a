"""Domains this coop lets in, keeps at a distance or shuts out, each with its reason."""

from pathlib import Path
from typing import Any

import click

from federation.models import RuleLevel
from federation.storage import UnitOfWork
from node import peers
from node.days import Said
from node.i18n import _
from node.peers import DomainView
from node.runtime import Node
from protocol import datetimes
from ui.cli.common import on_node, plainly, show, with_node_folder
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

    async def read(node: Node) -> list[DomainView]:
        async with node.reading() as reader:
            return await peers.domains(reader)

    rules = on_node(data, read)
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


def _line(rule: DomainView) -> str:
    level = DOMAIN_LEVELS[rule.level][1]
    if rule.expires_at is None:
        return f"{rule.domain}  {level}  {rule.reason}"
    day = Said(datetimes.format(rule.expires_at))
    end = _("ended %(day)s", day=day) if rule.is_over else _("until %(day)s", day=day)
    return f"{rule.domain}  {level}  {end}  {rule.reason}"


def _rule(rule: DomainView) -> dict[str, Any]:
    return {
        "domain": rule.domain,
        "level": str(rule.level),
        "reason": rule.reason,
        "expires_at": rule.expires_at,
    }
