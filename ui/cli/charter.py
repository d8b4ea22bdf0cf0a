"""The charter for the operator: what it says, how it came to that, changing it; and lost keys."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from node import audit, council, peers
from node.council import CharterChange, Draft, FederationView, ProposalView
from node.errors import InvalidInput
from node.i18n import _
from node.runtime import Node
from protocol import datetimes
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.council import show_federation, show_proposal, utc
from ui.cli.handles import account_of
from ui.cli.moments import MOMENT
from ui.cli.speaking import Command


@click.command("charter", cls=Command)
@click.argument("federation")
@with_node_folder
@plainly
def charter(federation: str, data: Path, as_json: bool) -> None:
    """Show a federation's rules, and every change of them with the vote that made it."""

    async def read(node: Node) -> tuple[Any, list[CharterChange]]:
        return (
            await reading(node, council.agreed_rules, federation),
            await reading(node, council.charter_changes, federation),
        )

    rules, changes = on_node(data, read)
    told = {"rules": _rules(rules), "changes": list(map(_change, changes))}
    show(told, as_json, json.dumps(told, ensure_ascii=False, indent=2, default=str))


@click.command("change-charter", cls=Command)
@click.argument("federation")
@click.argument("title")
@click.option("--text", required=True, help="Why; @FILE reads it from a file.")
@click.option("--name", help="Another name for the federation.")
@click.option("--competence", "competences", multiple=True, help="All that it may decide on.")
@click.option("--witness-quorum", help="Such as 3n/4+1; two thirds and one (2n/3+1) is the least.")
@click.option("--term-days", type=int, help="A delegate's term; 0 is without an end.")
@click.option(
    "--rules",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Other rules that change, as JSON: classes, scheme, facilitators.",
)
@click.option("--opens", required=True, type=MOMENT, help="When voting begins, in UTC.")
@click.option("--closes", required=True, type=MOMENT, help="When it ends, in UTC.")
@with_node_folder
@plainly
def change_charter(
    federation: str,
    title: str,
    text: str,
    name: str | None,
    competences: tuple[str, ...],
    witness_quorum: str | None,
    term_days: int | None,
    file: Path | None,
    opens: datetime,
    closes: datetime,
    data: Path,
    as_json: bool,
) -> None:
    """Propose to change the charter; what is not named stays. Times are UTC."""
    given = {
        "name": name,
        "competences": sorted(set(competences)) or None,
        "witnessQuorum": witness_quorum,
    }
    changes = _read(file) | {key: value for key, value in given.items() if value is not None}
    if term_days is not None:
        changes["delegateTermDays"] = term_days or None
    written = Draft(
        title=title,
        text=Path(text[1:]).read_text("utf-8") if text.startswith("@") else text,
        decision_class="charter",
        opens_at=utc(opens),
        closes_at=utc(closes),
        finalize_by=utc(closes + timedelta(days=7)),
        charter=changes,
    )

    async def work(node: Node) -> ProposalView:
        by = audit.OPERATOR
        made = await node.write(lambda uow: council.draft(uow, federation, written, by=by))
        await node.write(lambda uow: council.submit(uow, made, by=by))
        return (await reading(node, council.proposal, made)).proposal

    show_proposal(on_node(data, work), as_json)


@click.command("replace-key", cls=Command)
@click.argument("federation")
@click.option("--reason", required=True, help="Why; all coops read it.")
@with_node_folder
@plainly
def replace_key(federation: str, reason: str, data: Path, as_json: bool) -> None:
    """Replace our coop's key there: at once, or when the others vouch, if the old one is lost."""
    by = audit.OPERATOR

    async def work(node: Node) -> bool:
        return await node.write(lambda uow: council.replace_key(uow, federation, reason, by=by))

    needs_others = on_node(data, work)
    said = _("The new key counts as soon as it is in the log.")
    if needs_others:
        said = _("The other coops have to vouch for the new key: telephone them.")
    show({"vouchers_needed": needs_others}, as_json, str(said))


@click.command("vouch", cls=Command)
@click.argument("federation")
@click.argument("coop")
@click.option("--reason", required=True, help="How you made sure; all coops read it.")
@with_node_folder
@plainly
def vouch(federation: str, coop: str, reason: str, data: Path, as_json: bool) -> None:
    """Say that a coop's new key is really its own. Telephone them first."""

    async def work(node: Node) -> FederationView:
        uri = await reading(node, peers.known_uri, coop)
        by = audit.OPERATOR
        await node.write(lambda uow: council.vouch(uow, federation, uri, reason, by=by))
        return await reading(node, council.federation, federation)

    show_federation(on_node(data, work), as_json)


@click.command("lost-key", cls=Command)
@click.argument("federation")
@click.argument("handle")
@click.option("--key", help="The lost key, if it was on a device of theirs.")
@with_node_folder
@plainly
def lost_key(federation: str, handle: str, key: str | None, data: Path, as_json: bool) -> None:
    """Give a delegate of ours another key, because theirs was lost or stolen."""

    async def work(node: Node) -> int:
        whose = await account_of(node, handle)
        named = await reading(node, council.our_delegates, federation)
        theirs = key or next((one.key for one in named if one.account_id == whose.id), "")
        by = audit.OPERATOR
        return await node.write(
            lambda uow: council.lost_key(uow, federation, theirs, account_id=whose.id, by=by)
        )

    epoch = on_node(data, work)
    show({"epoch": epoch}, as_json, str(_("They have a new key (mandate %(n)s).", n=epoch)))


@click.command("rejoin", cls=Command)
@click.argument("coop")
@click.option("--charter", "digest", required=True, help="The charter's digest.")
@with_node_folder
@plainly
def rejoin(coop: str, digest: str, data: Path, as_json: bool) -> None:
    """Come back to a federation that a recovered node has forgotten; COOP keeps its log."""

    async def work(node: Node) -> FederationView:
        host = await reading(node, peers.known_uri, coop)
        made = await node.write(lambda uow: council.rejoin(uow, host, digest, by=audit.OPERATOR))
        return await reading(node, council.federation, made)

    show_federation(on_node(data, work), as_json)


def _read(file: Path | None) -> dict[str, Any]:
    """Raises InvalidInput."""
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput({"rules": [_("The file must hold one JSON object of rules.")]})
    return found


def _rules(rules: Any) -> dict[str, Any]:
    names = ("name", "classes", "scheme", "competences", "dummiesAccepted", "witnessQuorum")
    return {name: rules.get(name) for name in (*names, "delegateTermDays", "facilitators")}


def _change(one: CharterChange) -> dict[str, Any]:
    return {
        "at": datetimes.format(one.at),
        "proposal": one.proposal_id,
        "title": one.title,
        "certificate": one.certificate,
        "votes": dict(one.votes),
        "agreed": one.agreed,
        "before": dict(one.before),
        "after": dict(one.after),
    }


def add_to(group: click.Group) -> None:
    """Let these be commands of the council's."""
    for command in (charter, change_charter, replace_key, vouch, lost_key, rejoin):
        group.add_command(command)
