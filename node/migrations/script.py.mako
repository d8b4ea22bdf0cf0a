"""${message}

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
% if raw:

# Copied from node/migrations/raw.py when this revision was written.
RAW_DDL = {
% for dialect, statements in raw.items():
    ${repr(dialect)}: (
% for statement in statements:
        ${repr(statement)},
% endfor
    ),
% endfor
}
% endif


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if raw:
    connection = op.get_bind()
    for statement in RAW_DDL[connection.dialect.name]:
        connection.exec_driver_sql(statement)
% endif
