"""What pages tell of federations and proposals besides what travels: rules, people, what waits."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, and_, or_, select

from federation.storage import Reader
from node import audit, voting
from node.accounts import AccountView, Role
from node.council.count import counting
from node.council.deeds import mandates, standing_in
from node.council.deeds.founding import INVITED
from node.council.deeds.standing_in import VoteTurn
from node.council.rows import store, terms
from node.council.rows.keyring import whose
from node.council.rows.models import (
    ballot_table,
    entry_table,
    federation_table,
    proposal_table,
)
from node.council.rows.store import Federation
from node.council.state import variants
from node.council.state.record import Inadmissible, Member, Proposal, Record, read_entry
from node.council.steps import following
from node.council.views.queries import ProposalView, proposal_view
from node.council.words import tally
from node.council.words.life import State
from node.errors import NotFound
from node.i18n import _
from protocol import datetimes

_b, _e, _f, _p = (
    table.c for table in (ballot_table, entry_table, federation_table, proposal_table)
)

_FEED_KEY_LONG = 32
_NAMINGS_LOOKED_AT = 200


class Ask(Struct, frozen=True):
    """A federation that asks something of our coop: to found it with others, or to keep its log.

    since: since when; of the log only when all was last well there.
    """

    id: str
    name: str
    host: str
    to_keep: bool
    since: datetime


class DelegateView(Struct, frozen=True):
    """Somebody who votes for our coop. custody: device, or node; account_id: if known here.

    since, until: from their naming to the end of their term, unless they are named anew. named_by:
    who named them, an account's id or what stands for none; empty if that is not known.
    """

    account_id: str | None
    key: str
    custody: str
    is_alternate: bool
    since: datetime
    until: datetime
    named_by: str


class Mandate(Struct, frozen=True):
    """That one of ours votes for our coop in a federation, or stands in for who does."""

    federation_id: str
    federation: str
    account_id: str | None
    is_alternate: bool
    since: datetime
    until: datetime
    named_by: str


class MandateView(Struct, frozen=True):
    """Whom a coop has named. custodies: where their keys are, device or node; until: the end of
    their term by the charter, if it sets one. Names of other coops' people are not in the log."""

    delegates: int
    alternates: int
    custodies: frozenset[str]
    until: datetime | None


class Background(Struct, frozen=True):
    """What stands behind a proposal.

    rules: those of the charter when notice was given. rule and options: what a ballot answers, as
    things stand; rival texts are ranked. earlier: texts that it took the place of, the oldest
    first. steps: when what was logged, by kind of entry. difference: where the certificate and our
    own recount part, if they do.
    """

    rules: Mapping[str, Any]
    rule: Mapping[str, Any]
    options: tuple[str, ...]
    decision_class: Mapping[str, Any]
    members: Mapping[str, Member]
    quorum: int
    earlier: tuple[Mapping[str, Any], ...]
    steps: Mapping[str, datetime]
    difference: Mapping[str, Any] | None


async def agreed_rules(reader: Reader, federation_id: str) -> Mapping[str, Any]:
    """Classes of decisions, weights and competences: of the charter, or of the invitation."""
    known = await store.federation(reader, federation_id)
    record = await _members(reader, known)
    return known.rules if record.charter is None else record.rules


async def our_delegates(reader: Reader, federation_id: str) -> list[DelegateView]:
    """Who votes for us, by our newest mandate that is in the log."""
    known = await store.federation(reader, federation_id)
    record = await _members(reader, known)
    said = record.mandates.get(reader.identities.coop.uri, {})
    if not said:
        return []
    newest = said[max(said)]
    keys = {each["key"] for group in ("delegates", "alternates") for each in newest[group]}
    accounts_by_key = await whose(reader, federation_id, keys)
    until = await terms.term_ends(reader, record, newest)
    named_by = await _named_by(reader, federation_id, max(said))
    return [
        DelegateView(
            accounts_by_key.get(each["key"]),
            each["key"],
            each["custody"],
            group == "alternates",
            newest.moment("published"),
            until,
            named_by,
        )
        for group in ("delegates", "alternates")
        for each in newest[group]
    ]


async def mandates_held(reader: Reader, account_id: str | None = None) -> list[Mandate]:
    """Who votes for our coop, in every federation that is at work; account_id: of one of ours."""
    chosen = select(_f.id, _f.name, _f.host).where(_f.state == following.ACTIVE).order_by(_f.id)
    return [
        Mandate(
            row.id,
            row.name or row.host,
            one.account_id,
            one.is_alternate,
            one.since,
            one.until,
            one.named_by,
        )
        for row in await reader.rows(chosen)
        for one in await our_delegates(reader, row.id)
        if account_id is None or one.account_id == account_id
    ]


async def mandates_of(reader: Reader, federation_id: str) -> dict[str, MandateView]:
    """Whom each member has named to vote for it, by coop."""
    record = await _members(reader, await store.federation(reader, federation_id))
    newest = {coop: said[max(said)] for coop, said in record.mandates.items() if said}
    return {
        coop: MandateView(
            len(said["delegates"]),
            len(said["alternates"]),
            frozenset(each["custody"] for each in (*said["delegates"], *said["alternates"])),
            terms.end_by_charter(record, said),
        )
        for coop, said in newest.items()
    }


async def turn_of(reader: Reader, proposal_id: str, account: AccountView) -> VoteTurn | None:
    """Whether an account votes here now; None: it is no delegate in office, nor stands in for
    one."""
    if Role.DELEGATE not in account.roles:
        return None
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal])
    ours = reader.identities.coop.uri
    public = await mandates.delegate_key(reader, known, record, account.id)
    if public is None:
        return None
    turn = await standing_in.turn(reader, row, record, public)
    is_elsewhere = turn is VoteTurn.MAY and public in mandates.on_devices(record, ours)
    return VoteTurn.ON_DEVICE if is_elsewhere else turn


