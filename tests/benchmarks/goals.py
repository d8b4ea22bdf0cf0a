"""What the figures are held against. A number here is a goal, met or not; none is a promise."""

from collections.abc import Iterator
from typing import NamedTuple


class Goal(NamedTuple):
    """bound: the ratio or figure is to be at most this, or at least where `most` is False.

    why: what a miss comes of, and what was tried. longest: another ratio of the same report, shown
    beside it: the longest of what it is a share of.
    """

    report: str
    ratio: str
    words: str
    bound: float
    most: bool = True
    why: str = ""
    longest: str = ""

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.most else value >= self.bound

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.bound:g}"


_BARE = (
    "A message is verified, judged by the rules, applied, entered into the index of words and"
    " remembered before its 202; the ceiling has no rules and keeps the bytes, Fedify keeps the id."
    " Most of the loop's time ([where](#where)) is that work itself: verifying and reading the"
    " wire, what the message says, whether it may. Tried, and kept: many messages in one"
    " transaction, statements prepared once, trips to SQLite's thread saved, canonical bytes by"
    " msgspec, one cleaner of HTML, a new word as one row of the index."
)
_MODULES = (
    "Some 110 MiB are modules that are loaded, not data: [where](#where) lists them. Tried, and"
    " kept: records are structs, not dataclasses; SQLAlchemy loads one"
    " dialect; parts for rare use are loaded when they are used, and so are the names of languages;"
    " the table of places is packed; connections that read keep 512 KiB; what work left free is"
    " given back. Tried, and left: fewer arenas and other thresholds of malloc, and templates kept"
    " compiled, save nothing beyond that; Python without docstrings (-OO) saves 5 MB, and `--help`."
)
_FREED = (
    "The highest of the first half is as high as that of the second: nothing grows. What work has"
    " left free goes back to the system every ten seconds, and how much of it is back when the"
    " measurement ends differs by some MiB from run to run."
)
_FAN_OUT = (
    "Each delivery is a row that is claimed, signed, sent through the guard and marked; the"
    " ceiling's sender keeps nothing and guards nothing. About 0.3 ms of each is the RSA signature"
    " that both make. Tried, and kept: what ends within 25 ms is marked in one commit, and marks"
    " fell from a tenth of the first thread to a fiftieth; the body is written and hashed once."
)
_BESIDE = (
    "Searches and messages share Python's lock and, here, one core: [where](#where) says who waits"
    " for what. Tried, and kept: threads that read step back (nice +5) and a search compares the"
    " newest 1,000 matches, not 2,000; stepping back further makes messages wait longer, for a"
    " reader then keeps Python's lock while it waits for the core."
)
_RANKED = (
    "The table shows which class that is. What very many listings have costs most: the newest"
    " 1,000 that fit are compared. Tried, and kept: 1,000, not 2,000; the best are picked, not all"
    " sorted; words that nearly all have are not walked along; a beginning is looked for by the"
    " words that begin so; small cells cover a circle in the north, too."
)
_TYPO = (
    "What finds nothing is looked for once more, by the words that may have been meant: two"
    " searches, and a look among all known words between them. Tried, and kept: a known word is one"
    " row, found by the part that a slip leaves whole."
)
_TWO = (
    "Two processes lose races that one cannot have: transactions that were begun for the same rows"
    " are run again, and each waits for the other's locks, as the table shows. Tried, and kept:"
    " rows are claimed with `SKIP LOCKED`, each process brings what it wrote itself, and that a"
    " peer answers is noted once a minute."
)


def _search(report: str, among: str, *, p50: float | None, p99: float) -> Iterator[Goal]:
    """Of the slowest class of queries, and of words with a slip."""
    slowest = f"among {among}, the slowest class of searches"
    if p50:
        yield Goal(report, "slowest_p50_ms", f"{slowest}: half take at most, ms", p50, why=_RANKED)
    yield Goal(report, "slowest_p99_ms", f"{slowest}: 99 of 100 take at most, ms", p99, why=_RANKED)
    yield Goal(
        report,
        "typos_found",
        f"among {among}, a word with one letter wrong: found on the first page",
        0.9,
        most=False,
    )
    yield Goal(
        report, "typo_p99_more_ms", "the same: p99 beyond that of the right word, ms", 5, why=_TYPO
    )


