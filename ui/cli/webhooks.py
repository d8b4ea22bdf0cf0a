"""Programs that are told of what happens here."""

import sys
from pathlib import Path
from typing import Any

import click

from node import obstacles, webhooks
from node.i18n import _
from node.runtime import Node
from node.webhooks import LIFE, DeliveryView, Draft, State, WebhookView
from ui.cli.common import harmless, in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.speaking import Group


@click.group("webhooks", cls=Group)
def group() -> None:
    """Programs that are told of what happens here."""


@group.command("list")
@with_node_folder
@plainly
def list_all(data: Path, as_json: bool) -> None:
    """Who is told, of what, and whether it arrives."""
    known = on_node(data, lambda node: reading(node, webhooks.webhooks))
    text = "\n".join(map(_line, known)) or str(_("No program is told."))
    show([_webhook(one) for one in known], as_json, text)


@group.command("add")
@click.argument("url")
@click.option("--event", "kinds", multiple=True, help="What to tell; everything unless given.")
@click.option("--description", default="", help="What program it is.")
@with_node_folder
@plainly
def add(url: str, kinds: tuple[str, ...], description: str, data: Path, as_json: bool) -> None:
    """Tell the program at URL from now on. Its secret is printed once."""

    async def create(node: Node) -> tuple[WebhookView, str]:
        guard = node.federation.client.guard
        draft = Draft(url, kinds, description)
        return await node.write(lambda uow: webhooks.create(uow, draft, guard, by=None))

    view, secret = on_node(data, create)
    show(_webhook(view) | {"secret": secret}, as_json, f"{view.id}\n{secret}")


@group.command("test")
@click.argument("webhook_id", metavar="ID")
@with_node_folder
@plainly
def send_test(webhook_id: str, data: Path, as_json: bool) -> None:
    """Send a message that says nothing, and show what comes of it. Exit 1 if it does not arrive."""

    async def send(node: Node) -> DeliveryView:
        return await node.webhooks.send_test(webhook_id, node.federation.identities.base)

    line = on_node(data, send)
    show(_delivery(line), as_json, _log_line(line))
    if line.state is not State.DELIVERED:
        why = obstacles.words(line.attempts[-1].error)
        click.echo(harmless(str(_("The test did not arrive: %(why)s", why=why))), err=True)
        sys.exit(1)


@group.command("log")
@click.argument("webhook_id", metavar="ID")
@click.option(
    "--state", type=click.Choice([one.value for one in State]), help="Only those in this state."
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many."
)
@with_node_folder
@plainly
def show_log(webhook_id: str, state: str | None, limit: int, data: Path, as_json: bool) -> None:
    """What was sent there, the newest first, and what came of each try."""

    async def read(node: Node) -> list[DeliveryView]:
        async with node.reading() as reader:
            view = await webhooks.webhook(reader, webhook_id)
            chosen = State(state) if state else None
            return await webhooks.log(reader, view.id, state=chosen, limit=limit)

    lines = on_node(data, read)
    text = "\n".join(map(_log_line, lines)) or str(_("Nothing was sent yet."))
    show([_delivery(line) for line in lines], as_json, text)


@group.command("replay")
@click.argument("webhook_id", metavar="ID")
@click.option("--delivery", "deliveries", multiple=True, help="One line of the log, by its id.")
@with_node_folder
@plainly
def replay(webhook_id: str, deliveries: tuple[str, ...], data: Path, as_json: bool) -> None:
    """Send again: what is named, or all that was given up."""

    async def again(node: Node) -> int:
        return await node.write(
            lambda uow: webhooks.replay(uow, webhook_id, deliveries or None, by=None)
        )

    count = on_node(data, again)
    show({"count": count}, as_json, str(_("To be sent again: %(count)s.", count=count)))


def _line(view: WebhookView) -> str:
    state = str(_("on"))
    if view.off_reason is not None:
        state = str(webhooks.OFF_WORDS[view.off_reason])
    elif view.failing_since is not None:
        since = in_words(view.failing_since)
        state = str(_("nothing arrives since %(when)s", when=since))
    return f"{view.id}  {view.description or view.host}  {state}  {', '.join(view.kinds)}"


def _log_line(line: DeliveryView) -> str:
    words = [line.id, in_words(line.created_at), line.kind, str(LIFE.word(line.state))]
    words += [
        f"#{tried.number} {obstacles.words(tried.error) or tried.status}"
        for tried in line.attempts[-1:]
    ]
    if line.next_attempt_at is not None:
        words.append(str(_("next %(when)s", when=in_words(line.next_attempt_at))))
    return "  ".join(words)


def _webhook(view: WebhookView) -> dict[str, Any]:
    return {
        "id": view.id,
        "url": view.url,
        "description": view.description,
        "events": list(view.kinds),
        "on": view.off_at is None,
        "off_reason": view.off_reason,
        "failing_since": view.failing_since,
    }


def _delivery(line: DeliveryView) -> dict[str, Any]:
    return {
        "id": line.id,
        "message": line.message_id,
        "event": line.kind,
        "payload": line.payload,
        "state": line.state,
        "created_at": line.created_at,
        "next_attempt_at": line.next_attempt_at,
        "attempts": [
            {
                "number": tried.number,
                "at": tried.at,
                "status": tried.status,
                "error": tried.error,
                "next_attempt_at": tried.next_attempt_at,
            }
            for tried in line.attempts
        ],
    }
