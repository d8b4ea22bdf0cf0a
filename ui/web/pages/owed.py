"""What we owe and are owed: with whom, how far it may go, what waits for us, and paying it."""

from typing import Any

from aiohttp import web
from yarl import URL

from federation.ambient import new_id
from node import clearing, peers
from node.clearing import ContestReason, Reason
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import Text, _
from node.ledger import Method
from node.money import Money
from ui.web.context import node_of, treasurer_of
from ui.web.navigation import see_other
from ui.web.numbers import with_point
from ui.web.once import see_made, sent_once
from ui.web.owed_forms import ClaimForm, PaymentForm, TrustLineForm
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()
_PAYMENT_ANSWERS = {"came": clearing.receive, "missed": clearing.miss}
_REFUSALS = (Conflict, InvalidInput, NotAllowed)


@routes.get("/owed")
async def owed_page(request: web.Request) -> web.StreamResponse:
    """All partners, what waits for an answer of ours, and the last runs."""
    treasurer_of(request)
    return await _overview(request, _claim_form(request))


@routes.post("/owed")
async def claim(request: web.Request) -> web.StreamResponse:
    """Say that a coop owes us."""
    account, form = treasurer_of(request), ClaimForm(await read_form(request))
    if not form.validate():
        return await _overview(request, form, status=422)
    try:
        money = Money.parse(with_point(form.amount.data), form.currency.data.strip().upper())
        made = await node_of(request).write(
            lambda uow: clearing.claim(
                uow,
                form.coop.data or "",
                money,
                form.due_on.data,
                Reason(form.reason.data),
                basis=form.basis.data or "",
                key=form.key.data or None,
                by=account.id,
            )
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _overview(request, form, status=422)
    except Conflict as error:
        form.complain({"amount": [error.public_message]})
        return await _overview(request, form, status=409)
    return see_other(f"/owed/{made.id}", told="claim-sent")


@routes.get("/owed/with")
async def partner_page(request: web.Request) -> web.StreamResponse:
    """One partner in one currency: what is open, the trust line, the statement, payments."""
    treasurer_of(request)
    today = node_of(request).clock.now().date()
    return await _partner(request, PaymentForm(data={"paid_on": today}), TrustLineForm())


@routes.post("/owed/pay")
@sent_once
async def pay(request: web.Request) -> web.StreamResponse:
    """Say that we paid."""
    account, data = treasurer_of(request), await read_form(request)
    form = PaymentForm(data)
    if not form.validate():
        return await _partner(request, form, TrustLineForm(), status=422)
    chosen = [str(one) for one in data.getall("obligation", [])]
    try:
        return await see_made(
            request,
            lambda uow: clearing.mark_paid(
                uow,
                chosen,
                Method(form.method.data),
                paid_on=form.paid_on.data,
                reference=form.reference.data or "",
                by=account.id,
            ),
            lambda _paid: see_other(_back(data), told="paid"),
        )
    except _REFUSALS as error:
        return await _partner(request, form, TrustLineForm(), status=422, wrong=_said(error))


@routes.post("/owed/line")
async def decide_line(request: web.Request) -> web.StreamResponse:
    """Set how much may be owed."""
    account, data = treasurer_of(request), await read_form(request)
    node, form = node_of(request), TrustLineForm(data)
    today = node.clock.now().date()
    payment = PaymentForm(data={"paid_on": today})
    if not form.validate():
        return await _partner(request, payment, form, status=422)
    try:
        text, currency = (form.limit.data or "").strip(), form.currency.data or ""
        limit = Money.parse(with_point(text), currency) if text else None
        await node.write(
            lambda uow: clearing.decide_line(
                uow,
                form.uri.data or "",
                currency,
                limit,
                decided_by=form.decided_by.data,
                by=account.id,
            )
        )
    except InvalidInput as error:
        fields = dict(error.fields)
        form.complain({"limit": fields.pop("amount", [])} | fields)
        return await _partner(request, payment, form, status=422)
    return see_other(_back(data), told="saved")


@routes.post("/owed/statement")
async def compare(request: web.Request) -> web.StreamResponse:
    """Compare with a partner now."""
    account, data = treasurer_of(request), await read_form(request)
    uri, currency = str(data.get("uri", "")), str(data.get("currency", ""))
    await node_of(request).write(
        lambda uow: clearing.send_statement(uow, uri, currency, by=account.id)
    )
    return see_other(_back(data), told="compared")


@routes.post("/owed/payments/{id}")
async def payment_came(request: web.Request) -> web.StreamResponse:
    """Say whether a payment came."""
    account, data = treasurer_of(request), await read_form(request)
    command = _PAYMENT_ANSWERS.get(str(data.get("do", "")))
    if command is None:
        raise NotFound(_("There is no such answer."))
    number = request.match_info["id"]
    await node_of(request).write(lambda uow: command(uow, number, by=account.id))
    return see_other("/owed", told="answered")


@routes.get("/owed/{id}")
async def obligation_page(request: web.Request) -> web.StreamResponse:
    """One obligation and what made it."""
    treasurer_of(request)
    async with node_of(request).reading() as reader:
        one = await clearing.obligation(reader, request.match_info["id"])
        legal = await peers.legal_of(reader, (one.debtor, one.creditor))
    return await render(request, "owed/one.html", here="more", one=one, legal=legal)


@routes.post("/owed/{id}")
async def answer(request: web.Request) -> web.StreamResponse:
    """Sign or contest a claim."""
    account, data = treasurer_of(request), await read_form(request)
    node, number, said = node_of(request), request.match_info["id"], str(data.get("do", ""))
    if said == "sign":
        await node.write(lambda uow: clearing.acknowledge(uow, number, by=account.id))
    elif said in set(ContestReason):
        reason = ContestReason(said)
        await node.write(lambda uow: clearing.contest(uow, number, reason, by=account.id))
    else:
        raise NotFound(_("There is no such answer."))
    return see_other(f"/owed/{number}", told="answered")


def _claim_form(request: web.Request) -> ClaimForm:
    node = node_of(request)
    number = new_id(node.clock.now(), node.entropy)
    return ClaimForm(data={"key": number, "currency": node.config.currency})


async def _overview(
    request: web.Request, form: ClaimForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        partners = await clearing.partners(reader)
        report = await clearing.reconciliation(reader)
        payments = await clearing.payments(reader, only_to_answer=True)
        runs = await clearing.clearing_runs(reader, 12)
    return await render(
        request,
        "owed/owed.html",
        here="more",
        status=status,
        form=form,
        partners=partners,
        to_sign=[one for one in report.one_sided if one.we_owe and one.uri],
        unsigned=[one for one in report.one_sided if not one.we_owe],
        to_receive=payments,
        runs=runs,
        to_answer=[run for run in runs if run.waits_for_us],
        currencies=sorted({one.currency for one in partners}),
    )


async def _partner(
    request: web.Request,
    payment: PaymentForm,
    line: TrustLineForm,
    *,
    status: int = 200,
    wrong: Text = "",
) -> web.StreamResponse:
    data: Any = await read_form(request) if request.method == "POST" else request.query
    uri, currency = str(data.get("uri", "")), str(data.get("currency", ""))
    async with node_of(request).reading() as reader:
        views = await clearing.partners(reader)
        rows, more = await clearing.obligations(
            reader, partner=uri, currency=currency, cursor=request.query.get("cursor")
        )
        payments = await clearing.payments(reader, uri, currency)
    view = next((one for one in views if (one.partner, one.currency) == (uri, currency)), None)
    if view is None:
        raise NotFound(_("Nothing is owed between us and that coop in this currency."))
    return await render(
        request,
        "owed/partner.html",
        here="more",
        status=status,
        view=view,
        rows=rows,
        payments=payments,
        more=_back(data, cursor=more) if more else "",
        form=payment,
        line=line,
        wrong=wrong,
    )


def _back(data: Any, **more: str) -> str:
    """The page of the partner that a form was on."""
    asked = {"uri": str(data.get("uri", "")), "currency": str(data.get("currency", ""))} | more
    return str(URL("/owed/with").with_query(asked))


def _said(error: Conflict | InvalidInput | NotAllowed) -> Text:
    if isinstance(error, InvalidInput):
        return next(text for texts in error.fields.values() for text in texts)
    return error.public_message
