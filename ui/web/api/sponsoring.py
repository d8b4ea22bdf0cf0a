"""Members who vouch for applicants, by API: who is to be asked, and what each member says."""

from node import joining
from node.joining import Asked
from ui.web.api import application_types as types
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()


@table.add(
    "POST",
    "/applications/{id}/sponsors",
    "Say who knows an applicant; an active member of that name is asked whether they vouch",
    scope="members:write",
    body=types.SponsorNew,
    answer=types.Sponsors,
    example={"name": "Femi Adeyemi"},
)
async def name(call: Call) -> types.Sponsors:
    given: types.SponsorNew = call.body
    application_id, by = call.path["id"], call.account.id
    await call.node.write(lambda uow: joining.name_sponsor(uow, application_id, given.name, by=by))
    async with call.node.reading() as reader:
        return sponsors(await joining.sponsors(reader, application_id))


@table.add(
    "GET",
    "/sponsoring",
    "Applicants for whom you are asked to vouch, and have not said yet",
    scope="read",
    answer=types.SponsoringList,
)
async def waiting(call: Call) -> types.SponsoringList:
    async with call.node.reading() as reader:
        found = await joining.asked_of(reader, call.account.id)
    return types.SponsoringList([_item(one) for one in found])


@table.add(
    "GET",
    "/sponsoring/{id}",
    "An applicant for whom you may vouch, by its id or by what ends the link they gave you",
    scope="read",
    answer=types.Sponsoring,
)
async def one(call: Call) -> types.Sponsoring:
    return await _seen(call)


@table.add(
    "POST",
    "/sponsoring/{id}",
    "Say whether you vouch for an applicant; you can say otherwise until it is decided",
    scope="account",
    body=types.Vouching,
    answer=types.Sponsoring,
    example={"vouches": True},
)
async def vouch(call: Call) -> types.Sponsoring:
    key, vouches, account_id = call.path["id"], call.body.vouches, call.account.id
    await call.node.write(
        lambda uow: joining.vouch(uow, key, vouches=vouches, account_id=account_id)
    )
    return await _seen(call)


def sponsors(found: joining.Sponsors) -> types.Sponsors:
    """Who vouches for an applicant, for whoever decides."""
    asked = [
        types.Sponsor(each.member_id, each.name, each.vouches, each.counts) for each in found.asked
    ]
    return types.Sponsors(found.needed, asked)


async def _seen(call: Call) -> types.Sponsoring:
    async with call.node.reading() as reader:
        return _item(await joining.asked(reader, call.path["id"], call.account.id))


def _item(one: Asked) -> types.Sponsoring:
    seen = one.application
    return types.Sponsoring(
        id=one.id,
        name=seen.given.name if seen.given else None,
        membership_class=seen.membership_class,
        created_at=seen.created_at,
        open=seen.status in joining.CAN_BE_NAMED,
        vouches=one.vouches,
    )
