"""Graves and the memory of activities are each actor's own, not the origin's."""

import sqlalchemy as sa
from alembic import op

revision = '0003_by_actor'
down_revision = '0002_keep_ids_of_files_apart'


def upgrade() -> None:
    op.rename_table('tombstone', 'tombstone_before')
    op.drop_index(op.f('ix_tombstone_owner'), table_name='tombstone_before')
    op.create_table('tombstone',
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('former_type', sa.Text(), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('final', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('uri', 'owner', name=op.f('pk_tombstone_by_owner'))
    )
    op.create_index(op.f('ix_tombstone_owner'), 'tombstone', ['owner'], unique=False)
    # Which of them were only read in a catalogue was not noted: what changes later shall count.
    op.execute(sa.text(
        "INSERT INTO tombstone (uri, owner, former_type, deleted_at, final) "
        "SELECT uri, owner, former_type, deleted_at, coalesce(former_type, '') <> 'Proposal' "
        "FROM tombstone_before"
    ))
    op.drop_table('tombstone_before')
    # Whose they were was not noted, so that what was seen before cannot be told from a neighbour's.
    op.drop_table('seen_activity')
    op.create_table('seen_activity',
    sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('activity_id', sa.Text(), nullable=False),
    sa.Column('body_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_seen_activity'))
    )
    op.create_table('peer_welcome_by_address',
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('authority', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_peer_welcome_address'))
    )
    op.execute(sa.text(
        "INSERT INTO peer_welcome_by_address (address, authority, created_at) "
        "SELECT authority, authority, created_at FROM peer_welcome"
    ))
    op.drop_table('peer_welcome')
    op.rename_table('peer_welcome_by_address', 'peer_welcome')