GOALS = (
    Goal(
        "inbox",
        "bare_share_of_ceiling",
        "signed with draft-cavage: messages per core-second, as a share of the ceiling",
        0.25,
        most=False,
        why=_BARE,
    ),
    Goal(
        "inbox",
        "proven_share_of_ceiling",
        "our own form, two proofs more: the same",
        0.25,
        most=False,
    ),
    Goal(
        "inbox", "bare_cpu_of_fedify", "signed with draft-cavage: CPU of Fedify's", 0.167, why=_BARE
    ),
    Goal("inbox", "proven_cpu_of_fedify", "our own form: CPU of Fedify's", 0.167),
    Goal("inbox", "key_fetches_per_coop", "fetches of a coop's keys, asked for by 32 at once", 1),
    Goal("hostile", "forged_of_accepted", "a forged signature: CPU of an accepted one", 0.9),
    Goal("hostile", "stale_of_accepted", "an old date: the same", 0.9),
    Goal("hostile", "wrong_digest_of_accepted", "a digest of another body: the same", 0.9),
    Goal(
        "hostile",
        "rows_of_refused",
        "rows left by these, by unknown keys, hanging key hosts and duplicates",
        0,
    ),
    Goal(
        "fanout",
        "last_of_ceiling",
        "to 500 hosts: seconds to the last of the ceiling's",
        2,
        why=_FAN_OUT,
    ),
    Goal("fanout", "last_of_fedify", "the same of Fedify's", 0.286),
    Goal("fanout", "last_s_100ms", "answers after 100 ms: seconds to the last", 1.2),
    Goal(
        "fanout",
        "p95_faulty_of_healthy",
        "20 hosts hang and 20 refuse: seconds to 95 % of the others, of those without",
        1.3,
    ),
    Goal(
        "catchup",
        "per_second",
        "a thousand messages to one peer that is 200 ms away: messages a second",
        35,
        most=False,
    ),
    Goal("catchup", "out_of_order", "those about one thing: out of their order", 0),
    Goal(
        "growth",
        "cpu_of_100000",
        "a message to a node with 100,000 listings: CPU of one with 10,000",
        1.2,
    ),
    Goal("growth", "cpu_of_1000000", "the same with a million", 1.2),
    *_search("search-1000000", "a million listings", p50=10, p99=50),
    *_search("search-100000", "100,000 listings", p50=None, p99=10),
    Goal("pages", "home_p95_ms", "home with 100,000 mirrors: 95 of 100 take at most, ms", 50),
    Goal("pages", "search_p95_ms", "search without words: the same", 50),
    Goal("pages", "search_common_word_p95_ms", "search for a common word: the same", 50),
    Goal("pages", "search_word_p95_ms", "search for a word: the same", 50),
    Goal(
        "mixed-1000000",
        "p99_of_alone",
        "a million listings, 20 searches a second: p99 of messages, of that without",
        1.5,
        why=_BESIDE,
    ),
    Goal("mixed-100000", "p99_of_alone", "the same with 100,000 listings", 1.5, why=_BESIDE),
    *(
        Goal(
            "stalls",
            f"{work}_p999_ms",
            words,
            20,
            longest=f"{work}_longest_ms",
        )
        for work, words in (
            (
                "inbox",
                "while messages come: 999 of 1,000 beats of the loop are late by up to, ms",
            ),
            ("fanout", "while one after the other goes to 500 hosts: the same"),
            ("search", "while people search: the same"),
        )
    ),
    Goal("weight", "heaviest_kb", "the heaviest page, with all it loads, KiB", 100),
    Goal("weight", "median_kb", "half of all pages weigh at most, KiB", 50),
    Goal("weight", "heaviest_next_kb", "where the look is kept, the heaviest page, KiB", 15),
    Goal("weight", "main_ready_s", "slow phone on slow 3G: a main page can be used after, s", 2.5),
    Goal("weight", "slowest_ready_s", "the slowest of all pages: the same", 2.5),
    Goal("weight", "slowest_next_s", "the next page, s", 2.5),
    Goal("footprint", "idle_mb", "resident memory after some pages, MiB", 100, why=_MODULES),
    Goal("footprint", "start_s", "from nothing to the first answer, 100,000 mirrors, seconds", 1),
    Goal("footprint", "start_of_fedify", "the same of Fedify's", 1.5),
    Goal(
        "memory",
        "after_mb",
        "after 100,000 messages and a fan-out to 1,000 hosts, MiB",
        160,
        why=_MODULES,
    ),
    Goal("memory", "second_of_first", "after as much again: of that", 1.02, why=_FREED),
    Goal("crash", "lost", "killed twenty times: messages that were answered 202 and lost", 0),
    Goal(
        "wide",
        "by_cpu",
        "two processes: activities for each second of CPU of the busier one, of one process's",
        1.6,
        most=False,
        why=_TWO,
    ),
    Goal(
        "wide", "cpu_of_one", "two processes: CPU of an activity, of one process's", 1.25, why=_TWO
    ),
)
