"""When a letter may come, what a server's answer means, and that names are only names."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from node.errors import InvalidInput
from node.i18n import speaking
from node.mail import Group, Hours, Letter, LetterKind, Typeset, as_bytes, by_deadline
from node.mail.letters import Sheet, one_line
from node.mail.rules import Step, Verdict, check_hours, judged
from node.mail_settings import MailServer, Security, mail_server, read_address
from node.notices import NoticeKind, NoticeView

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
SHEET = Sheet("Loaf", "https://loaf.example", "en", "UTC", NOW)


@pytest.mark.parametrize(
    ("hours", "moment", "then"),
    [
        (Hours("Europe/London", 21, 7), "2027-01-05T10:00", "2027-01-05T10:00"),
        (Hours("Europe/London", 21, 7), "2027-01-05T21:00", "2027-01-06T07:00"),
        (Hours("Europe/London", 21, 7), "2027-01-06T06:59", "2027-01-06T07:00"),
        (Hours("Europe/London", 21, 7), "2027-01-06T07:00", "2027-01-06T07:00"),
        (Hours("Africa/Nairobi", 21, 7), "2027-01-05T18:30", "2027-01-06T04:00"),
        # The night in which the clocks go on, and the one in which they go back.
        (Hours("Europe/Rome", 21, 7), "2027-03-27T23:00", "2027-03-28T05:00"),
        (Hours("Europe/Rome", 21, 7), "2027-10-30T21:00", "2027-10-31T06:00"),
        (Hours("UTC", 9, 17), "2027-01-05T10:00", "2027-01-05T17:00"),
        (Hours("UTC", 7, 7), "2027-01-05T03:00", "2027-01-05T03:00"),
    ],
)
def test_what_comes_up_in_quiet_hours_waits_for_their_end(
    hours: Hours, moment: str, then: str
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert hours.after(at) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_a_zone_that_is_none_is_refused() -> None:
    for zone in ("Mars", "../etc/passwd", ""):
        with pytest.raises(InvalidInput, match="time zone"):
            check_hours(zone, 21, 7)


def test_what_waits_is_told_by_how_soon_it_must_be_done() -> None:
    days = ("", "2027-02-01", "2027-01-06T09:00:00Z", "2027-01-11", "2027-01-05", "2026-12-30")
    told = [
        NoticeView(str(nr), NoticeKind.MESSAGE, "", "text", NOW, False, when)
        for nr, when in enumerate(days)
    ]
    found = {group: [one.when for one in some] for group, some in by_deadline(told, NOW)}
    assert found == {
        Group.SOON: ["2027-01-05", "2027-01-06T09:00:00Z"],
        Group.WEEK: ["2027-01-11"],
        Group.LATER: ["2027-02-01"],
        Group.OPEN: ["", "2026-12-30"],
    }


@pytest.mark.parametrize(
    ("step", "code", "said", "verdict", "is_address"),
    [
        (Step.TO, 451, "4.7.1 greylisted", Verdict.LATER, False),
        (Step.TO, 550, "5.1.1 no such user", Verdict.REFUSED, True),
        (Step.TO, 550, "no such user", Verdict.REFUSED, True),
        (Step.TO, 550, "5.7.1 relaying denied", Verdict.REFUSED, False),
        (Step.FROM, 550, "5.7.1 not your address", Verdict.LATER, False),
        (Step.DATA, 554, "5.6.0 looks like spam", Verdict.REFUSED, False),
        (Step.TO, 550, "5.1.10 null MX", Verdict.REFUSED, True),
        (Step.TO, 552, "5.2.2 mailbox full", Verdict.REFUSED, False),
        (Step.TO, 550, "5.1.8 bad sender's system", Verdict.LATER, False),
        (Step.DATA, 452, "disk full", Verdict.LATER, False),
        (Step.DATA, 251, "forwarded", Verdict.UNSURE, False),
        (Step.DATA, -1, "garbled", Verdict.UNSURE, False),
    ],
)
def test_a_no_for_now_is_no_no_for_good(
    step: Step, code: int, said: str, verdict: Verdict, is_address: bool
) -> None:
    outcome = judged(step, code, said)
    assert (outcome.verdict, outcome.is_address) == (verdict, is_address)
    assert outcome.said == f"{code} {said}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" rosa@Example.ORG ", "rosa@example.org"),
        ("rosa+coop@bäckerei.example", "rosa+coop@xn--bckerei-5wa.example"),
        ("rosa@localhost", "rosa@localhost"),
        ("rosa", None),
        ("rosa@", None),
        ("rosa@bakers", None),
        ("ro sa@example.org", None),
        ("rosa@example.org\r\nBcc: all@example.org", None),
        ("rosa@example.org, femi@example.org", None),
        ("<rosa@example.org>", None),
        ('"rosa"@example.org', None),
        ("rosä@example.org", None),
        ("a" * 65 + "@example.org", None),
    ],
)
def test_an_address_is_one_address(text: str, read: str | None) -> None:
    assert read_address(text) == read


HOSTILE = "Loaf\r\nBcc: all@example.org\r\n\r\n<b>Win</b>"


def test_others_names_and_titles_end_no_header() -> None:
    letter = Letter(id="01", kind=LetterKind.NOTICE, to="rosa@example.org", stop="/mail/stop/s" * 9)
    sheet = Sheet(HOSTILE, SHEET.base, "ar", "UTC", NOW)
    words = Typeset("ar", HOSTILE + "خبز" * 40, ".\r\n..dots", "<p>.</p>")
    raw = as_bytes(letter, words, sheet, sender="post@loaf.example", host="loaf.example")
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert read["To"] == "rosa@example.org"
    assert read["Message-ID"] == "<01@loaf.example>"
    assert read["From"].addresses[0].addr_spec == "post@loaf.example"
    assert read["Subject"].endswith("خبز")
    assert read["List-Unsubscribe"] == f"<https://loaf.example{letter.stop}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert max(map(len, raw.splitlines())) < 998
    assert raw.isascii()


@pytest.mark.parametrize(
    "said",
    [
        "=?utf-8?q?Win=0D=0ABcc:_all@example.org?=",
        "Bread =?utf-8?b?V2luDQpCY2M6IGFsbEBleGFtcGxlLm9yZw==?= from Loaf",
        "=?utf-8?q?=0D=0A=0D=0A<a_href=3D=22https://evil.example=22>Your_money</a>?=",
        '=?utf-8?q?=E2=80=AE?= of "Loaf, the old" <admin@bank.example>, which is a long name, yes',
    ],
)
def test_a_title_or_name_that_is_encoded_already_is_shown_as_it_was_written(said: str) -> None:
    letter = Letter(id="01", kind=LetterKind.NOTICE, to="rosa@example.org")
    sheet = Sheet(said, SHEET.base, "en", "UTC", NOW)
    typeset = Typeset("en", said, ".", "<p>.</p>")
    raw = as_bytes(letter, typeset, sheet, sender="post@loaf.example", host="loaf.example")
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert read["Subject"] == said
    assert [one.addr_spec for one in read["From"].addresses] == ["post@loaf.example"]
    shown = make_header(decode_header(message_from_bytes(raw)["From"]))
    assert str(shown) == f"{said} <post@loaf.example>"
    assert read.get_body(("html",)).get_content().strip() == "<p>.</p>"


@pytest.mark.parametrize("words", range(2, 16))
def test_a_subject_and_a_name_keep_their_blanks_in_any_script(words: int) -> None:
    said = " ".join(["صوتك", "We", "ينتظر", "تعاونية", "الخبز"][nr % 5] for nr in range(words))
    letter = Letter(id="01", kind=LetterKind.NOTICE, to="rosa@example.org")
    sheet = Sheet(said, SHEET.base, "ar", "UTC", NOW)
    typeset = Typeset("ar", said, ".", "<p>.</p>")
    raw = as_bytes(letter, typeset, sheet, sender="post@loaf.example", host="loaf.example")
    read = message_from_bytes(raw)
    shown = {name: str(make_header(decode_header(read[name]))) for name in ("Subject", "From")}
    assert shown == {"Subject": said, "From": f"{said} <post@loaf.example>"}
    assert max(map(len, raw.splitlines())) <= 78


GIVEN = {
    "host": "mail.example.org",
    "port": None,
    "security": "",
    "user": "",
    "sender": "post@loaf.example",
}


@pytest.mark.parametrize(
    ("given", "port", "security"),
    [
        ({}, 587, Security.STARTTLS),
        ({"port": 465}, 465, Security.TLS),
        ({"security": "tls"}, 465, Security.TLS),
        ({"port": 2525}, 2525, Security.STARTTLS),
        ({"host": "127.0.0.1", "security": "none"}, 25, Security.NONE),
    ],
)
def test_what_is_not_said_is_what_is_usual(given, port: int, security: Security) -> None:
    made = mail_server(**GIVEN | given)
    assert made == MailServer((GIVEN | given)["host"], port, security, "", "post@loaf.example")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"host": "https://mail.example.org"}, "mail_server"),
        ({"host": "mail.example.org\r\nx"}, "mail_server"),
        ({"security": "none"}, "mail_security"),
        ({"sender": ""}, "mail_from"),
        ({"sender": "nobody"}, "mail_from"),
        ({"user": "rosa"}, "mail_password_file"),
        ({"host": "", "port": 25}, "mail_port"),
    ],
)
def test_a_wrong_setting_is_named(given, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mail_server(**GIVEN | given)
    assert list(refused.value.fields) == [key]


def test_a_letter_runs_as_its_reader_reads() -> None:
    from ui.web.letters import typeset

    told = NoticeView("1", NoticeKind.SEARCH_FOUND, "7", "<b>خبز</b>", NOW, False)
    letter = Letter(
        id="01",
        kind=LetterKind.NOTICE,
        to="rosa@example.org",
        language="ar",
        told=[told],
        stop="/mail/stop/s3cret",
    )
    set_in = typeset(letter, SHEET)
    assert '<html lang="ar" dir="rtl">' in set_in.html
    assert "<b>" not in set_in.html
    for text in (set_in.html, set_in.text):
        assert "https://loaf.example/searches/7" in text
        assert "https://loaf.example/mail/stop/s3cret" in text
    with speaking("en"):
        assert typeset(Letter(id="1", kind=LetterKind.TEST, to="x"), SHEET).language == "en"


def test_a_subject_goes_without_the_signs_that_set_names_apart() -> None:
    assert (
        one_line("طلبك إلى \u2068Lanehead\u2069: نعم\r\nBcc: x") == "طلبك إلى Lanehead: نعم Bcc: x"
    )
