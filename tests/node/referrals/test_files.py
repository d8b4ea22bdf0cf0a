"""What file may go with a referral: small, of a kind that any desk can open, put there in time."""

from base64 import b64encode

import pytest

from node import limits, referrals
from node.errors import Conflict, InvalidInput
from node.referrals.files import checked_file, read_file
from tests.stories.referring import BOILER, PERSON

PDF = b"%PDF-1.7 letter"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\xff\xd8\xff\xe0 photo", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n picture", "image/png"),
        ("Liebe Grüße".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_it_holds(content, kind):
    assert checked_file("page.html", content).media_type == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Choose a file"),
        (b"x" * (limits.REFERRAL_FILE_BYTES + 1), "512 KiB"),
        (b"MZ\x00\x01", "Send a PDF"),
        (b"\xfe\xff", "Send a PDF"),
    ],
)
def test_other_files_are_refused(content, why):
    with pytest.raises(InvalidInput, match=why):
        checked_file("letter", content)


def test_a_name_is_the_last_part_of_a_path():
    assert checked_file("C:\\Nora\\letter.pdf", PDF).name == "letter.pdf"
    assert checked_file("../../etc/letter.pdf", PDF).name == "letter.pdf"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"name": "x"},
        {"name": "x", "content": "not base64!"},
        {"name": "x", "content": b64encode(b"MZ\x00").decode()},
    ],
)
def test_what_another_coop_calls_a_file_is_looked_at_first(told):
    assert read_file(told) is None


async def test_it_is_put_there_before_the_person_is_asked(loaf):
    view = await loaf.write(referrals.start, BOILER, person=PERSON, by="desk")
    await loaf.write(referrals.attach, view.id, "letter.pdf", PDF)
    assert (await loaf.read(referrals.file_of, view.subject)).content == PDF
    await loaf.write(referrals.detach, view.id)
    assert await loaf.read(referrals.file_of, view.subject) is None
    sent, _code = await loaf.pass_on(BOILER)
    with pytest.raises(Conflict, match="asked about"):
        await loaf.write(referrals.attach, sent.id, "letter.pdf", PDF)
