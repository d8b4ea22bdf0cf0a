"""`python -m node.migrations revision MESSAGE`: write the next revision from the models."""

import argparse
import asyncio
import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from federation.storage.database import migration_engine
from node.migrations import VERSIONS
from node.migrations.running import configuration, upgrade


async def write(name: str, message: str) -> Path:
    """Write the revision that leads from all revisions so far to the models."""
    with tempfile.TemporaryDirectory() as folder:
        engine = migration_engine(f"sqlite:///{folder}/compare.sqlite")
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_write, name, message)
        finally:
            await engine.dispose()
    return VERSIONS / f"{name}.py"


def _write(connection: Connection, name: str, message: str) -> None:
    upgrade(connection)
    command.revision(configuration(connection), message=message, autogenerate=True, rev_id=name)


def next_name(message: str) -> str:
    """ "add notes" → "0002_add_notes"."""
    number = max(int(path.stem[:4]) for path in VERSIONS.glob("[0-9]*.py")) + 1
    slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:40]
    return f"{number:04}_{slug}"


def main() -> None:
    """Read the command line and write the revision."""
    parser = argparse.ArgumentParser(prog="python -m node.migrations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    revision = commands.add_parser("revision", help="write the next revision")
    revision.add_argument("message", help='what changes, such as "add notes to peers"')
    given = parser.parse_args()
    path = asyncio.run(write(next_name(given.message), given.message))
    sys.stdout.write(f"{path.relative_to(Path.cwd())}: read it before you commit it\n")


if __name__ == "__main__":
    main()
