"""What the form of a new listing begins with: the language in which its writer writes."""

import re

from tests.ui.web.test_details import as_sent
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor


async def test_a_listing_begins_in_the_language_that_its_writer_used_last(rosa: Visitor) -> None:
    async def begins(query: str = "", **headers: str) -> str:
        page = (await rosa.get(f"/listings/new{query}", **headers)).text
        [field] = re.findall(r'<select[^>]* name="language".*?</select>', page, re.DOTALL)
        [chosen] = re.findall(r'<option selected value="(\w+)"', field)
        return str(chosen)

    arabic = {"Accept-Language": "ar"}
    assert await begins(**arabic) == "en"
    assert await begins("?template=bread", **arabic) == "ar"
    await rosa.post("/listings/new", FORM | {"language": "es", "then": "save"})
    assert await begins() == await begins(**arabic) == "es"


async def test_who_writes_arabic_letters_and_says_english_is_asked_once(rosa: Visitor) -> None:
    said = FORM | {"title": "تنظيف البيت", "summary": "", "body": "", "language": "en"}
    asked = await rosa.post("/listings/new", said | {"then": "publish"})
    assert asked.status == 422
    assert "Most of the text is in letters in which this language is not written." in asked.text
    again = as_sent(asked.text) | {"then": "publish"}
    assert (again["language"], again["language_asked"]) == ("en", "en")
    made = await rosa.post("/listings/new", again)
    assert made.status == 303
    edit = f"{made.page}/edit"
    kept = as_sent((await rosa.get(edit)).text) | {"then": "save"}
    assert (await rosa.post(edit, kept)).status == 303
    assert (await rosa.post(edit, kept | {"language": "fr"})).status == 422
    assert (await rosa.post(edit, kept | {"language": "ar"})).status == 303
