"""`python -m tests.node.migrations.make_release 0.2.0`: keep a database of this release.

Run once for a release, before anything of the next one is in the tree: the demo's coops live their
past, then one of them writes what is under way still. Its database becomes SQL, its keys and
settings a table of files; both stand in `tests/vectors/releases`, and `test_releases.py` brings
them up to date for as long as there are releases. All in them is invented; the keys open nothing.
"""

import asyncio
import base64
import json
import lzma
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

from federation.storage import UnitOfWork
from node import accounts, searches, threads
from node.listings import SearchQuery
from node.runtime import Node
from ui.demo import town

RELEASES = Path(__file__).parents[2] / "vectors/releases"
COOPS = 5


async def live(folder: Path) -> Path:
    """All of the demo's past, and what its first coop is about; returns that coop's folder."""
    plots = town.lay_out(COOPS, folder)
    configs = await town.make(plots)
    await town.furnish(plots, configs)
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(town.opened(plot, config))
            for plot, config in zip(plots[:2], configs[:2], strict=True)
        ]
        await _write_to_each_other(here, there)
        await here.write(_keep_things)
    for plot in plots:
        plot.listener.close()
    return plots[0].folder


async def _write_to_each_other(here: Node, there: Node) -> None:
    """One letter has come and is not taken in yet; one waits for the other coop."""
    await _ask(there, here)
    await there.federation.deliver_due()
    await _ask(here, there)


async def _ask(node: Node, other: Node) -> None:
    async with node.reading() as reader:
        somebody = (await accounts.accounts(reader))[0]
    by, to = threads.account(somebody.id), threads.actor(other.federation.identities.coop.uri)
    await node.write(lambda uow: threads.open_thread(uow, by=by, to=to, text="Do you bake rye?"))


async def _keep_things(uow: UnitOfWork) -> None:
    somebody = (await accounts.accounts(uow))[0]
    scopes = accounts.scopes_of(somebody.roles)
    await accounts.create_token(uow, somebody.id, label="till", scopes=scopes)
    await searches.keep(uow, somebody, "Bread", SearchQuery("bread"), "q=bread")


def statements(file: Path) -> Iterator[str]:
    """A database as SQL. The word index is made again by its table's triggers, not written out."""
    with closing(sqlite3.connect(file)) as database:
        shadows = "name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_words%'"
        made = list(
            database.execute(
                "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
                f"(name = 'search_words' OR {shadows}) ORDER BY rowid"
            )
        )
        yield from (f"{sql};" for kind, _name, sql in made if kind != "index")
        for kind, name, _sql in made:
            if kind == "table" and name != "search_words":
                yield from _rows(database, name)
        yield from (f"{sql};" for kind, _name, sql in made if kind == "index")


def _rows(database: sqlite3.Connection, table: str) -> Iterator[str]:
    names = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    values = " || ',' || ".join(f'quote("{name}")' for name in names)
    query = f'SELECT {values} FROM "{table}"'
    for (row,) in database.execute(query):
        yield f'INSERT INTO "{table}" VALUES({row});'


def files(folder: Path) -> dict[str, str]:
    """A coop's settings and keys, by their place in its folder."""
    kept = [folder / "rochdale.toml", *sorted((folder / "keys").iterdir())]
    return {
        str(file.relative_to(folder)): base64.b64encode(file.read_bytes()).decode() for file in kept
    }


def main() -> None:
    """Make the two files of the release that the command line names."""
    [version] = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        folder = asyncio.run(live(Path(temporary)))
        sql = "\n".join(statements(folder / "rochdale.sqlite")).encode()
        packed = lzma.compress(sql, preset=9 | lzma.PRESET_EXTREME)
        (RELEASES / f"{version}.sql.xz").write_bytes(packed)
        text = json.dumps(files(folder), indent=1)
        (RELEASES / f"{version}.json").write_text(text + "\n")
        sys.stdout.write(f"{len(sql)} bytes of SQL, {len(packed)} packed\n")


if __name__ == "__main__":
    main()
