"""The rules in force by API: where they come from, our own choice, what a draft would touch."""

from typing import Any

import msgspec

from node import policies
from node.policies import Decision, Entry, PolicyKey, PolicyView
from ui.web.api import policy_types as types
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


@table.add("GET", "/policies", "The rules in force on this node", answer=types.PolicyList)
async def in_force(call: Call) -> types.PolicyList:
    async with call.node.reading() as reader:
        entries = await policies.entries(reader)
    return types.PolicyList([_policy(entry) for entry in entries])


@table.add(
    "GET",
    "/policies/passed",
    "What federations of ours decided, version by version",
    answer=types.PassedList,
)
async def passed(call: Call) -> types.PassedList:
    async with call.node.reading() as reader:
        return types.PassedList([_passed(view) for view in await policies.passed(reader)])


@table.add(
    "POST",
    "/policies/dry-run",
    "How much here a draft of a policy would touch; nothing is changed",
    scope="admin",
    body=types.Draft,
    answer=types.TouchedList,
    example={"keys": {"listings.required_fields": ["price"], "referrals.answer_days": 2}},
)
async def dry_run(call: Call) -> types.TouchedList:
    given: types.Draft = call.body
    async with call.node.reading() as reader:
        touched = await policies.dry_run(reader, given.keys)
    return types.TouchedList(
        [types.Touched(one.what, one.affected, one.total, str(one.words)) for one in touched]
    )


@table.add("GET", "/policies/{name}", "One rule, with what was decided", answer=types.Policy)
async def one(call: Call) -> types.Policy:
    async with call.node.reading() as reader:
        return _policy(await policies.entry(reader, call.path["name"]))


@table.add(
    "PUT",
    "/policies/{name}",
    "Our own choice, from now on; stricter than our federations' where they bind us",
    scope="admin",
    body=types.Choice,
    answer=types.Policy,
    example={"value": 90},
)
async def choose(call: Call) -> types.Policy:
    given: types.Choice = call.body
    name = call.path["name"]
    await call.node.write(lambda uow: policies.choose(uow, name, given.value, by=call.account.id))
    async with call.node.reading() as reader:
        return _policy(await policies.entry(reader, name))


@table.add("DELETE", "/policies/{name}", "Take our own choice back", scope="admin", status=204)
async def lapse(call: Call) -> None:
    key = policies.key_named(call.path["name"])
    await call.node.write(lambda uow: policies.lapse(uow, key, by=call.account.id))


def _policy(entry: Entry) -> types.Policy:
    key, now = entry.key, entry.now
    return types.Policy(
        name=key.name,
        description=str(key.description),
        unit=str(key.unit) if key.unit else None,
        value=_raw(key, now.value),
        default=_raw(key, key.default),
        mode=key.mode,
        owner=key.owner,
        origin=now.origin,
        version=now.version,
        policy=now.policy or None,
        federation=now.federation,
        since=now.since,
        open=now.is_open,
        obeyed=key.obeyed,
        history=[_decision(key, decision) for decision in entry.coming + entry.history],
    )


def _decision(key: PolicyKey[Any], decision: Decision[Any]) -> types.Decision:
    return types.Decision(
        value=_raw(key, decision.value),
        version=decision.version,
        policy=decision.policy or None,
        federation=decision.federation,
        decided_by=decision.decided_by,
        since=decision.since,
        until=decision.until,
        binding=decision.binding,
    )


def _passed(view: PolicyView) -> types.Passed:
    return types.Passed(
        id=view.policy_id,
        version=view.version,
        federation=view.federation,
        certificate=view.certificate,
        text=view.text,
        keys=list(view.keys),
        effective_from=view.effective_from,
        ends_at=view.ends_at,
        review_by=view.review_by,
        emergency=view.is_emergency,
        answer=view.answer,
        answer_by=view.answer_by,
        reservations=dict(view.reservations),
    )


def _raw(key: PolicyKey[Any], value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(key.kind.write(value)))
