"""The vault: what is personal, sealed with a key per person that can be destroyed.

Whatever names a person who did not publish it (a guest's telephone number, what a referral is
about) is stored as the bytes that `seal` returns, under a subject: the random id of the person's
record. `destroy` throws the key away, and all that was sealed under it is unreadable, in every row
that holds a copy.

An older backup would bring the key back. Therefore each destruction is also written to a file
beside the database, the erasure log (`log`), which a restore leaves as it is: when the node opens,
what the log names is destroyed again before anything is served (security paper F24). The log
holds random ids and times, nothing that names anybody.

On SQLite the destroyed key is overwritten (`secure_delete`), and soon leaves the write-ahead log.
PostgreSQL keeps it on disk until its vacuum comes by; archives of its log are the operator's own.
"""

from node.vault.commands import destroy, forget_again, note_logged, seal
from node.vault.log import ErasureLog
from node.vault.queries import (
    destroyed,
    is_destroyed,
    unlogged,
    unseal,
    unseal_all,
    unseal_each,
    unseal_many,
)

__all__ = [
    "ErasureLog",
    "destroy",
    "destroyed",
    "forget_again",
    "is_destroyed",
    "note_logged",
    "seal",
    "unlogged",
    "unseal",
    "unseal_all",
    "unseal_each",
    "unseal_many",
]
