"""The register of rules for people: what holds, where from, and what held before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node.errors import InvalidInput
from node.policies.checking import faults_in, read_draft
from node.policies.commands import check_allowed
from node.policies.merging import Decision, InForce, in_force_at
from node.policies.models import Answer, policy_table
from node.policies.queries import Rulebook, rulebook
from node.policies.registry import REGISTRY, PolicyKey, key_named
from node.probes import Touched, probes

_p = policy_table.c


class PolicyView(Struct, frozen=True):
    """One version of a policy that a federation of ours passed."""

    federation: str
    policy_id: str
    version: str
    certificate: str
    title: str
    text: str
    effective_from: datetime
    ends_at: datetime | None
    review_by: datetime | None
    is_emergency: bool
    answer: Answer
    answer_by: datetime | None
    silence_binds: bool
    reservations: Mapping[str, str]
    keys: tuple[str, ...]

    def is_over(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def holds(self, now: datetime) -> bool:
        return self.effective_from <= now and not self.is_over(now)


class Entry(Struct, frozen=True):
    """A key with all that there is to say about it; history: every decision, the newest first."""

    now: InForce[Any]
    history: tuple[Decision[Any], ...]
    coming: tuple[Decision[Any], ...]

    @property
    def key(self) -> PolicyKey[Any]:
        return self.now.key

    @property
    def ours(self) -> Decision[Any] | None:
        """Our own choice, if one holds."""
        return next((one for one in self.now.decisions if one.federation is None), None)

    @property
    def advised(self) -> tuple[Decision[Any], ...]:
        """What federations said and does not bind us, or not yet."""
        return tuple(
            one
            for one in self.now.decisions
            if one.federation and (not one.binding or one.value != self.now.value)
        )


class Preview(Struct, frozen=True):
    """What choosing a value would bring about, before it is chosen."""

    key: PolicyKey[Any]
    before: Any
    after: Any
    touched: tuple[Touched, ...]


async def entries(reader: Reader) -> list[Entry]:
    """Every key, in the order of the registry."""
    book = await rulebook(reader)
    return [_entry(book, key) for key in REGISTRY.values()]


async def entry(reader: Reader, name: str) -> Entry:
    """One key. Raises NotFound."""
    key = key_named(name)
    return _entry(await rulebook(reader, [key]), key)


async def passed(reader: Reader) -> list[PolicyView]:
    """Every policy that a federation of ours passed, the newest first."""
    book = await rulebook(reader)
    touched: dict[tuple[str | None, str, str], list[str]] = {}
    for name, decisions in book.decisions.items():
        for one in decisions:
            touched.setdefault((one.federation, one.policy, one.version), []).append(name)
    rows = await reader.rows(select(policy_table).order_by(_p.effective_from.desc(), _p.id.desc()))
    return [
        PolicyView(
            federation=row.federation,
            policy_id=row.policy_id,
            version=row.version,
            certificate=row.certificate,
            title=row.title,
            text=row.text,
            effective_from=row.effective_from,
            ends_at=row.ends_at,
            review_by=row.review_by,
            is_emergency=row.is_emergency,
            answer=Answer(row.answer),
            answer_by=row.answer_by,
            silence_binds=row.silence_binds,
            reservations=row.reservations,
            keys=tuple(sorted(touched.get((row.federation, row.policy_id, row.version), ()))),
        )
        for row in rows
    ]


async def dry_run(reader: Reader, keys: Mapping[str, object]) -> list[Touched]:
    """What a draft would touch here: counts over our own rows, each by the slice that obeys.

    Raises InvalidInput for a draft that could not be passed.
    """
    if faults := faults_in(keys):
        raise InvalidInput({fault.key or "keys": [fault.why] for fault in faults})
    return list(await probes.run(reader, read_draft(keys)))


async def preview(reader: Reader, name: str, stored: object) -> Preview:
    """What our own choice would be and touch. Raises as `choose`."""
    key = key_named(name)
    value = key.kind.read(stored)
    await check_allowed(reader, key, value)
    book = await rulebook(reader, [key])
    own = Decision(value, "", "", reader.now, None)
    others = [one for one in book.decisions.get(name, ()) if one.federation]
    after = in_force_at(key, [*others, own], reader.now)
    touched = await probes.run(reader, {name: after.value})
    return Preview(key, book.in_force(key).value, after.value, tuple(touched))


def _entry(book: Rulebook, key: PolicyKey[Any]) -> Entry:
    decisions = sorted(book.decisions.get(key.name, ()), key=lambda one: one.since, reverse=True)
    was_ever = [one for one in decisions if one.until is None or one.until > one.since]
    return Entry(
        book.in_force(key),
        tuple(one for one in was_ever if one.since <= book.now),
        tuple(one for one in was_ever if one.since > book.now),
    )
