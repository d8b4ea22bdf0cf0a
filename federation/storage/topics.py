"""What a commit can tell the processes of its node, or those who work in its own."""

from enum import StrEnum


class Topic(StrEnum):
    """Told by `UnitOfWork.tell`, heard where `Database.hear` was asked to."""

    DELIVERIES = "deliveries"
    """Something is to be brought to peers. Whoever wrote it brings it: the other processes are not
    told, and find it within a second if it is still there. Told of each message, they looked for
    it as often as they wrote one, in vain."""
    WORK = "work"
    """Anything else may be due: workers of all processes look at once."""
    KEYS = "keys"
    """Keys of others were replaced or withdrawn: what memory holds of them is to be forgotten."""
