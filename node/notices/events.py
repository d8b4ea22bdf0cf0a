"""What slices above may want to know about notices."""

from collections.abc import Mapping

from msgspec import Struct

from node.accounts import Role
from node.notices.kinds import NoticeKind


class NoticeGiven(Struct, frozen=True):
    """Something waits to be read by accounts, or by everybody with a role.

    ids: of the notices, by the account or the role that each is for.
    """

    kind: NoticeKind
    subject: str
    ids: Mapping[str, str]
    role: Role | None = None

    def id_for(self, account_id: str) -> str:
        """What an account reads of it."""
        return self.ids[self.role or account_id]
