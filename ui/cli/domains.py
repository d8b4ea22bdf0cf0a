"""Domains this coop lets in, keeps at a distance or shuts out, each with its reason."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from federation import moderation
from federation.models import DomainRule, RuleLevel
from federation.storage import UnitOfWork
from node import audit
from node.i18n import _
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder


@click.group()
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

    async def decide(uow: UnitOfWork) -> DomainRule:
        until = uow.now + timedelta(days=days) if days else None
        rule = await moderation.set_rule(uow, name, RuleLevel(level), reason, until)
        await audit.record(uow, audit.OPERATOR, f"domains.{level}", rule.domain)
        return rule

    rule = on_node(data, lambda node: node.write(decide))
    show(_rule(rule), as_json, str(_("%(domain)s: %(level)s.", domain=rule.domain, level=level)))


@domain.command("list")
@with_node_folder
@plainly
def list_rules(data: Path, as_json: bool) -> None:
    """Show every decision about a domain."""

    async def read(node: Node) -> list[DomainRule]:
        async with node.reading() as reader:
            return await moderation.rules(reader)

    rules = on_node(data, read)
    lines = [f"{rule.domain}  {rule.level}  {rule.reason}" for rule in rules]
    text = "\n".join(lines) or str(_("No domain is treated apart."))
    show([_rule(rule) for rule in rules], as_json, text)


@domain.command("remove")
@click.argument("name")
@with_node_folder
@plainly
def remove_rule(name: str, data: Path, as_json: bool) -> None:
    """Take a decision back."""

    async def take_back(uow: UnitOfWork) -> None:
        await moderation.remove_rule(uow, name.strip().lower())
        await audit.record(uow, audit.OPERATOR, "domains.remove", name.strip().lower())

    on_node(data, lambda node: node.write(take_back))
    show({"removed": name}, as_json, str(_("Taken back.")))


def _rule(rule: DomainRule) -> dict[str, Any]:
    return {
        "domain": rule.domain,
        "level": str(rule.level),
        "reason": rule.reason,
        "expires_at": rule.expires_at,
    }
