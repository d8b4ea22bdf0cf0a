"""Rows with the values that a test does not care about."""

from typing import Any

from federation.models import Relation, RelationState, RemoteActor
from federation.storage import UnitOfWork
from protocol.iri import authority_of

GROCER = "https://grocer.example/coop"


def remote_actor(uow: UnitOfWork, uri: str = GROCER, **columns: Any) -> RemoteActor:
    base = uri.rpartition("/")[0]
    given: dict[str, Any] = {
        "uri": uri,
        "authority": authority_of(uri),
        "type": "Organization",
        "name": authority_of(uri).partition(".")[0].title(),
        "preferred_username": "coop",
        "inbox": f"{base}/coop/inbox",
        "shared_inbox": f"{base}/inbox",
        "document": {},
        "implements": [],
        "first_seen_at": uow.now,
        "fetched_at": uow.now,
    }
    actor = RemoteActor(**(given | columns))
    uow.session.add(actor)
    return actor


def follower(uow: UnitOfWork, uri: str = GROCER, **columns: Any) -> Relation:
    """An actor that we know and whose follow we accepted."""
    remote_actor(uow, uri)
    return related(uow, uri, **columns)


def related(uow: UnitOfWork, uri: str, **columns: Any) -> Relation:
    """To an actor whose follow we accepted."""
    given: dict[str, Any] = {
        "actor_uri": uri,
        "authority": authority_of(uri),
        "follower_state": RelationState.ACCEPTED,
        "created_at": uow.now,
        "updated_at": uow.now,
        "last_heard_at": uow.now,
    }
    made = Relation(**(given | columns))
    uow.session.add(made)
    return made
