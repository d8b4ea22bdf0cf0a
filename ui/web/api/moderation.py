"""Listings that are looked at, first or after a report, by API: what waits, deciding."""

from node import listings
from node.errors import NotFound
from node.i18n import _
from node.listings import CaseView, Complaint
from ui.web.api import moderation_types, types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.listings import detail, shown

table = EndpointTable()


@table.add(
    "POST",
    "/listings/{id}/report",
    "Say that something is wrong with a listing, ours or a mirror",
    scope="messages",
    body=moderation_types.ListingReportNew,
    status=204,
    example={"reason": "fraud", "words": "These are another coop's pictures."},
)
async def report(call: Call) -> None:
    given: moderation_types.ListingReportNew = call.body
    async with call.node.reading() as reader:
        view = await shown(call, reader)
    said = Complaint(given.reason, given.words, account=call.account.id, tell_them=given.tell_them)
    await call.node.write(lambda uow: listings.report(uow, view, said))


@table.add(
    "GET",
    "/moderation",
    "What was reported, what waits for somebody first",
    scope="moderation",
    answer=moderation_types.CaseList,
)
async def cases(call: Call) -> moderation_types.CaseList:
    async with call.node.reading() as reader:
        found = await listings.cases(reader, call.account)
    return moderation_types.CaseList([_item(one) for one in found])


@table.add(
    "POST",
    "/moderation/{id}",
    "Decide about a reported listing; its owner hears why",
    scope="moderation",
    body=moderation_types.CaseDecision,
    answer=moderation_types.CaseItem,
    example={"do": "withhold", "ground": "fraud", "words": "The pictures are another coop's."},
)
async def decide(call: Call) -> moderation_types.CaseItem:
    given: moderation_types.CaseDecision = call.body
    case_id = call.path["id"]
    await call.node.write(
        lambda uow: listings.decide(
            uow, case_id, given.do, by=call.account, words=given.words, ground=given.ground
        )
    )
    async with call.node.reading() as reader:
        case = await listings.case(reader, case_id, call.account)
    if case is None:
        raise NotFound(_("There is no such case."))
    return _item(case)


@table.add(
    "GET",
    "/reviews",
    "What waits to be looked at before it is published, the longest first",
    scope="moderation",
    answer=types.ListingList,
)
async def waiting(call: Call) -> types.ListingList:
    async with call.node.reading() as reader:
        found = await listings.in_review(reader)
    return types.ListingList([detail(call, one) for one in found])


@table.add(
    "POST",
    "/reviews/{id}",
    "Publish what waits to be looked at, or send it back with a reason",
    scope="moderation",
    body=types.ListingReview,
    answer=types.ListingDetail,
    example={"do": "send-back", "version": 1, "words": "Say in which town you can come."},
)
async def review(call: Call) -> types.ListingDetail:
    given: types.ListingReview = call.body
    view = await call.node.write(
        lambda uow: listings.review(
            uow,
            call.path["id"],
            given.do,
            by=call.account,
            expected_version=given.version,
            words=given.words,
        )
    )
    return detail(call, view)


def _item(case: CaseView) -> moderation_types.CaseItem:
    return moderation_types.CaseItem(
        id=case.id,
        uri=case.uri,
        title=case.title,
        state=case.state,
        ground=case.ground,
        statement=case.statement,
        appeal=case.appeal,
        answer=case.answer,
        opened_at=case.opened_at,
        appeal_by=case.appeal_by,
        reports=[
            moderation_types.ReportItem(one.reason, one.words, one.coop, one.reported_at)
            for one in case.reports
        ],
        can=list(case.acts),
    )
