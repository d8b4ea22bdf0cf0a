"""What coops owe each other: what is open, what differs, and clearing runs."""

from pathlib import Path
from typing import Any

import click

from federation.storage import Reader
from node import audit, clearing
from node.clearing import Picture, RunView
from node.errors import NotFound
from node.i18n import _, ngettext
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group


@click.group("clearing", cls=Group)
def setting_off() -> None:
    """What we owe and are owed, and setting it off."""


@setting_off.command("owed")
@click.option("--coop", help="Only with this coop: its uri.")
@with_node_folder
@plainly
def show_owed(coop: str | None, data: Path, as_json: bool) -> None:
    """Show obligations, the newest first."""

    async def read(node: Node) -> list[clearing.ObligationView]:
        async with node.reading() as reader:
            return (await clearing.obligations(reader, partner=coop))[0]

    found = on_node(data, read)
    lines = [
        f"{one.id}  {one.remaining.text:>12} {one.money.currency}  {one.state_word}  "
        f"{one.debtor} → {one.creditor}"
        for one in found
    ]
    rows = [
        {
            "id": one.id,
            "debtor": one.debtor,
            "creditor": one.creditor,
            "amount": one.money.text,
            "remaining": one.remaining.text,
            "currency": one.money.currency,
            "state": one.state.value,
        }
        for one in found
    ]
    show(rows, as_json, "\n".join(lines) or str(_("Nothing is owed.")))


@setting_off.command("reconcile")
@with_node_folder
@plainly
def reconcile(data: Path, as_json: bool) -> None:
    """Show claims that only one side signed, and statements that differ."""
    found = on_node(data, lambda node: reading(node, clearing.reconciliation))
    one_sided = [{"id": one.id, "coop": one.partner, "state": one.state} for one in found.one_sided]
    differing = [
        {"coop": one.partner, "currency": one.currency, "differences": one.differences}
        for one in found.differing
    ]
    lines = [f"{one.partner}  {one.state_word}  {one.id}" for one in found.one_sided]
    lines += [line for one in found.differing for line in _difference_lines(one)]
    text = "\n".join(lines) or str(_("Everything is signed by both, and statements agree."))
    show({"one_sided": one_sided, "differing": differing}, as_json, text)


@setting_off.command("call")
@click.argument("currency")
@with_node_folder
@plainly
def call_run(currency: str, data: Path, as_json: bool) -> None:
    """Call a clearing run among the coops that we are in touch with."""

    async def work(node: Node) -> RunView:
        return await node.write(lambda uow: clearing.call(uow, currency.upper(), by=audit.OPERATOR))

    made = on_node(data, work)
    text = ngettext(
        "A run with %(num)s coop is called: %(id)s.",
        "A run with %(num)s coops is called: %(id)s.",
        len(made.coops),
        id=made.id,
    )
    show(_run(made), as_json, str(text))


@setting_off.command("runs")
@with_node_folder
@plainly
def show_runs(data: Path, as_json: bool) -> None:
    """Show clearing runs, the newest first."""
    found = on_node(data, lambda node: reading(node, clearing.clearing_runs))
    lines = [f"{one.id}  {one.currency}  {one.state_word}  {one.caller}" for one in found]
    show([_run(one) for one in found], as_json, "\n".join(lines) or str(_("No runs yet.")))


@setting_off.command("show")
@click.argument("run")
@with_node_folder
@plainly
def show_run(run: str, data: Path, as_json: bool) -> None:
    """Show who owes whom in a run, and what is set off."""

    async def read(node: Node) -> tuple[RunView, Picture | None]:
        async with node.reading() as reader:
            return await clearing.run(reader, run), await _picture(reader, run)

    view, picture = on_node(data, read)
    result, lines = _run(view), [f"{view.currency}  {view.state_word}"]
    if picture is not None:
        result |= {"total": picture.total.text, "set_off": picture.set_off.text}
        after = picture.after
        lines += [
            f"{owed.text:>12} → {after[debtor, creditor].text:>12}  {debtor} → {creditor}"
            for (debtor, creditor), owed in picture.before.items()
        ]
        lines.append(
            str(
                _(
                    "%(cleared)s of %(total)s %(currency)s can be set off",
                    cleared=picture.set_off.told,
                    total=picture.total.told,
                    currency=view.currency,
                )
            )
        )
    show(result, as_json, "\n".join(lines))


@setting_off.command("answer")
@click.argument("run")
@click.argument("word", type=click.Choice(["yes", "no"]))
@with_node_folder
@plainly
def answer_run(run: str, word: str, data: Path, as_json: bool) -> None:
    """Say yes or no to what a run proposes."""

    async def work(node: Node) -> RunView:
        return await node.write(
            lambda uow: clearing.decide_run(uow, run, yes=word == "yes", by=audit.OPERATOR)
        )

    show(_run(on_node(data, work)), as_json, str(_("Answered.")))


def _difference_lines(view: clearing.StatementView) -> list[str]:
    head = f"{view.partner}  {view.currency}"
    return [
        f"{head}  {one['obligation']}: "
        + str(
            _(
                "ours %(ours)s, theirs %(theirs)s",
                ours=one.get("ours") or "–",
                theirs=one.get("theirs") or "–",
            )
        )
        for one in view.differences
    ]


async def _picture(reader: Reader, run: str) -> Picture | None:
    try:
        return await clearing.picture(reader, run)
    except NotFound:
        return None


def _run(view: RunView) -> dict[str, Any]:
    return {
        "id": view.id,
        "uri": view.uri,
        "caller": view.caller,
        "currency": view.currency,
        "state": view.state.value,
        "attempt": view.attempt,
        "coops": list(view.coops),
        "consented": view.consented,
        "faults": view.faults,
    }
