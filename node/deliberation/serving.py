"""What anybody can read of a federation: its public proposals as Questions, what was announced."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from federation.documents import Answer, DocumentTable, Protected, Requester, Withdrawn
from federation.handlers import RefusedBy
from federation.storage import Reader
from node import council, limits, threads
from node.council import FederationView, State, Told
from node.deliberation import store, wire
from node.errors import NotFound
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from protocol.vocabulary.base import one_id
from protocol.vocabulary.collections import collection, page
from protocol.vocabulary.questions import OptionOnWire, QuestionOnWire, question

documents = DocumentTable()

_BEGUN = frozenset({State.DISCUSSION, State.FROZEN, State.NOTICE, State.OPEN})
_NEWEST = "newest"


@documents.at("/federations/{charter}/proposals/{name}")
async def proposal(reader: Reader, requester: Requester, charter: str, name: str) -> Answer:
    """A proposal as a Question: for everybody if it is public, else for members' nodes."""
    federation = await _hosted(reader, charter)
    if federation is None:
        return None
    found = await council.told(reader, federation.id, name=name)
    if not found:
        return None
    if not found[0].view.is_public and not _is_member(federation, requester):
        return Protected()
    return _question(reader, federation, found[0])


@documents.at("/federations/{id}/outbox")
async def outbox(reader: Reader, _requester: Requester, id: str) -> Answer:  # noqa: A002
    """The front of a federation's outbox."""
    federation = await _by_id(reader, id)
    if federation is None:
        return None
    uri = _group(reader, federation)
    return collection(f"{uri}/outbox", None, f"{uri}/outbox/{_NEWEST}")


@documents.at("/federations/{id}/outbox/{before}")
async def outbox_page(reader: Reader, requester: Requester, id: str, before: str) -> Answer:  # noqa: A002
    """Proposals that were announced, and certified results, newest first."""
    federation = await _by_id(reader, id)
    if federation is None:
        return None
    most = limits.ANNOUNCED_AT_ONCE
    found = await council.told(
        reader,
        federation.id,
        before="" if before == _NEWEST else before,
        all_of_them=_is_member(federation, requester),
        limit=most,
    )
    uri = f"{_group(reader, federation)}/outbox"
    said = [each for one in found for each in _announced(reader, federation, one)]
    more = f"{uri}/{found[-1].view.id}" if len(found) == most else None
    return page(f"{uri}/{before}", uri, said, more)


@documents.at("/federations/{id}/followers")
async def followers(reader: Reader, _requester: Requester, id: str) -> Answer:  # noqa: A002
    """Who follows it are its members' nodes: how many, and not who."""
    federation = await _by_id(reader, id)
    if federation is None:
        return None
    uri = _group(reader, federation)
    return collection(f"{uri}/followers", len(federation.members), None)


@documents.at("/comments/{id}")
async def comment(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """A comment of ours, for those whom the discussion is for."""
    try:
        row = await store.comment(reader, id)
    except NotFound:
        return None
    if row.coop != reader.identities.coop.uri:
        return None
    if row.erased_at:
        return Withdrawn(activities.tombstone(row.uri, "Note", row.erased_at))
    federation = await council.federation(reader, row.federation_id)
    to = await wire.audience(reader, federation, row.proposal)
    if not to.is_public and not _is_member(federation, requester):
        return Protected()
    return wire.note(row, federation, to)


@threads.topics.refused
async def no_ballot(reader: Reader, note: Mapping[str, Any]) -> RefusedBy | None:
    """A vote, or an answer, that an ordinary server sends to one of our Questions."""
    answered = one_id(note.get("inReplyTo")) or ""
    base, slash, rest = answered.partition("/federations/")
    if base != reader.identities.base or not slash or "/proposals/" not in rest:
        return None
    if note.get("name") and not note.get("content"):
        return RefusedBy(
            403,
            "not-a-ballot",
            "Thank you, but here coops vote by their delegates, with signed ballots: this one "
            "cannot be counted. Talk to a coop of the federation.",
        )
    return RefusedBy(
        403, "not-a-member", "Only coops of the federation talk about it here; write to one."
    )


async def _hosted(reader: Reader, charter: str) -> FederationView | None:
    try:
        return await _by_id(reader, await council.by_charter(reader, charter))
    except NotFound:
        return None


async def _by_id(reader: Reader, number: str) -> FederationView | None:
    try:
        federation = await council.federation(reader, number)
    except NotFound:
        return None
    return federation if federation.is_hosted_here and federation.members else None


def _is_member(federation: FederationView, requester: Requester) -> bool:
    return any(each.coop == requester.actor for each in federation.members)


def _group(reader: Reader, federation: FederationView) -> str:
    return f"{reader.identities.base}/federations/{federation.id}"


def _announced(reader: Reader, federation: FederationView, told: Told) -> Sequence[dict[str, Any]]:
    group, document = _group(reader, federation), _question(reader, federation, told)
    uri, to, cc = document["id"], tuple(document["to"]), tuple(document.get("cc", ()))
    said = [activities.create(f"{uri}#proposed", group, document, to, cc)]
    if told.certified_at:
        said.insert(0, activities.update(f"{uri}#certified", group, document, to, cc))
    return said


def _question(reader: Reader, federation: FederationView, told: Told) -> dict[str, Any]:
    view, group = told.view, _group(reader, federation)
    members = tuple(each.coop for each in federation.members)
    return question(
        QuestionOnWire(
            uri=wire.question_uri(federation.host, str(federation.digest), view.name),
            group=group,
            name=told.title,
            content_html=_content(told.title, told.text),
            language=told.language,
            options=tuple(
                OptionOnWire(label, _votes(told, name)) for name, label in told.labels.items()
            ),
            several=told.method == "approval",
            voters=told.voters,
            published=told.proposed_at,
            ends_at=view.closes_at,
            closed_at=None if view.state in _BEGUN else view.closes_at,
            outcome=view.outcome if told.tally else None,
            proposal_digest=told.digest,
            to=(PUBLIC,) if view.is_public else members,
            cc=(f"{group}/followers",) if view.is_public else (),
        )
    )


def _votes(told: Told, option: str) -> int | None:
    """The votes of an option by the result that was certified, where a method has such a number."""
    stages = told.tally.get("stages", []) if told.tally else []
    last = next((each for each in reversed(stages) if each["action"] == "count"), None)
    votes = last["votes"].get(option) if last and not told.labels.keys() - last["votes"] else None
    return votes if isinstance(votes, int) else None


def _content(title: str, text: str) -> str:
    parts = (escape(each).replace("\n", "<br>") for each in text.split("\n\n"))
    return f"<p><strong>{escape(title)}</strong></p>" + "".join(f"<p>{each}</p>" for each in parts)
