"""Keep the ids of different files apart."""

import sqlalchemy as sa
from alembic import op

revision = '0002_keep_ids_of_files_apart'
down_revision = '0001_first'


def upgrade() -> None:
    with op.batch_alter_table('listing', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.Text(), server_default='', nullable=False))
        batch_op.drop_index(batch_op.f('ix_listing_source_id'))
        batch_op.create_index('ix_listing_source_id', ['source_id', 'source'], unique=True)

