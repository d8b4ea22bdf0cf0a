"""Where does somebody get mail, and which letters do not arrive?"""

from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import func, select

from federation.storage import Reader
from node import accounts, limits, vault
from node.i18n import Text, _
from node.mail.letters import LetterKind
from node.mail.models import MailAddress, address_table, letter_table
from node.mail.rules import Hours, How, State

_a, _l = address_table.c, letter_table.c
TROUBLES_SHOWN = 20


class MailView(Struct, frozen=True):
    """What somebody chose. address: None until one is confirmed. wanted: one that is not yet.

    refused_at: since when nobody is reached at the address; refused_words: what the server said.
    """

    address: str | None
    wanted: str | None
    how: How
    hours: Hours
    refused_at: datetime | None
    refused_words: str | None


class Trouble(Struct, frozen=True):
    """A letter that did not go. name: whom it was for, "" for somebody without an account."""

    id: str
    kind: LetterKind
    name: str
    state: State
    at: datetime
    said: str


class Waiting(Struct, frozen=True):
    """Letters that could not go. since: of the first no. said: what the server said last."""

    count: int
    since: datetime
    said: str

    @property
    def words(self) -> Text:
        """For whoever runs the node."""
        return _(
            "Letters that wait: %(count)s, since %(when)s. The mail server said: %(said)s",
            count=self.count,
            when=f"{self.since:%Y-%m-%d %H:%M} UTC",
            said=self.said,
        )


async def mail_of(reader: Reader, account_id: str) -> MailView | None:
    """What an account chose; None if it never gave an address."""
    row = await reader.scalar(select(MailAddress).where(MailAddress.account_id == account_id))
    if row is None:
        return None
    known = await vault.unseal(reader, account_id, row.box) if row.box else None
    wanted = await vault.unseal(reader, account_id, row.wanted) if row.wanted else None
    return MailView(
        known["address"] if known else None,
        wanted["address"] if wanted else None,
        How(row.how),
        Hours(row.zone, row.quiet_from, row.quiet_until),
        row.refused_at,
        row.refused_words,
    )


async def can_confirm(reader: Reader, code: str) -> bool:
    """Whether a link confirms an address still. Uses nothing up."""
    good = (_a.code_digest == digest(code), _a.code_until > reader.now)
    return bool(await reader.scalar(select(_a.account_id).where(*good)))


async def can_stop(reader: Reader, code: str) -> How | None:
    """How whoever has this code hears now; None for a code that nobody has."""
    how = await reader.scalar(select(_a.how).where(_a.stop_digest == digest(code)))
    return How(how) if how else None


async def troubles(reader: Reader) -> list[Trouble]:
    """Letters that did not go, or perhaps not, the newest first."""
    chosen = (
        select(letter_table)
        .where(
            _l.state.in_((State.FAILED.value, State.UNSURE.value)),
            _l.ended_at > reader.now - limits.MAIL_KEPT,
        )
        .order_by(_l.ended_at.desc(), _l.id.desc())
        .limit(TROUBLES_SHOWN)
    )
    rows = await reader.rows(chosen)
    names = await accounts.names(reader, {row.account_id for row in rows if row.account_id})
    return [
        Trouble(
            row.id,
            LetterKind(row.kind),
            names.get(row.account_id, ""),
            State(row.state),
            row.ended_at,
            row.error or "",
        )
        for row in rows
    ]


async def waiting(reader: Reader) -> Waiting | None:
    """What was tried and could not go yet; None: nothing."""
    tried = (_l.state == State.WAITING.value, _l.failing_since.is_not(None))
    [(count, since)] = await reader.rows(
        select(func.count(), func.min(_l.failing_since)).where(*tried)
    )
    if not count:
        return None
    newest = select(_l.error).where(*tried).order_by(_l.next_attempt_at.desc()).limit(1)
    return Waiting(count, since, await reader.scalar(newest) or "")


def digest(code: str) -> bytes:
    """What is stored of a link's code. A plain hash is enough: codes are random, not chosen."""
    return sha256(code.encode(errors="surrogatepass")).digest()
