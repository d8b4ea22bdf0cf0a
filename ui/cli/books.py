"""The coop's books: what stands in them, whether they hold, and out for another program."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from node import i18n, ledger
from node.days import full_day
from node.i18n import _, ngettext
from node.runtime import Node
from ui.cli.carrying import write_for_owner
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.moments import DAY, MONTH
from ui.cli.speaking import Group


@click.group("ledger", cls=Group)
def books() -> None:
    """The coop's double-entry books."""


@books.command("export")
@click.option(
    "--format", "form", type=click.Choice(ledger.FORMATS), required=True, help="For which program."
)
@click.option("--from", "first", type=DAY, help="The first day, like 2027-01-01.")
@click.option("--to", "last", type=DAY, help="The last day, included.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not stdout."
)
@with_node_folder
@plainly
def export_books(
    form: str,
    first: datetime | None,
    last: datetime | None,
    output: Path | None,
    data: Path,
    as_json: bool,
) -> None:
    """Write the books for Beancount, hledger or a spreadsheet."""

    async def work(node: Node) -> ledger.Exported:
        async with node.reading() as reader:
            title = (await node.profile(reader)).name
            with i18n.speaking(node.config.language):
                return await ledger.export(
                    reader, form, title=title, first=_day(first), last=_day(last)
                )

    made = on_node(data, work)
    if output is not None:
        write_for_owner(output, made.content)
        show({"file": str(output), "bytes": len(made.content)}, as_json, str(output))
    elif as_json:
        show({"file": made.file_name, "content": made.content.decode()}, as_json, "")
    else:
        sys.stdout.buffer.write(made.content)


@books.command("balances")
@click.option("--on", type=DAY, help="At the end of this day; today if not given.")
@with_node_folder
@plainly
def show_balances(on: datetime | None, data: Path, as_json: bool) -> None:
    """Show what stands on each account."""
    found = on_node(
        data, lambda node: reading(node, ledger.balances, last=_day(on) or node.clock.now().date())
    )
    lines = [f"{one.usual.text:>16} {one.money.currency:<8} {one.account.code}" for one in found]
    show([_balance(one) for one in found], as_json, "\n".join(lines) or str(_("Nothing yet.")))


@books.command("entries")
@click.option("--account", help="Only those on this account: its code or id.")
@click.option("--period", type=MONTH, help="Only those of this month, like 2027-01.")
@click.option("--source", help="Only those that this made.")
@click.option("--party", help="Only those with this member or coop.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many."
)
@with_node_folder
@plainly
def show_entries(
    account: str | None,
    period: datetime | None,
    source: str | None,
    party: str | None,
    limit: int,
    data: Path,
    as_json: bool,
) -> None:
    """Show entries of the journal, the newest first."""

    async def read(node: Node) -> list[ledger.EntryView]:
        async with node.reading() as reader:
            found, _more = await ledger.entries(
                reader,
                account=account,
                period=f"{period:%Y-%m}" if period else None,
                source=source,
                party=party,
                limit=limit,
            )
            return found

    found = on_node(data, read)
    lines = [line for one in found for line in _as_text(one)]
    show([_entry(one) for one in found], as_json, "\n".join(lines) or str(_("Nothing yet.")))


@books.command("verify")
@with_node_folder
@plainly
def verify_books(data: Path, as_json: bool) -> None:
    """Work the whole journal out anew and name the first entry that differs."""
    verdict = on_node(data, lambda node: reading(node, ledger.verify))
    fault = verdict.fault
    holds = ngettext(
        "The books hold: %(num)s entry, with the digest %(digest)s.",
        "The books hold: %(num)s entries, the last with the digest %(digest)s.",
        verdict.entries,
        digest=verdict.head.hex(),
    )
    off = fault and _("Entry %(seq)s differs: %(reason)s", seq=fault.seq, reason=fault.reason)
    result = {
        "holds": fault is None,
        "entries": verdict.entries,
        "digest": verdict.head.hex(),
        "fault": fault
        and {"number": fault.seq, "entry": fault.entry_id, "reason": str(fault.reason)},
    }
    show(result, as_json, "" if off else str(holds))
    if off:
        click.echo(str(off), err=True)
        sys.exit(1)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _balance(one: ledger.Balance) -> dict[str, Any]:
    return {
        "account": one.account.code,
        "name": str(one.account.name),
        "type": one.account.type,
        "fund": one.account.fund,
        "party": one.account.party,
        "amount": one.usual.text,
        "currency": one.money.currency,
    }


def _entry(one: ledger.EntryView) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.seq,
        "date": one.day.isoformat(),
        "period": one.period,
        "recipe": one.recipe,
        "source": one.source,
        "party": one.party,
        "text": one.text,
        "policies": dict(one.policy_versions),
        "reverses": one.reverses,
        "reversed_by": one.reversed_by,
        "digest": one.digest.hex(),
        "postings": [
            {
                "account": line.account.code,
                "side": line.side,
                "amount": line.absolute.text,
                "currency": line.money.currency,
            }
            for line in one.postings
        ],
    }


def _as_text(one: ledger.EntryView) -> list[str]:
    head = f"{one.seq:>5}  {full_day(one.day)}  {one.text or one.sentence}  ({one.source})"
    return [
        head,
        *(
            f"       {line.money.text:>16} {line.money.currency:<8} {line.account.code}"
            for line in one.postings
        ),
    ]
