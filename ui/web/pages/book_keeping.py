"""Writing in the books: an entry by hand, taking back, months, accounts."""

from collections.abc import Sequence

from aiohttp import web

from federation.storage import UnitOfWork
from node import ledger
from node.errors import Conflict, InvalidInput, NodeError, NotAllowed
from node.i18n import Text, _
from node.ledger import AccountType, EntryView, ManualLine
from node.money import Money
from ui.web import forms
from ui.web.book_forms import FEWEST_LINES, AccountForm, EntryForm, ReversalForm
from ui.web.context import node_of, treasurer_of
from ui.web.navigation import see_other
from ui.web.numbers import whole, with_point
from ui.web.once import see_made, sent_once
from ui.web.pages.books import names_of, show_entry
from ui.web.reading import read_form
from ui.web.templating import render

routes = web.RouteTableDef()

MOST_LINES_SHOWN = 20


class _OnlyLooked(Exception):
    """Carries what would have been written out of a unit of work that is then rolled back."""

    def __init__(self, entry: EntryView) -> None:
        super().__init__()
        self.entry = entry


@routes.get("/ledger/new")
async def new_entry(request: web.Request) -> web.StreamResponse:
    treasurer_of(request)
    node = node_of(request)
    asked = whole(request.query.get("lines", ""), MOST_LINES_SHOWN)
    lines = FEWEST_LINES if asked is None else asked
    form = EntryForm(
        data={
            "key": node.entropy.token(16).hex(),
            "day": node.clock.now().date(),
            "currency": node.config.currency,
            "lines": [{} for _line in range(lines)],
        }
    )
    return await _form_page(request, form)


@routes.post("/ledger/new")
async def write_entry(request: web.Request) -> web.StreamResponse:
    """First a look at exactly what would be written, then the writing of it."""
    account, node, data = treasurer_of(request), node_of(request), await read_form(request)
    form = EntryForm(data)
    if not form.validate():
        return await _form_page(request, form, status=422)

    async def write(uow: UnitOfWork) -> EntryView:
        written = await ledger.enter(
            uow,
            _lines(form),
            source=f"form:{form.key.data}",
            text=form.text.data,
            on=form.day.data,
            adjusting=form.adjusting.data,
            by=account.id,
        )
        if data.get("do") != "write":
            raise _OnlyLooked(written)
        return written

    try:
        written = await node.write(write)
    except _OnlyLooked as looked:
        return await _form_page(request, form, preview=looked.entry)
    except (InvalidInput, Conflict, NotAllowed) as error:
        return await _form_page(request, form, status=422, wrong=_complaints(error))
    return see_other(f"/ledger/entries/{written.id}", told="booked")


@routes.post("/ledger/entries/{id}/reversal")
async def take_back(request: web.Request) -> web.StreamResponse:
    account, node = treasurer_of(request), node_of(request)
    entry_id = request.match_info["id"]
    form = await forms.filled(ReversalForm, request)
    problems: Sequence[Text] = []
    if form.validate():
        try:
            written = await node.write(
                lambda uow: ledger.reverse(
                    uow, entry_id, by=account.id, text=form.text.data, on=form.day.data
                )
            )
            return see_other(f"/ledger/entries/{written.id}", told="taken-back")
        except (InvalidInput, Conflict) as error:
            problems = _complaints(error)
    if problems:
        form.complain({"day": problems})
    async with node.reading() as reader:
        entry = await ledger.entry(reader, entry_id)
    return await show_entry(request, entry, status=422, form=form)


@routes.post("/ledger/entries/{id}/words")
async def take_words_away(request: web.Request) -> web.StreamResponse:
    """Erase what an entry says in words, which may have named somebody."""
    account, entry_id = treasurer_of(request), request.match_info["id"]
    await node_of(request).write(lambda uow: ledger.forget_text(uow, entry_id, by=account.id))
    return see_other(f"/ledger/entries/{entry_id}", told="words-gone")


@routes.post("/ledger/months")
async def change_month(request: web.Request) -> web.StreamResponse:
    """One of the buttons beside a month: its `key` and what to `do`."""
    account, data = treasurer_of(request), await read_form(request)
    await node_of(request).write(
        lambda uow: ledger.change_period(
            uow, str(data.get("key", "")), str(data.get("do", "")), by=account.id
        )
    )
    return see_other("/ledger", told="month-changed")


