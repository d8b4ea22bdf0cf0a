"""kinds roles and watches

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

The team of an agreement may be the one that needs something, too. Needs that are out are watched
from now on.

Names to sign in with are compared by a key of their own. Those of before are a to z and digits in
small letters: each is its own key.
"""

import sqlalchemy as sa
from alembic import op

revision = '0005_kinds_roles_and_watches'
down_revision = '0004_short_actors'

_WATCH_NEEDS = """
INSERT INTO listing_watch (listing_id, seen, looked_at)
SELECT id, (SELECT coalesce(max(id), 0) FROM search_entry), updated_at
FROM listing WHERE kind = 'request' AND state = 'published'
"""


def upgrade() -> None:
    op.create_table('listing_watch',
    sa.Column('listing_id', sa.String(length=26), nullable=False),
    sa.Column('seen', sa.BigInteger(), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_listing_watch_listing_id_listing')),
    sa.PrimaryKeyConstraint('listing_id', name=op.f('pk_listing_watch'))
    )
    with op.batch_alter_table('listing_watch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_listing_watch_looked_at'), ['looked_at'], unique=False)

    op.create_table('thread_reading',
    sa.Column('thread_id', sa.String(length=26), nullable=False),
    sa.Column('account_id', sa.String(length=26), nullable=False),
    sa.Column('read_number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_thread_reading_thread_id_thread')),
    sa.PrimaryKeyConstraint('thread_id', 'account_id', name=op.f('pk_thread_reading'))
    )
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.alter_column('provider_team', new_column_name='team')

    with op.batch_alter_table('listing', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rewritten', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('rewritten_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_listing_rewritten', ['rewritten_at'], unique=False, sqlite_where=sa.text('rewritten_at IS NOT NULL'), postgresql_where=sa.text('rewritten_at IS NOT NULL'))

    op.execute(_WATCH_NEEDS)

    with op.batch_alter_table('relation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('remote_actor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_remote_actor_fetched_at'), ['fetched_at'], unique=False)

    op.execute("UPDATE relation SET declined_at = updated_at WHERE follower_state = 'refused'")

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('handle_key', sa.Text(), server_default='', nullable=False))
    op.execute('UPDATE account SET handle_key = handle')
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_handle_key'), ['handle_key'], unique=True)
