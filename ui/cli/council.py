"""The council for the operator: found a federation, belong to it, propose, vote, recount."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from node import audit, council, peers, policies
from node.council import Draft, FederationView, Named, ProposalView
from node.errors import Conflict, InvalidInput
from node.i18n import _
from node.runtime import Node
from protocol import datetimes
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.handles import account_of
from ui.cli.moments import MOMENT
from ui.cli.speaking import Group
from ui.web.council_words import FEDERATION_STATES


@click.group("council", cls=Group)
def group() -> None:
    """Decide together with other coops."""


@group.command()
@click.argument("name")
@click.option("--coop", "coops", multiple=True, required=True, help="A coop to found it with.")
@click.option("--competence", "competences", multiple=True, help="What it may decide on.")
@with_node_folder
@plainly
def found(
    name: str,
    coops: tuple[str, ...],
    competences: tuple[str, ...],
    data: Path,
    as_json: bool,
) -> None:
    """Found a federation, whose log this node keeps, with coops that we are in touch with."""
    given: dict[str, Any] = {"competences": competences} if competences else {}

    async def work(node: Node) -> FederationView:
        uris = [await reading(node, peers.known_uri, coop) for coop in coops]
        agreed = council.rules(name, **given)
        made = await node.write(lambda uow: council.found(uow, agreed, uris, by=audit.OPERATOR))
        return await reading(node, council.federation, made)

    show_federation(on_node(data, work), as_json)


@group.command()
@click.argument("federation")
@click.argument("coop")
@with_node_folder
@plainly
def invite(federation: str, coop: str, data: Path, as_json: bool) -> None:
    """Ask one more coop to found a federation with us."""

    async def work(node: Node) -> FederationView:
        uri = await reading(node, peers.known_uri, coop)
        await node.write(lambda uow: council.invite(uow, federation, uri, by=audit.OPERATOR))
        return await reading(node, council.federation, federation)

    show_federation(on_node(data, work), as_json)


@group.command()
@click.argument("federation")
@click.option("--charter", help="Its charter's digest, to ask to be let in where we are not known.")
@with_node_folder
@plainly
def join(federation: str, charter: str | None, data: Path, as_json: bool) -> None:
    """Say yes to an invitation; with --charter, ask the coop FEDERATION to be let in."""

    async def work(node: Node) -> FederationView:
        if charter is None:
            await node.write(lambda uow: council.join(uow, federation, by=audit.OPERATOR))
            return await reading(node, council.federation, federation)
        host = await reading(node, peers.known_uri, federation)
        made = await node.write(lambda uow: council.apply(uow, host, charter, by=audit.OPERATOR))
        return await reading(node, council.federation, made)

    show_federation(on_node(data, work), as_json)


@group.command()
@click.argument("federation")
@click.argument("coop")
@with_node_folder
@plainly
def admit(federation: str, coop: str, data: Path, as_json: bool) -> None:
    """Say yes to a coop that asks to be let in; a quorum of members must."""

    async def work(node: Node) -> FederationView:
        uri = await reading(node, peers.known_uri, coop)
        await node.write(lambda uow: council.admit(uow, federation, uri, by=audit.OPERATOR))
        return await reading(node, council.federation, federation)

    show_federation(on_node(data, work), as_json)


@group.command()
@click.argument("federation")
@with_node_folder
@plainly
def leave(federation: str, data: Path, as_json: bool) -> None:
    """Leave a federation."""

    async def work(node: Node) -> FederationView:
        await node.write(lambda uow: council.leave(uow, federation, by=audit.OPERATOR))
        return await reading(node, council.federation, federation)

    show_federation(on_node(data, work), as_json)


@group.command()
@click.argument("federation")
@click.argument("handles", nargs=-1, required=True)
@click.option("--alternate", "alternates", multiple=True, help="Handle of who stands in.")
@with_node_folder
@plainly
def delegates(
    federation: str,
    handles: tuple[str, ...],
    alternates: tuple[str, ...],
    data: Path,
    as_json: bool,
) -> None:
    """Say who votes for us from now on; each gets a new key, kept on this node."""

    async def work(node: Node) -> int:
        named = [Named((await account_of(node, handle)).id) for handle in handles]
        others = [Named((await account_of(node, handle)).id) for handle in alternates]
        return await node.write(
            lambda uow: council.name_delegates(uow, federation, named, others, by=audit.OPERATOR)
        )

    epoch = on_node(data, work)
    show({"epoch": epoch}, as_json, str(_("They speak for us now (mandate %(n)s).", n=epoch)))


@group.command()
@click.argument("federation")
@click.argument("title")
@click.option("--text", required=True, help="What is to be decided; @FILE reads it from a file.")
@click.option(
    "--class",
    "decision_class",
    default="ordinary",
    show_default=True,
    help="Which kind of decision it is.",
)
@click.option("--opens", required=True, type=MOMENT, help="When voting begins, in UTC.")
@click.option("--closes", required=True, type=MOMENT, help="When it ends, in UTC.")
@click.option("--decided-by", type=MOMENT, help="By when it must be counted, in UTC.")
@click.option(
    "--policy", "rules", multiple=True, metavar="KEY=VALUE", help="A rule that it sets; may repeat."
)
@click.option("--option", "options", multiple=True, help="Name of one of an election's choices.")
@click.option("--language", default="en", show_default=True, help="In which language the text is.")
@click.option("--public", "is_public", is_flag=True, help="Anybody may read of it.")
@click.option("--review-by", type=MOMENT, help="By when its rules are looked at again, in UTC.")
@click.option("--until", type=MOMENT, help="When its rules end by themselves, in UTC.")
@click.option("--confirms", help="Digest of the text of an urgent decision that is to go on.")
@click.option("--excludes", help="Address of a coop whose membership is to end.")
@with_node_folder
@plainly
def propose(
    federation: str,
    title: str,
    text: str,
    decision_class: str,
    opens: datetime,
    closes: datetime,
    decided_by: datetime | None,
    rules: tuple[str, ...],
    options: tuple[str, ...],
    language: str,
    is_public: bool,
    review_by: datetime | None,
    until: datetime | None,
    confirms: str | None,
    excludes: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Put something before the other coops; times are UTC."""
    found = council.ids_for(options)
    written = Draft(
        title=title,
        text=Path(text[1:]).read_text("utf-8") if text.startswith("@") else text,
        decision_class=decision_class,
        opens_at=utc(opens),
        closes_at=utc(closes),
        finalize_by=utc(decided_by or closes + timedelta(days=7)),
        policies=dict(map(policy, rules)),
        options=tuple(found),
        names=found,
        language=language,
        is_public=is_public,
        review_by=utc(review_by) if review_by else None,
        until=utc(until) if until else None,
        confirms=confirms,
        excludes=excludes,
    )

    async def work(node: Node) -> ProposalView:
        made = await node.write(
            lambda uow: council.draft(uow, federation, written, by=audit.OPERATOR)
        )
        await node.write(lambda uow: council.submit(uow, made, by=audit.OPERATOR))
        return (await reading(node, council.proposal, made)).proposal

    show_proposal(on_node(data, work), as_json)


