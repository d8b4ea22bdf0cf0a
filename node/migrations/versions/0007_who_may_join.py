"""who may join

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = '0007_who_may_join'
down_revision = '0006_tries_and_conversations'


def upgrade() -> None:
    with op.batch_alter_table('joining_form', schema=None) as batch_op:
        batch_op.add_column(sa.Column('eligibility', sa.JSON(none_as_null=True), server_default='{}', nullable=False))
