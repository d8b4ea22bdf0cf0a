"""What a coop says beside its ballot, by API: own answers, exceptions, marks, rounds, proxies."""

from datetime import datetime

from msgspec import Struct

from node import council
from node.errors import NotFound
from node.i18n import _
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.types import LongText, ShortText

table = EndpointTable()


class AnswerItem(Struct, frozen=True):
    """verdict: accept, reject, silent, or waiting. reservations: reasons by key."""

    coop: str
    verdict: str
    bound: bool
    decision: str
    reservations: dict[str, str]


class AnswerList(Struct, frozen=True):
    """needed: whether it binds a coop only with its own yes, due by answer_by."""

    needed: bool
    answer_by: datetime | None
    silence_binds: bool
    items: list[AnswerItem]
    next: str | None = None


class AnswerNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """decision: our own, as minutes or a certificate name it."""

    accepts: bool
    decision: ShortText


class ReservationNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: ShortText
    reason: LongText


class MarkNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ballot: the digest of another coop's objection that has no reason."""

    ballot: ShortText
    reason: LongText


class RoundMade(Struct, frozen=True):
    """id: of the proposal that comes again."""

    id: str


class ProxyItem(Struct, frozen=True):
    holder: str
    decision_class: str
    until: datetime


class ProxyList(Struct, frozen=True):
    items: list[ProxyItem]
    next: str | None = None


class ProxyNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """holder: the coop that votes for us where we do not; null takes it back. proposal: the one
    that it is for, instead of the whole class."""

    holder: ShortText | None
    decision_class: ShortText
    until: datetime
    proposal: ShortText | None = None


@table.add(
    "GET",
    "/proposals/{id}/answers",
    "Who is bound by a decision, and who excepted itself",
    scope="council:read",
    answer=AnswerList,
)
async def answers(call: Call) -> AnswerList:
    return await _answers(call)


@table.add(
    "POST",
    "/proposals/{id}/answers",
    "Our coop's own yes or no to a decision that needs it",
    scope="council:write",
    body=AnswerNew,
    answer=AnswerList,
    status=201,
    example={"accepts": True, "decision": "Meeting of 3 May, item 4"},
)
async def answer(call: Call) -> AnswerList:
    given: AnswerNew = call.body
    await call.node.write(
        lambda uow: council.answer(
            uow,
            call.path["id"],
            accepts=given.accepts,
            decision=given.decision,
            by=call.account.id,
        )
    )
    return await _answers(call)


@table.add(
    "POST",
    "/proposals/{id}/reservations",
    "Except our coop from one key of a decision, with a reason",
    scope="council:write",
    body=ReservationNew,
    answer=AnswerList,
    status=201,
    example={
        "key": "referrals.fee_ceiling_percent",
        "reason": "The law of our country sets another ceiling.",
    },
)
async def reserve(call: Call) -> AnswerList:
    given: ReservationNew = call.body
    number, by = call.path["id"], call.account.id
    await call.node.write(lambda uow: council.reserve(uow, number, given.key, given.reason, by=by))
    return await _answers(call)


@table.add(
    "POST",
    "/proposals/{id}/marks",
    "Say that an objection has no reason",
    scope="council:write",
    body=MarkNew,
    status=204,
    example={"ballot": "zQmVYJwDsZ9y", "reason": "It names nothing that would be harmed."},
)
async def mark(call: Call) -> None:
    given: MarkNew = call.body
    number, by = call.path["id"], call.account.id
    await call.node.write(lambda uow: council.mark(uow, number, given.ballot, given.reason, by=by))


@table.add(
    "POST",
    "/proposals/{id}/rounds",
    "Bring our proposal once more: a second round, or a vote where consent was not found",
    scope="council:write",
    answer=RoundMade,
    status=201,
)
async def again(call: Call) -> RoundMade:
    number, by = call.path["id"], call.account.id
    return RoundMade(await call.node.write(lambda uow: council.bring_again(uow, number, by=by)))


@table.add(
    "GET",
    "/federations/{id}/proxies",
    "Who stands in for us",
    scope="council:read",
    answer=ProxyList,
)
async def proxies(call: Call) -> ProxyList:
    return await _proxies(call)


@table.add(
    "POST",
    "/federations/{id}/proxies",
    "Let another coop's ballot speak for us where we do not vote, or take that back",
    scope="admin",
    body=ProxyNew,
    answer=ProxyList,
    status=201,
    example={
        "holder": "https://portici.example/coop",
        "decision_class": "ordinary",
        "until": "2027-12-31T23:59:59Z",
    },
)
async def stand_in(call: Call) -> ProxyList:
    given: ProxyNew = call.body
    await call.node.write(
        lambda uow: council.stand_in(
            uow,
            call.path["id"],
            given.holder,
            given.decision_class,
            until=given.until,
            only=given.proposal,
            by=call.account.id,
        )
    )
    return await _proxies(call)


async def _answers(call: Call) -> AnswerList:
    async with call.node.reading() as reader:
        found = await council.answers(reader, call.path["id"])
    if found is None:
        raise NotFound(_("There is no decision yet."), "not-decided")
    return AnswerList(
        found.needed,
        found.answer_by,
        found.silence_binds,
        [
            AnswerItem(
                each.coop, each.verdict, each.is_bound, each.decision, dict(each.reservations)
            )
            for each in found.coops
        ],
    )


async def _proxies(call: Call) -> ProxyList:
    async with call.node.reading() as reader:
        granted = await council.our_proxies(reader, call.path["id"])
    return ProxyList(
        [ProxyItem(each["holder"], each["class"], each.moment("until")) for each in granted]
    )
