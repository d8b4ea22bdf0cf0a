"""Agreements by API: ask, see, and take any step that is yours."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from federation.storage import Reader
from node import agreements, i18n
from node.agreements import (
    AgreementView,
    Answer,
    Contact,
    Detail,
    Draft,
    Event,
    FeeLine,
    Revision,
    Said,
    State,
)
from node.errors import InvalidInput
from node.i18n import _
from node.money import Money
from ui.web import other_days
from ui.web.api import agreement_types as types
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()

WANTED = {
    "lines": [{"listing": "01h00000000000000000000000", "quantity": "2"}],
    "start": "2027-03-01T09:00:00Z",
    "end": "2027-03-01T11:00:00Z",
    "time_zone": "Europe/London",
}


@table.add(
    "GET",
    "/agreements",
    "Agreements that you have a part in, the newest first",
    scope="agreements:read",
    query=types.AgreementSearch,
    answer=types.AgreementList,
)
async def mine(call: Call) -> types.AgreementList:
    asked: types.AgreementSearch = call.query
    by = agreements.of_account(call.account)
    async with call.node.reading() as reader:
        if asked.to_answer:
            waiting = await agreements.to_answer(reader, by)
            waiting = await agreements.titled(reader, waiting, i18n.language.get())
            return types.AgreementList([_item(one) for one in waiting[: asked.limit]])
        found = await agreements.agreements(
            reader,
            by,
            states=_states(asked.state),
            lot=asked.lot.strip(),
            after=asked.cursor,
            limit=asked.limit + 1,
        )
        shown = await agreements.titled(reader, found[: asked.limit], i18n.language.get())
    more = shown[-1].id if len(found) > asked.limit else None
    return types.AgreementList([_item(one) for one in shown], more)


@table.add(
    "POST",
    "/agreements/preview",
    "What a request would come to: terms, sums and fees, line by line; nothing is asked for",
    scope="agreements:read",
    body=types.AgreementNew,
    answer=types.AgreementPreview,
    example=WANTED,
)
async def preview(call: Call) -> types.AgreementPreview:
    async with call.node.reading() as reader:
        draft = await agreements.preview(
            reader, wanted(call.body), call.account.id, _contact(call.body)
        )
    return _previewed(draft)


@table.add(
    "POST",
    "/agreements",
    "Ask for listings, of this coop or of another",
    scope="agreements:write",
    body=types.AgreementNew,
    answer=types.AgreementItem,
    status=201,
    example=WANTED,
)
async def ask(call: Call) -> types.AgreementItem:
    given: types.AgreementNew = call.body
    made = await call.node.write(
        lambda uow: agreements.ask(
            uow,
            wanted(given),
            account=call.account,
            contact=_contact(given),
            send=given.send,
            key=given.key,
        )
    )
    async with call.node.reading() as reader:
        return _item(await _called(reader, made.agreement))


@table.add(
    "GET",
    "/agreements/{id}",
    "One agreement: terms, history, and what you may do now",
    scope="agreements:read",
    answer=types.AgreementDetail,
)
async def one(call: Call) -> types.AgreementDetail:
    return await _seen(call)


@table.add(
    "POST",
    "/agreements/{id}/preview",
    "What another offer or a change would come to, or why it would be refused; nothing is sent",
    scope="agreements:read",
    body=types.Look,
    answer=types.AgreementPreview,
    example={"step": "counter", "change": {"lines": [{"line": 0, "quantity": "3"}]}},
)
async def look(call: Call) -> types.AgreementPreview:
    given: types.Look = call.body
    agreement_id, step, by = call.path["id"], Event(given.step), agreements.of_account(call.account)
    revision = _revision(given.change)
    async with call.node.reading() as reader:
        draft = await agreements.preview_revision(
            reader, agreement_id, step, by, revision, given.digest
        )
        before = (await agreements.agreement(reader, agreement_id, by)).version.terms
    if revision.start or revision.end:
        await other_days.check(call.node, before, draft.terms)
    return _previewed(draft)


@table.add(
    "POST",
    "/agreements/{id}/steps",
    "Take a step: accept, counter, decline, deliver, confirm, pay, cancel, object",
    scope="agreements:write",
    body=types.StepNew,
    answer=types.AgreementDetail,
    example={"step": "accept", "digest": "zJ9mjAnYAJkhFUxCD73iuzYFMmAicjUk8kshYmPmoqc4y"},
)
async def step(call: Call) -> types.AgreementDetail:
    given: types.StepNew = call.body
    said = Said(
        amounts=tuple(_money(one) for one in given.amounts),
        delivered=tuple(Decimal(one) for one in given.delivered),
        lots=tuple(given.lots),
        method=given.method,
        reason=given.reason,
        of=tuple(_money(one) for one in given.of),
    )
    revision = _revision(given.change) if given.change else None
    if given.digest is None and given.step in agreements.SIGNING:
        raise InvalidInput({"digest": [_("Send the digest of the terms that you answer.")]})
    by = agreements.of_account(call.account)
    await call.node.write(
        lambda uow: agreements.do(
            uow, call.path["id"], given.step, by, said, revision=revision, digest=given.digest
        )
    )
    return await _seen(call)


async def _seen(call: Call) -> types.AgreementDetail:
    by = agreements.of_account(call.account)
    async with call.node.reading() as reader:
        seen = await agreements.agreement(reader, call.path["id"], by)
        return _detail(replace(seen, agreement=await _called(reader, seen.agreement)))


async def _called(reader: Reader, view: AgreementView) -> AgreementView:
    """As it is called in the reader's language; its terms stay as they are signed."""
    [called] = await agreements.titled(reader, [view], i18n.language.get())
    return called


