"""What is small to send and was dear to read: accents without end, tags in tags, codecs of choice.

Each takes seconds where the work grows with the square of the length, and here a hundredth.
"""

import random
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from node import content, text, voting
from node.listings.finding import CAP
from node.listings.fitting import _best, _Yardstick
from node.listings.ranking import MOST_WORDS
from protocol import strict_json
from protocol.errors import MalformedDocument
from tests.support.town import Coop
from tests.ui.web.visitor import FROM_OURS, stranger
from ui.web import marking

SECONDS = 1.0
"""Of the processor. What is refused here took from two to twenty."""
A_BREATH = 0.05
"""What a page may take in one go, while others wait; it was three times that."""


def tags(form: str, times: int) -> str:
    return "".join(form.format(number) for number in range(times))


TEXTS: Mapping[str, str] = {
    "accents that change places": "a" + "\u0301" * 30_000 + "\u0316" * 30_000,
    "accents in turn": "a" + "\u0316\u0301" * 60_000,
    "letters that become eighteen": "\ufdfa" * 40_000,
    "bold in bold": tags("<b id={}>", 10_000),
    "font in font": tags("<font size={}>", 10_000),
    "bold across paragraphs": f"<p>{tags('<b id={}>', 30)}</p>{'<p>x</p>' * 1_900}",
    "crossed": tags("<b id={}><p></b>", 10_000),
    "lists in lists": "<ul><li>" * 10_000,
    "blocks in blocks": "<div>" * 30_000,
    "tables in tables": "<table><tr><td>" * 10_000,
    "a break that never ends": "<i>" + "<br " * 60_000,
    "comments that never end": "<!--" * 60_000,
    "many attributes": f"<a {tags('b{}=x ', 20_000)}>x</a>",
    "empty lines": "\n" * 240_000,
    "entities": "&amp" * 60_000,
}
READERS: Mapping[str, Callable[[str], object]] = {
    "name": lambda made: content.name(made, 200),
    "paragraphs": lambda made: content.paragraphs(made, 20_000),
    "words of HTML": content.plain,
    "safe HTML": content.safe_html,
    "folded": text.fold,
    "searched for": text.words,
}


@pytest.mark.parametrize("made", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_text_is_read_in_time_that_grows_with_its_length(
    read: Callable[[str], object], made: str
) -> None:
    begun = time.thread_time()
    read(made[:240_000])
    assert time.thread_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ("{" + ",".join(f'"k{n}":0' for n in range(27_000)) + ',"k26999":0}', "duplicate-key"),
        ('{"a":[' + ",".join(["[]"] * 80_000) + "]}", "too-many-members"),
        ('{"a":' + "[" * 120_000, "too-deep"),
    ],
    ids=["a key that stands twice at the end", "lists by the ten thousand", "brackets"],
)
def test_a_document_is_refused_before_it_costs(made: str, code: str) -> None:
    begun = time.thread_time()
    with pytest.raises(MalformedDocument) as refused:
        strict_json.loads(made.encode())
    assert (refused.value.code, time.thread_time() - begun < SECONDS) == (code, True)


@pytest.mark.parametrize("codec", ["punycode", "idna", "utf-7", "no-such-codec"])
async def test_a_part_of_a_form_is_utf8_whatever_it_says(coop: Coop, codec: str) -> None:
    said = '--x\r\nContent-Disposition: form-data; name="handle"\r\n'
    said += f"Content-Type: text/plain; charset={codec}\r\n\r\n{'a' * 90_000}-{'b' * 90_000}"
    async with stranger(coop) as visitor:
        begun = time.thread_time()
        answer = await visitor.post(
            "/sign-in",
            f"{said}\r\n--x--\r\n".encode(),
            {"Content-Type": "multipart/form-data; boundary=x", **FROM_OURS},
        )
    assert (answer.status < 500, time.thread_time() - begun < SECONDS) == (True, True)


@pytest.mark.parametrize("between", ["\n", " ", "\n\n"])
def test_two_texts_are_compared_in_time_that_grows_with_their_length(between: str) -> None:
    chance = random.Random(7)
    old, new = (between.join(chance.choices("ab", k=20_000)) for _text in range(2))
    begun = time.thread_time()
    runs = marking.marked(old, new)
    assert time.thread_time() - begun < SECONDS
    assert "".join(run.text for run in runs if run.mark != "del") == new
    assert "".join(run.text for run in runs if run.mark != "ins") == old


def test_what_weights_are_worth_is_counted_in_time() -> None:
    weights = {f"coop-{number}": 9_000 + number for number in range(100)}
    begun = time.thread_time()
    found = voting.banzhaf(weights, sum(weights.values()) // 2)
    assert (len(found.swings), time.thread_time() - begun < 5 * SECONDS) == (100, True)


def test_of_accents_on_a_letter_as_many_stay_as_any_writing_needs() -> None:
    piled = "o" + "\u0323" * 40 + "n"
    assert text.normalized("NFKD", piled * 2) == ("o" + "\u0323" * text.MOST_MARKS + "n") * 2
    assert len(text.normalized("NFKD", "\U0001e94a" * 99)) == text.MOST_MARKS  # the last there is
    vietnamese = "Tiếng Việt có dấu. " * 100
    assert text.normalized("NFC", text.normalized("NFKD", vietnamese)) == vietnamese


def test_html_with_too_many_tags_keeps_its_words() -> None:
    listed = "<ul>" + "".join(f"<li>{n} apples" for n in range(300)) + "</ul>"
    assert content.safe_html(listed).count("<li>") == 300
    deep = "<blockquote>" * 50 + "said & heard <script>x</script>"
    assert "blockquote" not in content.safe_html(deep)
    assert content.plain(deep).startswith("said & heard")


def test_no_sign_that_combines_is_overlooked() -> None:
    last = max(one for one in range(sys.maxunicode) if unicodedata.combining(chr(one)))
    assert last < text.LAST_MARK


@pytest.mark.parametrize("ending", ["", "y", "xyzzy"])
def test_what_fits_a_page_costs_little_whatever_words_others_publish(ending: str) -> None:
    """A thousand listings of a peer, each with as many words as are kept, for somebody's page:
    words that begin like those looked for, and go on as they like."""
    looked_for = tuple(f"word{number:02}x" for number in range(MOST_WORDS))
    rows: Any = [_full(looked_for, ending, number) for number in range(CAP)]
    begun = time.thread_time()
    _best(_Yardstick.of(looked_for, None, rows), rows, 4)
    assert time.thread_time() - begun < A_BREATH


def _full(looked_for: tuple[str, ...], ending: str, number: int) -> SimpleNamespace:
    words = [f"{looked_for[at % MOST_WORDS]}{ending}{number}z{at}" for at in range(120)]
    said = {"title_words": " ".join(words[:60]), "summary_words": " ".join(words[60:])}
    return SimpleNamespace(id=number, category=None, facets="", **said)
