"""What a commit can tell the processes of its node."""

from enum import StrEnum


class Topic(StrEnum):
    """Told by `UnitOfWork.tell`, heard where `Database.hear` was asked to."""

    WORK = "work"
    """Something may be due: workers look at once."""
    KEYS = "keys"
    """Keys of others were replaced or withdrawn: what memory holds of them is to be forgotten."""
