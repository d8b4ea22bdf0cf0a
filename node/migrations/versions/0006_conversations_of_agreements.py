"""conversations of agreements

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = '0006_conversations_of_agreements'
down_revision = '0005_kinds_roles_and_watches'


def upgrade() -> None:
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('context', sa.Text(), nullable=True))
