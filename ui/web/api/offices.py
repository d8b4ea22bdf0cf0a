"""Offices by API: who holds them, giving one, ending one; committees, and what each is for."""

from node import offices
from node.accounts import AccountView, Duty
from node.offices import GIVES, Given, Holding
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.office_types import (
    Committee,
    CommitteeList,
    CommitteeNew,
    Office,
    OfficeEnd,
    OfficeList,
    OfficeNew,
    OfficeSearch,
)

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


@table.add(
    "GET",
    "/committees",
    "Committees, by name: what each decides, until when, and who has a seat in it",
    scope="read",
    answer=CommitteeList,
)
async def committees(call: Call) -> CommitteeList:
    async with call.node.reading() as reader:
        found = await offices.committees(reader)
    return CommitteeList([_committee(one, call.account) for one in found])


@table.add(
    "POST",
    "/committees",
    "Say what a committee is for; of one that is known, anew. Its seats are offices",
    scope="admin",
    body=CommitteeNew,
    answer=Committee,
    status=201,
    example={
        "name": "Garden",
        "purpose": "Beds, tools and the shed, up to £500 a year.",
        "decision": "General meeting of 12 May, item 4",
    },
)
async def set_up(call: Call) -> Committee:
    given: CommitteeNew = call.body
    committee_id = await call.node.write(
        lambda uow: offices.set_committee(
            uow,
            given.name,
            purpose=given.purpose,
            decision=given.decision,
            ends_on=given.ends_on,
            by=call.account.id,
        )
    )
    return await _seen(call, committee_id)


@table.add("GET", "/committees/{id}", "One committee", scope="read", answer=Committee)
async def one(call: Call) -> Committee:
    return await _seen(call, call.path["id"])


@table.add(
    "DELETE",
    "/committees/{id}",
    "Delete what a committee is for; whoever has a seat in it keeps that",
    scope="admin",
    status=204,
)
async def drop(call: Call) -> None:
    await call.node.write(
        lambda uow: offices.drop_committee(uow, call.path["id"], by=call.account.id)
    )


async def _seen(call: Call, committee_id: str) -> Committee:
    async with call.node.reading() as reader:
        return _committee(await offices.committee(reader, committee_id), call.account)


def _committee(one: offices.Committee, reader: AccountView) -> Committee:
    return Committee(
        id=one.id,
        name=one.name,
        purpose=one.purpose,
        decision=one.decision,
        ends_on=one.ends_on,
        is_over=one.is_over,
        seats=[_item(each, reader) for each in one.seats],
    )


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
