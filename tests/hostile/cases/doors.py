"""At the doors of the pages: files that come in and go out, ways to sign in, and guessing."""

import asyncio
import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import FormData
from PIL import Image

from node import members
from node.accounts import passwords
from node.backups.archive import BackupUnusableError, unpack
from node.media.encoding import Fault, encoded
from node.members import MembershipClass
from tests.federation.nodes import Reply
from tests.hostile.cases.pages import FORM
from tests.hostile.cases.scripts import written
from tests.hostile.cases.uploads import picture_form, sent, sent_and_fetched, shown_pictures
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.hostile.watching import little_memory
from tests.support.photos import photo
from tests.ui.web.visitor import (
    FROM_OURS,
    PASSWORD,
    stranger,
)

rows = Rows()


TWO_THINGS = (
    ("cat.gif", b"GIF89a/*<script>alert(1)</script>*/=1;"),
    ("cat.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ("cat.svgz", gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")),
    ("cat.jpg", b"<html><script>alert(1)</script></html>"),
    ("form.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"),
    ("cat.png", b"\x89PNG\r\n\x1a\n<?php phpinfo(); ?>"),
    ("cat.jpg", b"\xff\xd8\xff\xe0<script>alert(1)</script>"),
    ("cat.xml", b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;"),
)


@rows.attack("UIX-16")
async def files_that_are_two_things(siege: Siege) -> None:
    """With a referral: kept as it is, by what it holds, and a download that runs nowhere. As a
    picture: refused, since each is drawn anew."""
    assert await shown_pictures(siege, *reversed(TWO_THINGS[0])) == []
    for name, content in TWO_THINGS:
        with pytest.raises(Fault):
            encoded(content)
        _path, status = await sent(siege, name, content)
        if status == 422:
            continue
        answer = await sent_and_fetched(siege, name, content)
        assert answer.status == 200
        downloaded(answer)
        assert answer.headers["Content-Type"].partition(";")[0] in (
            "application/pdf",
            "image/jpeg",
            "image/png",
            "text/plain",
        )


def downloaded(answer: Reply) -> None:
    """A browser keeps it, and opens nothing in it."""
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    for kind in ("activity", "ld+json", "html", "svg", "xml", "javascript"):
        assert kind not in answer.headers["Content-Type"]


@rows.attack("UIX-16", "a true picture with a stowaway")
async def a_picture_with_a_stowaway(siege: Siege) -> None:
    """A script, a page, an archive and the place it was taken, behind and inside a good picture."""
    stowaways = (b"<script>alert(1)</script>", bomb(size=1_000), b"<?php phpinfo(); ?>", b"\0" * 50)
    good = photo(40, 30)
    for hidden in stowaways:
        comment = b"\xff\xfe" + struct.pack(">H", len(hidden) + 2) + hidden
        for content in (good + hidden, good[:2] + comment + good[2:]):
            _width, _height, drawn = encoded(content)
            for file in drawn:
                assert not any(found in file for found in (hidden, b"SECRETCAM", b"Exif"))
    served = await shown_pictures(siege, good + stowaways[0])
    assert served
    for answer in served:
        downloaded(answer)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.body.startswith(b"RIFF")
        assert not any(found in answer.body for found in (stowaways[0], b"SECRETCAM", b"Exif"))


@rows.attack("UIX-16", "names of files")
async def names_of_files(siege: Siege) -> None:
    for name in (
        'x"; filename="evil.html',
        "evil.html",
        "\u202egnp.exe",
        "",
        ".",
        "..",
        "a" * 5_000,
        "con",
        "x/../../y",
        "naïve.txt",
        "%0d%0aX: y",
    ):
        if (await sent(siege, name, b"plain text"))[1] == 422:
            continue
        answer = await sent_and_fetched(siege, name, b"plain text")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "Set-Cookie" not in answer.headers
        assert "X" not in answer.headers
        assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"


