"""Which words meet, and which is nearest."""

from fnmatch import fnmatchcase
from random import Random

import pytest
from rapidfuzz.distance import OSA

from node.listings import spelling
from node.listings.ranking import Either, Wanted, text_mark

LETTERS = "abdeио"


@pytest.mark.parametrize("length", [4, 5, 7, 11])
def test_one_slip_leaves_the_beginning_or_the_end_as_it_is(length: int) -> None:
    for word, typed in mistyped(length, 1):
        begins, ends = spelling.halves(typed)
        assert word.startswith(begins) or word.endswith(ends), (word, typed)


@pytest.mark.parametrize("length", [8, 9, 12])
def test_two_slips_after_the_first_letter_leave_one_part_of_three(length: int) -> None:
    for word, typed in mistyped(length, 2):
        if word[0] == typed[0]:
            looks = [look.replace("_", "?").replace("%", "*") for look in spelling.looks(typed)]
            assert any(fnmatchcase(word, look) for look in looks), (word, typed)


def mistyped(length: int, slips: int) -> list[tuple[str, str]]:
    """Words, and what may have been typed instead of them: at most so far away from them."""
    random, pairs = Random(length), []
    for _number in range(800):
        word = typed = "".join(random.choices(LETTERS, k=length))
        for _slip in range(slips):
            typed = slip(random, typed)
        if spelling.forgiven(typed) >= slips and OSA.distance(word, typed) <= slips:
            pairs.append((word, typed))
    assert len(pairs) > 300
    return pairs


def slip(random: Random, word: str) -> str:
    """One letter left out, put in, changed, or two exchanged."""
    at, letter = random.randrange(len(word) - 1), random.choice(LETTERS)
    return random.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


@pytest.mark.parametrize(
    ("typed", "slips"),
    [("rye", 0), ("bred", 1), ("bakerry", 1), ("sourdogh", 2), ("2026", 0), ("route66x", 0)],
)
def test_long_words_are_forgiven_more_and_numbers_nothing(typed: str, slips: int) -> None:
    assert spelling.forgiven(typed) == slips


def test_the_fewest_slips_come_first_then_the_same_first_letter() -> None:
    known = ["cread", "bread", "beard", "bead", "bard", "board", "bread"]
    assert spelling.nearest("breed", 1, known) == ("bread",)
    assert spelling.nearest("braed", 1, known) == ("bread",)
    assert spelling.nearest("bread", 1, known)[0] == "bead"
    assert spelling.nearest("bread", 1, known)[-1] == "cread"


def test_words_in_quotation_marks_of_many_tongues_are_meant() -> None:
    assert spelling.meant('flat "bred oven" cake') == {"bred", "oven"}
    assert spelling.meant("„Brod“ «Pan» »Kuchen« “Pie” rye's") == {"brod", "pan", "kuchen", "pie"}


def test_a_corrected_word_counts_less_than_the_word_itself() -> None:
    wanted = Wanted((), None, (Either("bakrey", ("bakery",)),))
    exact = text_mark(Wanted(("bakery",), None), "bakery", "")
    assert text_mark(wanted, "bakery", "") < exact
    assert text_mark(wanted, "bakery", "") > text_mark(wanted, "mill", "bakery")
    assert text_mark(wanted, "bakrey", "") > text_mark(wanted, "bakery", "")
