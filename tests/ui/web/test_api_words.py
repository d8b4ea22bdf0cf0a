"""In which language a program reads why it was refused."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from node import accounts
from tests.support.town import Coop
from tests.ui.web.test_api import API, token_for
from tests.ui.web.visitor import stranger
from ui.web.api import complaints


async def test_errors_are_told_in_the_language_that_is_asked_for(coop: Coop) -> None:
    token = await token_for(coop, "admin")
    account = await coop.read(accounts.by_handle, "admin")
    await coop.write(accounts.set_language, account.id, "ar")
    new = {"title": "x" * 300, "kind": "goods"}
    async with stranger(coop) as program:

        async def refused(path: str, language: str, **call: Any) -> tuple[str, Any]:
            headers = {"Authorization": f"Bearer {token}"}
            headers |= {"Accept-Language": language} if language else {}
            method = "POST" if call else "GET"
            answer = await program.ask(method, f"{API}{path}", headers=headers, **call)
            assert answer.headers["Vary"] == "Accept-Language"
            body = msgspec.json.decode(answer.text)
            return answer.headers["Content-Language"], body.get("errors") or body["detail"]

        english = {"title": ["It is too long: 200 is the most."]}
        spanish = {"title": ["Es demasiado largo: 200 es lo máximo."]}
        assert await refused("/listings", "", json=new) == ("en", english)
        assert await refused("/listings", "tlh", json=new) == ("en", english)
        assert await refused("/listings", "es-MX, en;q=0.5", json=new) == ("es", spanish)
        said = await refused("/listings", "es", json=["x"])
        assert said == ("es", "Envía un solo objeto JSON.")
        token = "wrong"
        assert (await refused("/members", "es"))[0] == "es"


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """Bound by all that bounds calls."""

    a: Annotated[int, Meta(ge=1, le=3)]
    b: Literal["x", "y"] = "x"
    c: Annotated[str, Meta(min_length=1, max_length=3, pattern="^a+$")] = "a"
    d: date | None = None
    e: Annotated[datetime, Meta(tz=True)] | None = None
    f: Annotated[float, Meta(gt=0, lt=5)] = 1.0
    g: Annotated[list[int], Meta(max_length=1)] | None = None


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "The field a is missing."),
        ({"a": 1, "z": 1}, "There is no field z."),
        ({"a": "1"}, "int is expected here, not str."),
        ({"a": 0}, "1 is the least here."),
        ({"a": 4}, "3 is the most here."),
        ({"a": 1, "f": 0}, "It must be more than 0.0."),
        ({"a": 1, "f": 5}, "It must be less than 5.0."),
        ({"a": 1, "b": "q"}, "'q' is none of the values that can stand here."),
        ({"a": 1, "c": ""}, "It is too short: 1 is the least."),
        ({"a": 1, "c": "aaaa"}, "It is too long: 3 is the most."),
        ({"a": 1, "c": "b"}, "It is not of the form '^a+$'."),
        ({"a": 1, "d": "x"}, "Write the day as 2027-03-31."),
        ({"a": 1, "e": "x"}, "Write the moment as 2027-03-31T14:30:00Z."),
        ({"a": 1, "e": "2027-03-31T14:30:00"}, "Write the moment as 2027-03-31T14:30:00Z."),
        ({"a": 1, "g": [1, 2]}, "It is too long: 1 is the most."),
        ([], "object is expected here, not array."),
    ],
)
def test_what_a_field_cannot_be_is_said_in_words_of_ours(sent: Any, told: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(sent, Sent)
    assert str(complaints.of_field(str(refused.value).partition(" - at ")[0])) == told
