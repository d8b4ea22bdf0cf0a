"""Filling a record from a log, entry by entry. Pure."""

from collections.abc import Iterable

from node.council.count.checks import check
from node.council.state.effects import settle
from node.council.state.record import Entry, Inadmissible, Record, subject_of
from node.council.words.statements import Statement

_OTHER = Inadmissible("other-digest", "The statement is not the one that was logged.")
_MISFILED = Inadmissible("other-subject", "The entry files the statement under something else.")


def take(record: Record, entry: Entry, statement: Statement | None) -> bool:
    """Go on by one entry; whether it has an effect. statement: None if it is not at hand."""
    has_effect = statement is not None and _is_admissible(record, entry, statement)
    record.advance(entry)
    if has_effect and statement is not None:
        settle(record, entry.index, statement)
    return has_effect


def replay(
    entries: Iterable[tuple[Entry, Statement | None]], record: Record | None = None
) -> Record:
    """The record that a list of entries makes."""
    found = record or Record()
    for entry, statement in entries:
        take(found, entry, statement)
    return found


def _is_admissible(record: Record, entry: Entry, statement: Statement) -> bool:
    if (statement.object, statement.kind) != (entry.digest, entry.kind):
        record.refused[entry.index] = _OTHER
        return False
    if entry.subject != subject_of(statement):
        record.refused[entry.index] = _MISFILED
        return False
    try:
        check(record, statement)
    except Inadmissible as error:
        record.refused[entry.index] = error
        return False
    return True
