"""teams firms pictures

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003_teams_firms_pictures'
down_revision = '0002_details_alerts_colleagues'


RAW_DDL = {
    'sqlite': (
        'CREATE VIRTUAL TABLE search_words USING fts5(title_words, summary_words, body_words, facets, content=\'search_entry\', content_rowid=\'id\', tokenize="ascii tokenchars \'=\'", detail=column)',
    ),
    'postgresql': (),
}


def upgrade() -> None:
    with op.batch_alter_table('one_time_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_by', sa.String(length=26), nullable=True))

    with op.batch_alter_table('thread_side', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), server_default=sa.text('false'), nullable=False))

    with op.batch_alter_table('picture', schema=None) as batch_op:
        batch_op.add_column(sa.Column('size', sa.BigInteger(), server_default='0', nullable=False))

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('teams', sa.JSON(none_as_null=True), server_default='[]', nullable=False))

    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provider_team', sa.Text(), nullable=True))

    with op.batch_alter_table('listing', schema=None) as batch_op:
        batch_op.add_column(sa.Column('team', sa.Text(), nullable=True))

    with op.batch_alter_table('listing_case', schema=None) as batch_op:
        batch_op.add_column(sa.Column('team', sa.Text(), nullable=True))

    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('status_until', sa.Date(), nullable=True))

    op.create_table('invitation_consent',
    sa.Column('member_id', sa.String(length=26), nullable=False),
    sa.Column('nr', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_invitation_consent_member_id_member')),
    sa.PrimaryKeyConstraint('member_id', 'nr', name=op.f('pk_invitation_consent'))
    )

    with op.batch_alter_table('application_consent', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.Text(), nullable=True))

    with op.batch_alter_table('consent_given', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.Text(), nullable=True))

    with op.batch_alter_table('consent_text', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('others', sa.JSON(none_as_null=True), server_default='{}', nullable=False))

    with op.batch_alter_table('joining_form', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('others', sa.JSON(none_as_null=True), server_default='{}', nullable=False))

    _fill_teams(op.get_bind())
    _list_words_alone(op.get_bind())


def _fill_teams(database: sa.Connection) -> None:
    """Who has a seat in a committee when the database changes."""
    account = sa.table("account", sa.column("id"), sa.column("teams", sa.JSON()))
    seats = database.execute(
        sa.text(
            "SELECT member.account_id, office_holding.name FROM office_holding"
            " JOIN member ON member.id = office_holding.member_id"
            " WHERE office = 'committee' AND ended_on IS NULL AND starts_on <= CURRENT_DATE"
            " AND member.status = 'active' AND member.account_id IS NOT NULL"
        )
    )
    teams: dict[str, set[str]] = {}
    for account_id, name in seats:
        teams.setdefault(account_id, set()).add(name)
    for account_id, names in teams.items():
        theirs = account.update().where(account.c.id == account_id)
        database.execute(theirs.values(teams=sorted(names)))


def _list_words_alone(database: sa.Connection) -> None:
    """The index of words no longer lists beginnings of words, too."""
    if database.dialect.name != 'sqlite':
        return
    op.drop_table('search_words')
    for statement in RAW_DDL['sqlite']:
        database.exec_driver_sql(statement)
    database.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('rebuild')")
