"""A second opinion on a node's books: reads the raw tables and shares no code with the ledger.

    assert await books.faults(node.database) == []

Its model is its own: canonical JSON by `json`, sums by hand, SQL as text. What it finds is said in
words, every fault and not only the first.
"""

import hashlib
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text

from federation.storage import Database

ENTRIES = """
    SELECT seq, id, day, period, recipe, source, party, reverses, "by", at, policy_versions,
           sealed, content_digest, previous, digest FROM ledger_entry ORDER BY seq"""
POSTINGS = """
    SELECT p.entry_seq, p.line, p.amount, p.currency, p.scale, a.code, a.fund, a.party
    FROM ledger_posting p LEFT JOIN ledger_account a ON a.id = p.account_id
    ORDER BY p.entry_seq, p.line"""
HEAD = "SELECT seq, digest FROM ledger_head"


async def faults(database: Database) -> list[str]:
    """Everything that is wrong with the books; [] when they balance and the chain holds."""
    async with database.reading() as reader:
        entries = await reader.rows(text(ENTRIES))
        postings = await reader.rows(text(POSTINGS))
        heads = await reader.rows(text(HEAD))
    lines: defaultdict[int, list[Any]] = defaultdict(list)
    for posting in postings:
        lines[posting.entry_seq].append(posting)
    found = _strays(entries, lines) + _twice(entries)
    previous = bytes(32)
    for number, entry in enumerate(entries, start=1):
        found += _of_one(entry, lines[entry.seq], number, previous)
        previous = bytes(entry.digest)
    end = (heads[0].seq, bytes(heads[0].digest)) if heads else (0, bytes(32))
    if end != (len(entries), previous):
        found.append("the head is not the end of the chain")
    return found


def _of_one(entry: Any, lines: list[Any], number: int, previous: bytes) -> list[str]:
    found = []
    if entry.seq != number:
        found.append(f"entry {number} is missing")
    if bytes(entry.previous) != previous:
        found.append(f"entry {entry.seq} does not follow the one before")
    if bytes(entry.digest) != hashlib.sha256(_document(entry, lines)).digest():
        found.append(f"entry {entry.seq} does not have its digest")
    if bytes(entry.content_digest) != _of_words(entry.sealed):
        found.append(f"entry {entry.seq} does not have its words")
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.amount
    found += [f"entry {entry.seq} is off by {off} {c}" for c, off in sums.items() if off]
    if len(lines) < 2 or any(line.amount == 0 for line in lines):
        found.append(f"entry {entry.seq} has too few lines, or an empty one")
    return found


def _strays(entries: Any, lines: Any) -> list[str]:
    known = {entry.seq for entry in entries}
    return [f"there are lines of an entry {seq} that is not there" for seq in lines.keys() - known]


def _twice(entries: Any) -> list[str]:
    seen: set[tuple[str, str]] = set()
    found = []
    for entry in entries:
        key = (entry.source, entry.recipe)
        if key in seen:
            found.append(f"{key} was booked twice")
        seen.add(key)
    return found


def _of_words(sealed: Any) -> bytes:
    return bytes(32) if sealed is None else hashlib.sha256(bytes(sealed)).digest()


def _document(entry: Any, lines: list[Any]) -> bytes:
    policies = entry.policy_versions
    document = {
        "seq": entry.seq,
        "id": entry.id,
        "date": entry.day.isoformat() if isinstance(entry.day, date) else entry.day,
        "period": entry.period,
        "recipe": entry.recipe,
        "source": entry.source,
        "party": entry.party,
        "reverses": entry.reverses,
        "by": entry.by,
        "at": _moment(entry.at),
        "policies": json.loads(policies) if isinstance(policies, str) else policies,
        "lines": [
            {
                "line": line.line,
                "account": line.code,
                "fund": line.fund,
                "party": line.party,
                "amount": str(line.amount),
                "currency": line.currency,
                "scale": line.scale,
            }
            for line in lines
        ],
        "content": bytes(entry.content_digest).hex(),
        "previous": bytes(entry.previous).hex(),
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _moment(value: Any) -> str:
    """RFC 3339 in UTC, with microseconds only if there are any."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")