async def waiting(reader: Reader, account: AccountView) -> list[ProposalView]:
    """Open votes in which our coop has none yet, for a delegate, and for whoever stands in once it
    is time; what ends first comes first."""
    if Role.DELEGATE not in account.roles:
        return []
    cast = select(_b.proposal_id)
    chosen = (
        select(proposal_table)
        .join(federation_table, _f.id == _p.federation_id)
        .where(_p.state == State.OPEN.value, _f.state == following.ACTIVE, _p.id.not_in(cast))
    )
    rows = await reader.rows(chosen.order_by(_p.closes_at, _p.id))
    found: set[str] = set()
    for federation_id in {row.federation_id for row in rows}:
        here = [row for row in rows if row.federation_id == federation_id]
        found |= {row.id for row in await _theirs(reader, federation_id, here, account.id)}
    return [proposal_view(row) for row in rows if row.id in found]


async def _theirs(
    reader: Reader, federation_id: str, rows: Sequence[Row[Any]], account_id: str
) -> Sequence[Row[Any]]:
    """Of votes of one federation, in which nobody of ours voted, those that wait for an account."""
    known = await store.federation(reader, federation_id)
    record, ours = await _members(reader, known), reader.identities.coop.uri
    public = await mandates.delegate_key(reader, known, record, account_id)
    mandate = standing_in.as_alternate(record, ours, public) if public is not None else None
    return await standing_in.where_it_is_time(reader, rows, mandate) if mandate else rows


async def asks(reader: Reader) -> list[Ask]:
    """What federations ask of our coop and nobody has answered yet."""
    to_keep = and_(_f.asked == _f.host, _f.host != reader.identities.coop.uri)
    asking = or_(_f.state == INVITED, to_keep)
    rows = await reader.rows(select(federation_table).where(asking).order_by(_f.created_at))
    return [
        Ask(
            row.id,
            row.name,
            row.host,
            to_keep=row.state != INVITED,
            since=row.created_at if row.state == INVITED else row.well_at,
        )
        for row in rows
    ]


async def background(reader: Reader, proposal_id: str) -> Background:
    """Raises NotFound."""
    row = await store.proposal(reader, proposal_id)
    known = await store.federation(reader, row.federation_id)
    record = await store.record(reader, known, [row.proposal])
    found = record.proposals.get(row.proposal)
    rules = record.rules_for(found) if record.charter else known.rules
    of_class = rules.get("classes", {}).get(row.decision_class, {})
    asked = variants.question(record, found) if found else None
    return Background(
        rules=rules,
        rule=asked.rule if asked else of_class.get("rule", {}),
        options=asked.options if asked else (),
        decision_class=of_class,
        members=record.members,
        quorum=record.quorum,
        earlier=tuple(each.document for each in list(found.texts.values())[:-1]) if found else (),
        steps=await _steps(reader, known, row.proposal),
        difference=_difference(record, found) if found else None,
    )


def quorum_of(rule: Mapping[str, Any], everybody: int) -> int | None:
    """How many votes must take part, of so many; None where a rule has no quorum."""
    read = voting.read_rule(rule)
    motion = read.motion if isinstance(read, voting.VariantsRule) else read
    if not isinstance(motion, voting.MotionRule) or motion.quorum is None:
        return None
    return motion.quorum.needed(everybody)


async def by_charter(reader: Reader, digest: str) -> str:
    """The id here of the federation with this charter. Raises NotFound."""
    known = await store.by_digest(reader, digest)
    if known is None:
        raise NotFound(_("There is no such federation here."))
    return str(known.id)


def feed_key(reader: Reader, charter: str) -> str:
    """What a link to all news of a federation must hold; anybody can know the charter's digest."""
    found = hmac.new(reader.identities.seal, f"council feed {charter}".encode(), "sha256")
    return found.hexdigest()[:_FEED_KEY_LONG]


def power(scheme: Mapping[str, Any], members: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """What a scheme would give each coop: votes, and its part of all swings ("" if not known)."""
    weights = tally.weights(scheme, members)
    shares = tally.power(weights) or {}
    return {coop: (weight, shares.get(coop, "")) for coop, weight in weights.items()}


async def _named_by(reader: Reader, federation_id: str, epoch: int) -> str:
    lines = await audit.entries(reader, subject=federation_id, limit=_NAMINGS_LOOKED_AT)
    of_mandate = [one for one in lines if one.detail.get("epoch") == epoch]
    return of_mandate[0].actor if of_mandate else ""


async def _members(reader: Reader, known: Federation) -> Record:
    return await store.record(reader, known, with_leaves=False)


async def _steps(reader: Reader, known: Federation, name: str) -> dict[str, datetime]:
    chosen = select(_e.kind, _e.text).where(
        _e.federation_id == known.id, _e.subject == name, _e.refused.is_(None)
    )
    return {
        row.kind: datetimes.parse(read_entry(0, row.text).at)
        for row in await reader.rows(chosen.order_by(_e.position))
    }


def _difference(record: Record, found: Proposal) -> Mapping[str, Any] | None:
    if found.certificate is None:
        return None
    try:
        ours = counting.recount(record, found)
    except Inadmissible:
        return None
    theirs = found.certificate["result"]
    return None if ours == theirs else counting.first_difference(theirs, ours)
