"""Clearing runs by API: called, seen, answered."""

from node import clearing
from node.clearing import Picture, RunView
from node.errors import NotFound
from node.money import Money
from ui.web.api import clearing_types as types
from ui.web.api.endpoints import Call, EndpointTable
from ui.web.api.obligations import READ, WRITE, sum_of

table = EndpointTable()


@table.add("GET", "/clearing", "Clearing runs, the newest first", scope=READ, answer=types.RunList)
async def runs(call: Call) -> types.RunList:
    async with call.node.reading() as reader:
        return types.RunList([_run(one) for one in await clearing.clearing_runs(reader)])


@table.add(
    "POST",
    "/clearing",
    "Call a clearing run among the coops that we are in touch with",
    scope=WRITE,
    body=types.RunNew,
    answer=types.RunResult,
    status=201,
    example={"currency": "EUR"},
)
async def call_run(call: Call) -> types.RunResult:
    given: types.RunNew = call.body
    made = await call.node.write(lambda uow: clearing.call(uow, given.currency, by=call.account.id))
    return _run(made)


@table.add(
    "GET",
    "/clearing/{id}",
    "One run: who owes whom, and what is set off",
    scope=READ,
    answer=types.RunDetail,
)
async def one_run(call: Call) -> types.RunDetail:
    number = call.path["id"]
    async with call.node.reading() as reader:
        view = await clearing.run(reader, number)
        try:
            picture = await clearing.picture(reader, number)
        except NotFound:
            return types.RunDetail(_run(view), None, None, [])
    return types.RunDetail(
        _run(view), sum_of(picture.total), sum_of(picture.set_off), _pairs(picture)
    )


@table.add(
    "POST",
    "/clearing/{id}/answer",
    "Say yes or no to what is proposed, where a person is asked",
    scope=WRITE,
    body=types.RunAnswer,
    answer=types.RunResult,
    example={"consent": True},
)
async def answer_run(call: Call) -> types.RunResult:
    given: types.RunAnswer = call.body
    done = await call.node.write(
        lambda uow: clearing.decide_run(uow, call.path["id"], yes=given.consent, by=call.account.id)
    )
    return _run(done)


def _run(view: RunView) -> types.RunResult:
    return types.RunResult(
        id=view.id,
        uri=view.uri,
        caller=view.caller,
        currency=view.currency,
        state=view.state.value,
        attempt=view.attempt,
        coops=list(view.coops),
        offers_by=view.offers_by,
        answers_by=view.answers_by,
        consented=view.consented,
        faults=[types.Fault(one["code"], one["coops"], one["about"]) for one in view.faults],
    )


def _pairs(picture: Picture) -> list[types.SetOff]:
    nothing = Money(0, picture.currency, picture.total.scale)
    return [
        types.SetOff(
            debtor, creditor, sum_of(owed), sum_of(picture.cleared.get((debtor, creditor), nothing))
        )
        for (debtor, creditor), owed in picture.before.items()
    ]
