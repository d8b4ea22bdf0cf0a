"""Comments of ours, as other servers may read them."""

from federation.documents import Answer, DocumentTable, Protected, Requester, Withdrawn
from federation.storage import Reader
from node import council
from node.council import FederationView
from node.deliberation import store, wire
from node.errors import NotFound
from protocol.vocabulary import activities

documents = DocumentTable()


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


def _is_member(federation: FederationView, requester: Requester) -> bool:
    return any(each.coop == requester.actor for each in federation.members)
