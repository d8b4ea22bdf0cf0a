"""What the figures are held against. A number here is a goal, met or not; none is a promise."""

from typing import NamedTuple


class Goal(NamedTuple):
    """bound: the ratio or figure is to be at most this, or at least where `most` is False."""

    report: str
    ratio: str
    words: str
    bound: float
    most: bool = True

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.most else value >= self.bound

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.bound:g}"


GOALS = (
    Goal(
        "inbox",
        "bare_share_of_ceiling",
        "signed with draft-cavage: messages per core-second, as a share of the ceiling",
        0.25,
        most=False,
    ),
    Goal(
        "inbox",
        "proven_share_of_ceiling",
        "our own form, two proofs more: the same",
        0.25,
        most=False,
    ),
    Goal("inbox", "bare_cpu_of_fedify", "signed with draft-cavage: CPU of Fedify's", 0.167),
    Goal("inbox", "proven_cpu_of_fedify", "our own form: CPU of Fedify's", 0.167),
    Goal("inbox", "forged_of_accepted", "a forged signature: CPU of an accepted one", 0.9),
    Goal("inbox", "stale_of_accepted", "an old date: CPU of an accepted one", 0.9),
    Goal("inbox", "key_fetches_per_coop", "fetches of a coop's keys, asked for by 32 at once", 1),
    Goal("fanout", "last_of_ceiling", "to 500 hosts: seconds to the last of the ceiling's", 2),
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
    Goal("search-1000000", "p50_ms", "among a million listings: half take at most, ms", 10),
    Goal("search-1000000", "p99_ms", "among a million listings: 99 of 100 take at most, ms", 50),
    Goal("search-100000", "p99_ms", "among 100,000: 99 of 100 take at most, ms", 10),
    Goal(
        "search-100000",
        "typos_found",
        "a word with one letter wrong: found on the first page",
        0.9,
        most=False,
    ),
    Goal("pages", "home_p95_ms", "home with 100,000 mirrors: 95 of 100 take at most, ms", 50),
    Goal("pages", "search_p95_ms", "search without words: the same", 50),
    Goal("pages", "search_common_word_p95_ms", "search for a common word: the same", 50),
    Goal("pages", "search_word_p95_ms", "search for a word: the same", 50),
    Goal(
        "mixed-1000000",
        "p99_of_alone",
        "a million listings, 20 searches a second: p99 of messages, of that without",
        1.5,
    ),
    Goal("mixed-100000", "p99_of_alone", "the same with 100,000 listings", 1.5),
    Goal("stalls", "inbox_p999_ms", "while messages come: the loop is late by at most, ms", 20),
    Goal("stalls", "fanout_p999_ms", "while one goes to 500 hosts: the same", 20),
    Goal("stalls", "search_p999_ms", "while people search: the same", 20),
    Goal("weight", "heaviest_kb", "the heaviest page, with all it loads, KiB", 100),
    Goal("weight", "median_kb", "half of all pages weigh at most, KiB", 50),
    Goal("weight", "heaviest_next_kb", "where the look is kept, the heaviest page, KiB", 15),
    Goal("weight", "main_ready_s", "slow phone on slow 3G: a main page can be used after, s", 2.5),
    Goal("weight", "slowest_ready_s", "the slowest of all pages: the same", 5),
    Goal("weight", "slowest_next_s", "the next page, s", 2.5),
    Goal("footprint", "idle_mb", "resident memory after some pages, MiB", 100),
    Goal("footprint", "start_s", "from nothing to the first answer, 100,000 mirrors, seconds", 1),
    Goal("footprint", "start_of_fedify", "the same of Fedify's", 1.5),
    Goal("memory", "after_mb", "after 100,000 messages and a fan-out to 1,000 hosts, MiB", 160),
    Goal("memory", "second_of_first", "after as much again: of that", 1.02),
    Goal("crash", "lost", "killed twenty times: messages that were answered 202 and lost", 0),
    Goal(
        "wide",
        "by_cpu",
        "two processes: activities for each second of CPU of the busier one, of one process's",
        1.6,
        most=False,
    ),
)
