"""Other coops: ask, answer, put on hold, and what is on its way to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from federation import delivery
from federation.inbox import deferred
from node import obstacles, peers
from node.i18n import Text, _
from node.program import called
from node.runtime import Node
from ui.cli.carrying import with_file, write_contacts
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group
from ui.web.words import MESSAGE_STATES, PEER_STATES


@click.group(cls=Group)
def peer() -> None:
    """The coops this one works with."""


@peer.command("add")
@click.argument("address")
@with_node_folder
@plainly
def add(address: str, data: Path, as_json: bool) -> None:
    """Ask another coop to work with us: its web address, handle or actor."""
    on_node(data, lambda node: node.write(lambda uow: peers.ask_later(uow, address)))
    text = _(
        "Asked. The answer is shown by: %(program)s peer list --data %(data)s",
        program=called(),
        data=data,
    )
    show({"asked": address}, as_json, str(text))


@peer.command("accept")
@click.argument("address")
@with_node_folder
@plainly
def accept(address: str, data: Path, as_json: bool) -> None:
    """Say yes to a coop that asked; to one not yet seen, say yes in advance."""
    had_asked = on_node(data, lambda node: node.write(lambda uow: peers.accept(uow, address)))
    text = _("Accepted: you work together.")
    if not had_asked:
        text = _("Accepted in advance: you work together as soon as they ask.")
    show({"accepted": address, "in_advance": not had_asked}, as_json, str(text))


@peer.command("moved")
@click.argument("address")
@click.option("--deny", is_flag=True, help="It is not the coop that it says it is.")
@with_node_folder
@plainly
def moved(address: str, deny: bool, data: Path, as_json: bool) -> None:
    """Confirm that the coop at ADDRESS is the one that it says it was elsewhere."""

    async def work(node: Node) -> None:
        uri = await reading(node, peers.claiming_uri, address)
        decide = peers.deny if deny else peers.confirm
        await node.write(lambda uow: decide(uow, uri))

    on_node(data, work)
    text = _("Denied; nothing changed.") if deny else _("Known under its new address from now on.")
    show({"denied" if deny else "confirmed": address}, as_json, str(text))


@peer.command("export")
@with_file
@with_node_folder
@plainly
def export_peers(form: str, output: Path | None, data: Path, as_json: bool) -> None:
    """The coops we work with, for an address book or a spreadsheet."""
    write_contacts(
        on_node(data, lambda node: reading(node, peers.contacts)), form, output, as_json=as_json
    )


@peer.command("suspend")
@click.argument("address")
@click.option("--reason", default="", help="Kept on this node only.")
@with_node_folder
@plainly
def suspend(address: str, reason: str, data: Path, as_json: bool) -> None:
    """Put a coop on hold: nothing new goes there, nothing new is taken from it."""

    async def work(node: Node) -> None:
        uri = await reading(node, peers.known_uri, address)
        await node.write(lambda uow: peers.suspend(uow, uri, reason))

    on_node(data, work)
    show({"suspended": address}, as_json, str(_("On hold.")))


@peer.command("vouch")
@click.argument("address")
@click.option("--take-back", is_flag=True, help="We vouch for it no longer.")
@with_node_folder
@plainly
def vouch(address: str, take_back: bool, data: Path, as_json: bool) -> None:
    """Say to everybody that the coop at ADDRESS is one, as far as we know."""

    async def work(node: Node) -> None:
        uri = await reading(node, peers.known_uri, address)
        say = peers.take_back_vouching if take_back else peers.vouch
        await node.write(lambda uow: say(uow, uri))

    on_node(data, work)
    text = _("We vouch for it no longer.") if take_back else _("We vouch for it.")
    show({"taken_back" if take_back else "vouched": address}, as_json, str(text))


@peer.command("list")
@with_node_folder
@plainly
def list_peers(data: Path, as_json: bool) -> None:
    """Show the coops we deal with."""

    async def read(
        node: Node,
    ) -> tuple[list[peers.PeerView], list[peers.WishView], list[peers.ClaimView]]:
        async with node.reading() as reader:
            return (
                await peers.everyone(reader),
                await peers.wishes(reader),
                await peers.claims(reader),
            )

    known, wished, claimed = on_node(data, read)
    lines = [
        str(
            _(
                "%(new)s says that it is %(name)s (%(old)s): %(program)s peer moved %(new)s",
                program=called(),
                new=claim.new_authority,
                name=claim.name,
                old=claim.old_authority,
            )
        )
        for claim in claimed
    ]
    lines += [f"{row.name}  {row.authority}  {PEER_STATES[row.state][1]}" for row in known]
    lines += [
        str(
            _(
                "%(address)s: looked for. %(error)s",
                address=wish.address,
                error=obstacles.words(wish.last_error),
            )
        )
        for wish in wished
    ]
    rows = [_claim(claim) for claim in claimed]
    rows += [_peer(row) for row in known] + [_wish(wish) for wish in wished]
    show(rows, as_json, "\n".join(lines) or str(_("No coop yet.")))


@peer.command("delivery")
@click.option("--retry", "retry_id", help="Try a held-up message again now.")
@click.option("--drop", "drop_id", help="Give a held-up message up.")
@with_node_folder
@plainly
def show_delivery(retry_id: str | None, drop_id: str | None, data: Path, as_json: bool) -> None:
    """Show what is on its way to other coops, and what holds it up."""

    async def work(node: Node) -> Sequence[delivery.Letter]:
        if retry_id:
            await node.write(lambda uow: delivery.retry(uow, retry_id))
        if drop_id:
            await node.write(lambda uow: delivery.drop(uow, drop_id))
        return await reading(node, delivery.undelivered)

    waiting = on_node(data, work)
    lines = [
        f"{row.id}  {row.authority}  {_how_far(row.state)}  {row.attempts}  "
        f"{obstacles.words(row.last_error)}".rstrip()
        for row in waiting
    ]
    show(
        [_delivery(row) for row in waiting],
        as_json,
        "\n".join(lines) or str(_("Nothing waits: every message has arrived.")),
    )


@peer.command("received")
@click.option("--replay", "replay_id", help="Take a message in again now.")
@with_node_folder
@plainly
def show_received(replay_id: str | None, data: Path, as_json: bool) -> None:
    """Show what came from other coops and was not taken in, and why."""

    async def work(node: Node) -> list[deferred.KeptMessage]:
        if replay_id:
            await node.write(lambda uow: deferred.replay(uow, replay_id))
        return await reading(node, deferred.kept_messages)

    kept = on_node(data, work)
    lines = [
        f"{row.id}  {row.authority}  {row.activity_type}  {_KEPT[row.state]}  "
        f"{obstacles.words(row.noted)}".rstrip()
        for row in kept
    ]
    show(
        [_received(row) for row in kept],
        as_json,
        "\n".join(lines) or str(_("Nothing waits: every message was taken in.")),
    )


_KEPT: dict[str, Text] = {
    "deferred": _("waits: something must be read first"),
    "failed": _("our own program failed on it"),
    "refused": _("not taken"),
}


def _how_far(state: str) -> Text:
    """A message that is being sent this moment is on its way, too."""
    return MESSAGE_STATES.get(state, MESSAGE_STATES["pending"])[1]


def _received(row: deferred.KeptMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "peer": row.authority,
        "activity": row.activity_id,
        "type": row.activity_type,
        "state": row.state,
        "attempts": row.attempts,
        "code": row.code,
        "last_error": row.detail,
        "received_at": row.received_at,
        "next_attempt_at": row.next_attempt_at,
    }


def _peer(row: peers.PeerView) -> dict[str, Any]:
    return {
        "uri": row.uri,
        "name": row.name,
        "address": row.authority,
        "state": row.state,
        "waiting_deliveries": row.pending_deliveries,
        "last_heard_at": row.last_heard_at,
    }


def _claim(claim: peers.ClaimView) -> dict[str, Any]:
    return {
        "uri": claim.new_uri,
        "name": claim.name,
        "address": claim.new_authority,
        "state": "says_it_moved",
        "was": claim.old_uri,
        "last_heard_at": claim.last_heard_at,
    }


def _wish(wish: peers.WishView) -> dict[str, Any]:
    return {
        "uri": None,
        "name": None,
        "address": wish.address,
        "state": "looked_for" if wish.next_attempt_at else "not_found",
        "last_error": wish.last_error,
        "next_attempt_at": wish.next_attempt_at,
    }


def _delivery(row: delivery.Letter) -> dict[str, Any]:
    return {
        "id": row.id,
        "peer": row.authority,
        "object": row.object_uri,
        "state": row.state,
        "attempts": row.attempts,
        "last_error": row.last_error,
        "next_attempt_at": row.next_attempt_at,
    }
