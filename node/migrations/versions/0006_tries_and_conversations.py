"""tries and conversations

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

What one process counted in its memory is forgotten, as at any start before.

Nothing has ever written or read the notes on relations.
"""

import sqlalchemy as sa
from alembic import op

revision = '0006_tries_and_conversations'
down_revision = '0005_kinds_roles_and_watches'


def upgrade() -> None:
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('context', sa.Text(), nullable=True))

    op.create_table('sign_in_tries',
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('full_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.String(length=26), nullable=True),
    sa.Column('known_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_tries_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_sign_in_tries'))
    )
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_tries_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_tries_full_at'), ['full_at'], unique=False)

    with op.batch_alter_table('relation', schema=None) as batch_op:
        batch_op.drop_column('note')
