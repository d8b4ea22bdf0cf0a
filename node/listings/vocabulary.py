"""The words that listings use: for what was mistyped, the words that may have been meant, and for
the beginning of a word all that begin so.

A word is written down once, when the first listing uses it, in the transaction of the index, and
goes with the last one that does: whoever changes one listing again and again leaves no words
behind. There are no counts: that of a common word would be a row for which all changes of the node
wait. So a word here may be one that a visitor may not see: `finding` tells only of words with which
it found something. Where a whole coop leaves the index at once, its words go in the course of days.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    Table,
    Text,
    and_,
    column,
    func,
    or_,
    select,
    text,
    union,
)

from federation.storage.base import Base
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from node.listings import spelling
from node.listings.ranking import Either, Wanted

# By its letters' numbers, as SQLite compares: a beginning is then a range of either index.
_Word = Text().with_variant(Text(collation="C"), "postgresql")

search_word = Table(
    "search_word",
    Base.metadata,
    Column("word", _Word, primary_key=True),
    # Its letters from the last to the first: words of one ending stand together.
    Column("backwards", _Word, nullable=False),
    Index("ix_search_word_backwards", "backwards"),
    sqlite_with_rowid=False,
)
_c = search_word.c

_MOST_OF_ONE = 400
"""Words that one listing can teach: its title and lead, and the beginning of its text."""
_MOST_READ = 5_000
_MOST_CONTINUED = 500
_SHORTEST_KEPT = 3
_LOOKED_AT_ONCE, _MOST_LOOKED_AT = 500, 5_000
_ROUNDS = 720
"""Once a minute, so that each word is looked at twice a day or so, up to 3.6 million."""

_AFTER_ALL = "\U0010ffff"
"""Stands in no word, and behind every letter."""

# Lists of words go and come as JSON: a thousand parameters or rows cost more than looking up.
_some = column("some", Text)
_unknown: dict[str, Prepared[Any]] = {
    "sqlite": Prepared(
        text(
            "SELECT json_group_array(value) AS some FROM json_each(:words)"
            " WHERE NOT EXISTS (SELECT 1 FROM search_word WHERE search_word.word = value)"
        ).columns(_some)
    ),
    "postgresql": Prepared(
        text(
            "SELECT CAST(json_agg(value) AS text) AS some"
            " FROM json_array_elements_text(CAST(:words AS json))"
            " WHERE NOT EXISTS (SELECT 1 FROM search_word WHERE search_word.word = value)"
        ).columns(_some)
    ),
}
_write = {
    "sqlite": Prepared[()](
        text(
            "INSERT INTO search_word (word, backwards) SELECT key, value FROM json_each(:words)"
            " WHERE true ON CONFLICT DO NOTHING"
        )
    ),
    "postgresql": Prepared[()](
        text(
            "INSERT INTO search_word (word, backwards)"
            " SELECT key, value FROM json_each_text(CAST(:words AS json)) ON CONFLICT DO NOTHING"
        )
    ),
}
_beginning: dict[str, Prepared[Any]] = {
    "sqlite": Prepared(
        text(
            "SELECT json_group_array(word) AS some FROM (SELECT word FROM search_word"
            " WHERE word >= :first AND word < :after ORDER BY word LIMIT :most)"
        ).columns(_some)
    ),
    "postgresql": Prepared(
        text(
            "SELECT CAST(json_agg(word) AS text) AS some FROM (SELECT word FROM search_word"
            " WHERE word >= :first AND word < :after ORDER BY word LIMIT :most) AS begun"
        ).columns(_some)
    ),
}
# A token in quotes: words hold no quotes, see `node.text`. PostgreSQL reads the whole list of those
# that say a word before it gives the first: of many, the commonest are let be, as it counted them.
_forget = {
    "sqlite": Prepared[()](
        text(
            "DELETE FROM search_word WHERE word IN (SELECT value FROM json_each(:words))"
            " AND NOT EXISTS (SELECT 1 FROM search_words"
            " WHERE search_words MATCH '\"' || search_word.word || '\"')"
        )
    ),
    "postgresql": Prepared[()](
        text(
            "DELETE FROM search_word WHERE word = ANY(ARRAY"
            "(SELECT json_array_elements_text(CAST(:words AS json))))"
            " AND word <> ALL(ARRAY"
            "(SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[]))"
            " FROM pg_stats JOIN pg_class ON pg_class.oid = CAST('search_entry' AS regclass)"
            " WHERE schemaname = current_schema() AND tablename = relname"
            " AND attname = 'tokens' AND reltuples > 10000))"
            " AND NOT EXISTS (SELECT 1 FROM search_entry"
            " WHERE tokens @@ CAST(quote_literal(search_word.word) AS tsquery))"
        )
    ),
}


async def learn(uow: UnitOfWork, texts: Iterable[str]) -> None:
    """Write down the words that are new. texts: of one listing each, folded, joined by spaces."""
    said = {word for one in texts for word in one.split(" ", _MOST_OF_ONE)[:_MOST_OF_ONE]}
    unknown = await _of_these(uow, _unknown[uow.dialect], said)
    new = sorted(filter(_is_kept, unknown))
    if not new:
        return
    backwards = {word: word[::-1] for word in new}
    await uow.run(_write[uow.dialect], {"words": _json(backwards)})


async def forget(uow: UnitOfWork, words: Iterable[str]) -> None:
    """Of words of listings that left the index, those that no other uses."""
    left = sorted(filter(_is_kept, words))
    if left:
        await uow.run(_forget[uow.dialect], {"words": _json(left)})


def _is_kept(word: str) -> bool:
    """Not what is too short to be a beginning, and no numbers: there is no end of them."""
    return len(word) >= _SHORTEST_KEPT and not word[0].isdigit()


async def continued(reader: Reader, looked_for: Wanted) -> Wanted:
    """The same with all words that the last one may be the beginning of, if they are few.

    The database would read the lists of all listings that hold any of them before it gives the
    first, however few are asked for: of one word's p99 among a million listings that was 22 of
    25 ms. What a listing says after its 400th word is found by the whole word only, unless another
    says it sooner.
    """
    prefix = looked_for.prefix
    if prefix is None or not _is_kept(prefix):
        return looked_for
    parameters = {"first": prefix, "after": prefix + _AFTER_ALL, "most": _MOST_CONTINUED + 1}
    [answer] = await reader.rows(_beginning[reader.dialect], parameters)
    known: list[str] = msgspec.json.decode(answer.some or "[]")
    if len(known) > _MOST_CONTINUED:
        return looked_for
    return replace(looked_for, continued=tuple(dict.fromkeys((prefix, *known))))


async def widened(reader: Reader, looked_for: Wanted, meant: Iterable[str]) -> Wanted | None:
    """What else may be looked for when nothing was found: for words that no listing uses, those
    that they may have stood for. None if there are none. meant: words that were not mistyped."""
    typed = {*looked_for.words, *filter(None, [looked_for.prefix])} - set(meant)
    unknown = await _of_these(reader, _unknown[reader.dialect], filter(spelling.forgiven, typed))
    doubted = {word: spelling.forgiven(word) for word in unknown}
    once = await _within(reader, doubted, _once)
    near = {word: spelling.nearest(word, 1, once) for word in doubted}
    far = [word for word, slips in doubted.items() if slips > 1 and not near[word]]
    twice = await _within(reader, far, _twice)
    near |= {word: spelling.nearest(word, 2, twice) for word in far}
    return _with(looked_for, {word: others for word, others in near.items() if others})


def _with(looked_for: Wanted, near: dict[str, tuple[str, ...]]) -> Wanted | None:
    if not near:
        return None
    last = looked_for.prefix
    whole = [word for word in looked_for.words if word in near]
    either = [Either(word, near[word]) for word in whole]
    if last in near:
        either.append(Either(last, near[last], begun=(last,)))
    return Wanted(
        tuple(word for word in looked_for.words if word not in near),
        None if last in near else last,
        tuple(either),
        continued=() if last in near else looked_for.continued,
    )


async def forget_unused_words(uow: UnitOfWork) -> None:
    """Look at some words, wherever they begin, and forget those that no listing uses."""
    count = await uow.scalar(select(func.count()).select_from(search_word)) or 0
    many = min(max(_LOOKED_AT_ONCE, count // _ROUNDS), _MOST_LOOKED_AT)
    first = int.from_bytes(uow.entropy.token(8)) % max(1, count - many + 1)
    some = select(search_word.c.word).order_by(search_word.c.word).offset(first)
    await forget(uow, await uow.scalars(some.limit(many)))


async def _of_these(reader: Reader, sql: Prepared[Any], words: Iterable[str]) -> list[str]:
    """The words for which a statement holds that gets all of them as one JSON list."""
    [answer] = await reader.rows(sql, {"words": _json(list(words))})
    found: list[str] = msgspec.json.decode(answer.some or "[]")
    return found


def _json(words: Any) -> str:
    return msgspec.json.encode(words).decode()


async def _within(
    reader: Reader, words: Iterable[str], near: Callable[[str], Iterable[Select[str]]]
) -> list[str]:
    """Words that may be so near to these, and some that are not."""
    some = [each for word in words for each in near(word)]
    if not some:
        return []
    found = union(*some).order_by("word").limit(_MOST_READ)
    return [row.word for row in await reader.rows(found)]


def _once(word: str) -> tuple[Select[str], ...]:
    """Those that may be one slip away."""
    begins, ends = spelling.halves(word)
    about = _of_length(word, 1)
    return (
        select(_c.word).where(_begins(_c.word, begins), about),
        select(_c.word).where(_begins(_c.backwards, ends[::-1]), about),
    )


def _twice(word: str) -> tuple[Select[str], ...]:
    """Those that may be two slips away and have the same first letter."""
    alike = or_(*map(_c.word.like, spelling.looks(word)))
    return (select(_c.word).where(_begins(_c.word, word[0]), _of_length(word, 2), alike),)


def _begins(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    return and_(column >= beginning, column < beginning + _AFTER_ALL)


def _of_length(word: str, slips: int) -> ColumnElement[bool]:
    return func.length(_c.word).between(len(word) - slips, len(word) + slips)
