"""teams firms pictures

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003_teams_firms_pictures'
down_revision = '0002_details_alerts_colleagues'


def upgrade() -> None:
    with op.batch_alter_table('one_time_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_by', sa.String(length=26), nullable=True))

    with op.batch_alter_table('thread_side', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), server_default=sa.text('false'), nullable=False))

    with op.batch_alter_table('picture', schema=None) as batch_op:
        batch_op.add_column(sa.Column('size', sa.BigInteger(), server_default='0', nullable=False))
