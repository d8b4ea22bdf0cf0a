"""How much room a picture takes

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003_size_of_pictures'
down_revision = '0002_details_alerts_colleagues'


def upgrade() -> None:
    with op.batch_alter_table('picture', schema=None) as batch_op:
        batch_op.add_column(sa.Column('size', sa.BigInteger(), server_default='0', nullable=False))

