"""What a member reads is in words of every day, and in short sentences."""

import re
from collections import defaultdict
from functools import cache
from statistics import mean

import pytest
from babel.messages.extract import extract_from_dir

from node.i18n import LOCALE

WEB = LOCALE.parent / "web"
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
JARGON = re.compile(
    r"\b(instances?|inbox|outbox|actors?|payloads?|endpoints?|ur[li]s?|cookies?|cach\w+|hash\w*"
    r"|digests?|webhooks?|sync\w*|config\w*|parameters?|quer(y|ies)|schemas?|metadata|protocols?"
    r"|back-?end|front-?end|authenticat\w+|authori[sz]\w+|credentials?|initiali\w+|peers?|tokens?"
    r"|federated|invalid|null|render\w*|pars(e|ed|ing)|toggle|utili[sz]\w+|log ?in|click)\b",
    re.IGNORECASE,
)
FOR_PROGRAMMERS = re.compile(
    r"^(api/|templates/(api\.html|webhooks/)|(errors|identity|middleware)\.py)"
)
"""Who makes a program speak with a node reads these; the last three, what it is answered."""
LINK_TO_THEM = "Webhooks"
GRADE = 8
"""Years at school that a page may ask for, by the measure of Flesch and Kincaid."""
ENOUGH_WORDS = 40


@cache
def messages() -> dict[str, list[str]]:
    """English sentences of the pages by their file."""
    found = defaultdict(list)
    for file, _line, message, _comments, _context in extract_from_dir(WEB, METHODS):
        forms = [message] if isinstance(message, str) else list(message)
        found[file] += [re.sub(r"%\(\w+\)s", "it", form) for form in forms]
    return dict(found)


def grade(texts: list[str]) -> float | None:
    """None where there are too few whole sentences to say so."""
    parts = [part for text in texts for part in re.split(r"[.!?:;]\s", f"{text} ")]
    sentences = [
        words for words in (re.findall(r"[a-z’']+", p.lower()) for p in parts) if words[3:]
    ]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < ENOUGH_WORDS:
        return None
    return 0.39 * len(words) / len(sentences) + 11.8 * mean(map(syllables, words)) - 15.59


def syllables(word: str) -> int:
    is_mute = word.endswith("e") and not word.endswith("le")
    return max(len(re.findall(r"[aeiouy]+", word)) - is_mute, 1)


def test_no_page_speaks_as_programmers_do() -> None:
    said = [
        (file, text)
        for file, texts in messages().items()
        if not FOR_PROGRAMMERS.match(file)
        for text in texts
        if JARGON.search(text) and text != LINK_TO_THEM
    ]
    assert said == []


def test_each_page_can_be_read_after_eight_years_at_school() -> None:
    grades = {file: found for file, texts in messages().items() if (found := grade(texts))}
    assert len(grades) > 80
    assert {file: found for file, found in grades.items() if found > GRADE} == {}


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The cat sat on the mat. The dog ate the bone. " * 5, -5, 3),
        ("Notwithstanding organisational considerations, participation necessitates "
         "authorisation by intermediate administrative representatives. " * 5, 20, 60),
    ],
)  # fmt: skip
def test_the_measure_tells_a_primer_from_a_statute(text: str, least: float, most: float) -> None:
    found = grade([text])
    assert found is not None
    assert least < found < most