@group.command("open")
@click.argument("proposal")
@with_node_folder
@plainly
def freeze(proposal: str, data: Path, as_json: bool) -> None:
    """Freeze the text of our proposal and give notice; voting opens when the text says."""
    _do(proposal, council.freeze, data, as_json)


@group.command()
@click.argument("proposal")
@with_node_folder
@plainly
def withdraw(proposal: str, data: Path, as_json: bool) -> None:
    """Take our proposal back."""
    _do(proposal, council.withdraw, data, as_json)


@group.command()
@click.argument("proposal")
@click.argument("choice")
@click.option("--as", "handle", required=True, help="Handle of the delegate who votes.")
@with_node_folder
@plainly
def vote(proposal: str, choice: str, handle: str, data: Path, as_json: bool) -> None:
    """Vote for our coop, or change its vote: yes, no, abstain, or JSON of ids for elections."""

    async def work(node: Node) -> str:
        account = await account_of(node, handle)
        return await node.write(
            lambda uow: council.cast(uow, proposal, _choice(choice), by=account.id)
        )

    digest = on_node(data, work)
    show({"ballot": digest}, as_json, str(_("Voted. The ballot is %(digest)s.", digest=digest)))


@group.command()
@click.argument("proposal")
@with_node_folder
@plainly
def close(proposal: str, data: Path, as_json: bool) -> None:
    """Close a vote whose time is over; the node does it by itself. For the coop with the log."""

    async def work(node: Node) -> ProposalView:
        view = (await reading(node, council.proposal, proposal)).proposal
        if node.clock.now() < view.closes_at:
            raise Conflict(_("Voting is not over."), "vote-open")
        await node.write(lambda uow: council.close(uow, proposal))
        return (await reading(node, council.proposal, proposal)).proposal

    show_proposal(on_node(data, work), as_json)


