"""Every letter by e-mail: in its reader's words alone, and others' words are words in it."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest

from node.mail import Letter, LetterKind
from node.mail.letters import as_bytes
from tests.support.every_letter import every_letter, sheet_of
from tests.support.pseudo import CLOSES, OPENS, no_language, plain_words
from ui.web.letters import typeset

HOSTILE = (
    "{{7*7}}{% for x in y %}{{ coop }}%(coop)s %s {0}<b>bold</b><script>x</script>"
    "\r\nBcc: thief@example.org\n\nContent-Type: text/html"
)
ADDRESS = re.compile(r"https://loaf\.example[\w/.?=&%#:-]*")
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "MIME-Version",
    "Content-Type", "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post",
}  # fmt: skip


def parts(message: EmailMessage) -> tuple[str, str]:
    """As text, and as HTML."""
    both = [message.get_body((kind,)) for kind in ("plain", "html")]
    return tuple(str(one.get_content()) for one in both if one is not None)  # type: ignore[return-value]


def sent(letter: Letter, coop: str, language: str = "ar") -> EmailMessage:
    sheet = sheet_of(coop, language)
    made = as_bytes(letter, typeset(letter, sheet), sheet, sender="a@loaf.example", host="x")
    return message_from_bytes(made, policy=policy.default)


def test_no_letter_says_a_word_past_the_catalogue() -> None:
    said = set()
    with no_language():
        for name, letter in every_letter("本"):
            words = typeset(letter, sheet_of("本"))
            assert OPENS in words.subject, name
            plain = ADDRESS.sub("", f"{words.subject} {words.text}")
            assert set(re.findall(r"[A-Za-z]{2,}", plain)) == set(), name
            assert plain_words(ADDRESS.sub("", words.html)) == set(), name
            said.add(letter.kind)
    assert said == set(LetterKind)


def test_as_text_and_as_html_a_letter_says_the_same() -> None:
    with no_language():
        for name, letter in every_letter("本"):
            text, html = parts(sent(letter, "本"))
            told = f"{OPENS}[^{OPENS}{CLOSES}]*{CLOSES}"
            page = html.split("</head>")[1]
            as_text = {" ".join(one.split()) for one in re.findall(told, text)}
            as_html = {" ".join(one.split()) for one in re.findall(told, page)}
            assert as_text == as_html, name


@pytest.mark.parametrize("language", ["en", "ar"])
def test_others_words_are_neither_a_template_nor_html_nor_headers(language: str) -> None:
    free, named = HOSTILE, 0
    for name, letter in every_letter(free):
        message = sent(letter, free, language)
        assert set(message.keys()) <= HEADERS, name
        assert len(message.keys()) == len(set(message.keys())), name
        assert (str(message["To"]), message["Bcc"]) == ("rosa@example.org", None), name
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ], name
        text, html = parts(message)
        subject, sender = str(message["Subject"]), str(message["From"])
        for shown in (text, html, subject, sender):
            assert "49" not in shown, name
        assert not set("\r\n") & set(subject + sender), name
        assert tags(html) <= OURS, name
        named += "{{7*7}}{% for x in y %}{{ coop }}%(coop)s %s {0}<b>" in text
    assert named > 100, "nearly every letter names something, as it was written"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.met = set[str]()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.met.add(tag)


OURS = {
    "html", "head", "meta", "title", "body", "div", "p", "bdi", "h2", "ul", "li", "a"
}  # fmt: skip


def tags(html: str) -> set[str]:
    reader = Tags()
    reader.feed(html)
    return reader.met
