"""Listings in from a table or a map file, and out again."""

import sys
from pathlib import Path

import click
from msgspec.structs import asdict

from node import accounts
from node import listings as listing_slice
from node.i18n import _
from node.listings import ImportReport, Refusal
from node.runtime import Node
from ui.cli.calendars import calendar
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.finding import find
from ui.cli.speaking import Group

KINDS = ("service", "goods", "stay", "lend", "request", "opening")


@click.group(cls=Group)
def listings() -> None:
    """Bring listings in, find them, take them out."""


listings.add_command(calendar)
listings.add_command(find)


@listings.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="service",
    show_default=True,
    help="What the rows are, if the file does not say.",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says which column is what.",
)
@click.option("--source", help="Whose ids these are; the file's name unless given.")
@click.option("--draft", is_flag=True, help="Bring in as drafts that nobody else sees.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_node_folder
@plainly
def import_file(
    file: Path,
    kind: str,
    mapping: Path | None,
    source: str | None,
    draft: bool,
    dry_run: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Read a CSV or GeoJSON file; rows that cannot be taken are told one by one."""
    content = file.read_bytes()
    columns = listing_slice.read_mapping(mapping.read_text("utf-8")) if mapping else None

    async def work(node: Node) -> ImportReport:
        async with node.reading() as reader:
            admin = await accounts.first_admin(reader)
        return await listing_slice.import_rows(
            node,
            listing_slice.read_rows(content, file.name, columns),
            by=admin.id if admin else None,
            kind=kind,
            source=source,
            draft=draft,
            dry_run=dry_run,
            progress=_progress,
        )

    report = on_node(data, work)
    show(_as_json(report), as_json, _as_text(report, dry_run))
    if report.rows and not (report.created or report.updated or report.unchanged):
        click.echo(str(_("No row could be taken.")), err=True)
        sys.exit(1)


@listings.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "geojson"]),
    default="csv",
    help="A spreadsheet, or a map.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not stdout."
)
@with_node_folder
@plainly
def export_file(form: str, output: Path | None, data: Path, as_json: bool) -> None:
    """Write all our listings, lossless: what comes out can come in again."""
    form = "geojson" if as_json else form

    async def work(node: Node) -> bytes:
        async with node.reading() as reader:
            if form == "geojson":
                return await listing_slice.export_geojson(reader)
            return await listing_slice.export_csv(reader)

    content = on_node(data, work)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} / {total}", nl=done == total, err=True)


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "rows": report.rows,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": [{**asdict(entry), "reason": str(entry.reason)} for entry in report.refused],
        "notes": [
            {"row": note.row, "column": note.column, "text": str(note.reason)}
            for note in report.notes
        ],
    }


def _as_text(report: ImportReport, dry_run: bool) -> str:
    head = _("Nothing was written; this would happen:") if dry_run else _("Done.")
    counts = _(
        "Rows: %(rows)s. New: %(created)s, changed: %(updated)s, as before: %(unchanged)s, "
        "not taken: %(refused)s",
        rows=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=len(report.refused),
    )
    lines = [str(head), str(counts), *map(_line, report.refused)]
    if report.notes:
        lines += [str(_("Taken, but put right or in part left out:")), *map(_line, report.notes)]
    return "\n".join(lines)


def _line(about: Refusal) -> str:
    column, why = about.column or "–", about.reason
    return str(_("row %(row)s, %(column)s: %(why)s", row=about.row, column=column, why=why))
