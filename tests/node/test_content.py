"""Words from strangers made harmless."""

import pytest

from node import content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Two\thour\nclean ", "Two hour clean"),
        ("Pa\u0303o", "Pão"),  # composed
        ("safe\u202etxt.exe", "safetxt.exe"),  # a direction override
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that Persian needs
        ("a\x00b\x07c", "abc"),
        ("\u200c \u3164\u2800", ""),  # nobody sees anything of it
        ("Zoe" + "\u0301" * 9, "Zoé" + "\u0301" * 3),  # a pile of accents over others' words
        ("x" * 50, "x" * 10),
    ],
)
def test_a_name_is_one_line_of_plain_text(given: str, kept: str) -> None:
    assert content.name(given, 10 if len(given) == 50 else 40) == kept
    assert content.name(kept, 40) == kept


def test_paragraphs_keep_their_lines_and_lose_what_is_hidden() -> None:
    assert content.paragraphs("a\r\n\r\n\r\n\r\nb\u202e\x00\tc  \n", 100) == "a\n\nb c"
    assert content.paragraphs("\u200d\n\u2800", 100) == ""


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<p>Hello<br>you &amp; me</p>", "Hello\nyou & me"),
        ("<script>bad()</script>good", "good"),
        ("3 < 5 and 6 > 4, AT&T", "3 < 5 and 6 > 4, AT&T"),
    ],
)
def test_markup_in_a_text_is_taken_out(markup: str, plain: str) -> None:
    assert content.without_markup(markup).strip() == plain


def test_markdown_becomes_harmless_html() -> None:
    made = content.markdown_html(
        "**bold** <script>x()</script> [ok](https://a.example) [no](javascript:x) ![spy](https://b.example/p)"
    )
    assert "<strong>bold</strong>" in made
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert 'href="https://a.example" rel="nofollow noopener noreferrer ugc"' in made


def test_html_hides_nothing_by_the_number_of_a_sign() -> None:
    assert content.safe_html("<p>moc.live&#x202e;&#7;\u2066&#xfffe;</p>") == "<p>moc.live</p>"
    assert "\u202e" not in content.markdown_html("moc.live&#x202e;")


def test_a_lead_is_the_summary_or_the_beginning_of_the_body() -> None:
    assert content.lead("Short.", "Long body") == "Short."
    assert content.lead("", "word " * 100, 12) == "word word…"
