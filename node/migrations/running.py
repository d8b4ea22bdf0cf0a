"""Alembic, set up without a file of its own settings."""

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from federation.storage.base import UtcDateTime
from node.migrations.raw import RAW_NAMES

FOLDER = Path(__file__).parent


def upgrade(connection: Connection) -> None:
    """Run every revision that the database has not seen yet, in the transaction that is open."""
    command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """Alembic's settings for one connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s")
    config.attributes["connection"] = connection
    return config


def render_item(kind: str, item: object, _context: Any) -> str | Literal[False]:
    """Write our column types as SQLAlchemy's own: a revision must not change with the program."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave what `raw.py` makes out of the comparison."""
    return not (kind in {"table", "column", "index"} and (name or "").startswith(RAW_NAMES))
