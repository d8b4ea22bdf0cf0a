"""The HTTP API against its own description: whatever is sent, by whomever, is answered as it says.

Schemathesis makes calls from the OpenAPI document, good ones and bad ones, of every operation; they
are sent as every role, and every answer is compared with what is described: its status, and its
body. `make long` tries one of each operation and some as each role, `make soak` thousands: 60 of
each as each role.
"""

import json
import random
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, Response
from schemathesis.core.failures import FailureGroup

from tests.hostile.siege import Siege
from tests.ui.web import visitor
from tests.ui.web.test_api import token_for
from ui.web.api.openapi import describe
from ui.web.api.routes import endpoints

pytestmark = pytest.mark.long

ROLES = ("", *visitor.ROLES)
"""Nobody, and all that an account can be."""
NO_BODY = frozenset({204, 304})
SOME = 40


@lru_cache(maxsize=1)
def operations() -> list[Any]:
    """Every operation that is described."""
    document = describe(endpoints(), title="Lanehead", address="http://lanehead.localhost")
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
NEARLY_TOO_LONG = 8_000
"""Bytes of an address: 8,190 are the most that are read of it."""
few = settings(max_examples=1, database=None, suppress_health_check=[*HealthCheck])
many = settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", range(len(operations())))
@few
@given(data=st.data())
async def test_each_operation_answers_as_the_description_says(
    siege: Siege, number: int, data: st.DataObject
) -> None:
    """Once each: good and bad calls, and every role, as it falls to the operation."""
    role, first = lot(operations()[number])
    modes = MODES[first], MODES[1 - first]  # where one finds no call, the other does
    await answers_as_described(siege, operations()[number], modes, role, data)


def lot(operation: Any) -> tuple[str, int]:
    """As whom an operation is asked, and with which kind of call first: the same at each run,
    whatever others come to stand before it."""
    drawn = crc32(operation.label.encode())
    return ROLES[drawn % len(ROLES)], drawn // len(ROLES) % 2


def test_each_role_asks_with_good_calls_and_bad_ones() -> None:
    drawn = {lot(operation) for operation in operations()}
    assert drawn == {(role, first) for role in ROLES for first in range(len(MODES))}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ROLES)
@few
@given(data=st.data())
async def test_every_role_is_answered_as_the_description_says(
    siege: Siege, role: str, data: st.DataObject
) -> None:
    """Of as many operations as there is time for, good calls and bad ones; `make soak` has all."""
    for operation in random.Random(role).sample(operations(), SOME):
        await answers_as_described(siege, operation, MODES, role, data)


def test_an_answer_that_is_not_as_described_is_seen() -> None:
    [operation] = [each for each in operations() if each.label == "GET /api/v1/coop"]
    headers = {"Content-Type": "application/json"}
    with pytest.raises(FailureGroup):
        operation.validate_response(
            as_read(visitor.Answer(200, headers, '{"name": 5}'), "GET", "/api/v1/coop")
        )


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", range(len(operations())))
@many
@given(data=st.data())
async def test_each_operation_as_every_role(
    siege: Siege, number: int, role: str, data: st.DataObject
) -> None:
    await answers_as_described(siege, operations()[number], MODES, role, data)


async def answers_as_described(
    siege: Siege,
    operation: Any,
    modes: tuple[GenerationMode, GenerationMode],
    role: str,
    data: st.DataObject,
) -> None:
    good_or_bad = [operation.as_strategy(generation_mode=mode) for mode in modes]
    call = data.draw(st.one_of(good_or_bad))
    headers = {"Authorization": f"Bearer {await token_of(siege, role)}"} if role else {}
    body, kind = encoded(call)
    if kind:
        headers["Content-Type"] = kind
    query = urlencode(call.query or {}, doseq=True, errors="replace")
    path = call.formatted_path + (f"?{query}" if query else "")
    async with siege.watched():
        answer = await siege.nobody.ask(call.method.upper(), path, data=body, headers=headers)
    assert answer.status < 500, answer.text[:500]
    if len(path) > NEARLY_TOO_LONG and answer.headers["Content-Type"].startswith("text/plain"):
        assert answer.status == 400  # refused before anything of it was read
        return
    assert str(answer.status) in operation.responses.status_codes, answer.text[:500]
    if answer.status >= 400:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert json.loads(answer.text)["status"] == answer.status
    if answer.status not in NO_BODY:
        operation.validate_response(as_read(answer, call.method, path))


def as_read(answer: visitor.Answer, method: str, path: str) -> Response:
    """For who compares its body with the description."""
    headers = {name.lower(): [value] for name, value in answer.headers.items()}
    request = requests.Request(method, f"http://lanehead.localhost{path}").prepare()
    return Response(answer.status, headers, answer.text.encode(), request, 0.0, verify=False)


async def token_of(siege: Siege, role: str) -> str:
    """A token of the role, made once."""
    if role not in siege.tokens:
        siege.tokens[role] = await token_for(siege.coop, role)
        siege.secrets.add(siege.tokens[role])
    return siege.tokens[role]


def encoded(call: Any) -> tuple[bytes | None, str | None]:
    """The body of a call, and what it says it is."""
    if not isinstance(call.body, dict | list | str | int | float | bool | None):
        return None, None
    return json.dumps(call.body).encode(), call.media_type
