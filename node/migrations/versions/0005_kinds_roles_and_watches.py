"""kinds roles and watches

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

The team of an agreement may be the one that needs something, too. Needs that are out are watched
from now on. Whoever stands in for a delegate is asked in votes that are open, too.

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

_ASK_WHO_STANDS_IN = """
INSERT INTO timer (kind, subject, due_at, failures)
SELECT 'council-stand-in', id, opens_at, 0 FROM council_proposal WHERE state = 'open'
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

    op.create_table('committee',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_committee')),
    sa.UniqueConstraint('key', name=op.f('uq_committee_key'))
    )
    op.create_table('application_sponsor',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('application_id', sa.String(length=26), nullable=False),
    sa.Column('member_id', sa.String(length=26), nullable=True),
    sa.Column('named', sa.LargeBinary(), nullable=True),
    sa.Column('vouches', sa.Boolean(), nullable=True),
    sa.Column('by', sa.Text(), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_application_sponsor_application_id_application')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_application_sponsor_member_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application_sponsor')),
    sa.UniqueConstraint('application_id', 'member_id', name=op.f('uq_application_sponsor_application_id_member_id'))
    )
    with op.batch_alter_table('application_sponsor', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_sponsor_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_sponsor_member_id'), ['member_id'], unique=False)

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sponsor_digest', sa.LargeBinary(length=32), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_application_sponsor_digest'), ['sponsor_digest'])

    with op.batch_alter_table('joining_form', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sponsors', sa.Integer(), server_default=sa.text('0'), nullable=False))

    with op.batch_alter_table('remote_actor', schema=None) as batch_op:
        batch_op.add_column(sa.Column('names', sa.JSON(none_as_null=True), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('summaries', sa.JSON(none_as_null=True), server_default='{}', nullable=False))

    op.execute(_ASK_WHO_STANDS_IN)
