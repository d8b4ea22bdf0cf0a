"""Why another program could not be asked: kept as a code, told in the reader's language."""

import pytest

from federation.errors import Refused, Unreachable
from node import obstacles
from node.i18n import speaking
from protocol.errors import MalformedDocument
from tests.support.pseudo import CLOSES, OPENS, no_language

NO_ANSWER = "no-answer: https://x.example/inbox: nobody answers there."


def test_what_we_found_is_told_in_the_language_of_the_reader() -> None:
    with speaking("fr"):
        assert str(obstacles.words(NO_ANSWER)).startswith("Personne ne répond")
    with speaking("es"):
        assert str(obstacles.words(NO_ANSWER)).startswith("Allí no responde nadie")


def test_what_the_other_side_wrote_stays_as_it_is_and_is_shown_as_theirs() -> None:
    with speaking("fr"):
        told = str(obstacles.words("HTTP 422: listings cost nothing here"))
    assert told == "Il a répondu avec le statut 422\u00a0: listings cost nothing here"
    with speaking("ar"):
        assert "\u2068listings cost\u2069" in str(obstacles.words("HTTP 422: listings cost"))


@pytest.mark.parametrize("kept", ["HTTP 503", "HTTP 503: ", "http-503: x answered 503; try later."])
def test_an_answer_without_words_is_told_by_its_status(kept: str) -> None:
    with speaking("es"):
        assert str(obstacles.words(kept)) == "Respondió con el estado 503."


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("suspended by us", "We put this coop on hold."),
        ("dropped by a person", "Somebody here gave it up."),
        ("Something of before.", "As the program says: Something of before."),
        ("a-later-code: Something new.", "As the program says: Something new."),
        ("", ""),
        (None, ""),
    ],
)
def test_what_an_older_program_noted_is_still_shown(kept: str | None, told: str) -> None:
    assert str(obstacles.words(kept)) == told


def test_what_is_noted_is_read_again() -> None:
    for error in (
        Unreachable("https://x.example took too long to answer.", code="timed-out"),
        Refused(403, "http-403", "https://x.example answered 403"),
        MalformedDocument("That is no JSON."),
    ):
        told = str(obstacles.words(obstacles.noted(error)))
        assert told
        assert told in str(obstacles.of(error))


def test_every_word_for_an_obstacle_is_in_the_catalogue() -> None:
    with no_language():
        for code in obstacles.WORDS:
            told = str(obstacles.words(f"{code}: English"))
            assert told.startswith(OPENS)
            assert told.endswith(CLOSES), code
