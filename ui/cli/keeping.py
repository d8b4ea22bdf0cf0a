"""Who keeps a federation's log, for the operator: shown, handed over, taken over."""

from pathlib import Path

import click

from node import audit, council, peers
from node.council import Keeping
from node.errors import InvalidInput
from node.i18n import _, ngettext
from node.runtime import Node
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.council import group


@group.command("handover")
@click.argument("federation")
@click.argument("coop", required=False)
@click.option("--accept", is_flag=True, help="Say yes to the coop that asks us to keep the log.")
@with_node_folder
@plainly
def handover(federation: str, coop: str | None, accept: bool, data: Path, as_json: bool) -> None:
    """Ask COOP to keep the log from now on instead of us; or say yes to such a question."""
    if (coop is None) is not accept:
        raise InvalidInput({"coop": [_("Name the coop to ask, or say --accept.")]})

    async def work(node: Node) -> Keeping:
        if coop is None:
            await node.write(
                lambda uow: council.accept_handover(uow, federation, by=audit.OPERATOR)
            )
        else:
            uri = await reading(node, peers.known_uri, coop)
            await node.write(lambda uow: council.hand_over(uow, federation, uri, by=audit.OPERATOR))
        return await reading(node, council.keeping, federation)

    _show_keeping(on_node(data, work), as_json)


@group.command("takeover")
@click.argument("federation")
@with_node_folder
@plainly
def takeover(federation: str, data: Path, as_json: bool) -> None:
    """Propose that we keep the log, when its host is silent for a day or was proven to lie."""

    async def work(node: Node) -> Keeping:
        await node.write(lambda uow: council.take_over(uow, federation, by=audit.OPERATOR))
        return await reading(node, council.keeping, federation)

    _show_keeping(on_node(data, work), as_json)


@group.command("log")
@click.argument("federation")
@with_node_folder
@plainly
def log(federation: str, data: Path, as_json: bool) -> None:
    """Show who keeps the log, since when, and who would."""
    _show_keeping(on_node(data, lambda node: reading(node, council.keeping, federation)), as_json)


def _show_keeping(kept: Keeping, as_json: bool) -> None:
    told = {
        "host": kept.host,
        "epoch": kept.epoch,
        "since": kept.since,
        "heard_at": kept.heard_at,
        "may_take_over": kept.may_take_over,
        "asked": kept.asked,
        "candidates": [
            {"coop": each.coop, "epoch": each.epoch, "signed": list(each.signed)}
            for each in kept.candidates
        ],
        "quorum": kept.quorum,
        "catching_up": kept.is_catching_up,
    }
    lines = [str(_("%(coop)s keeps the log.", coop=kept.host))]
    if kept.is_silent:
        moment = in_words(kept.heard_at)
        lines.append(str(_("Nothing was heard of it since %(moment)s.", moment=moment)))
    if kept.asked is not None:
        lines.append(str(_("Asked to go on: %(coop)s.", coop=kept.asked)))
    lines += [
        str(
            ngettext(
                "%(coop)s would keep it: %(num)s coop has signed, of %(needed)s that it needs.",
                "%(coop)s would keep it: %(num)s coops have signed, of %(needed)s that it needs.",
                len(each.signed),
                coop=each.coop,
                needed=kept.quorum,
            )
        )
        for each in kept.candidates
    ]
    show(told, as_json, "\n".join(lines))
