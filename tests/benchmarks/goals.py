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
    Goal("footprint", "idle_mb", "resident memory after some pages, MiB", 100),
    Goal("footprint", "start_s", "from nothing to the first answer, 100,000 mirrors, seconds", 1),
    Goal("footprint", "start_of_fedify", "the same of Fedify's", 1.5),
)
