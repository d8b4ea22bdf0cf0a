import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedDocument
from protocol.iri import MAX_LENGTH, Origin, authority_of, origin_of, parse_iri, same_origin
from tests.support.examples import examples


@pytest.mark.parametrize(
    ("text", "authority", "target"),
    [
        ("https://loaf.example/coop", "loaf.example", "/coop"),
        ("https://LOAF.example", "loaf.example", "/"),
        ("https://loaf.example:443/a?b=c&d#e", "loaf.example", "/a?b=c&d"),
        ("https://loaf.example:8443/a%2Fb/", "loaf.example:8443", "/a%2Fb/"),
        ("https://loaf.example?page=2", "loaf.example", "/?page=2"),
        ("https://bücher.example/é?ü", "xn--bcher-kva.example", "/%C3%A9?%C3%BC"),
        ("https://192.0.2.7:444/", "192.0.2.7:444", "/"),
        ("https://[2001:db8::0:1]/", "[2001:db8::1]", "/"),
        ("https://pubby.example/a#accept-http://b/c", "pubby.example", "/a"),
    ],
)
def test_a_plain_address_is_taken_apart(text, authority, target):
    iri = parse_iri(text)
    assert (iri.text, iri.origin.authority, iri.target) == (text, authority, target)


@pytest.mark.parametrize(
    "text",
    [
        "https://victim@evil.example/",
        "https://a\\@b/",
        "https://a\t.b/",
        "https://a%00.b/",
        "https://%61.b/",
        "https://a.b/x y",
        "https://a.b/\n",
        "https://a.b/\0",
        "https://a.b/%zz",
        "https://a.b/%",
        'https://a.b/"',
        "https://a.b/<x>",
        "https://a.b/\u202ex",
        "https://a.b/\ud800",
        "https:///x",
        "https:/a.b",
        "https://",
        "https://a.b:/",
        "https://a.b:0/",
        "https://a.b:08/",
        "https://a.b:65536/",
        "https://a..b/",
        "https://a.b./",
        "https://-a.b/",
        "https://a_b.example/",
        "https://a。b/",
        "https://a．b/",
        "https://ⓛocalhost/",
        "https://１２７.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1%25eth0]/",
        "https://[1::2::3]/",
        "https://xn--a.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
        "acct:coop@loaf.example",
        "did:key:z6Mk",
        "data:text/plain,x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://a.b/",
        "//a.b/",
        "/coop",
        "#main-key",
        "",
        "https://a.b/" + "x" * MAX_LENGTH,
    ],
)
def test_an_address_that_two_readers_could_read_differently_is_refused(text):
    with pytest.raises(MalformedDocument):
        parse_iri(text)


def test_http_is_only_for_the_named_hosts():
    named = {"localhost:8001"}
    assert parse_iri("http://localhost:8001/coop", insecure_hosts=named).origin == Origin(
        "http", "localhost", 8001
    )
    for text in ("http://localhost:8002/", "http://localhost/", "http://loaf.example/"):
        with pytest.raises(MalformedDocument) as caught:
            parse_iri(text, insecure_hosts=named)
        assert caught.value.code == "not-https"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://loaf.example/a", "https://LOAF.example:443/b#c", True),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", True),
        ("https://victim.example/", "https://evil-victim.example/", False),
        ("https://victim.example/", "https://victim.example.evil.net/", False),
        ("https://victim.example/", "https://sub.victim.example/", False),
        ("https://victim.example/", "http://victim.example/", False),
        ("https://victim.example/", "https://victim.example:8443/", False),
        ("https://example.org/", "https://ex\u0430mple.org/", False),  # a Cyrillic letter
    ],
)
def test_origins_are_equal_or_they_are_not(first, second, same):
    assert same_origin(first, second) is same


def test_an_origin_is_written_without_its_default_port():
    assert str(origin_of("https://loaf.example:443/a")) == "https://loaf.example"
    assert str(origin_of("http://localhost:80/a")) == "http://localhost"
    assert authority_of("http://localhost:8001/a") == "localhost:8001"


def test_the_fragment_is_cut_from_the_text_as_received():
    iri = parse_iri("https://LOAF.example/coop?x#main-key")
    assert iri.without_fragment() == "https://LOAF.example/coop?x"


pieces = st.sampled_from(
    ["https://", "http://", "a.example", "xn--", "é", "。", "@", ":", "443", "/", "?", "#", "%41",
     "%", "[", "]", "::1", "\\", "\t", "\0", " ", "127.1", "-", ".", "\ud800", "\u202e"]
)  # fmt: skip


@examples(400)
@given(st.text(max_size=30) | st.lists(pieces, max_size=10).map("".join))
def test_hostile_text_gives_an_address_or_a_plain_refusal(text):
    try:
        iri = parse_iri(text, insecure_hosts={"a.example"})
    except MalformedDocument:
        return
    assert iri.text == text
    assert iri.target.isascii()
    again = parse_iri(f"{iri.origin}{iri.target}", insecure_hosts={"a.example"})
    assert (again.origin, again.target) == (iri.origin, iri.target)


def test_a_refusal_quotes_the_text_safely():
    with pytest.raises(MalformedDocument) as caught:
        parse_iri("https://a\u202e\n" + "x" * 500)
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
