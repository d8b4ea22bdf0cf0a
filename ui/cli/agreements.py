"""Agreements from the command line: the operator speaks for the coop."""

from pathlib import Path
from typing import Any

import click

from node import agreements
from node.agreements import AgreementView, Detail, Said, State
from node.i18n import _
from node.runtime import Node
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Coded, Group
from ui.web.dealings import happened


@click.group("agreements", cls=Group)
def agreement_commands() -> None:
    """Bookings, orders and answers to needs that the coop has a part in."""


@agreement_commands.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help="Only those in this state."
)
@with_node_folder
@plainly
def list_agreements(state: str | None, data: Path, as_json: bool) -> None:
    """Show agreements, the newest first."""
    states = frozenset({State(state)}) if state else frozenset(State)
    found = on_node(
        data, lambda node: reading(node, agreements.agreements, agreements.OPERATOR, states=states)
    )
    lines = [f"{one.id}  {agreements.LIFE.word(one.state)!s:<12}  {one.title}" for one in found]
    show([_row(one) for one in found], as_json, "\n".join(lines) or str(_("Nothing yet.")))


@agreement_commands.command("show")
@click.argument("agreement_id", metavar="AGREEMENT")
@with_node_folder
@plainly
def show_agreement(agreement_id: str, data: Path, as_json: bool) -> None:
    """Show one agreement: its terms, its history, and what can be done now."""
    seen = on_node(
        data, lambda node: reading(node, agreements.agreement, agreement_id, agreements.OPERATOR)
    )
    show(_detail(seen), as_json, _words(seen))


@agreement_commands.command("do")
@click.argument("agreement_id", metavar="AGREEMENT")
@click.argument("step")
@click.option("--reason", cls=Coded, codes=tuple(agreements.REASONS), help="One of:")
@click.option("--method", cls=Coded, codes=tuple(agreements.METHOD_WORDS), help="How it was paid:")
@with_node_folder
@plainly
def take_step(
    agreement_id: str,
    step: str,
    reason: str | None,
    method: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Take a step for the coop, such as accept, decline, deliver or receive."""

    async def work(node: Node) -> AgreementView:
        said = Said(reason=reason, method=method)
        return await node.write(
            lambda uow: agreements.do(uow, agreement_id, step, agreements.OPERATOR, said)
        )

    after = on_node(data, work)
    show(_row(after), as_json, f"{after.id}  {agreements.LIFE.word(after.state)}")


def _row(view: AgreementView) -> dict[str, Any]:
    return {
        "id": view.id,
        "state": view.state,
        "payment": view.payment,
        "title": view.title,
        "provider": view.provider_coop,
        "customer": view.customer_coop,
        "answer_by": view.answer_by and view.answer_by.isoformat(),
        "start": view.start_at and view.start_at.isoformat(),
    }


def _detail(seen: Detail) -> dict[str, Any]:
    return _row(seen.agreement) | {
        "terms": seen.version.terms.document,
        "digest": seen.version.digest,
        "possible": list(seen.buttons),
        "history": [
            {"at": one.at.isoformat(), "event": one.event, "by": one.by} for one in seen.history
        ],
    }


def _words(seen: Detail) -> str:
    terms = seen.version.terms
    lines = [f"{seen.agreement.title}: {agreements.LIFE.word(seen.agreement.state)}"]
    lines += [f"  {line.quantity:f} × {line.title}" for line in terms.lines]
    lines += [f"  = {money.text} {money.currency}" for money in terms.total]
    lines += [f"  {in_words(one.at)}  {happened(one)}  {one.by}" for one in seen.history]
    lines += [f"{step}  {agreements.word(step)}" for step in seen.buttons]
    return "\n".join(lines)