@routes.get("/ledger/accounts")
async def accounts_page(request: web.Request) -> web.StreamResponse:
    treasurer_of(request)
    return await _accounts_page(request, AccountForm())


@routes.post("/ledger/accounts")
@sent_once
async def add_account(request: web.Request) -> web.StreamResponse:
    account = treasurer_of(request)
    form = await forms.filled(AccountForm, request)
    if not form.validate():
        return await _accounts_page(request, form, status=422)
    try:
        return await see_made(
            request,
            lambda uow: ledger.add_account(
                uow,
                code=form.code.data,
                name=form.name.data,
                fund=form.fund.data,
                by=account.id,
            ),
            lambda _account: see_other("/ledger/accounts", told="account-saved"),
        )
    except InvalidInput as error:
        form.complain(error.fields)
        return await _accounts_page(request, form, status=422)
    except Conflict as error:
        form.complain({"code": [error.public_message]})
        return await _accounts_page(request, form, status=422)


@routes.post("/ledger/accounts/{id}")
async def change_account(request: web.Request) -> web.StreamResponse:
    """One of the buttons of an account: rename, close or open again."""
    account, node, data = treasurer_of(request), node_of(request), await read_form(request)
    account_id, what = request.match_info["id"], data.get("do")
    if what == "rename":
        name = str(data.get("name", ""))
        await node.write(lambda uow: ledger.rename_account(uow, account_id, name, by=account.id))
    elif what == "close":
        await node.write(lambda uow: ledger.close_account(uow, account_id, by=account.id))
    elif what == "reopen":
        await node.write(lambda uow: ledger.reopen_account(uow, account_id, by=account.id))
    else:
        raise web.HTTPBadRequest
    return see_other(f"/ledger/accounts/{account_id}", told="account-saved")


def _lines(form: EntryForm) -> list[ManualLine]:
    """The lines that somebody filled in. Raises InvalidInput naming the line that is unclear."""
    found = []
    for number, line in enumerate(form.lines, start=1):
        debit, credit = (line.form[side].data or "" for side in ("debit", "credit"))
        if not debit.strip() and not credit.strip():
            continue
        if debit.strip() and credit.strip():
            raise InvalidInput({"lines": [_("Line %(n)s: debit or credit, not both.", n=number)]})
        if not line.form.account.data:
            raise InvalidInput({"lines": [_("Line %(n)s: choose an account.", n=number)]})
        currency = form.currency.data.strip().upper()
        money = Money.parse(with_point(debit or credit), currency)
        found.append(ManualLine(line.form.account.data, money if debit.strip() else -money))
    return found


def _complaints(error: NodeError) -> list[Text]:
    if isinstance(error, InvalidInput):
        return [complaint for about in error.fields.values() for complaint in about]
    return [error.public_message]


async def _form_page(
    request: web.Request,
    form: EntryForm,
    *,
    status: int = 200,
    preview: EntryView | None = None,
    wrong: Sequence[Text] = (),
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        known = await ledger.accounts(reader)
        named = await names_of(reader, {one.party for one in known})
    form.offer(
        [
            (one.code, f"{one.code} · {named.get(one.party or '', str(one.name))}")
            for one in known
            if one.closed_at is None
        ]
    )
    return await render(
        request,
        "ledger/new.html",
        status=status,
        here="more",
        form=form,
        preview=preview,
        wrong=wrong,
        named=named,
        more_lines=min(len(form.lines) + FEWEST_LINES, MOST_LINES_SHOWN),
    )


async def _accounts_page(
    request: web.Request, form: AccountForm, *, status: int = 200
) -> web.StreamResponse:
    async with node_of(request).reading() as reader:
        known = await ledger.accounts(reader)
        named = await names_of(reader, {one.party for one in known})
    return await render(
        request,
        "ledger/accounts.html",
        status=status,
        here="more",
        form=form,
        kinds={kind: [one for one in known if one.type is kind] for kind in AccountType},
        named=named,
    )
