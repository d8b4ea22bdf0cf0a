"""The HTTP API against its own description: whatever is sent, by whomever, is answered as it says.

Schemathesis makes calls from the OpenAPI document, good ones and bad ones, of every operation; they
are sent as every role. `make test` tries one of each, `make soak` thousands.
"""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.hostile.siege import Siege
from tests.ui.web.test_api import token_for
from ui.web.api.openapi import describe
from ui.web.api.routes import endpoints

pytestmark = pytest.mark.long

ROLES = ("", "member", "treasurer", "admin")
NO_BODY = frozenset({204, 304})


@lru_cache(maxsize=1)
def operations() -> list[Any]:
    """Every operation that is described."""
    document = describe(endpoints(), title="Lanehead", address="http://lanehead.localhost")
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.asyncio(loop_scope="module")
@settings(
    max_examples=50 if settings.default.max_examples < 1000 else 5_000,
    suppress_health_check=[*HealthCheck],
)
@given(data=st.data())
async def test_a_call_is_answered_as_the_description_says(
    siege: Siege, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(operations()))
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    call = data.draw(operation.as_strategy(generation_mode=mode))
    role = data.draw(st.sampled_from(ROLES))
    headers = {"Authorization": f"Bearer {await token_of(siege, role)}"} if role else {}
    body, kind = encoded(call)
    if kind:
        headers["Content-Type"] = kind
    query = urlencode(call.query or {}, doseq=True, errors="replace")
    path = call.formatted_path + (f"?{query}" if query else "")
    async with siege.watched():
        answer = await siege.nobody.ask(call.method.upper(), path, data=body, headers=headers)
    assert answer.status < 500, answer.text[:500]
    if answer.status >= 400:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert json.loads(answer.text)["status"] == answer.status
    elif answer.status not in NO_BODY:
        assert str(answer.status) in operation.responses.status_codes


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