def wanted(given: types.Wanted) -> agreements.Wanted:
    """What somebody asks for, or puts forward. Raises InvalidInput."""
    lines = tuple(
        agreements.WantedLine(
            one.listing,
            Decimal(one.quantity) if one.quantity else None,
            _money(one.price) if one.price else None,
            one.option,
            one.variant,
            one.extra,
            one.project,
        )
        for one in given.lines
    )
    times, people = (given.start, given.end, given.time_zone), (given.guests, given.taxed_guests)
    return agreements.Wanted(lines, *times, *people, given.pickup)


def _revision(given: types.Change) -> Revision:
    cancellation = given.cancellation
    return Revision(
        start=given.start,
        end=given.end,
        time_zone=given.time_zone,
        quantities=tuple((one.line, Decimal(one.quantity)) for one in given.lines if one.quantity),
        prices=tuple(
            (one.line, tuple(_money(price) for price in one.prices))
            for one in given.lines
            if one.prices is not None
        ),
        deposit=_money(given.deposit) if given.deposit else None,
        cancellation=None if cancellation is None else _cancellation(cancellation),
        guests=given.guests,
        taxed_guests=given.taxed_guests,
        pickup=given.pickup,
    )


def _cancellation(given: types.CancellationTerms) -> agreements.Cancellation:
    return agreements.Cancellation(given.hours, given.early_percent, given.late_percent)


def _item(view: AgreementView) -> types.AgreementItem:
    return types.AgreementItem(
        id=view.id,
        uri=view.shared_uri,
        state=view.state,
        payment=view.payment,
        deposit=view.deposit,
        title=view.title,
        kind=view.kind,
        provider=view.provider_coop,
        customer=view.customer_coop,
        asked_by=view.asked_by,
        to_answer=view.to_answer,
        answer_by=view.answer_by,
        start=view.start_at,
        end=view.end_at,
        pickup=view.pickup,
        lots=list(view.lots),
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def _detail(seen: Detail) -> types.AgreementDetail:
    return types.AgreementDetail(
        agreement=_item(seen.agreement),
        roles=list(seen.roles),
        possible=list(seen.buttons),
        terms=seen.version.terms.document,
        digest=seen.version.digest,
        fees=_fees(seen.version.fees),
        due=_sums(seen.due),
        received=_sums(seen.received),
        returned=_sums(seen.returned),
        cancel_fee=_sums(seen.cancel_fee),
        mine=_said(seen.mine),
        theirs=_said(seen.theirs),
        change=seen.change.terms.document if seen.change else None,
        change_digest=seen.change.digest if seen.change else None,
        versions=[
            types.Version(
                each.sequence,
                each.author,
                each.standing,
                each.digest,
                list(each.signed_by),
                each.terms.document,
            )
            for each in seen.versions
        ],
        history=[
            types.Step(
                each.at,
                each.event,
                each.before,
                each.after,
                each.role,
                each.by,
                dict(each.detail),
            )
            for each in seen.history
        ],
    )


def _contact(given: types.AgreementNew) -> Contact | None:
    """What they say beside what they ask for."""
    answers = tuple(Answer(one.question, one.answer) for one in given.answers)
    return Contact(message=given.message, answers=answers) if given.message or answers else None


def _previewed(draft: Draft) -> types.AgreementPreview:
    return types.AgreementPreview(
        terms=draft.terms.document,
        total=_sums(draft.terms.total),
        fees=_fees(draft.fees),
        answer_by=draft.answer_by,
    )


def _said(of: Contact | None) -> types.SaidOfSelf | None:
    if of is None:
        return None
    return types.SaidOfSelf(
        of.message,
        of.name,
        of.contact,
        [types.ListingAnswer(one.question, one.answer) for one in of.answers],
    )


def _fees(lines: Iterable[FeeLine]) -> list[types.Fee]:
    return [
        types.Fee(
            line.name, line.payer, _sum(line.money), [str(sentence) for sentence in line.explained]
        )
        for line in lines
    ]


def _sums(amounts: Iterable[Money]) -> list[types.Sum]:
    return [_sum(money) for money in amounts]


def _sum(money: Money) -> types.Sum:
    return types.Sum(money.text, money.currency)


def _money(given: types.Sum) -> Money:
    return Money.parse(given.amount, given.currency)


def _states(name: str | None) -> frozenset[State]:
    if name is None:
        return frozenset(State)
    try:
        return frozenset({State(name)})
    except ValueError:
        possible = ", ".join(State)
        raise InvalidInput(
            {"state": [_("Choose one of: %(possible)s.", possible=possible)]}
        ) from None
