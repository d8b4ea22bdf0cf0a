"""no lists of beginnings

The index of words is built anew, without what it kept for beginnings of two and three letters: half
of its size. A million listings take half a minute.
"""

from alembic import op

revision = '0003_no_lists_of_beginnings'
down_revision = '0002_details_alerts_colleagues'

RAW_DDL = {
    'sqlite': (
        'CREATE VIRTUAL TABLE search_words USING fts5(title_words, summary_words, body_words, facets, content=\'search_entry\', content_rowid=\'id\', tokenize="ascii tokenchars \'=\'", detail=column)',
    ),
    'postgresql': (),
}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != 'sqlite':
        return
    op.drop_table('search_words')
    for statement in RAW_DDL['sqlite']:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('rebuild')")
