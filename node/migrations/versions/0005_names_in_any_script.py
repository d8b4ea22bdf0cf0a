"""names in any script

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

Names to sign in with are compared by a key of their own. Those of before are a to z and digits in
small letters: each is its own key.
"""

import sqlalchemy as sa
from alembic import op

revision = '0005_names_in_any_script'
down_revision = '0004_short_actors'


def upgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('handle_key', sa.Text(), server_default='', nullable=False))
    op.execute('UPDATE account SET handle_key = handle')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_handle_key'), ['handle_key'], unique=True)
