"""What is known of somebody as one file to keep: JSON for programs, tables for people. Pure."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from node import spreadsheets
from node.data_map import BASIS_WORDS, KEPT_WORDS, LEAVING_WORDS, SEEN_WORDS, Entry, Found, Row
from node.i18n import _

WHOLE = "about-you.json"
FIRST = "read-me.txt"


def zipped(known: Sequence[tuple[Entry, Found]], *, coop: str, name: str, at: datetime) -> bytes:
    """The file. Not for the event loop: a treasurer's takes a while."""
    files = {FIRST: _words(known, coop=coop, name=name, at=at).encode()}
    files[WHOLE] = msgspec.json.format(msgspec.json.encode(_document(known, coop, at)), indent=1)
    for entry, found in known:
        for part, rows in found.items():
            if rows:
                files[f"{entry.key}-{part}.csv"] = table_of(rows).encode("utf-8-sig")
    out = io.BytesIO()
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, moment), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def table_of(rows: Sequence[Row]) -> str:
    """Rows as a table; what spreadsheets would run is guarded."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return spreadsheets.table(columns, ([_cell(row.get(name)) for name in columns] for row in rows))


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return spreadsheets.guarded(value)
        case _:
            text = msgspec.json.encode(value).decode()
            return spreadsheets.guarded(text.strip('"') if text.startswith('"') else text)


def _document(known: Iterable[tuple[Entry, Found]], coop: str, at: datetime) -> dict[str, Any]:
    return {
        "coop": coop,
        "made_at": at,
        "known": [
            {
                "key": entry.key,
                "what": str(entry.what),
                "why": str(entry.why),
                "basis": entry.basis,
                "kept": entry.kept,
                "seen_by": entry.seen,
                "on_leaving": entry.leaving,
                "lists": found,
            }
            for entry, found in known
        ],
    }


def _words(known: Iterable[tuple[Entry, Found]], *, coop: str, name: str, at: datetime) -> str:
    head = _(
        "What %(coop)s knows about %(name)s, on %(day)s.",
        coop=coop,
        name=name,
        day=at.date().isoformat(),
    )
    lines = [
        str(head),
        str(_("%(file)s has all of it, for programs; the tables have the same.", file=WHOLE)),
        "",
    ]
    for entry, found in known:
        lines += [
            f"{entry.key}: {entry.what}",
            f"  {_('Why')}: {entry.why} ({BASIS_WORDS[entry.basis]})",
            f"  {_('How long')}: {KEPT_WORDS[entry.kept]}",
            f"  {_('Seen by')}: {SEEN_WORDS[entry.seen]}",
            f"  {_('If you leave')} {LEAVING_WORDS[entry.leaving]}",
            *(f"  {entry.key}-{part}.csv: {len(rows)}" for part, rows in found.items() if rows),
            "",
        ]
    return "\n".join(lines)
