"""What can go wrong between us and a peer, or between us and our own disk.

    FederationError(code, retry)
      Unreachable          no answer: down, too slow, bad certificate, broken reply      retry
      Gone                 the peer says it is deleted (404, 410)
      TooLarge             the answer is longer than we read
      NotAnActor           it answers, but not with the document we asked for
      AddressBlocked       the address lies where no peer can be
      Refused              the peer, or a rule of ours, says no (status, code, detail)
      NotFound             nothing of that name could be found
      IdentityUnusable     our own keys are missing, damaged or belong to another address
      StorageUnavailable   the database is busy, full or away                             retry
      Silent               this node was restored from a backup and says nothing yet      retry

`str(error)` is one plain English sentence for an administrator; pages translate by `code`.
"""

OUR_FAILURE = "our-failure"
"""Code of what failed here for a reason that nobody foresaw."""


class FederationError(Exception):
    """Something failed for a reason outside the program; `retry` says whether waiting may help."""

    default_code = "federation-error"
    retry = False

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code or self.default_code
        """Which thing went wrong, in kebab-case, stable: "timed-out", "tls"."""


class Unreachable(FederationError):
    """The other side gave no usable answer; it may later."""

    default_code = "unreachable"
    retry = True


class Gone(FederationError):
    """The other side says that the thing does not exist (any more)."""

    default_code = "gone"

    def __init__(self, sentence: str, *, status: int = 410) -> None:
        super().__init__(sentence)
        self.status = status
        """410 is a statement that it was deleted; 404 may be a mistake on the other side."""


class TooLarge(FederationError):
    """The other side sent more than we are ready to read."""

    default_code = "too-large"


class NotAnActor(FederationError):
    """The other side answered with something else than the ActivityPub document asked for."""

    default_code = "not-an-actor"


class AddressBlocked(FederationError, OSError):
    """The address is one that a peer cannot have: this machine, a private network, a reserved one.

    Also an OSError, because it is raised where a socket would have been made.
    """

    default_code = "address-blocked"


class Refused(FederationError):
    """The other side (or a rule of ours) answered no."""

    default_code = "refused"

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.status = status
        self.detail = detail


class NotFound(FederationError):
    """No coop was found under the address that a person typed."""

    default_code = "not-found"


class IdentityUnusable(FederationError):
    """This node's own keys cannot be used; the sentence names the file and the remedy."""

    default_code = "keys-unusable"


class StorageUnavailable(FederationError):
    """The database did not take the change; try again later. Nothing of it was kept, unless the
    connection broke just then: whoever asks again under the same id does it once in any case."""

    default_code = "storage-busy"
    retry = True


class Contended(StorageUnavailable):
    """Others were quicker again and again with what this change read or wrote. That says nothing of
    any other change."""

    default_code = "storage-contended"


class ConnectionsLost(FederationError):
    """All connections that write to SQLite, or all that read it, are with nobody and were never
    given back, as where there was no memory for that. Only another process can write or read again:
    the loop's exception handler is told."""

    default_code = "connections-lost"


class TookTooLong(FederationError):
    """The database was told to stop: nobody waits longer for what was asked."""

    default_code = "too-dear"

    def __init__(self) -> None:
        super().__init__("What was asked took the database too long, and it was stopped.")


class Silent(FederationError):
    """A node that was restored does not know what it said since the backup: it listens first."""

    default_code = "restored"
    retry = True

    def __init__(self) -> None:
        super().__init__(
            "This node was restored from a backup. It first reads what the other coops have, and "
            "says nothing until then; try again in a few minutes."
        )
