"""Writing in the journal: by recipe, by hand, and taking back.

Whoever writes holds the row of the chain's head, so entries come one after another; what was booked
once by a source and a recipe is found, not booked again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from sqlalchemy import insert

from federation.storage import UnitOfWork
from federation.storage.base import table_of
from node import accounts, audit, vault
from node.accounts import Duty
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.ledger import rules
from node.ledger.accounts import Wanted, opened
from node.ledger.chain import ChainedEntry, ChainedLine, chained, content_digest
from node.ledger.chart import CHART, check_code, code_for
from node.ledger.head import locked_head
from node.ledger.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerPosting,
)
from node.ledger.periods import hold_open
from node.ledger.queries import entry, entry_where
from node.ledger.recipe import Recipe
from node.ledger.recipes import MANUAL, REVERSAL
from node.ledger.views import EntryView
from node.money import Money

_LONGEST_SOURCE = 300


class ManualLine(Struct, frozen=True):
    """A line written by hand: an account's code, and a sum above zero to debit, below to credit."""

    code: str
    money: Money


class _Draft(Struct, frozen=True):
    recipe: str
    source: str
    lines: Sequence[tuple[Wanted, Money]]
    day: date
    text: str
    by: str
    adjusting: bool
    party: str | None = None
    reverses: str | None = None
    policy_versions: Mapping[str, str] = field(default_factory=dict)


async def post(
    uow: UnitOfWork,
    recipe: Recipe,
    *,
    source: str,
    amounts: Mapping[str, Money],
    party: str | None = None,
    text: str = "",
    policy_versions: Mapping[str, str] | None = None,
    on: date | None = None,
    by: str = audit.NODE,
    adjusting: bool = False,
) -> EntryView:
    """Book what happened. The second call for a source and a recipe returns the first's entry.

    source: what happened, such as "agreement:ID:delivered". on: today if not given. text: never
    anything that names a person; that stays with the source.
    A closed account that it needs is opened again. Raises Conflict in a closed period, and when the
    same source was booked with other sums; ValueError for amounts that the recipe has no use for.
    """
    lines = [
        (Wanted(code_for(line.chart.code, party), line.chart, party), line.money)
        for line in recipe.lines_for(amounts)
    ]
    rules.check_balanced([money for _wanted, money in lines])
    return await _write(
        uow,
        _Draft(
            recipe=recipe.name,
            source=source,
            lines=lines,
            day=on or uow.now.date(),
            text=rules.check_text(text),
            by=by,
            adjusting=adjusting,
            party=party,
            policy_versions=policy_versions or {},
        ),
    )


async def enter(
    uow: UnitOfWork,
    lines: Sequence[ManualLine],
    *,
    source: str,
    text: str,
    by: str,
    on: date | None = None,
    adjusting: bool = False,
) -> EntryView:
    """Write an entry by hand. The same source again returns the first's entry.

    Raises InvalidInput (`lines`, `text`, `date`, `source`), Conflict in a closed period or for a
    closed account, NotAllowed for an adjustment by somebody who is neither treasurer nor admin.
    """
    rules.check_balanced([line.money for line in lines])
    if not rules.check_text(text):
        raise InvalidInput({"text": [_("Say what the entry is about.")]})
    day = rules.check_date(on or uow.now.date(), uow.now.date())
    written = await _write(
        uow,
        _Draft(
            recipe=MANUAL,
            source=_checked_source(source),
            lines=[(_wanted(line.code), line.money) for line in lines],
            day=day,
            text=rules.check_text(text),
            by=by,
            adjusting=adjusting,
        ),
    )
    await audit.record(uow, by, "ledger.enter", written.id)
    return written


async def reverse(
    uow: UnitOfWork,
    entry_id: str,
    *,
    by: str,
    text: str = "",
    on: date | None = None,
    adjusting: bool = False,
) -> EntryView:
    """Take an entry back by its opposite; the two name each other. Twice returns the first.

    Raises NotFound, and Conflict for a reversal (book it anew instead) or in a closed period.
    """
    first = await entry(uow, entry_id)
    if first.reverses is not None:
        raise Conflict(
            _("This entry takes another back already. Book anew what is to stand."),
            "reversal-of-reversal",
        )
    written = await _write(
        uow,
        _Draft(
            recipe=REVERSAL,
            source=f"reversal:{first.id}",
            lines=[(_wanted(line.account.code), -line.money) for line in first.postings],
            day=rules.check_date(on or uow.now.date(), uow.now.date()),
            text=rules.check_text(text),
            by=by,
            adjusting=adjusting,
            party=first.party,
            reverses=first.id,
            policy_versions=first.policy_versions,
        ),
    )
    await audit.record(uow, by, "ledger.reverse", first.id, {"by_entry": written.id})
    return written


