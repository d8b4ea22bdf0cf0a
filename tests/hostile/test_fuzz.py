"""Made-up input: whatever it is, there is a plain refusal or a harmless reading.

`make test` tries the same examples every time; `make soak` thousands of new ones. What is written
about a fault that was found stands with the row or the test of what it broke.
"""

import json
import re
from contextlib import suppress

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node import content
from node.errors import InvalidInput
from node.listings.exchange import read_rows
from protocol import jsonld, media_types
from protocol.errors import ProtocolError
from protocol.vocabulary.activities import parse_activity
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.agreements import parse_agreement
from protocol.vocabulary.listings import parse_listing
from protocol.vocabulary.referrals import parse_referral, parse_statement
from tests.hostile.cases.scripts import harmless
from tests.hostile.made_up import EXAMPLES, JUNK, SAID, TABLES, damaged, whole
from tests.hostile.siege import Siege

pytestmark = pytest.mark.long

READERS = (
    parse_activity,
    parse_actor,
    parse_listing,
    parse_agreement,
    parse_referral,
    parse_statement,
)


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_a_damaged_document_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    document = damaged(whole(EXAMPLES[name]), data)
    if not isinstance(document, dict):
        return
    try:
        plain = jsonld.normalise(document)
    except ProtocolError:
        return
    for inner in (plain, plain.get("object"), plain.get("result")):
        if not isinstance(inner, dict):
            continue
        for read in READERS:
            with suppress(ProtocolError):
                read(inner)


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "application/activity+json",
                "application/ld+json",
                ";",
                "profile=",
                '"',
                "\\",
                ",",
                " ",
                "q=1",
                "https://www.w3.org/ns/activitystreams",
                "*/*",
                "text/html",
                "=",
                "\t",
                "q=0.5",
                "é",
                "\udc80",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_a_media_type_is_activitypubs_or_is_not(header: str) -> None:
    if media_types.is_activity_type(header):
        essence = header.strip().partition(";")[0].strip().lower()
        assert essence in ("application/activity+json", "application/ld+json")
    assert media_types.wants_activity(header) in (True, False)


MARKUP = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "<script>",
            "</script>",
            "[",
            "](",
            ")",
            "javascript:",
            "![",
            "`",
            "```\n",
            "\n\n",
            "> ",
            "* ",
            "<img src=x onerror=",
            "&#106;",
            "&colon;",
            '"',
            "'",
            "<!--",
            "-->",
            "<svg>",
            "<style>",
            "\\",
            "http://x.example/",
            "onmouseover=",
            " ",
            "a",
            "\x00",
            "\u2028",
            "<a href=",
            "data:text/html,",
        ]
    ),
    max_size=14,
).map("".join) | st.text(max_size=60)


@given(MARKUP)
def test_whatever_is_written_nothing_in_it_runs(text: str) -> None:
    harmless(content.markdown_html(text))
    harmless(content.safe_html(text))
    name = content.name(text, 80)
    assert len(name) <= 80
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", name)
    assert content.name(name, 80) == name


MAPS = JUNK.map(lambda junk: {"type": "FeatureCollection", "features": [junk]}) | st.builds(
    lambda geometry, properties: {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": geometry, "properties": properties}],
    },
    JUNK,
    st.dictionaries(st.sampled_from(["title", "name", "price", "currency", "lat", "url"]), JUNK),
)
FILES = (
    TABLES.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | MAPS.map(lambda document: json.dumps(document).encode())
    | st.binary(max_size=60)
    | TABLES.map(lambda text: text.encode("utf-16", "surrogatepass"))
)


@given(FILES)
def test_a_file_of_listings_is_rows_or_a_complaint(content_of_file: bytes) -> None:
    with suppress(InvalidInput):
        for _row in read_rows(content_of_file, "file"):
            pass


BODIES = st.lists(
    st.sampled_from(
        [
            b"--here\r\n",
            b"--here--\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b'Content-Disposition: form-data; name="',
            b'handle"',
            b'"; filename="x',
            b'"\r\n',
            b"Content-Type: ",
            b"text/plain",
            b"multipart/mixed; ",
            b"boundary=here",
            b"Content-Transfer-Encoding: base64",
            b"quoted-printable",
            b"=3D",
            b"\xff",
            b"\x00",
            b"a" * 200,
            b"Content-Encoding: gzip",
            b"charset=utf-7",
            b": ",
            b"--",
        ]
    ),
    max_size=14,
).map(b"".join) | st.binary(max_size=80)
TYPES = st.sampled_from(
    [
        "multipart/form-data; boundary=here",
        'multipart/form-data; boundary="he re"',
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=here",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/json",
        "text/plain",
        "",
        "x",
    ]
)

live = settings(
    max_examples=40 if settings.default.max_examples < 1000 else 3_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


FORMS = ("/sign-in", "/exchange", "/listings/new")


@pytest_asyncio.fixture(loop_scope="module")
async def besieged(siege: Siege) -> Siege:
    """What is made ready at first use is made ready."""
    for path in FORMS:
        await siege.femi.get(path)
        await siege.femi.ask("POST", path, headers={"Sec-Fetch-Site": "same-origin"})
    return siege


@pytest.mark.asyncio(loop_scope="module")
@live
@given(body=BODIES, kind=TYPES)
async def test_a_made_up_form_is_answered_below_500(
    besieged: Siege, body: bytes, kind: str
) -> None:
    siege = besieged
    headers = {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}
    for path in FORMS:
        async with siege.watched():
            answer = await siege.femi.ask("POST", path, data=body, headers=headers)
        assert answer.status < 500, (path, answer.text[:200])


@pytest.mark.asyncio(loop_scope="module")
@live
@given(name=st.sampled_from(sorted(SAID)), data=st.data())
async def test_a_damaged_message_of_a_peer_breaks_nothing(
    siege: Siege, name: str, data: st.DataObject
) -> None:
    """Signed by a peer whom the coop trusts: every handler reads it, and none stumbles."""
    text = json.dumps(whole(SAID[name]))
    ours, theirs = siege.coop.address, siege.farm.base
    speaker = SAID[name]["actor"].removesuffix("/coop")
    hearer = "https://portici.example" if "lanehead" in speaker else "https://lanehead.example"
    text = text.replace(speaker, theirs).replace(hearer, ours)
    text = text.replace("2027-01-05", f"{siege.clock.now():%Y-%m-%d}")
    said = damaged(json.loads(text), data)
    if not isinstance(said, dict):
        return
    if data.draw(st.integers(0, 9)):
        said |= {"id": f"{theirs}/a/{siege.number()}", "actor": siege.farm.coop}
    async with siege.watched():
        answer = await siege.send(siege.signed(said))
        await siege.coop.node.federation.settle()
    assert answer.status < 500, answer.body
