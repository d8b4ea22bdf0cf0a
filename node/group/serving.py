"""What anybody can read of a federation that we keep or kept: actor, proposals, how many follow.

Its outbox holds what its followers were told, and is served as every actor's is.
"""

from federation.documents import Answer, DocumentTable, Protected, Requester, Withdrawn
from federation.storage import Reader
from node import council
from node.council import FederationView
from node.group import rules, store, wire
from protocol.vocabulary import activities
from protocol.vocabulary.collections import collection

documents = DocumentTable()


@documents.at("/federations/{charter}")
async def group(reader: Reader, _requester: Requester, charter: str) -> Answer:
    """The federation as an actor."""
    found = await store.group(reader, _uri(reader, charter))
    return None if found is None else await wire.actor(reader, found)


@documents.at("/federations/{charter}/followers")
async def followers(reader: Reader, _requester: Requester, charter: str) -> Answer:
    """How many follow it, and not who."""
    uri = _uri(reader, charter)
    if await store.group(reader, uri) is None:
        return None
    return collection(f"{uri}/followers", await store.count(reader, uri), None)


@documents.at("/federations/{charter}/proposals/{name}")
async def proposal(reader: Reader, requester: Requester, charter: str, name: str) -> Answer:
    """A proposal as a Question: for everybody if it is public, else for members' nodes."""
    found = await store.group(reader, _uri(reader, charter))
    if found is None:
        return None
    federation = await council.federation(reader, found.federation_id)
    said = await store.question(reader, f"{found.uri}/proposals/{name}")
    is_member = _is_member(federation, requester)
    if said is not None and said.deleted_at is not None and not is_member:
        return Withdrawn(activities.tombstone(said.uri, "Question", said.deleted_at))
    told = await council.told(reader, federation.id, name=name)
    if not told:
        return None
    if not told[0].view.is_public and not is_member:
        return Protected()
    return wire.proposal(found, federation, told[0], said.changed_at if said else None)


def _uri(reader: Reader, charter: str) -> str:
    return rules.group_uri(reader.identities.coop.uri, charter)


def _is_member(federation: FederationView, requester: Requester) -> bool:
    return any(each.coop == requester.actor for each in federation.members)
