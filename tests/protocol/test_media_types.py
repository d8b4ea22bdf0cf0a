import pytest

from protocol.media_types import (
    ACTIVITY_JSON,
    LD_JSON_AS2,
    is_activity_type,
    takes_gzip,
    wants_activity,
)


@pytest.mark.parametrize(
    "header",
    [
        ACTIVITY_JSON,
        LD_JSON_AS2,
        "Application/Activity+JSON; charset=utf-8",
        'application/ld+json;profile="https://www.w3.org/ns/activitystreams"',
        'application/ld+json; charset=utf-8; profile="https://x.example/p '
        'https://www.w3.org/ns/activitystreams"',
    ],
)
def test_activity_types_are_recognised(header: str):
    assert is_activity_type(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "text/plain",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://evil.example/?https://www.w3.org/ns/activitystreams"',
        'application/ld+json; profile="https://www.w3.org/ns/activitystreamsX"',
        "application/activity+json, text/html",
        "application/activity+json;",
        "text/html; x=application/activity+json",
        "application/activity+json" + " " * 2000,
    ],
)
def test_anything_looser_is_not_an_activity(header: str):
    assert not is_activity_type(header)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (ACTIVITY_JSON, True),
        (f"{ACTIVITY_JSON}, {LD_JSON_AS2}, text/html;q=0.1", True),
        ("application/ld+json", True),
        ('application/ld+json; profile="https://a.example/,b"', True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/html, application/activity+json;q=0.9", False),
        ("application/activity+json;q=0", False),
        ("application/activity+json;q=high", False),
        ("*/*", False),
        ("application/json", False),
        ("", False),
        ('"', False),
    ],
)
def test_who_asks_for_the_page_gets_the_page(accept: str, wanted: bool):
    assert wants_activity(accept) is wanted


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br;q=1.0, gzip;q=0.5, *;q=0", True),
        ("*", True),
        ("gzip ; Q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("not-gzip", False),
        ("gzip;q=much", False),
        ("br", False),
        ("", False),
    ],
)
def test_an_answer_is_packed_for_whoever_takes_it_so(header: str, takes: bool) -> None:
    assert takes_gzip(header) == takes
