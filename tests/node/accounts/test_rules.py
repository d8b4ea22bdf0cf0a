import pytest

from node import limits
from node.accounts import SCOPES, Role, check_password, device_label, scopes_of
from node.accounts.rules import _common_passwords, check_name
from node.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    ["four plain words here", "Äpfel sind nicht Birnen", "长长的密码也可以使用哦", "x7!w" * 64],
)
def test_length_is_enough_for_a_password(text):
    check_password(text, "rosa")


def test_thousands_of_common_passwords_are_known():
    """ASVS 5.0 6.2.4: counted as they are tried, short ones with what makes them long enough."""
    known = _common_passwords()
    assert sum(len(word) >= limits.PASSWORD_SHORTEST for word in known) > 1_500
    assert len(known) > 15_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("short", "at least 10"),
        ("x7!w" * 65, "at most 256"),
        ("Password1234", "Many people"),
        ("1234567890", "Many people"),
        ("Manchester", "Many people"),
        ("Football2027!", "Many people"),  # a common one of eight letters, and what makes it long
        ("ababababab", "Many people"),  # two letters, however long
        ("lanehead2026!", "sign-in name"),
        ("correct horse battery staple", "Many people"),
    ],
)
def test_a_password_others_would_guess_is_refused_with_the_reason(text, said):
    with pytest.raises(InvalidInput) as refused:
        check_password(text, "lanehead")
    assert said in str(refused.value.fields["password"][0])


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0",
            "Firefox on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/124.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Firefox/125.0", "Firefox on Mac"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_as_people_name_it(user_agent, label):
    assert device_label(user_agent) == label


@pytest.mark.parametrize("given", ["", "  ", "\u3164\u2800"])
def test_a_name_that_nobody_sees_is_none(given):
    with pytest.raises(InvalidInput):
        check_name(given)


def test_an_admin_can_give_every_scope_and_a_member_few():
    assert scopes_of({Role.ADMIN}) == set(SCOPES)
    assert "members:read" not in scopes_of({Role.MEMBER, Role.DELEGATE})
    assert scopes_of(()) == set()
