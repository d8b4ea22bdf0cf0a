"""What slices above may want to know about notices."""

from dataclasses import dataclass

from node.accounts import Role
from node.notices.kinds import NoticeKind


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """Something waits to be read by an account, or by everybody with a role."""

    notice_id: str
    kind: NoticeKind
    subject: str
    account_id: str | None
    role: Role | None
