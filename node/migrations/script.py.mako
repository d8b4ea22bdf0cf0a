"""${message}

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
