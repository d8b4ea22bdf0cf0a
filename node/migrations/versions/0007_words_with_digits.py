"""words with digits

Written from the models by `python -m node.migrations`, one for each release, read, and then left as
it is: it says what a database becomes by it, whatever the models say later.

By its beginning a word is found through the list of words, which left out those with digits, and
what a long text says late: here they are taken from the index itself.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = '0007_words_with_digits'
down_revision = '0006_tries_and_conversations'

_AT_ONCE = 5_000


def upgrade() -> None:
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
