"""Referrals for the operator: what waits, what passed between coops, the consent log."""

from pathlib import Path
from typing import Any

import click

from node import referrals
from node.errors import Conflict
from node.i18n import Text, _
from node.referrals import Pair, ReferralView
from node.runtime import Node
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group


@click.group("referrals", cls=Group)
def group() -> None:
    """People passed on from coop to coop."""


@group.command("list")
@click.option("--waiting", is_flag=True, help="Only what waits for us, by deadline.")
@with_node_folder
@plainly
def list_all(waiting: bool, data: Path, as_json: bool) -> None:
    """Show referrals, ours and those of others, without the people they are about."""

    async def read(node: Node) -> list[ReferralView]:
        async with node.reading() as reader:
            return await (referrals.waiting if waiting else referrals.referrals)(reader)

    views = on_node(data, read)
    text = "\n".join(map(_line, views)) or str(_("There is no referral."))
    show([_referral(view) for view in views], as_json, text)


@group.command()
@with_node_folder
@plainly
def counts(data: Path, as_json: bool) -> None:
    """Show how many people passed between us and each coop, and how fast answers came."""
    pairs = on_node(data, lambda node: reading(node, referrals.pairs))
    text = "\n".join(
        f"{pair.name}  {_SIDES[pair.side]}  {pair.sent}  {pair.accepted}  {pair.completed}"
        for pair in pairs
    )
    show([_pair(pair) for pair in pairs], as_json, text or str(_("There is no referral.")))


@group.command("check-log")
@with_node_folder
@plainly
def check_log(data: Path, as_json: bool) -> None:
    """Check that nobody rewrote the log of consents (exit 1 if somebody did)."""
    fault = on_node(data, lambda node: reading(node, referrals.first_fault))
    if fault is not None:
        raise Conflict(_("The log of consents does not hold from line %(n)s on.", n=fault))
    show({"holds": True}, as_json, str(_("The log of consents holds.")))


@group.command("confirm-consents")
@with_node_folder
@plainly
def confirm_consents(data: Path, as_json: bool) -> None:
    """After a restore: say that you have asked, and the consents of before still hold."""

    async def confirm(node: Node) -> int:
        return await node.write(referrals.confirm_consents)

    number = on_node(data, confirm)
    show({"confirmed": number}, as_json, str(_("Consents that count again: %(n)s.", n=number)))


_SIDES: dict[str, Text] = {"sent": _("Passed on by us"), "received": _("Passed on to us")}


def _line(view: ReferralView) -> str:
    due = in_words(view.answer_due) if view.answer_due else "-"
    side, state = _SIDES[view.side], referrals.LIFE.word(view.state)
    return f"{view.id}  {side}  {state}  {due}  {view.peer or '-'}"


def _referral(view: ReferralView) -> dict[str, Any]:
    return {
        "id": view.id,
        "side": view.side,
        "state": view.state,
        "coop": view.peer,
        "summary": view.need.summary,
        "answer_due": view.answer_due,
        "consent_until": view.consent_until,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    hours = pair.median_answer.total_seconds() / 3600 if pair.median_answer is not None else None
    return {
        "coop": pair.coop,
        "side": pair.side,
        "sent": pair.sent,
        "accepted": pair.accepted,
        "completed": pair.completed,
        "median_answer_hours": hours,
    }
