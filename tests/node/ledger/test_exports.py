"""What is exported is what was booked, and the programs it is for agree."""

import csv
import io
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import ledger
from node.errors import InvalidInput
from node.ledger import AccountView, Balance, EntryView, ManualLine, PostingView
from node.ledger.chart import CHART, type_of
from node.ledger.exports.beancount import account_name, beancount
from node.ledger.exports.book import Book
from node.ledger.exports.hledger import hledger
from node.ledger.exports.table import COLUMNS, table
from node.money import Money, scale_of
from tests.node.ledger.conftest import gbp
from tests.support.asking import read, write

pytestmark = pytest.mark.long

BEAN_CHECK = Path(sys.executable).parent / "bean-check"
WHEN = datetime(2027, 1, 5, tzinfo=UTC)
NASTY = (
    'He said "no" \\ and left; really | ok',
    "=HYPERLINK(A1)",
    "+1, -1, @x",
    "خبز وملح 🥖 Łódź",
    "* ! (12) ^link #tag",
    "'quoted'",
    "",
)


def account(code: str) -> AccountView:
    return AccountView(code, code, type_of(code), CHART[code].name, "general", None, WHEN, None)


CODES = sorted(code for code, line in CHART.items() if not line.is_per_party)
amounts = st.integers(-(10**12), 10**12).filter(bool)


@st.composite
def entries(draw) -> tuple[EntryView, ...]:
    made = []
    days = sorted(draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=6)))
    for seq, day in enumerate(days, start=1):
        moneys = []
        for currency in draw(
            st.sets(st.sampled_from(["GBP", "JPY", "HOUR", "CREDIT"]), min_size=1)
        ):
            some = draw(st.lists(amounts, min_size=1, max_size=3))
            some += [-sum(some)] if sum(some) else [5, -5]
            moneys += [Money(amount, currency, scale_of(currency)) for amount in some]
        made.append(
            EntryView(
                id=f"entry{seq}",
                seq=seq,
                day=day,
                period=f"{day:%Y-%m}",
                recipe=draw(st.sampled_from(["manual", "platform-fee"])),
                source=draw(st.sampled_from(["a:1", "https://x.example/a,b?c=;d", '"'])) + str(seq),
                party=None,
                text=draw(st.sampled_from([*NASTY, None])),
                by="node",
                at=WHEN,
                policy_versions=draw(st.sampled_from([{}, {"fees.rules": "v3, final"}])),
                reverses=None,
                reversed_by=None,
                postings=tuple(
                    PostingView(n, account(draw(st.sampled_from(CODES))), money)
                    for n, money in enumerate(moneys, start=1)
                ),
                previous=bytes(32),
                digest=bytes(32),
            )
        )
    return tuple(made)


def sums(lines: Iterable[tuple[str, Money]]) -> dict[tuple[str, str], int]:
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for code, money in lines:
        found[code, money.currency] += money.amount
    return {key: amount for key, amount in found.items() if amount}


def a_book(made: tuple[EntryView, ...]) -> Book:
    standing = sums((line.account.code, line.money) for one in made for line in one.postings)
    closing = [
        Balance(account(code), Money(amount, currency, scale_of(currency)))
        for (code, currency), amount in sorted(standing.items())
    ]
    return Book('The "Loaf" \\ خبز', (), made, tuple(closing))


def booked(made: Iterable[EntryView]) -> list[tuple[str, str, str, str]]:
    return [
        (one.day.isoformat(), line.account.code, line.money.text, line.money.currency)
        for one in made
        for line in one.postings
    ]


# --- Readers of our own, strict: a line that they do not know is an error. ---