@group.command("show")
@click.argument("proposal", required=False)
@with_node_folder
@plainly
def show_all(proposal: str | None, data: Path, as_json: bool) -> None:
    """Show federations with their proposals, or one proposal with its result."""
    if proposal is not None:
        detail = on_node(data, lambda node: reading(node, council.proposal, proposal))
        told = _proposal(detail.proposal) | {
            "text": detail.text.get("text"),
            "proposal_digest": detail.digest,
            "options": council.names_in(detail.text),
            "voted": list(detail.voted),
            "missing": list(detail.missing),
            "result": detail.result,
            "attestations": detail.attestations,
        }
        show(told, as_json, json.dumps(told, ensure_ascii=False, indent=2, default=str))
        return

    async def read(node: Node) -> tuple[list[FederationView], list[ProposalView]]:
        return (
            await reading(node, council.federations),
            await reading(node, council.proposals),
        )

    views, listed = on_node(data, read)
    lines = [_federation_line(view) for view in views] + [_proposal_line(each) for each in listed]
    told = {"federations": list(map(_federation, views)), "proposals": list(map(_proposal, listed))}
    show(told, as_json, "\n".join(lines) or str(_("There is no federation.")))


@group.command("archive")
@click.argument("proposal")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_node_folder
@plainly
def archive(proposal: str, file: Path, data: Path, as_json: bool) -> None:
    """Write a certified decision to a file that `rochdale verify` recounts."""
    content = on_node(data, lambda node: reading(node, council.archive_of, proposal))
    file.write_bytes(content)
    show({"file": str(file), "bytes": len(content)}, as_json, str(file))


def _do(proposal: str, command: Callable[..., Awaitable[None]], data: Path, as_json: bool) -> None:
    async def work(node: Node) -> ProposalView:
        await node.write(lambda uow: command(uow, proposal, by=audit.OPERATOR))
        return (await reading(node, council.proposal, proposal)).proposal

    show_proposal(on_node(data, work), as_json)


def utc(moment: datetime) -> datetime:
    return datetimes.parse(f"{moment.isoformat()}Z")


def policy(pair: str) -> tuple[str, Any]:
    """A policy with its value, as `--policy KEY=VALUE` takes it. Raises InvalidInput."""
    key, equals, value = pair.partition("=")
    if not equals:
        raise InvalidInput({"policy": [_("Write KEY=VALUE.")]})
    known = policies.REGISTRY.get(key)
    return key, policies.stored_from(known.kind, value) if known else value


def _choice(text: str) -> Any:
    """JSON, or else the word itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _federation(view: FederationView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "charter": view.digest,
        "host": view.host,
        "state": view.state,
        "members": [each.coop for each in view.members],
        "applicants": list(view.applicants),
        "invited": list(view.invited),
        "quorum": view.quorum,
        "log": {"size": view.size, "cosigned": view.cosigned, "stopped": view.stopped_because},
    }


def _proposal(view: ProposalView) -> dict[str, Any]:
    return {
        "id": view.id,
        "federation": view.federation_id,
        "title": view.title,
        "class": view.decision_class,
        "mover": view.mover,
        "state": view.state.value,
        "opens_at": view.opens_at,
        "closes_at": view.closes_at,
        "finalize_by": view.finalize_by,
        "outcome": view.outcome,
    }


def _federation_line(view: FederationView) -> str:
    word = FEDERATION_STATES[view.state][1]
    return f"{view.id}  {word}  {len(view.members)}  {view.name}  {view.digest or '-'}"


def _proposal_line(view: ProposalView) -> str:
    return f"{view.id}  {view.state_word}  {in_words(view.closes_at)}  {view.title}"


def show_federation(view: FederationView, as_json: bool) -> None:
    show(_federation(view), as_json, _federation_line(view))


def show_proposal(view: ProposalView, as_json: bool) -> None:
    show(_proposal(view), as_json, _proposal_line(view))
