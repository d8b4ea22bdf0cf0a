"""Statements that only one database understands: full-text tables, triggers, generated columns.

A slice keeps its own statements beside the table that they serve; they are named here, and the
first revision gets a copy of them. After the first release a change of them is a revision written
by hand.
"""

from node.listings import index

RAW_DDL: dict[str, tuple[str, ...]] = {
    "sqlite": index.SQLITE_DDL,
    "postgresql": index.POSTGRESQL_DDL,
}
RAW_NAMES = ("search_words", "tokens", "ix_search_entry_tokens")
"""How the names begin of what these statements make: comparisons with the models pass it over."""
