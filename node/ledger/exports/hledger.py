"""The books as a journal that hledger and Ledger read (https://hledger.org/hledger.html#journal)."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from node.i18n import _
from node.ledger.exports.book import Book
from node.ledger.views import EntryView
from node.money import Money, scale_of

# In a description a semicolon begins a comment and a stroke ends the payee.
_SPECIAL = str.maketrans({";": ",", "|": "/", "\n": " "})
_TYPES = {"assets": "A", "liabilities": "L", "equity": "E", "income": "R", "expenses": "X"}


def hledger(book: Book) -> str:
    """A whole file: every entry balances, and what stands at the end is asserted."""
    blocks = [
        [f"; {plain(book.title)}"],
        [_commodity(currency) for currency in book.currencies],
        [f"account {one.code}  ; type:{_TYPES[one.type]}" for one in book.accounts],
    ]
    if book.opening:
        head = f"{book.begins.isoformat()} * {plain(str(_('Brought forward')))}"
        brought = _postings((one.account.code, one.money) for one in book.opening)
        blocks.append([head, *brought])
    blocks += [_transaction(entry) for entry in book.entries]
    if book.standing:
        blocks.append(list(_assertions(book)))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def plain(text: str) -> str:
    """Words that hledger takes for nothing but words."""
    return text.translate(_SPECIAL)


def _commodity(currency: str) -> str:
    """How a currency is written, always with a decimal mark so that none is guessed."""
    scale = scale_of(currency)
    return f"commodity 1000.{'0' * scale} {currency}"


def _transaction(entry: EntryView) -> list[str]:
    words = f"{plain(entry.text)} | " if entry.text else ""
    head = f"{entry.day.isoformat()} * ({entry.seq}) {words}{plain(str(entry.sentence))}"
    tags = {"entry": entry.id, "source": entry.source, "recipe": entry.recipe}
    if entry.policy_versions:
        versions = (f"{name} {version}" for name, version in sorted(entry.policy_versions.items()))
        tags["policies"] = "; ".join(versions)
    if entry.reverses:
        tags["reverses"] = entry.reverses
    tags["digest"] = entry.digest.hex()
    notes = [f"    ; {name}: {_tag(value)}" for name, value in tags.items()]
    return [head, *notes, *_postings((line.account.code, line.money) for line in entry.postings)]


def _tag(value: str) -> str:
    """A tag's value ends at a comma or at the end of its line."""
    return re.sub(r"[,\n]", " ", value)


def _postings(lines: Iterable[tuple[str, Money]]) -> Iterator[str]:
    for code, money in lines:
        yield f"    {code}  {money.text} {money.currency}"


def _assertions(book: Book) -> Iterator[str]:
    yield f"{(book.ends + timedelta(days=1)).isoformat()} * {plain(str(_('What stands')))}"
    for code, money in book.standing:
        nothing = Money(0, money.currency, money.scale).text
        yield f"    {code}  {nothing} {money.currency} = {money.text} {money.currency}"