def png(width: int, height: int) -> bytes:
    """A picture of a few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    packed = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def bomb(names: tuple[str, ...] = ("a",), size: int = 30_000_000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(size))
    return out.getvalue()


async def brought(siege: Siege, name: str, content: bytes) -> Any:
    """An admin brings a file of listings in."""
    form = FormData({"kind": "service", "look": "publish"})
    form.add_field("file", content, filename=name)
    async with siege.nothing_happens():
        return await siege.femi.post("/exchange", form)


@rows.attack("UIX-17")
async def files_that_grow(siege: Siege) -> None:
    for name, content in (
        ("bomb.zip", bomb()),
        ("../../etc/passwd", bomb(("../../evil",), 10)),
        ("bomb.geojson", b"[" * 1_000_000),
        ("flood.png", png(30_000, 30_000)),
    ):
        answer = await brought(siege, name, content)
        assert answer.status in siege.row_statuses, (name, answer.status)
    async with siege.nothing_happens():
        huge = await siege.femi.post(
            "/exchange", io.BytesIO(bytes(23_000_000)), headers=FROM_OURS | FORM
        )
    assert huge.status == 413


@rows.attack("UIX-17", "pictures that grow")
async def pictures_that_grow(siege: Siege) -> None:
    """By what they say they measure, by what is in them, by how many pictures move in them. They
    are unpacked in a process with bounds; nothing of them is kept."""
    frames = io.BytesIO()
    still = Image.new("P", (1_000, 1_000))
    still.save(frames, "GIF", save_all=True, append_images=[still] * 50, loop=0)
    for content in (
        png(30_000, 30_000),
        png(0, 0),
        png(2**31 - 1, 1),
        png(1, 2**31 - 1),
        png(100, 100) + bytes(1_000_000),
        b"\xff\xd8\xff\xe0" + bytes(1_000_000),
        frames.getvalue()[:-200],
    ):
        with little_memory(), suppress(Fault):
            encoded(content)
    async with siege.watched():
        answer = await siege.femi.post("/listings/new", picture_form(png(30_000, 30_000)))
    assert answer.status in siege.row_statuses


@rows.attack("UIX-17", "an archive that leads out")
async def an_archive_that_leads_out(siege: Siege) -> None:
    """Restored by an operator to whom somebody gave it: a link, a device, a name with dots or a
    slash, one file twice, a file where a folder is; nothing is written but inside."""

    def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, link, 0
        return info

    for number, entries in enumerate(
        (
            [entry("../evil")],
            [entry("/evil")],
            [entry("data/../../evil")],
            [entry("data/link", tarfile.SYMTYPE, "/etc/passwd")],
            [entry("data/link", tarfile.LNKTYPE, "/etc/passwd")],
            [entry("data/null", tarfile.CHRTYPE)],
            [entry("data/pipe", tarfile.FIFOTYPE)],
            [entry("data/holes", tarfile.GNUTYPE_SPARSE)],
            [entry("data", tarfile.SYMTYPE, siege.folder.as_posix()), entry("data/evil")],
            [entry("data/one"), entry("data/one")],
            [entry("data/one"), entry("data/one/two")],
            [entry("data/a\0b")],
            [entry("data/" + "x" * 300)],
            [entry("data/\udcff")],
            [],
        )
    ):
        file, into = siege.folder / f"odd-{number}.tar.gz", siege.folder / f"out-{number}"
        into.mkdir()
        with tarfile.open(file, "w:gz") as tar:
            for one in entries:
                tar.addfile(one)
        before = set(siege.folder.iterdir())
        with pytest.raises(BackupUnusableError) as refusal:
            await asyncio.to_thread(unpack, file, into)
        assert ("manifest" in str(refusal.value)) == (number in (11, 13, 14)), number
        assert set(siege.folder.iterdir()) == before
        assert not any(path.is_symlink() for path in into.rglob("*"))


@rows.attack("UIX-17", "a picture with a referral")
async def a_picture_that_says_it_is_large(siege: Siege) -> None:
    """Pictures are kept as they are, and never decoded here: they cannot grow."""
    for content in (png(30_000, 30_000), png(1, 1)):
        async with siege.watched():
            answer = await sent_and_fetched(siege, "flood.png", content)
        assert answer.body == content
    async with siege.watched():
        _path, status = await sent(siege, "large.png", png(1, 1) + bytes(600_000))
    assert status in (413, 422)


@rows.attack("UIX-17", "files that are no file")
async def files_that_are_no_file(siege: Siege) -> None:
    for name, content in (
        ("empty.csv", b""),
        ("nul.csv", b"title\n\0\n"),
        ("wide.csv", b"title" + b"," * 100_000 + b"\nx\n"),
        ("quote.csv", b'title\n"' + b"x" * 200_000),
        ("utf16.csv", "title\nx\n".encode("utf-16")),
        ("odd.geojson", b'{"type":"FeatureCollection","features":[1,null,{}]}'),
        ("inf.geojson", b'{"type":"FeatureCollection","features":[{"geometry":NaN}]}'),
        (
            "deep.geojson",
            b'{"type":"FeatureCollection","features":' + b"[" * 500 + b"]" * 500 + b"}",
        ),
    ):
        form = FormData({"kind": "service", "look": "publish"})
        form.add_field("file", content, filename=name)
        async with siege.watched():
            answer = await siege.femi.post("/exchange", form)
        assert answer.status in (200, 400, 413, 422), (name, answer.text[:300])


@rows.attack("UIX-19")
async def formulas(siege: Siege) -> None:
    told = (
        '=HYPERLINK("http://evil.example")',
        "+cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "-2+3",
        "\t=1+1",
    )
    for text in told:
        await written(siege, title=text, summary=text)
    page = await siege.femi.get("/exchange/listings.csv")
    assert page.status == 200
    guarded(page.text)
    assert "'=HYPERLINK" in page.text


def guarded(text: str) -> None:
    """No cell begins with what spreadsheets run."""
    import csv

    for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        for cell in line:
            is_number = re.fullmatch(r"-?[\d.]+", cell)
            assert is_number or not cell.startswith(tuple("=+-@\t\r\n＝＋－＠")), cell


@rows.attack("UIX-19", "in every table")
async def formulas_in_every_table(siege: Siege) -> None:
    for text in ("=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "|x", "%x"):
        await siege.coop.write(
            members.add_member,
            name=f"{text}",
            membership_class=MembershipClass.WORKER,
            phone=None,
            note=text,
        )
    for path in (
        "/members/contacts.vcf",
        "/members.csv",
        "/mine.csv?whose=all",
        "/coops.csv",
        "/exchange/listings.csv",
        "/ledger/export.csv",
    ):
        for method in ("GET", "POST"):
            page = await siege.femi.ask(method, path, headers=FROM_OURS)
            if page.status == 200:
                guarded(page.text)


@rows.attack("UIX-20")
async def away_from_here(siege: Siege) -> None:
    for target in (
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "/%2f%2fevil.example",
        "%2f%2fevil",
        "https://evil.example",
        "/\tevil",
        "javascript:alert(1)",
        "///evil.example",
        "/./\\evil",
        "\\\\evil.example",
        "/\r\nSet-Cookie: a=b",
        "@evil.example",
        "/%5cevil.example",
    ):
        for path, form in (
            ("/sign-in", {"handle": "ada", "password": PASSWORD, "next": target}),
            ("/theme", {"theme": "dark", "from": target}),
            ("/language", {"language": "en", "from": target}),
        ):
            came_in = {"account_session", "sign_in_tries"} if path == "/sign-in" else set()
            async with stranger(siege.coop) as somebody, siege.nothing_happens(but=came_in):
                answer = await somebody.post(path, form)
            assert answer.status in (302, 303, 400), (path, target)
            if answer.status == 303:
                assert re.match(r"/(?![/\\])", answer.location), answer.location
                assert "Set-Cookie: a" not in str(answer.headers)


@rows.attack("UIX-20", "by the address that is asked for")
async def away_by_the_address(siege: Siege) -> None:
    for path in (
        "//evil.example/account",
        "/account//evil.example",
        "/sign-in?next=//evil.example",
    ):
        async with siege.nothing_happens():
            answer = await siege.nobody.get(path)
        assert answer.status in (200, 303, 400, 404)
        if answer.status == 303:
            assert re.match(r"/(?![/\\])", answer.location)
    page = await siege.nobody.get("/sign-in?next=//evil.example")
    assert 'name="next" value="//' not in page.text


def without(text: str, handle: str) -> str:
    """What was typed is shown again. As a word: in an address made of a key it stands by chance.
    Each form of its own has a value of its own."""
    text = re.sub(r'name="once" value="\w+"', "", text)
    return re.sub(rf"(\b|(?<=%40)){handle}\b", "", text)


@rows.attack("UIX-22")
async def whether_somebody_is_known(siege: Siege) -> None:
    """One answer for a name that is known and for one that is not, and the same work for both."""
    heard, worked = set(), []
    for handle in ("ada", f"nobody{siege.number()}"):
        form = {"handle": handle, "password": "wrong password"}
        looking = patch.object(passwords, "verify_password", side_effect=passwords.verify_password)
        async with siege.nothing_happens(but={"sign_in_tries"}):
            with looking as work:
                answer = await siege.nobody.post("/sign-in", form)
        heard.add((answer.status, without(answer.text, handle)))
        worked.append(work.call_count)
    assert len(heard) == 1
    assert worked == [1, 1]


@rows.attack("UIX-22", "by other ways of asking")
async def whether_somebody_is_known_otherwise(siege: Siege) -> None:
    heard = set()
    for handle in ("ada", "femi", f"nobody{siege.number()}"):
        shouted = handle.upper() + " "
        async with siege.nothing_happens(but={"sign_in_tries"}):
            answers = [
                await siege.nobody.get(f"/in/{handle}"),
                await siege.nobody.get(f"/@{handle}"),
                await siege.nobody.post("/sign-in", {"handle": handle, "password": ""}),
                await siege.nobody.post("/sign-in", {"handle": shouted, "password": "x"}),
                await siege.nobody.ask("POST", "/api/v1/tokens", json={"handle": handle}),
                await siege.nobody.post("/sign-in/mail", {"handle": handle}),
                await siege.nobody.post("/sign-in/code", {"handle": handle, "code": "aaaa-bbbb"}),
                await siege.nobody.post("/sign-in/lost", {"handle": handle}),
            ]
        heard.add(tuple((each.status, without(each.text.lower(), handle)) for each in answers))
    assert len(heard) == 1


@rows.attack("UIX-23", "from many addresses")
async def guessing_from_many_addresses(siege: Siege) -> None:
    """The header that names another address counts for nothing, since no proxy is named."""
    siege.clock.advance(3600 * 2)
    told = []
    for number in range(40):
        headers = FROM_OURS | {
            "X-Forwarded-For": f"198.51.100.{number}",
            "Forwarded": f"for=198.51.100.{number}",
            "X-Real-IP": f"198.51.100.{number}",
        }
        form = {"handle": "rosa", "password": f"guess {number}"}
        told.append(await siege.nobody.post("/sign-in", form, headers=headers))
    assert "Too many tries" in told[-1].text
    assert told[-1].status == 429
    siege.clock.advance(3600 * 2)
