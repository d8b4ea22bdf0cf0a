"""What may be written, and how it travels."""

import pytest

from node import limits
from node.errors import InvalidInput, NotAllowed
from node.threads import DESK, Party, PartyKind, account, actor, rules, wire


def test_a_message_keeps_its_paragraphs_and_loses_what_hides():
    assert rules.check_text(" Hello,\r\n\r\n\r\nis it\u202e free? \n") == "Hello,\n\nis it free?"


@pytest.mark.parametrize("text", ["", " \n\t", "a" * (limits.MESSAGE_LONGEST + 1)])
def test_nothing_and_too_much_are_no_message(text):
    with pytest.raises(InvalidInput) as refused:
        rules.check_text(text)
    assert set(refused.value.fields) == {"text"}


def test_nobody_writes_to_themselves():
    rules.check_pair(account("rosa"), account("femi"))
    with pytest.raises(NotAllowed):
        rules.check_pair(account("rosa"), account("rosa"))


def test_a_guest_waits_for_an_answer_and_a_member_does_not():
    guest, many = Party(PartyKind.GUEST, "ada"), limits.MESSAGES_UNANSWERED
    rules.check_patience(many - 1, guest)
    rules.check_patience(many, account("rosa"))
    with pytest.raises(NotAllowed):
        rules.check_patience(many, guest)


def test_who_is_elsewhere_is_not_ours():
    assert [one.is_ours for one in (DESK, account("rosa"), actor("https://x.example/coop"))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ('<p><span class="h-card"><a href="/x">@coop</a></span> Is it free?</p>', "Is it free?"),
        ("<p>@coop@lanehead.example:8101 @ada Hello</p>", "Hello"),
        ("<script>alert(1)</script><p>Safe &amp; sound</p>", "Safe & sound"),
        ("Write to me@home.example", "Write to me@home.example"),
        ("<p>@coop</p>", ""),
    ],
)
def test_html_from_anywhere_is_read_as_plain_paragraphs(html, text):
    assert wire.text_of(html, limits.MESSAGE_LONGEST) == text


def test_what_is_too_long_shows_as_too_long():
    read = wire.text_of("a" * (limits.MESSAGE_LONGEST * 2), limits.MESSAGE_LONGEST)
    assert len(read) == limits.MESSAGE_LONGEST + 1


def test_a_text_becomes_paragraphs_that_hold_no_markup():
    assert wire.html_of("a < b\nc\n\nd") == "<p>a &lt; b<br>c</p><p>d</p>"
    assert wire.text_of(wire.html_of("a < b\nc\n\nd"), 100) == "a < b\nc\n\nd"
