"""What only one database understands (full-text tables, triggers, generated columns), by its names.

A slice keeps such statements beside the table that they serve (`node.listings.index`), and a
revision has a copy of them. Autogeneration does not see them: a change is a revision written
by hand, and a test compares its copy.
"""

RAW_NAMES = ("search_words", "tokens", "ix_search_entry_tokens")
"""How the names begin of what these statements make: comparisons with the models pass it over."""
