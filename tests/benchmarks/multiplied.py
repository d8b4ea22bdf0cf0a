"""Many listings out of a few: the title of one, the text of another, the rest of a third.

In SQL, while the node is not running: a million take minutes, and made one by one an hour. No two
are the same, and words are as frequent as among those that they are mixed from.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from federation.ambient import SystemEntropy, new_id
from federation.inbox.memory import Name, key_of
from node.listings.index import search_entry
from node.listings.models import mirror_table

_TITLES = {"title", "title_words"}
_TEXTS = {"lead", "summary", "summary_words", "body_html", "body_words"}
_NEW = {
    "uri": "mix.uri",
    "url": "mix.uri",
    "document": "json_object('id', mix.uri, 'type', 'Proposal', 'name', a.title,"
    " 'content', json_extract(b.document, '$.content'))",
}
# Both factors share no divisor with a power of ten: each listing is a first, a second and a third.
_MIX = """
CREATE TEMP TABLE mix AS
SELECT uri.*, 'http://' || substr(coop_uri, 8, instr(substr(coop_uri, 8), '/')) || 'old/' || number
 AS uri, new_id() AS ref FROM (
 SELECT a.id AS a, (a.id * 7 + :round * 101) % :base + 1 AS b,
  (a.id * 13 + :round * 977) % :base + 1 AS c, :base * :round + a.id - 1 AS number
 FROM search_entry a WHERE a.id <= min(:base, :count - :base * :round)
) AS uri JOIN search_entry ON search_entry.id = uri.c
"""
_SEEN = """
INSERT INTO seen_activity (key, actor, activity_id, body_digest, received_at)
SELECT key_of(coop_uri, mix.uri || '/activity'), coop_uri, mix.uri || '/activity', digest(mix.uri),
 updated_at FROM mix JOIN listing_mirror ON listing_mirror.id = mix.ref
"""


def multiply(file: Path, base: int, count: int) -> None:
    """Fill the database up to so many listings. base: how many there are, a power of ten."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for pragma in ("synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        database.create_function("new_id", 0, lambda: new_id(datetime.now(UTC), SystemEntropy()))
        database.create_function("key_of", 2, lambda *both: key_of(Name(*both)))
        database.create_function("digest", 1, lambda uri: sha256(uri.encode()).digest())
        for number in range(1, -(-count // base)):
            database.execute("BEGIN")
            database.execute(_MIX, {"base": base, "count": count, "round": number})
            for statement in (_mirrors(), _entries(), _SEEN, "DROP TABLE mix"):
                database.execute(statement)
            database.execute("COMMIT")


def _mirrors() -> str:
    columns = [column.name for column in mirror_table.columns]
    sources = ["mix.ref" if name == "id" else _source(name) for name in columns]
    return (
        f"INSERT INTO listing_mirror ({', '.join(columns)}) SELECT {', '.join(sources)}"
        + "".join(
            f"{' FROM mix' if letter == 'a' else ''} JOIN search_entry {letter}_entry"
            f" ON {letter}_entry.id = mix.{letter}"
            f" JOIN listing_mirror {letter} ON {letter}.id = {letter}_entry.ref"
            for letter in "abc"
        )
    )


def _entries() -> str:
    columns = [column.name for column in search_entry.columns if column.name != "id"]
    news = {"ref": "mix.ref", "url": "'/mirrors/' || mix.ref"}
    sources = [news.get(name) or _source(name) for name in columns]
    joins = " ".join(f"JOIN search_entry {each} ON {each}.id = mix.{each}" for each in "abc")
    return (
        f"INSERT INTO search_entry ({', '.join(columns)})"
        f" SELECT {', '.join(sources)} FROM mix {joins} ORDER BY mix.number"
    )


def _source(column: str) -> str:
    """Where a column of a mixed listing comes from."""
    if column in _NEW:
        return _NEW[column]
    letter = "a" if column in _TITLES else "b" if column in _TEXTS else "c"
    return f"{letter}.{column}"
