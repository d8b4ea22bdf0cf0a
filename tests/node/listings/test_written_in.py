"""In which language somebody writes, and whether a text can be of one."""

from datetime import timedelta

import pytest

from node import listings
from node.listings import ListingDraft, is_in_another_script
from tests.node.listings.conftest import Coop
from tests.node.listings.test_reviewing import account


@pytest.mark.parametrize(
    ("text", "language", "is_foreign"),
    [
        ("تنظيف البيت", "en", True),
        ("تنظيف البيت (Kärcher)", "ar", False),
        ("Home clean", "ar", True),
        ("Home clean", "de", False),
        ("Уборка дома", "uk", False),
        ("Уборка дома", "pl", True),
        ("Čišćenje kuće", "sr", False),
        ("Чишћење куће", "sr", False),
        ("お掃除", "ja", False),
        ("청소", "ko", False),
        ("清扫", "zh-Hant", False),
        ("清扫", "en", True),
        ("পরিষ্কার", "bn", False),
        ("24 / 7", "ar", False),
        ("", "en", False),
        ("Home clean", "tlh", False),
        ("Home clean", "", False),
    ],
)
def test_most_letters_say_whether_a_text_can_be_of_a_language(
    text: str, language: str, is_foreign: bool
) -> None:
    assert is_in_another_script(text, language) is is_foreign


async def test_somebody_writes_in_the_language_of_what_they_wrote_last(coop: Coop) -> None:
    rosa, sam = await account(coop, "rosa"), await account(coop, "sam")
    for language in ("en", "ar", ""):
        draft = ListingDraft("Bread", language=language)
        await coop.write(lambda uow, one=draft: listings.create(uow, one, by=rosa.id))
        coop.clock.advance(timedelta(seconds=1))
    assert await coop.ask(lambda reader: listings.usual_language(reader, rosa.id)) == "ar"
    assert await coop.ask(lambda reader: listings.usual_language(reader, sam.id)) is None
