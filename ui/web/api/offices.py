"""Offices by API: who holds them, giving one, ending one."""

from node import offices
from node.accounts import AccountView, Duty
from node.offices import GIVES, Given, Holding
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.office_types import Office, OfficeEnd, OfficeList, OfficeNew, OfficeSearch

table = EndpointTable()


@table.add(
    "GET",
    "/offices",
    "Who holds which office, until when",
    scope="read",
    query=OfficeSearch,
    answer=OfficeList,
)
async def held(call: Call) -> OfficeList:
    asked: OfficeSearch = call.query
    async with call.node.reading() as reader:
        found = await offices.holdings(reader, member_id=asked.member, over=asked.over)
    return OfficeList([_item(one, call.account) for one in found])


@table.add(
    "POST",
    "/offices",
    "Give an office to an active member, for a term that ends by itself",
    scope="admin",
    body=OfficeNew,
    answer=Office,
    status=201,
    example={
        "member": "01hq3v7t2g9m4w8x5y6z0abcde",
        "office": "treasurer",
        "ends_on": "2029-03-31",
        "decision": "General meeting of 12 May, item 4",
    },
)
async def give(call: Call) -> Office:
    given: OfficeNew = call.body
    wanted = Given(
        offices.Office(given.office),
        given.starts_on or call.node.clock.now().date(),
        given.ends_on,
        given.decision,
        given.name,
    )
    by = call.account.id
    made = await call.node.write(lambda uow: offices.give(uow, given.member, wanted, by=by))
    return _item(made, call.account)


@table.add(
    "POST",
    "/offices/{id}/end",
    "End a term before its time",
    scope="admin",
    body=OfficeEnd,
    answer=Office,
    example={"reason": "Moved away"},
)
async def end(call: Call) -> Office:
    given: OfficeEnd = call.body
    holding_id, by = call.path["id"], call.account.id
    await call.node.write(lambda uow: offices.end(uow, holding_id, by=by, reason=given.reason))
    async with call.node.reading() as reader:
        return _item(await offices.holding(reader, holding_id), call.account)


def _item(one: Holding, reader: AccountView) -> Office:
    return Office(
        id=one.id,
        office=one.office,
        name=one.name,
        member=one.member_id,
        member_name=one.member_name,
        starts_on=one.starts_on,
        until=one.until,
        state=one.standing,
        decision=one.decision,
        given_at=one.given_at,
        reason=one.reason if reader.looks_after(Duty.MEMBERS) else "",
        gives=sorted(GIVES[one.office]),
    )
