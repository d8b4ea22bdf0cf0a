"""Hours of work by API: noting one's own, looking at those of all, confirming and sending back."""

from node import hours, members
from node.hours import Entry, Seen, Work
from ui.web.api import hours_types as types
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


@table.add(
    "GET",
    "/hours",
    "Your own hours of work, noted last first",
    scope="read",
    query=types.HoursSearch,
    answer=types.HoursList,
)
async def mine(call: Call) -> types.HoursList:
    async with call.node.reading() as reader:
        own = await members.by_account(reader, call.account.id)
    return await _page(call, own.id) if own else types.HoursList([])


@table.add(
    "POST",
    "/hours",
    "Note work that you did for the coop; somebody else confirms it",
    scope="account",
    body=types.HoursNew,
    answer=types.Hours,
    status=201,
    example={"worked_on": "2027-01-03", "minutes": 150, "activity": "Repairs"},
)
async def note(call: Call) -> types.Hours:
    work, account_id = _work(call.body), call.account.id
    return _item(await call.node.write(lambda uow: hours.note(uow, account_id, work)))


@table.add(
    "PUT",
    "/hours/{id}",
    "Change what you noted, as long as nobody has confirmed it",
    scope="account",
    body=types.HoursNew,
    answer=types.Hours,
    example={"worked_on": "2027-01-03", "minutes": 90, "activity": "Repairs"},
)
async def change(call: Call) -> types.Hours:
    work, account_id, entry_id = _work(call.body), call.account.id, call.path["id"]
    await call.node.write(lambda uow: hours.change(uow, account_id, entry_id, work))
    return await _one(call, entry_id)


@table.add(
    "DELETE",
    "/hours/{id}",
    "Take back what you noted, as long as nobody has confirmed it",
    scope="account",
    status=204,
)
async def take_back(call: Call) -> None:
    account_id, entry_id = call.account.id, call.path["id"]
    await call.node.write(lambda uow: hours.take_back(uow, account_id, entry_id))


@table.add(
    "GET",
    "/hours/all",
    "Hours of work of all members, noted last first",
    scope="members:read",
    query=types.HoursSearch,
    answer=types.HoursList,
)
async def everybodys(call: Call) -> types.HoursList:
    return await _page(call, None)


@table.add(
    "GET",
    "/hours/sums",
    "Minutes of a year, by member and activity",
    scope="members:read",
    query=types.HoursYear,
    answer=types.HoursSums,
)
async def sums(call: Call) -> types.HoursSums:
    async with call.node.reading() as reader:
        found = await hours.sums(reader, call.query.year)
    return types.HoursSums(
        [
            types.HoursSum(one.member_id, one.member_name, one.activity, one.confirmed, one.waiting)
            for one in found
        ]
    )


@table.add(
    "POST",
    "/hours/{id}/decision",
    "Confirm work of another member, or send it back with a reason",
    scope="members:write",
    body=types.HoursDecision,
    answer=types.Hours,
    example={"counts": True, "version": 1},
)
async def decide(call: Call) -> types.Hours:
    given: types.HoursDecision = call.body
    seen, by = Seen(call.path["id"], given.version), call.account.id
    if given.counts:
        await call.node.write(lambda uow: hours.confirm(uow, [seen], by=by))
    else:
        await call.node.write(lambda uow: hours.send_back(uow, seen, given.reason, by=by))
    return await _one(call, seen.id)


async def _page(call: Call, member_id: str | None) -> types.HoursList:
    asked: types.HoursSearch = call.query
    async with call.node.reading() as reader:
        found = await hours.entries(
            reader,
            member_id=member_id,
            year=asked.year,
            before=asked.cursor,
            limit=asked.limit + 1,
        )
    shown = found[: asked.limit]
    last = shown[-1].id if len(found) > asked.limit else None
    return types.HoursList([_item(one) for one in shown], last)


async def _one(call: Call, entry_id: str) -> types.Hours:
    async with call.node.reading() as reader:
        return _item(await hours.entry(reader, entry_id))


def _work(given: types.HoursNew) -> Work:
    return Work(given.worked_on, given.minutes, given.activity, given.committee)


def _item(one: Entry) -> types.Hours:
    return types.Hours(
        id=one.id,
        member=one.member_id,
        member_name=one.member_name,
        worked_on=one.worked_on,
        minutes=one.minutes,
        activity=one.activity,
        committee=one.committee,
        state=one.state,
        version=one.version,
        noted_at=one.noted_at,
        decided_at=one.decided_at,
        reason=one.reason,
    )
