"""What Alembic runs to get a connection and our tables; see `node.migrations`."""

from alembic import context

import node.tables  # noqa: F401 - makes SQLAlchemy know them
from federation.storage import metadata
from federation.storage.base import add_conditions
from node.migrations.running import include_name, render_item

add_conditions()
settings = context.config.attributes
context.configure(
    connection=settings["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can change a table only by copying it
    render_item=render_item,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
