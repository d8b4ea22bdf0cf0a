"""Somebody without an account writes, and comes back by a secret link."""

from msgspec import Struct
from sqlalchemy import insert

from federation.ambient import secret
from federation.storage import UnitOfWork
from node import limits, vault
from node.errors import NotAllowed
from node.threads import rules
from node.threads.commands import check_reachable, write
from node.threads.models import PartyKind, Role, guest_table
from node.threads.queries import digest
from node.threads.rules import Party, Seat
from node.threads.store import begin, opened_today, whoever_answers
from node.threads.topics import Topic
from protocol.vocabulary.messages import Answers


class GuestLink(Struct, frozen=True):
    """Where a guest comes back to; shown now and never again."""

    thread_id: str
    path: str
    """On this node: /t/SECRET"""


async def open_as_guest(
    uow: UnitOfWork,
    *,
    to: Party,
    text: str,
    about: Topic | None = None,
    name: str = "",
    contact: str = "",
    code: str | None = None,
    answering: Answers | None = None,
) -> GuestLink:
    """Write to somebody without an account. name, contact: what the guest likes to leave; they do
    not leave this node. code: the secret of a link that the guest has already. Raises as
    `open_thread`, and InvalidInput (name, contact)."""
    said = {"name": rules.check_line(name, "name"), "contact": rules.check_line(contact, "contact")}
    words = rules.check_text(text)
    await check_reachable(uow, to)
    to = await whoever_answers(uow, to)
    guest = Party(PartyKind.GUEST, uow.new_id())
    if await opened_today(uow, guest) >= limits.THREADS_OF_GUESTS:
        raise NotAllowed(rules.OPENED_ENOUGH, "too-many-threads")
    thread_id = await begin(uow, guest, to, about, subject=guest.ref)
    code = code or secret(uow.entropy, limits.LINK_SECRET_BYTES)
    row = {
        "id": guest.ref,
        "thread_id": thread_id,
        "secret_digest": digest(code),
        "box": await vault.seal(uow, guest.ref, said),
    }
    await uow.execute(insert(guest_table), [row])
    await write(uow, Seat(thread_id, Role.ASKER, None), words, answering)
    return GuestLink(thread_id, f"/t/{code}")
