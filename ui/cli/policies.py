"""The rules in force, our own choice, and what a draft of a policy would touch here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from federation.storage import UnitOfWork
from node import audit, policies
from node.i18n import _
from node.policies import Choice, InForce
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group
from ui.web.policy_words import ORIGINS, word_for


@click.group(cls=Group)
def policy() -> None:
    """Rules that hold here: what was decided, and our own choice."""


@policy.command("list")
@with_node_folder
@plainly
def list_policies(data: Path, as_json: bool) -> None:
    """Show every rule with its value and where that comes from."""
    entries = [entry.now for entry in on_node(data, lambda node: reading(node, policies.entries))]
    show([_as_json(entry) for entry in entries], as_json, "\n".join(map(_line, entries)))


@policy.command("set")
@click.argument("key")
@click.argument("value")
@with_node_folder
@plainly
def set_policy(key: str, value: str, data: Path, as_json: bool) -> None:
    """Choose for our own coop, from now on: lists with commas, fee rules as JSON.

    Where a federation's rule binds us, only a stricter value is taken.
    """

    async def choose(uow: UnitOfWork) -> InForce[Any]:
        stored = policies.stored_from(policies.key_named(key).kind, value)
        return await policies.choose(uow, key, stored, by=audit.OPERATOR)

    entry = on_node(data, lambda node: node.write(choose))
    show(_as_json(entry), as_json, _line(entry))


@policy.command("unset")
@click.argument("key")
@with_node_folder
@plainly
def unset_policy(key: str, data: Path, as_json: bool) -> None:
    """Take our own choice back: what federations decided holds, or the default."""

    async def lapse(uow: UnitOfWork) -> InForce[Any]:
        named = policies.key_named(key)
        await policies.lapse(uow, named, by=audit.OPERATOR)
        return await policies.in_force(uow, named)

    entry = on_node(data, lambda node: node.write(lapse))
    show(_as_json(entry), as_json, _line(entry))


@policy.command("dry-run")
@click.argument("keys", metavar="KEY=VALUE...", nargs=-1, required=True)
@with_node_folder
@plainly
def dry_run(keys: tuple[str, ...], data: Path, as_json: bool) -> None:
    """Count what a draft of a policy would touch here; nothing is changed."""
    draft = _draft(keys)
    touched = on_node(data, lambda node: reading(node, policies.dry_run, draft))
    lines = "\n".join(str(one.words) for one in touched)
    show(
        [{"what": one.what, "affected": one.affected, "total": one.total} for one in touched],
        as_json,
        lines or str(_("Nothing here obeys these keys, so nothing is touched.")),
    )


def _draft(keys: Sequence[str]) -> dict[str, object]:
    draft: dict[str, object] = {}
    for said in keys:
        name, equals, value = said.partition("=")
        if not equals:
            raise click.UsageError(str(_("Write each as KEY=VALUE, such as ranking.text=50.")))
        draft[name] = policies.stored_from(policies.key_named(name).kind, value)
    return draft


def _line(entry: InForce[Any]) -> str:
    said = f"{entry.key.name}  {_typed(entry)}"
    if isinstance(entry.key.kind, Choice):
        said += f" = {word_for(_typed(entry))}"
    if entry.key.unit:
        said += f" {entry.key.unit}"
    source = f"{entry.policy} {entry.version}" if entry.policy else ORIGINS[entry.origin][1]
    return f"{said}  ({source})"


def _typed(entry: InForce[Any]) -> str:
    kind = entry.key.kind
    return policies.typed_from(kind, kind.write(entry.value)) or str(_("nothing"))


def _as_json(entry: InForce[Any]) -> dict[str, Any]:
    return {
        "name": entry.key.name,
        "value": entry.key.kind.write(entry.value),
        "mode": str(entry.key.mode),
        "origin": str(entry.origin),
        "policy": entry.policy or None,
        "version": entry.version,
        "since": entry.since,
        "open": entry.is_open,
    }
