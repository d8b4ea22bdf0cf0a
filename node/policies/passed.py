"""Policies that a federation of ours passed: in force, answered, excepted from, ended.

The council calls this when a certificate is agreed upon. A policy is never put into force in the
past of what it judges: whoever judges something asks for the rules of the day it was published.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, insert, or_, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, notices
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.notices import NoticeKind
from node.policies.checking import faults_in
from node.policies.heads import tell_heads
from node.policies.lasting import end_of, watch
from node.policies.models import Answer, policy_table, value_table
from node.policies.queries import goes_on
from node.policies.registry import REGISTRY, Mode, key_named
from node.policies.replacing import end_replaced
from protocol import datetimes

_p = policy_table.c
_v = value_table.c


class PassedPolicy(Struct, frozen=True):
    """A policy as its certificate says it.

    keys: values as JSON holds them. expires: the sunset. answer_by: until when the coop has to say
    yes to keys that need it; silence_binds: what the charter makes of saying nothing. need_own_yes:
    keys that need it whatever their mode.
    """

    federation_digest: str
    certificate_digest: str
    id: str
    version: str
    keys: Mapping[str, object]
    text: str
    effective_from: datetime
    review_by: datetime | None = None
    expires: datetime | None = None
    emergency: bool = False
    answer_by: datetime | None = None
    silence_binds: bool = False
    need_own_yes: frozenset[str] = frozenset()
    title: str = ""


async def put_in_force(uow: UnitOfWork, passed: PassedPolicy) -> None:
    """Take a passed policy over; from its first day it replaces what the federation decided before
    on the same keys, under whatever name, and later decisions replace it.

    Said twice it has no further effect. Raises InvalidInput for keys that cannot be, and Conflict
    when the same version was passed with another certificate.
    """
    if known := await _find(uow, passed.federation_digest, passed.id, passed.version):
        if known.certificate == passed.certificate_digest:
            return
        raise Conflict(
            _("This version of the policy is known with another certificate."), "policy-known"
        )
    if faults := faults_in(passed.keys):
        raise InvalidInput({fault.key or "keys": [fault.why] for fault in faults})
    row = _row(uow, passed)
    await uow.execute(insert(policy_table).values(row))
    await uow.execute(insert(value_table), _values(uow, passed, row))
    await end_replaced(uow, passed.federation_digest)
    await watch(uow, passed.federation_digest)
    await audit.record(
        uow,
        audit.NODE,
        "policies.put-in-force",
        passed.id,
        {"version": passed.version, "certificate": passed.certificate_digest},
    )
    await notices.give(
        uow,
        NoticeKind.POLICY_PASSED,
        passed.id,
        name=passed.title or passed.id,
        when=datetimes.format(passed.effective_from)[:10],
    )
    await tell_heads(uow)


async def withdraw(
    uow: UnitOfWork, federation: str, policy_id: str, *, at: datetime | None = None
) -> None:
    """A federation repealed a policy: it ends at a moment, now unless told."""
    await _end(uow, federation, policy_id, at or uow.now)
    await watch(uow, federation)
    await audit.record(uow, audit.NODE, "policies.withdraw", policy_id)
    await tell_heads(uow)


async def leave_federation(uow: UnitOfWork, federation: str) -> None:
    """We belong to this federation no longer: nothing that it decided binds us."""
    named = select(_p.policy_id).where(_p.federation == federation).distinct()
    for policy_id in await uow.scalars(named):
        await _end(uow, federation, policy_id, uow.now)
    await audit.record(uow, audit.NODE, "policies.leave-federation", federation)
    await tell_heads(uow)


async def confirm_emergency(
    uow: UnitOfWork, federation: str, policy_id: str, version: str, *, at: datetime | None = None
) -> None:
    """An urgent policy was confirmed in time: it holds until its sunset, if it has one, and what
    was decided since stands before it. at: when it was confirmed, whenever we hear of it.

    Raises NotFound, and Conflict when it had lapsed.
    """
    policy = await get(uow, federation, policy_id, version)
    if policy.ends_at is not None and policy.ends_at <= (at or uow.now):
        raise Conflict(_("This policy has lapsed: it has to be passed again."), "policy-over")
    if not policy.is_emergency:
        return
    of_it = update(policy_table).where(_p.id == policy.id)
    await uow.execute(of_it.values(is_emergency=False))
    await _extend(uow, policy)
    await end_replaced(uow, federation)
    await watch(uow, federation)
    await tell_heads(uow)
    await audit.record(uow, audit.NODE, "policies.confirm", policy_id, {"version": version})


async def answer(
    uow: UnitOfWork,
    federation: str,
    policy_id: str,
    version: str,
    said: Answer,
    *,
    evidence: str,
    by: str,
) -> None:
    """Our coop's own yes or no to the keys that need it; they bind us from now on, or not.

    Raises NotFound, and Conflict when it was answered otherwise before.
    """
    policy = await get(uow, federation, policy_id, version)
    if policy.answer == said:
        return
    if policy.answer in (Answer.ACCEPT, Answer.REJECT):
        raise Conflict(_("Our coop has answered this before, and otherwise."), "policy-answered")
    await _note_answer(uow, policy, said, evidence=evidence, by=by)


async def note_silence(uow: UnitOfWork) -> None:
    """Whatever was not answered in time is as the charter says: bound, or not."""
    over = select(policy_table).where(_p.answer == Answer.NONE, _p.answer_by <= uow.now)
    for policy in await uow.rows(over):
        await _note_answer(uow, policy, Answer.SILENCE, evidence=None, by=audit.NODE)


async def reserve(
    uow: UnitOfWork,
    federation: str,
    policy_id: str,
    version: str,
    key: str,
    reason: str,
    *,
    by: str,
) -> None:
    """Except ourselves from one key of a policy, from now on, and say why.

    Raises NotFound, NotAllowed for a key that knows no exception, InvalidInput without a reason.
    """
    policy = await get(uow, federation, policy_id, version)
    if not key_named(key).reservable:
        raise NotAllowed(_("Nobody can be excepted from this rule."), "policy-not-reservable")
    if not reason.strip():
        raise InvalidInput({"reason": [_("Say why; it is shown with the rule.")]})
    since = max(uow.now, policy.effective_from)
    except_us = update(value_table).where(
        _v.policy == policy.id, _v.key == key, or_(_v.until.is_(None), _v.until > since)
    )
    await uow.execute(except_us.values(until=since))
    reservations = dict(policy.reservations) | {key: reason.strip()}
    await uow.execute(
        update(policy_table).where(_p.id == policy.id).values(reservations=reservations)
    )
    await audit.record(uow, by, "policies.reserve", policy_id, {"key": key})


async def get(reader: Reader, federation: str, policy_id: str, version: str) -> Row[Any]:
    """A passed policy. Raises NotFound."""
    found = await _find(reader, federation, policy_id, version)
    if found is None:
        raise NotFound(_("This policy is not known here."), "policy-unknown")
    return found


async def _find(reader: Reader, federation: str, policy_id: str, version: str) -> Row[Any] | None:
    named = select(policy_table).where(
        _p.federation == federation, _p.policy_id == policy_id, _p.version == version
    )
    rows = await reader.rows(named)
    return rows[0] if rows else None


async def _note_answer(
    uow: UnitOfWork, policy: Row[Any], said: Answer, *, evidence: str | None, by: str
) -> None:
    noted = update(policy_table).where(_p.id == policy.id)
    await uow.execute(
        noted.values(answer=said, answered_at=uow.now, answered_by=by, answer_evidence=evidence)
    )
    if said is Answer.ACCEPT or (said is Answer.SILENCE and policy.silence_binds):
        bound = update(value_table).where(_v.policy == policy.id, ~_v.binding)
        since = max(uow.now, policy.effective_from)
        await uow.execute(bound.values(binding=True, since=since))
    await audit.record(uow, by, f"policies.{said.value}", policy.policy_id)


async def _extend(uow: UnitOfWork, policy: Row[Any]) -> None:
    """Let go on until the sunset what would only have lapsed; what ends for another reason ends."""
    lapse = end_of(policy.effective_from, policy.sunset_at, is_emergency=True)
    values = update(value_table).where(_v.policy == policy.id, _v.until == lapse)
    await uow.execute(values.values(until=policy.sunset_at))
    itself = update(policy_table).where(_p.id == policy.id, _p.ends_at == lapse)
    await uow.execute(itself.values(ends_at=policy.sunset_at))


async def _end(uow: UnitOfWork, federation: str, policy_id: str, at: datetime) -> None:
    """End every version of a policy that would go on after a moment."""
    versions = select(_p.id).where(_p.federation == federation, _p.policy_id == policy_id)
    ids = await uow.scalars(versions)
    values = update(value_table).where(_v.policy.in_(ids))
    await uow.execute(values.where(or_(_v.until.is_(None), _v.until > at)).values(until=at))
    await uow.execute(update(policy_table).where(_p.id.in_(ids), goes_on(at)).values(ends_at=at))


def _row(uow: UnitOfWork, passed: PassedPolicy) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "federation": passed.federation_digest,
        "policy_id": passed.id,
        "version": passed.version,
        "certificate": passed.certificate_digest,
        "title": passed.title,
        "text": passed.text,
        "effective_from": passed.effective_from,
        "ends_at": end_of(passed.effective_from, passed.expires, is_emergency=passed.emergency),
        "sunset_at": passed.expires,
        "review_by": passed.review_by,
        "is_emergency": passed.emergency,
        "answer": Answer.NONE,
        "answer_by": passed.answer_by,
        "silence_binds": passed.silence_binds,
        "answered_at": None,
        "answered_by": None,
        "answer_evidence": None,
        "reservations": {},
        "received_at": uow.now,
    }


def _values(uow: UnitOfWork, passed: PassedPolicy, row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": uow.new_id(),
            "key": name,
            "value": {"value": stored},
            "policy": row["id"],
            "version": passed.version,
            "decided_by": passed.certificate_digest,
            "since": passed.effective_from,
            "until": row["ends_at"],
            "binding": REGISTRY[name].mode is not Mode.RATIFY and name not in passed.need_own_yes,
        }
        for name, stored in passed.keys.items()
    ]
