"""Opening, naming and closing accounts. One that was ever used stays for good."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import audit, limits
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.ledger.chart import CHART, FUND_WORDS, GENERAL, ChartLine, check_code
from node.ledger.head import locked_head
from node.ledger.models import LedgerAccount, LedgerPosting
from node.ledger.rules import names
from node.ledger.views import AccountView, account_view


class Wanted(Struct, frozen=True):
    """An account that an entry needs. chart: the line to open it by if it is not there yet."""

    code: str
    chart: ChartLine | None
    party: str | None


async def has_books(reader: Reader) -> bool:
    """Whether every account of the chart that is nobody's in particular is there."""
    known = set(await reader.scalars(select(LedgerAccount.code)))
    return all(line.is_per_party or code in known for code, line in CHART.items())


async def open_books(uow: UnitOfWork) -> None:
    """Open every account of the chart that is not there yet and is nobody's in particular."""
    await locked_head(uow)
    plain = [Wanted(line.code, line, None) for line in CHART.values() if not line.is_per_party]
    known = set(await uow.scalars(select(LedgerAccount.code)))
    await _open(uow, [one for one in plain if one.code not in known])


async def opened(
    uow: UnitOfWork, wanted: Iterable[Wanted], *, again: bool
) -> dict[str, LedgerAccount]:
    """The accounts by code; those of the chart that are missing are opened. again: so are those
    that are closed, for what happened whether or not somebody closed its account.

    Raises InvalidInput (`lines`) for codes nobody opened, Conflict for accounts that are closed.
    """
    by_code = {one.code: one for one in wanted}
    rows = await _rows(uow, by_code)
    missing = [one for code, one in by_code.items() if code not in rows]
    if missing:
        _check_known(missing)
        await _open(uow, missing)
        rows = await _rows(uow, by_code)
    closed = [row for row in rows.values() if row.closed_at is not None]
    if closed and not again:
        codes = names([row.code for row in closed])
        raise Conflict(
            _("Closed: %(accounts)s. Open again, or use another account.", accounts=codes),
            "account-closed",
        )
    for row in closed:
        await reopen_account(uow, row.id, by=audit.NODE)
    return rows


async def add_account(
    uow: UnitOfWork, *, code: str, name: str, fund: str = GENERAL, by: str = audit.OPERATOR
) -> AccountView:
    """Add an account. Raises InvalidInput (`code`, `name`, `fund`), Conflict when it is there."""
    await locked_head(uow)
    row = LedgerAccount(
        id=uow.new_id(),
        code=check_code(code),
        template=None,
        name=_name(name),
        fund=_fund(fund),
        party=None,
        opened_at=uow.now,
        closed_at=None,
    )
    if await uow.scalar(select(LedgerAccount.id).where(LedgerAccount.code == row.code)):
        raise Conflict(_("There is an account %(code)s already.", code=row.code), "account-there")
    uow.session.add(row)
    await uow.session.flush()
    await audit.record(uow, by, "ledger.add-account", row.id, {"code": row.code})
    return account_view(row)


async def rename_account(
    uow: UnitOfWork, account_id: str, name: str, *, by: str = audit.OPERATOR
) -> AccountView:
    """Show an account under another name; an empty one brings the chart's back."""
    row = await _stored(uow, account_id)
    if not name.strip() and row.template is None:
        raise InvalidInput({"name": [_("Give the account a name.")]})
    row.name = _name(name) if name.strip() else None
    await uow.session.flush()
    await audit.record(uow, by, "ledger.rename-account", row.id)
    return account_view(row)


async def close_account(
    uow: UnitOfWork, account_id: str, *, by: str = audit.OPERATOR
) -> AccountView:
    """Let nothing more be written on an account. Raises Conflict while something stands on it."""
    row = await _stored(uow, account_id)
    standing = await uow.rows(
        select(LedgerPosting.currency)
        .where(LedgerPosting.account_id == row.id)
        .group_by(LedgerPosting.currency)
        .having(func.sum(LedgerPosting.amount) != 0)
    )
    if standing:
        raise Conflict(
            _(
                "Something stands on this account still, in %(currencies)s. Move it elsewhere "
                "by an entry first.",
                currencies=names([currency for (currency,) in standing]),
            ),
            "account-not-empty",
        )
    row.closed_at = row.closed_at or uow.now
    await uow.session.flush()
    await audit.record(uow, by, "ledger.close-account", row.id)
    return account_view(row)


async def reopen_account(
    uow: UnitOfWork, account_id: str, *, by: str = audit.OPERATOR
) -> AccountView:
    """Let an account be used again."""
    row = await _stored(uow, account_id)
    row.closed_at = None
    await uow.session.flush()
    await audit.record(uow, by, "ledger.reopen-account", row.id)
    return account_view(row)


async def remove_account(uow: UnitOfWork, account_id: str, *, by: str = audit.OPERATOR) -> None:
    """Undo the adding of an account. Raises Conflict once it was used, or if it is the chart's."""
    row = await _stored(uow, account_id)
    used = await uow.scalar(
        select(LedgerPosting.line).where(LedgerPosting.account_id == row.id).limit(1)
    )
    if used is not None or row.template is not None:
        raise Conflict(
            _("This account belongs to the books and stays. You can close it."), "account-used"
        )
    await uow.execute(delete(LedgerAccount).where(LedgerAccount.id == row.id))
    await audit.record(uow, by, "ledger.remove-account", row.id, {"code": row.code})


async def _rows(uow: UnitOfWork, codes: Iterable[str]) -> dict[str, LedgerAccount]:
    found = await uow.scalars(select(LedgerAccount).where(LedgerAccount.code.in_(list(codes))))
    return {row.code: row for row in found}


async def _open(uow: UnitOfWork, wanted: Iterable[Wanted]) -> None:
    rows = [
        {
            "id": uow.new_id(),
            "code": one.code,
            "template": one.chart.code,
            "name": None,
            "fund": one.chart.fund,
            "party": one.party if one.chart.is_per_party else None,
            "opened_at": uow.now,
            "closed_at": None,
        }
        for one in wanted
        if one.chart is not None
    ]
    if rows:
        await uow.execute(insert(table_of(LedgerAccount)), rows)


def _check_known(missing: Iterable[Wanted]) -> None:
    unknown = [one.code for one in missing if one.chart is None]
    if unknown:
        raise InvalidInput(
            {
                "lines": [
                    _(
                        "There is no account %(accounts)s. Add it to the accounts first.",
                        accounts=names(unknown),
                    )
                ]
            }
        )


async def _stored(uow: UnitOfWork, account_id: str) -> LedgerAccount:
    row = await uow.scalar(select(LedgerAccount).where(LedgerAccount.id == account_id))
    if row is None:
        raise NotFound(_("There is no such account."))
    return row


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= limits.NAME_LONGEST or not name.isprintable():
        raise InvalidInput(
            {"name": [_("A name is one line of at most %(n)s characters.", n=limits.NAME_LONGEST)]}
        )
    return name


def _fund(fund: str) -> str:
    if fund not in FUND_WORDS:
        raise InvalidInput({"fund": [_("Choose from: %(names)s.", names=names(FUND_WORDS))]})
    return fund
