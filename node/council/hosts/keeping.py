"""Who keeps a federation's log, since when, and who would: what people and programs are shown."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node import limits
from node.council.hosts import succession
from node.council.rows import store
from node.council.rows.models import entry_table
from node.council.rows.proving import HOST_OUT, STOPS
from node.council.rows.store import Federation
from node.council.state import keepers
from node.council.state.record import Record, read_entry
from node.council.steps import electing
from node.council.words.statements import Kind
from protocol import datetimes

_e = entry_table.c


class Candidate(Struct, frozen=True):
    """A coop that would keep the log, with the coops that have signed so."""

    coop: str
    epoch: int
    signed: tuple[str, ...]


class Keeping(Struct, frozen=True):
    """heard_at: when all was last well. lied: whether there is proof against the host. is_excluded:
    whether the coops decided that it belongs to them no more. asked: whom the host asks to go on,
    as far as we know; at whom it asks, the host. is_catching_up: our node was just started and
    signs nothing until a quorum has told it what it may have forgotten."""

    host: str
    epoch: int
    since: datetime | None
    heard_at: datetime
    overdue_at: datetime
    is_silent: bool
    lied: bool
    is_excluded: bool
    asked: str | None
    candidates: tuple[Candidate, ...]
    quorum: int
    is_catching_up: bool

    @property
    def may_take_over(self) -> bool:
        return self.is_silent or self.lied or self.is_excluded


async def keeping(reader: Reader, federation_id: str) -> Keeping:
    """Raises NotFound."""
    known = await store.federation(reader, federation_id)
    record = await store.record(reader, known, with_leaves=False) if known.size else Record()
    is_ours = known.host == reader.identities.coop.uri
    return Keeping(
        host=known.host,
        epoch=known.epoch,
        since=await _since(reader, known),
        heard_at=known.well_at,
        overdue_at=known.well_at + limits.COUNCIL_HOST_TIMEOUT,
        is_silent=not is_ours and succession.is_overdue(reader, known),
        lied=not is_ours and known.stopped_because in STOPS,
        is_excluded=not is_ours and known.stopped_because == HOST_OUT,
        asked=known.asked,
        candidates=tuple(
            Candidate(
                each.coop,
                each["epoch"],
                tuple(sorted(keepers.signers_of(each, record.members))),
            )
            for each in await electing.drafts(reader, known)
            if each["epoch"] > known.epoch
        ),
        quorum=record.quorum,
        is_catching_up=known.answered is not None,
    )


async def _since(reader: Reader, known: Federation) -> datetime | None:
    """When the host wrote its first entry, by its own clock."""
    kinds = [Kind.CHARTER.value, Kind.HOST_MANDATE.value]
    chosen = select(_e.text).where(_e.federation_id == known.id, _e.kind.in_(kinds))
    newest = chosen.where(_e.refused.is_(None)).order_by(_e.position.desc()).limit(1)
    text = await reader.scalar(newest)
    return datetimes.parse(read_entry(0, text).at) if text else None
