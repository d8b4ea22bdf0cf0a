"""What is left of somebody: every byte of every file of a node, and every row of every table.

A new table or folder is looked through without being named here: that is the point.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from federation.storage.base import metadata
from tests.support.town import Coop


def files_of(coop: Coop) -> list[Path]:
    """All that a node keeps on its disk: database, its log, keys, media, whatever there will be."""
    return [path for path in coop.node.config.data.rglob("*") if path.is_file()]


def found_in(paths: Any, needles: Any) -> list[str]:
    """Which needle stands in which file, in UTF-8, in UTF-16 or escaped as JSON."""
    return [
        f"{needle!r} in {path.name}"
        for path in paths
        for needle in needles
        if _stands_in(path.read_bytes(), needle)
    ]


async def found_in_rows(coop: Coop, needles: Any) -> list[str]:
    """Which needle stands in which table, of all there are."""
    found = []
    for name, values in (await _rows(coop)).items():
        found += [f"{needle!r} in {name}" for needle in needles if _any(values, needle)]
    return found


async def everything_kept(coop: Coop) -> str:
    """Every row of every table, as text: to see whether anything changed."""
    return "\n".join(f"{name} {values!r}" for name, values in (await _rows(coop)).items())


async def _rows(coop: Coop) -> dict[str, list[Any]]:
    async def read(reader: Any) -> dict[str, list[Any]]:
        return {
            table.name: [value for row in await reader.rows(select(table)) for value in row]
            for table in metadata.sorted_tables
        }

    rows: dict[str, list[Any]] = await coop.read(read)
    return rows


def _any(values: list[Any], needle: str | bytes) -> bool:
    return any(
        _stands_in(value if isinstance(value, bytes) else str(value).encode(), needle)
        for value in values
    )


def _stands_in(content: bytes, needle: str | bytes) -> bool:
    if isinstance(needle, bytes):
        return needle in content
    escaped = ascii(needle)[1:-1].encode()
    return any(one in content for one in (needle.encode(), needle.encode("utf-16-le"), escaped))
