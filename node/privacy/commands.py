"""What people do with what is known about them."""

from federation.storage import UnitOfWork
from node import audit


async def note_taken(uow: UnitOfWork, account_id: str) -> None:
    """Somebody took along what is known about them: the board sees that it was answered."""
    await audit.record(uow, account_id, "privacy.take-along", account_id)
