"""hours, answers and words

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

By its beginning a word is found through the list of words, which left out those with digits, and
what a long text says late: here they are taken from the index itself.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = '0007_hours_answers_and_words'
down_revision = '0006_tries_and_conversations'

_AT_ONCE = 5_000


def upgrade() -> None:
    with op.batch_alter_table('thread_message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answers_for', sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f('ix_thread_message_answers_for'), ['answers_for'], unique=False)

    op.create_table('work_entry',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('member_id', sa.String(length=26), nullable=False),
    sa.Column('worked_on', sa.Date(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('activity', sa.Text(), nullable=False),
    sa.Column('committee', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_work_entry_member_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_entry'))
    )
    with op.batch_alter_table('work_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_entry_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_entry_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_entry_worked_on'), ['worked_on'], unique=False)

    with op.batch_alter_table('joining_form', schema=None) as batch_op:
        batch_op.add_column(sa.Column('eligibility', sa.JSON(none_as_null=True), server_default='{}', nullable=False))

    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('counts', sa.Text(), server_default='', nullable=False))

    _list_all_words(op.get_bind())


def _list_all_words(connection: sa.Connection) -> None:
    add = sa.text('INSERT INTO search_word (word, backwards) VALUES (:word, :backwards) ON CONFLICT DO NOTHING')
    some: list[dict[str, str]] = []
    for word in _indexed(connection):
        if len(word) >= 3 and not word[0].isdigit() and word[0] != '=':
            some.append({'word': word, 'backwards': word[::-1]})
        if len(some) == _AT_ONCE:
            connection.execute(add, some)
            some = []
    if some:
        connection.execute(add, some)


def _indexed(connection: sa.Connection) -> Iterator[str]:
    """All words and facets that the index holds."""
    if connection.dialect.name == 'postgresql':
        yield from connection.scalars(sa.text("SELECT word FROM ts_stat('SELECT tokens FROM search_entry')"))
        return
    connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.indexed USING fts5vocab(main, search_words, 'row')")
    # All at once: a list that is read while words are added may give one twice.
    yield from list(connection.scalars(sa.text('SELECT term FROM temp.indexed')))
    connection.exec_driver_sql('DROP TABLE temp.indexed')
