"""Files made up for who reads them: calendars, decisions, backups, tables, blocklists."""

import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from federation.recovery import FORMAT, read_recovery
from node.backups.archive import unpack
from node.calendars import reading as calendar_reading
from node.listings.exchange import cells, tables
from node.members import bringing
from tests.hostile.made_up import CELLS, OBJECTS, TABLES, damaged_document
from tests.node.council.chamber import Chamber

ICAL = st.lists(
    st.sampled_from(
        [
            *("BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "VERSION:2.0"),
            *("DTSTART:20270111T090000Z", "DTEND:20270111T100000Z", "DURATION:PT1H", "UID:x"),
            *("DTSTART;VALUE=DATE:20270111", "DTSTART;TZID=Mars/Base:20270111T090000", "DTSTART:"),
            *("RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2", "RRULE:COUNT=-1"),
            *("RRULE:FREQ=SECONDLY", "RRULE:FREQ=WEEKLY;UNTIL=00010101", "RRULE:x", "RRULE:"),
            *("RDATE:20270112T090000Z,20270113", "EXDATE:20270111T090000Z", "DURATION:-P1W", "X"),
            *("RECURRENCE-ID:20270111T090000Z", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", ":", ";"),
            *("BEGIN:VTIMEZONE", "TZID:Mars/Base", "BEGIN:STANDARD", "TZOFFSETTO:+9999", "\x00"),
            *("DTSTART:99991231T235959Z", "DURATION:P99999999D", " folded", "END:STANDARD"),
            *("DTSTART;TZID=:20270111T090000", "END:VTIMEZONE", "é" * 40, "DTSTART:00000000"),
        ]
    ),
    max_size=24,
).map(lambda lines: "\r\n".join(lines).encode())
CALENDARS = (
    ICAL
    | ICAL.map(
        lambda body: (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270111T090000Z\r\n"
            + body
            + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    )
    | st.binary(max_size=60)
)


def busy(content: bytes) -> Any:
    first, last = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    return calendar_reading.busy(content, first, last, ZoneInfo("Europe/London"))


@cache
def decision() -> bytes:
    """A decision of three coops as a file."""
    names = ("camara", "lanehead", "mawimbi")
    return Chamber(names).found().decided(dict.fromkeys(names, "yes")).archive()


def spoilt(whole: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    """A good file with other bytes in some places."""

    def spoil(places: list[tuple[int, bytes]]) -> bytes:
        data = bytearray(whole())
        for place, other in places:
            at = place % max(len(data), 1)
            data[at : at + 1] = other
        return bytes(data)

    return st.lists(st.tuples(st.integers(0, 2**20), st.binary(max_size=3)), max_size=4).map(spoil)


def damaged_json(whole: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    return st.deferred(lambda: damaged_document(json.loads(whole()))).map(
        lambda document: json.dumps(document).encode()
    )


@cache
def _backup() -> bytes:
    manifest = {"format": "rochdale-backup-1", "files": [], "counts": {"x": 1}, "name": "x"}
    manifest |= dict.fromkeys(("program", "revision", "address", "database"), "x")
    manifest["made_at"] = "2027-01-05T10:00:00Z"
    return _tar([("data/a", b"b"), ("manifest.json", json.dumps(manifest).encode())])


def _tar(entries: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["data/a", "data", "data/a/b", "../x", "/x", "", ".", "manifest.json"])
        | st.text(max_size=8).map(lambda name: name.replace("\0", "")),
        st.binary(max_size=20) | OBJECTS.map(lambda document: json.dumps(document).encode()),
    ),
    max_size=5,
).map(_tar)
BACKUPS = ENTRIES | spoilt(_backup) | st.binary(max_size=60)


def unpacked(content: bytes) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup.tar.gz"
        file.write_bytes(content)
        into = Path(folder) / "out"
        into.mkdir()
        try:
            return unpack(file, into)
        finally:
            assert {each.name for each in Path(folder).iterdir()} == {"backup.tar.gz", "out"}


@cache
def recovery() -> bytes:
    """A file of the right shape; its keys are none."""
    names = [f"{actor}-{kind}" for actor in ("coop", "node") for kind in ("rsa", "ed25519")]
    keys = dict.fromkeys([*names, "recovery"], "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END")
    told = {"format": FORMAT, "name": "x", "address": "https://x.example", "peers": []}
    return json.dumps(told | {"epoch": 1, "encrypted": False, "retired": [], "keys": keys}).encode()


def recovered(content: bytes) -> Any:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        return read_recovery(Path(file.name), "a passphrase")


def members_in(content: bytes) -> Any:
    return [bringing.read_row(number, cells_) for number, cells_ in bringing.rows_of(content)]


def listings_in(content: bytes) -> Any:
    rows = tables.read_rows(content, "file.csv")
    return [cells.read(row, rows, "GBP", "file") for row in rows]


BYTES = (
    TABLES.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(CELLS, max_size=6).map(
        lambda row: ("name,joined_on\n" + ",".join(row)).encode("utf-8", "surrogatepass")
    )
    | st.binary(max_size=60)
)
BLOCKLISTS = st.lists(
    st.sampled_from(["#domain", "#severity", "#public_comment", "x.example", "*.example", "noop"])
    | st.sampled_from(["suspend", "silence", "0x7f.1", "a..b", "[::1]", "é.example", "x" * 300])
    | st.sampled_from([",", "\n", "\r", '"', "\0", "\ufeff"])
    | CELLS,
    max_size=16,
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")) | st.binary(max_size=60)
