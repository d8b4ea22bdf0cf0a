"""private conversations"""

import sqlalchemy as sa
from alembic import op

revision = '0002_private_conversations'
down_revision = '0001_first'


def upgrade() -> None:
    op.create_table('thread',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('subject', sa.String(length=26), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('about_uri', sa.Text(), nullable=True),
    sa.Column('about_title', sa.Text(), nullable=True),
    sa.Column('last_number', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread')),
    sa.UniqueConstraint('uri', name=op.f('uq_thread_uri'))
    )
    with op.batch_alter_table('thread', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thread_about_uri'), ['about_uri'], unique=False)
        batch_op.create_index(batch_op.f('ix_thread_created_at'), ['created_at'], unique=False)

    op.create_table('thread_block',
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('barred', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('holder', 'barred', name=op.f('pk_thread_block'))
    )
    op.create_table('thread_guest',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('secret_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_guest_thread_id_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_guest')),
    sa.UniqueConstraint('secret_digest', name=op.f('uq_thread_guest_secret_digest')),
    sa.UniqueConstraint('thread_id', name=op.f('uq_thread_guest_thread_id'))
    )
    op.create_table('thread_matter',
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('attached_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_matter_thread_id_thread')),
    sa.PrimaryKeyConstraint('thread_id', 'uri', name=op.f('pk_thread_matter'))
    )
    with op.batch_alter_table('thread_matter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thread_matter_uri'), ['uri'], unique=False)

    op.create_table('thread_message',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('uri', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('by', sa.String(length=26), nullable=True),
    sa.Column('in_reply_to', sa.Text(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('activity_id', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_message_thread_id_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_message')),
    sa.UniqueConstraint('thread_id', 'number', name=op.f('uq_thread_message_thread_id_number')),
    sa.UniqueConstraint('uri', name=op.f('uq_thread_message_uri'))
    )
    op.create_table('thread_report',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('told_them', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_report_thread_id_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_thread_report'))
    )
    with op.batch_alter_table('thread_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_thread_report_thread_id'), ['thread_id'], unique=False)

    op.create_table('thread_side',
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('read_number', sa.Integer(), nullable=False),
    sa.Column('blocked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_side_thread_id_thread')),
    sa.PrimaryKeyConstraint('thread_id', 'role', name=op.f('pk_thread_side'))
    )
    with op.batch_alter_table('thread_side', schema=None) as batch_op:
        batch_op.create_index('ix_thread_side_party', ['kind', 'ref'], unique=False)

    with op.batch_alter_table('outbox_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('private', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index('ix_outbox_entry_private', ['seq'], unique=False, sqlite_where=sa.text('private = 1'), postgresql_where=sa.text('private'))