async def forget_text(uow: UnitOfWork, entry_id: str, *, by: str) -> None:
    """Take away what an entry says in words; figures and chain stay. Raises NotFound."""
    if not (await entry(uow, entry_id)).text:
        raise NotFound(_("There is no such entry, or its words are gone already."))
    await forget_texts(uow, [entry_id], by=by)


async def forget_texts(uow: UnitOfWork, entry_ids: Collection[str], *, by: str) -> None:
    """The same for many that are known to say something."""
    await vault.destroy(uow, *entry_ids)
    await audit.record_each(uow, by, "ledger.forget-text", entry_ids)


async def _write(uow: UnitOfWork, draft: _Draft) -> EntryView:
    head = await locked_head(uow)
    before = await entry_where(
        uow, LedgerEntry.source == draft.source, LedgerEntry.recipe == draft.recipe
    )
    if before is not None:
        return _the_same(before, draft)
    if draft.adjusting:
        await _check_may_adjust(uow, draft.by)
    period = await hold_open(uow, draft.day, adjusting=draft.adjusting)
    needed = [each for each, _money in draft.lines]
    rows = await opened(uow, needed, again=draft.recipe != MANUAL)
    entry_id = uow.new_id()
    sealed = await vault.seal(uow, entry_id, {"text": draft.text}) if draft.text else None
    lines = [(rows[wanted.code], money) for wanted, money in draft.lines]
    link = chained(
        ChainedEntry(
            seq=head.seq + 1,
            id=entry_id,
            day=draft.day,
            period=period,
            recipe=draft.recipe,
            source=draft.source,
            party=draft.party,
            reverses=draft.reverses,
            by=draft.by,
            at=uow.now,
            policy_versions=draft.policy_versions,
            lines=tuple(
                ChainedLine(number, row.code, row.fund, row.party, money)
                for number, (row, money) in enumerate(lines, start=1)
            ),
            content_digest=content_digest(sealed),
            previous=head.digest,
        )
    )
    await _store(uow, link, sealed, lines)
    head.seq, head.digest = link.seq, link.digest
    await uow.session.flush()
    return await entry(uow, link.id)


def _the_same(before: EntryView, draft: _Draft) -> EntryView:
    """What was booked already, if it is what is to be booked now."""
    booked = [(line.account.code, line.money) for line in before.postings]
    if booked != [(wanted.code, money) for wanted, money in draft.lines]:
        raise Conflict(
            _(
                "%(source)s is in the books already, with other sums. Take that entry back first, "
                "or name the new one differently.",
                source=draft.source,
            ),
            "booked-differently",
        )
    return before


async def _store(
    uow: UnitOfWork,
    link: ChainedEntry,
    sealed: bytes | None,
    lines: Sequence[tuple[LedgerAccount, Money]],
) -> None:
    await uow.execute(
        insert(LedgerEntry).values(
            seq=link.seq,
            id=link.id,
            day=link.day,
            period=link.period,
            recipe=link.recipe,
            source=link.source,
            party=link.party,
            reverses=link.reverses,
            by=link.by,
            at=link.at,
            policy_versions=dict(link.policy_versions),
            sealed=sealed,
            content_digest=link.content_digest,
            previous=link.previous,
            digest=link.digest,
        )
    )
    await uow.execute(
        insert(table_of(LedgerPosting)),
        [
            {
                "entry_seq": link.seq,
                "line": number,
                "account_id": row.id,
                "amount": money.amount,
                "currency": money.currency,
                "scale": money.scale,
            }
            for number, (row, money) in enumerate(lines, start=1)
        ],
    )


async def _check_may_adjust(uow: UnitOfWork, by: str) -> None:
    if by == audit.OPERATOR:
        return
    account = await accounts.account(uow, by)
    if account is None or not account.looks_after(Duty.BOOKS):
        raise NotAllowed(
            _("Adjustments are for the treasurer, or whoever looks after the node."),
            "treasurers-only",
        )


def _wanted(text: str) -> Wanted:
    """An account named by hand: one that is there, or a plain one of the chart."""
    code = check_code(text)
    return Wanted(code, CHART.get(code), None)


def _checked_source(source: str) -> str:
    if not 1 <= len(source) <= _LONGEST_SOURCE or not source.isprintable():
        raise InvalidInput(
            {"source": [_("Use 1 to %(n)s characters in one line.", n=_LONGEST_SOURCE)]}
        )
    return source
