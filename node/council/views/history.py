"""What became of a federation's charter: each change with the vote that made it, and its keys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node.council.rows import store
from node.council.rows.keyring import Use, held
from node.council.rows.models import entry_table, proposal_table
from node.council.rows.store import Federation
from node.council.state import replacing
from node.council.state.record import Proposal, Record, read_entry
from node.council.words import charter as charters
from node.council.words.statements import Kind
from protocol import datetimes
from protocol.keys import multikey_of

_e, _p = entry_table.c, proposal_table.c


class CharterChange(Struct, frozen=True):
    """One change. before and after: the rules that differ. votes: as they were counted.

    proposal_id: ours for the proposal; agreed: how many coops counted the same.
    """

    at: datetime
    position: int
    proposal_id: str
    title: str
    certificate: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    votes: Mapping[str, int]
    agreed: int


class KeyAsked(Struct, frozen=True):
    """A coop asks for a key in place of a lost one. vouched: who has said yes; needed: how many.

    is_contested: the key that it has says that it is not lost.
    """

    coop: str
    reason: str
    vouched: tuple[str, ...]
    needed: int
    is_contested: bool


async def charter_changes(reader: Reader, federation_id: str) -> list[CharterChange]:
    """Every change of the charter, the oldest first. Raises NotFound."""
    known = await store.federation(reader, federation_id)
    logged = await _logged(reader, known)
    record = await store.record(
        reader, known, [subject for _at, _position, subject in logged], with_leaves=False
    )
    if record.charter is None:
        return []
    ours = await _our_ids(reader, known, [subject for _at, _position, subject in logged])
    now = charters.read_rules(record.charter.document).document
    found = []
    for said, (at, position, subject) in zip(record.changes, logged, strict=True):
        after: dict[str, Any] = said["changes"]
        proposal = record.proposal(subject)
        found.append(
            CharterChange(
                at,
                position,
                ours.get(subject, ""),
                proposal.text["title"],
                said["certificate"],
                {name: now[name] for name in after},
                after,
                _votes(proposal),
                sum(each["verdict"] == "agree" for each in proposal.attestations.values()),
            )
        )
        now = charters.changed(now, after)
    return found


async def keys_asked(reader: Reader, federation_id: str) -> list[KeyAsked]:
    """Coops that have lost their key, and who has vouched for the new one. Raises NotFound."""
    record = await _record(reader, federation_id)
    return [
        KeyAsked(
            each.asked.coop,
            each.asked["reason"],
            tuple(sorted(each.vouchers)),
            replacing.needed(record, each),
            each.is_contested,
        )
        for each in record.wanted.values()
    ]


async def has_our_key(reader: Reader, federation_id: str) -> bool:
    """Whether the key that speaks for our coop there is on this node, and can be opened."""
    record = await _record(reader, federation_id)
    ours = record.members.get(reader.identities.coop.uri)
    key = await held(reader, federation_id, Use.COOP)
    return ours is not None and key is not None and multikey_of(key.public_key()) == ours.key


async def replaces_alone(reader: Reader, federation_id: str) -> bool:
    """Whether our coop can replace its key there without the others, as a rule."""
    record = await _record(reader, federation_id)
    is_here = await has_our_key(reader, federation_id)
    return is_here and replacing.may_alone(record, reader.identities.coop.uri)


async def _record(reader: Reader, federation_id: str) -> Record:
    known = await store.federation(reader, federation_id)
    return await store.record(reader, known, with_leaves=False)


async def _logged(reader: Reader, known: Federation) -> list[tuple[datetime, int, str]]:
    chosen = select(_e.position, _e.subject, _e.text).where(
        _e.federation_id == known.id, _e.kind == Kind.RULES.value, _e.refused.is_(None)
    )
    return [
        (datetimes.parse(read_entry(row.position, row.text).at), row.position, row.subject)
        for row in await reader.rows(chosen.order_by(_e.position))
    ]


async def _our_ids(reader: Reader, known: Federation, names: list[str]) -> dict[str, str]:
    chosen = select(_p.proposal, _p.id).where(_p.federation_id == known.id, _p.proposal.in_(names))
    return {row.proposal: row.id for row in await reader.rows(chosen)}


def _votes(proposal: Proposal) -> dict[str, int]:
    if proposal.certificate is None:
        return {}
    stages = proposal.certificate["result"]["tally"]["stages"]
    return dict(stages[0]["votes"]) if stages else {}
