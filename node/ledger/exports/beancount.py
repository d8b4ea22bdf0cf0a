"""The books as Beancount reads them (https://beancount.github.io/docs/beancount_language_syntax).

Beancount keeps credits below zero, as we do. What an entry rests on stands in its metadata.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from node.i18n import _
from node.ledger.exports.book import Book
from node.ledger.views import AccountView, EntryView
from node.money import Money, scale_of


def beancount(book: Book) -> str:
    """A whole file: it balances by itself, and asserts what stands on each account at the end."""
    day = book.begins.isoformat()
    blocks = [
        [f'option "title" {quoted(book.title)}'],
        *([f"{day} commodity {one}", f"  scale: {scale_of(one)}"] for one in book.currencies),
        *(_open(account, day) for account in book.accounts),
    ]
    if book.opening:
        blocks.append(_opening(book, day))
    blocks += [_transaction(entry) for entry in book.entries]
    blocks.append(list(_assertions(book)))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def account_name(code: str) -> str:
    """A code as Beancount spells it: each word begins with a capital or a digit."""
    return ":".join(word[0].upper() + word[1:] for word in code.split(":"))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _open(account: AccountView, day: str) -> list[str]:
    lines = [
        f"{day} open {account_name(account.code)}",
        f"  name: {quoted(str(account.name))}",
        f"  fund: {quoted(account.fund)}",
    ]
    if account.party:
        lines.append(f"  party: {quoted(account.party)}")
    return lines


def _opening(book: Book, day: str) -> list[str]:
    head = f"{day} * {quoted(str(_('Brought forward')))}"
    return [head, *_postings((one.account.code, one.money) for one in book.opening)]


def _transaction(entry: EntryView) -> list[str]:
    payee = f"{quoted(entry.text)} " if entry.text else ""
    lines = [
        f"{entry.day.isoformat()} * {payee}{quoted(str(entry.sentence))}",
        f"  entry: {quoted(entry.id)}",
        f"  source: {quoted(entry.source)}",
        f"  recipe: {quoted(entry.recipe)}",
    ]
    if entry.policy_versions:
        versions = (f"{name} {version}" for name, version in sorted(entry.policy_versions.items()))
        lines.append(f"  policies: {quoted('; '.join(versions))}")
    if entry.reverses:
        lines.append(f"  reverses: {quoted(entry.reverses)}")
    lines.append(f"  digest: {quoted(entry.digest.hex())}")
    return [*lines, *_postings((line.account.code, line.money) for line in entry.postings)]


def _postings(lines: Iterable[tuple[str, Money]]) -> Iterator[str]:
    for code, money in lines:
        yield f"  {account_name(code)}  {money.text} {money.currency}"


def _assertions(book: Book) -> Iterator[str]:
    """Beancount checks a balance at the beginning of its day, so it is the day after the last."""
    day = (book.ends + timedelta(days=1)).isoformat()
    for code, money in book.standing:
        yield f"{day} balance {account_name(code)}  {money.text} {money.currency}"
