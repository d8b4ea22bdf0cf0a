"""A federation as an actor, a proposal as a Question."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from federation import local_actors, ourselves
from federation.storage import Reader
from node import council
from node.council import FederationView, State, Told
from node.group import rules, wording
from protocol import datetimes
from protocol.addressing import PUBLIC
from protocol.vocabulary.actors import group_document
from protocol.vocabulary.questions import OptionOnWire, QuestionOnWire, question

_BEGUN = frozenset({State.DISCUSSION, State.FROZEN, State.NOTICE, State.OPEN})


async def actor(reader: Reader, group: Row[Any]) -> dict[str, Any] | None:
    """The actor document; None while its keys cannot be opened."""
    identity = await local_actors.identity(reader, group.uri)
    if identity is None:
        return None
    federation = await council.federation(reader, group.federation_id)
    ours = reader.identities.coop.uri
    elsewhere = await council.kept_by(reader, group.federation_id) - {ours, federation.host}
    return group_document(
        id_=group.uri,
        name=federation.name,
        preferred_username=await local_actors.username(reader, group.uri) or "",
        inbox=identity.inbox,
        shared_inbox=identity.shared_inbox,
        public_key=ourselves.public_keys(identity)[0],
        multikeys=ourselves.multikeys(identity),
        node=reader.identities.node.uri,
        charter=group.charter,
        published=datetimes.format(group.opened_at),
        summary_html=wording.summary(len(federation.members)),
        also_known_as=tuple(sorted(rules.group_uri(coop, group.charter) for coop in elsewhere)),
        moved_to=group.moved_to,
    )


def proposal(
    group: Row[Any], federation: FederationView, told: Told, changed_at: datetime | None
) -> dict[str, Any]:
    """A proposal as it stands; changed_at: when followers were last told something new of it."""
    view, members = told.view, tuple(each.coop for each in federation.members)
    numbers = wording.votes(told)
    return question(
        QuestionOnWire(
            uri=f"{group.uri}/proposals/{view.name}",
            group=group.uri,
            name=told.title,
            content_html=wording.content(told, federation.name),
            language=told.language,
            options=tuple(
                OptionOnWire(label, numbers.get(name, 0)) for name, label in told.labels.items()
            ),
            several=told.method == "approval",
            voters=told.voters,
            published=told.proposed_at,
            updated=changed_at,
            ends_at=view.closes_at,
            closed_at=_closed_at(told, changed_at),
            outcome=view.outcome if told.tally else None,
            proposal_digest=told.digest,
            to=(PUBLIC,) if view.is_public else members,
            cc=(f"{group.uri}/followers",) if view.is_public else (),
        )
    )


def _closed_at(told: Told, changed_at: datetime | None) -> datetime | None:
    if told.view.state in _BEGUN:
        return None
    closes = told.view.closes_at
    return closes if changed_at is None else min(closes, changed_at)