BEAN = {
    "option": r'option "title" "(?:[^"\\]|\\.)*"',
    "commodity": r"(\d{4}-\d\d-\d\d) commodity [A-Z]+",
    "open": r"(\d{4}-\d\d-\d\d) open ([A-Z][\w:-]*)",
    "balance": r"(\d{4}-\d\d-\d\d) balance ([A-Z][\w:-]*)  (-?[\d.]+) ([A-Z]+)",
    "transaction": r'(\d{4}-\d\d-\d\d) \*(?: "(?:[^"\\]|\\.)*"){1,2}',
    "posting": r"  ([A-Z][\w:-]*)  (-?[\d.]+) ([A-Z]+)",
    "metadata": r'  [a-z]+: (?:"(?:[^"\\]|\\.)*"|\d+)',
    "blank": r"",
}


def read_beancount(text: str) -> list[tuple[str, str, str, str]]:
    found, day = [], ""
    for line in text.splitlines():
        [(kind, match)] = [
            (kind, match) for kind, shape in BEAN.items() if (match := re.fullmatch(shape, line))
        ]
        if kind == "transaction":
            day = match[1]
        if kind == "posting":
            found.append((day, match[1].lower(), match[2], match[3]))
    return found


HLEDGER = {
    "comment": r"; .*",
    "commodity": r"commodity 1000\.(0*) ([A-Z]+)",
    "account": r"account ([a-z0-9:-]+)  ; type:[ALERX]",
    "transaction": r"(\d{4}-\d\d-\d\d) \* (?:\(\d+\) )?(?:[^;|]* \| )?[^;|]+",
    "tag": r"    ; [a-z]+: [^,]*",
    "posting": r"    ([a-z0-9:-]+)  (-?[\d.]+) ([A-Z]+)(?: = (-?[\d.]+) ([A-Z]+))?",
    "blank": r"",
}


def read_hledger(text: str) -> tuple[list[tuple[str, str, str, str]], dict[tuple[str, str], str]]:
    """The postings, and what is asserted. Every account and currency must be declared."""
    found, asserted, declared, day = [], {}, set(), ""
    for line in text.splitlines():
        [(kind, match), *_rest] = [
            (kind, match) for kind, shape in HLEDGER.items() if (match := re.fullmatch(shape, line))
        ]
        if kind == "commodity":
            declared.add(match[2])
        if kind == "account":
            declared.add(match[1])
        if kind == "transaction":
            day = match[1]
        if kind == "posting":
            assert {match[1], match[3]} <= declared
            if match[4] is None:
                found.append((day, match[1], match[2], match[3]))
            else:
                asserted[match[1], match[5]] = match[4]
    return found, asserted


def read_table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


# --- Round trips. ---


@given(entries())
def test_beancount_reads_back_what_was_booked(made):
    assert read_beancount(beancount(a_book(made))) == booked(made)


@given(entries())
def test_hledger_reads_back_what_was_booked_and_what_stands(made):
    book = a_book(made)
    found, asserted = read_hledger(hledger(book))
    assert found == booked(made)
    assert asserted == {(code, money.currency): money.text for code, money in book.standing}


@given(entries())
def test_a_table_reads_back_what_was_booked(made):
    rows = read_table(table(a_book(made)))
    found = [
        (row["date"], row["account"], row["debit"] or f"-{row['credit']}", row["currency"])
        for row in rows
    ]
    assert found == booked(made)
    texts = [one.text or "" for one in made for _line in one.postings]
    assert [row["text"].removeprefix("'") for row in rows] == texts


