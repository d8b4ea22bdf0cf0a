"""What a coop says beside its ballot, and what it can prove when others break the rules."""

from datetime import datetime
from pathlib import Path

import click

from node import audit, council, peers
from node.council import EvidenceView
from node.i18n import _
from node.runtime import Node
from protocol import datetimes
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.council import group
from ui.cli.moments import MOMENT
from ui.cli.proofs import BROKEN

_SAID = _("Said. The other coops are told.")


@group.command()
@click.argument("proposal")
@click.argument("verdict", type=click.Choice(["yes", "no"]))
@click.option("--decision", required=True, help="Our own decision, such as the minutes.")
@with_node_folder
@plainly
def answer(proposal: str, verdict: str, decision: str, data: Path, as_json: bool) -> None:
    """Our coop's own yes or no to a decision that binds us only then."""
    accepts = verdict == "yes"
    on_node(
        data,
        lambda node: node.write(
            lambda uow: council.answer(
                uow, proposal, accepts=accepts, decision=decision, by=audit.OPERATOR
            )
        ),
    )
    show({"proposal": proposal, "accepts": accepts}, as_json, str(_SAID))


@group.command()
@click.argument("proposal")
@click.argument("key")
@click.option("--reason", required=True, help="Why; all coops can read it.")
@with_node_folder
@plainly
def reserve(proposal: str, key: str, reason: str, data: Path, as_json: bool) -> None:
    """Except our coop from one key of a decision."""
    on_node(
        data,
        lambda node: node.write(
            lambda uow: council.reserve(uow, proposal, key, reason, by=audit.OPERATOR)
        ),
    )
    show({"proposal": proposal, "key": key}, as_json, str(_SAID))


@group.command()
@click.argument("proposal")
@click.argument("ballot")
@click.option("--reason", required=True, help="Why the objection is none.")
@with_node_folder
@plainly
def mark(proposal: str, ballot: str, reason: str, data: Path, as_json: bool) -> None:
    """Say that another coop's objection has no reason; two coops' word sets it aside."""
    on_node(
        data,
        lambda node: node.write(
            lambda uow: council.mark(uow, proposal, ballot, reason, by=audit.OPERATOR)
        ),
    )
    show({"proposal": proposal, "ballot": ballot}, as_json, str(_SAID))


@group.command()
@click.argument("proposal")
@with_node_folder
@plainly
def again(proposal: str, data: Path, as_json: bool) -> None:
    """Bring our proposal once more: a second round, or a vote where consent was not found."""
    made = on_node(
        data,
        lambda node: node.write(lambda uow: council.bring_again(uow, proposal, by=audit.OPERATOR)),
    )
    show({"proposal": made}, as_json, made)


@group.command()
@click.argument("federation")
@click.argument("holder", required=False)
@click.option(
    "--class",
    "decision_class",
    default="ordinary",
    show_default=True,
    help="For which kind of decision.",
)
@click.option("--until", required=True, type=MOMENT, help="Until when, in UTC.")
@click.option("--only", help="The one proposal that it is for.")
@with_node_folder
@plainly
def proxy(
    federation: str,
    holder: str | None,
    decision_class: str,
    until: datetime,
    only: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Let another coop's ballot speak for us where we do not vote; without HOLDER, take it back."""

    async def work(node: Node) -> str | None:
        uri = await reading(node, peers.known_uri, holder) if holder else None
        await node.write(
            lambda uow: council.stand_in(
                uow,
                federation,
                uri,
                decision_class,
                until=datetimes.parse(f"{until.isoformat()}Z"),
                only=only,
                by=audit.OPERATOR,
            )
        )
        return uri

    show({"holder": on_node(data, work)}, as_json, str(_SAID))


@group.command()
@click.argument("federation")
@with_node_folder
@plainly
def evidence(federation: str, data: Path, as_json: bool) -> None:
    """List what is proven against coops that broke the rules."""

    async def work(node: Node) -> list[EvidenceView]:
        await reading(node, council.federation, federation)
        return await reading(node, council.found_evidence, federation)

    found = on_node(data, work)
    told = [
        {
            "id": each.id,
            "code": each.code,
            "culprit": each.culprit,
            "proposal": each.about or None,
            "found_by": each.found_by,
            "at": each.at,
        }
        for each in found
    ]
    lines = [
        f"{each.id}  {each.code}: {_(BROKEN[each.code].message, name=each.culprit)}"
        for each in found
    ]
    show(told, as_json, "\n".join(lines) or str(_("Nothing is proven against anybody.")))


@group.command()
@click.argument("federation")
@click.argument("evidence")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_node_folder
@plainly
def proof(federation: str, evidence: str, file: Path, data: Path, as_json: bool) -> None:
    """Write evidence to a file that `rochdale verify` checks anywhere."""
    content = on_node(data, lambda node: reading(node, council.evidence_of, federation, evidence))
    file.write_bytes(content)
    show({"file": str(file), "bytes": len(content)}, as_json, str(file))


__all__ = ["group"]
