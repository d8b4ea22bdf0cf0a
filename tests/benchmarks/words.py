"""Made-up English-like text whose words are as unevenly frequent as those of real listings."""

from functools import cache
from itertools import accumulate
from random import Random

VOCABULARY = 30_000
TITLE_WORDS = 5
BODY_WORDS = 35
SEED = 1844
_ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "tr",
    "v",
    "w",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo", "ou")
_CODAS = ["", "", "n", "r", "s", "t", "l", "ck", "nd", "ng"]


@cache
def vocabulary() -> tuple[str, ...]:
    """Distinct words, the commonest first."""
    random, found = Random(SEED), dict[str, None]()
    while len(found) < VOCABULARY:
        syllables = random.choice((1, 2, 2, 3))
        word = "".join(
            random.choice(_ONSETS) + random.choice(_VOWELS) + random.choice(_CODAS)
            for _ in range(syllables)
        )
        if len(word) > 2:
            found[word] = None
    return tuple(found)


@cache
def _ranks() -> dict[str, int]:
    return {word: rank for rank, word in enumerate(vocabulary())}


def rank(word: str) -> int:
    """Where it stands among all, the commonest at 0."""
    return _ranks()[word]


@cache
def _weights() -> tuple[float, ...]:
    """Cumulated; Zipf's, but the first hundred words are about equally common, as in the paper's
    text: each stands in some hundredths of all listings."""
    return tuple(accumulate(1 / (rank + 100) for rank in range(VOCABULARY)))


def some(random: Random, count: int) -> list[str]:
    return random.choices(vocabulary(), cum_weights=_weights(), k=count)


def title(random: Random) -> str:
    return " ".join(some(random, TITLE_WORDS))


def paragraph(random: Random, length: int) -> str:
    """So many characters at most."""
    return " ".join(some(random, length // 4))[:length].rpartition(" ")[0]
