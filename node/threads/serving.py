"""Which of our messages others may read again."""

from sqlalchemy import select

from federation.documents import Answer, DocumentTable, Protected, Requester, Withdrawn
from federation.storage import Reader
from node import vault
from node.threads import wire
from node.threads.answers import unboxed
from node.threads.models import message_table, thread_table
from node.threads.queries import sides_of
from protocol.vocabulary.activities import tombstone

documents = DocumentTable()

_t, _m = thread_table.c, message_table.c


@documents.at("/notes/{id}")
async def message_document(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """A message of ours, for the one it was written to."""
    rows = await reader.rows(select(message_table).where(_m.id == id, _m.activity_id.is_not(None)))
    if not rows:
        return None
    message = rows[0]
    [row] = await reader.rows(select(thread_table).where(_t.id == message.thread_id))
    reader_of_it = next(
        party for role, party in (await sides_of(reader, row.id)).items() if role != message.role
    )
    if requester.actor != reader_of_it.ref:
        return Protected()
    content = await vault.unseal(reader, row.subject, message.box) if message.box else None
    if content is None:
        return Withdrawn(tombstone(message.uri, "Note", message.withdrawn_at or row.last_at))
    text = str(content["text"])
    answers = unboxed(message, content)
    to = reader_of_it.ref
    return await wire.note(reader, message, text, to=to, context=row.uri, answers=answers)
