"""In which language a program reads why it was refused."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from node import accounts
from protocol.errors import ProtocolError
from protocol.strict_json import loads
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
    g: Annotated[list[int], Meta(max_length=2)] | None = None
    h: Decimal = Decimal(0)


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
        ({"a": 1, "g": [1, 2, 3]}, "It is too long: 2 is the most."),
        ({"a": 1, "h": "x"}, "Write a number in digits, like 12.50."),
        ([], "object is expected here, not array."),
    ],
)
def test_what_a_field_cannot_be_is_said_in_words_of_ours(sent: Any, told: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(sent, Sent)
    [[said]] = complaints.of_fields(refused.value).fields.values()
    assert str(said) == told


class Basket(msgspec.Struct):
    """Calls within calls."""

    lines: list[Sent]
    days: dict[date, int] = {}


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"lines": [{"a": 1}, {"a": 9}]}, "lines/1/a"),
        ({"lines": [{"a": 1, "g": [1, "x"]}]}, "lines/0/g/1"),
        ({"lines": [{}]}, "lines/0"),
        ({"lines": [], "days": {"2027-01-01": "x"}}, "days"),
        ({"lines": [], "days": {"x": 1}}, "days"),
        ({}, "body"),
    ],
)
def test_what_is_wrong_stands_at_the_path_to_it(sent: Any, path: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(sent, Basket)
    assert list(complaints.of_fields(refused.value).fields) == [path]


def test_what_is_rarely_said_of_a_field_is_told_in_a_sentence_of_ours() -> None:
    error = msgspec.ValidationError("Expected `int` that's a multiple of 3 - at `$.lines[2].a`")
    [(path, [said])] = complaints.of_fields(error).fields.items()
    assert (path, str(said)) == ("lines/2/a", "It cannot be read.")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": 1,\n "b": }', "That is no JSON: look at line 2, column 7."),
        (b'{"a": NaN}', "That is no JSON."),
        (b"[" * 100_000, "There is more in it than is read at once."),
        (b'{"a": "\xff"}', "Send JSON in UTF-8."),
    ],
)
def test_where_a_body_is_no_json_is_said(body: bytes, told: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        loads(body)
    assert complaints.of_json(refused.value) == told