@given(entries())
def test_no_cell_of_a_table_is_a_formula(made):
    for row in read_table(table(a_book(made))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_a_table_is_written_as_rfc_4180_says():
    text = table(Book("x", (), (), ()))
    assert text == ",".join(COLUMNS) + "\r\n"


@given(entries())
def test_the_same_books_are_the_same_bytes(made):
    for write_book in (beancount, hledger, table):
        assert write_book(a_book(made)) == write_book(a_book(made))


# --- The programs themselves. ---


def bean_check(path: Path, content: bytes) -> str:
    file = path / "ledger.beancount"
    file.write_bytes(content)
    done = subprocess.run(
        [BEAN_CHECK, "--no-cache", file], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def hledger_check(path: Path, content: bytes) -> str:
    program = shutil.which("hledger")
    if program is None:
        pytest.skip("hledger is not installed")
    file = path / "ledger.journal"
    file.write_bytes(content)
    done = subprocess.run(
        [program, "--file", file, "check", "--strict", "ordereddates"],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8"},
    )
    return done.stderr


CHECKS: Mapping[str, tuple] = {"beancount": (bean_check,), "hledger": (hledger_check,)}


async def more(books) -> None:
    """Words that would break a file, a currency without cents, and one with three decimals."""
    for number, text in enumerate(filter(None, NASTY)):
        for currency in ("GBP", "JPY", "CREDIT", "HOUR"):
            money = Money(10**12 + number, currency, scale_of(currency))
            lines = [ManualLine("assets:cash", money), ManualLine("income:donations", -money)]
            await write(
                books,
                ledger.enter,
                lines,
                source=f"{text}:{currency}",
                text=text,
                by="femi",
                on=date(2026, 12, 1 + number),
            )
    await write(books, ledger.reverse, (await read(books, ledger.entries))[0][0].id, by="femi")


@pytest.mark.parametrize("form", CHECKS)
@pytest.mark.parametrize(
    "span",
    [{}, {"first": date(2027, 1, 3)}, {"last": date(2026, 12, 3)}, {"first": date(2030, 1, 1)}],
)
async def test_the_program_finds_nothing_wrong_with_our_books(books, tmp_path, form, span):
    await more(books)
    made = await read(books, ledger.export, form, title='The "Loaf" خبز', **span)
    assert CHECKS[form][0](tmp_path, made.content) == ""


@pytest.mark.parametrize("form", CHECKS)
async def test_the_program_finds_a_penny_that_is_missing(books, tmp_path, form):
    made = await read(books, ledger.export, form, title="Loaf")
    forged = made.content.replace(b"45.00 GBP", b"45.01 GBP", 1)
    assert forged != made.content
    assert CHECKS[form][0](tmp_path, forged) != ""


async def test_beancount_knows_the_scale_of_hours(books):
    made = await read(books, ledger.export, "beancount", title="Loaf")
    assert "commodity HOUR\n  scale: 2" in made.content.decode()


async def test_an_export_of_a_stretch_begins_with_what_stood_before(books):
    whole = await read(books, ledger.export, "beancount", title="Loaf")
    later = await read(books, ledger.export, "beancount", title="Loaf", first=date(2027, 1, 3))

    def standing(text: bytes) -> dict[str, Decimal]:
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _day, name, amount, currency in read_beancount(text.decode()):
            found[f"{name} {currency}"] += Decimal(amount)
        return {name: amount for name, amount in found.items() if amount}

    assert standing(later.content) == standing(whole.content)
    assert b"Brought forward" in later.content
    assert whole.content == (await read(books, ledger.export, "beancount", title="Loaf")).content


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"form": "xlsx"}, "format"),
        ({"form": "csv", "first": date(2027, 2, 1), "last": date(2027, 1, 1)}, "from"),
    ],
)
async def test_an_export_that_cannot_be_is_refused(books, given, field):
    with pytest.raises(InvalidInput) as refused:
        await read(books, ledger.export, title="Loaf", **given)
    assert list(refused.value.fields) == [field]


async def test_a_table_for_spreadsheets_begins_with_their_mark(books):
    made = await read(books, ledger.export, "csv", title="Loaf")
    assert made.content.startswith(b"\xef\xbb\xbfnumber,date,")
    assert made.file_name == "ledger.csv"


def test_a_code_becomes_a_name_of_beancounts():
    assert account_name("assets:mobile-money") == "Assets:Mobile-money"
    assert account_name("assets:dues:01k0rosa") == "Assets:Dues:01k0rosa"


def test_a_round_sum_keeps_its_decimals():
    assert gbp(4500).text == "45.00"
