"""What takes a guard's place in `test_mutations`: as if nobody had written it."""

import io
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from jinja2 import Environment
from markdown_it import MarkdownIt
from sqlalchemy import select, true

from federation import relations
from federation.guard import is_public
from federation.models import Relation
from node.listings.mirrors import Offered
from protocol.iri import same_origin
from ui.web.middleware import SECURITY_HEADERS


def packed_for_all(_request: Any, response: Any) -> None:
    response.enable_compression(web.ContentCoding.gzip)
    response.headers["Vary"] = "Sec-Fetch-Site"


def as_much_as_they_like(text: str) -> int:
    return int(text or 100)


def let_through(*_errors: type[BaseException]) -> AbstractContextManager[None]:
    """Suppresses none of them."""
    return nullcontext()


def if_same_origin(address: str | None, coop_uri: str) -> str | None:
    return address if address is not None and same_origin(address, coop_uri) else None


def nothing(*_given: Any, **_named: Any) -> None:
    """A check that checks nothing."""


async def nothing_either(*_given: Any, **_named: Any) -> None:
    """The same, to be waited for."""


def yes(*_given: Any, **_named: Any) -> bool:
    return True


def at_once(*_given: Any) -> timedelta:
    """A wait that is none."""
    return timedelta(0)


def everybodys(*_given: Any) -> Any:
    return true()


def no(*_given: Any, **_named: Any) -> bool:
    return False


def same(value: Any, *_more: Any, **_named: Any) -> Any:
    return value


def first_line(message: Any, name: str) -> str | None:
    return next((value.strip() for key, value in message.headers if key == name), None)


async def whatever_lies_there(documents: Any, url: str) -> Any:
    return (await documents._fetch(url))[1]


async def all_of_it(response: Any, _limit: int, *, cut: bool) -> bytes:
    return bytes(await response.read())


def without_bound(memory: Any, name: str, value: Any, now: Any) -> None:
    memory._entries[name] = (now, value)


def this_machine_too(address: str) -> bool:
    return address.startswith("127.") or address == "::1" or is_public(address)


def with_named_columns(received: Any, uow: Any) -> Any:
    """As if whatever stands in a message were written into the columns of that name."""
    read = _READ(received, uow)
    if isinstance(read, Offered):
        document = received.activity.object
        read.columns.update({key: document[key] for key in read.columns if key in document})
    return read


def _read_of_listings() -> Callable[..., Any]:
    from node.listings import inbox

    return inbox._read


_READ = _read_of_listings()


@asynccontextmanager
async def for_ever(*_given: Any) -> AsyncGenerator[None]:
    yield


def as_it_came(picture: Any, _size: int) -> bytes:
    """With all that its camera wrote into it."""
    out = io.BytesIO()
    picture.save(out, "WEBP", exif=picture.info.get("exif", b"SECRETCAM"))
    return out.getvalue() + b"SECRETCAM"


def keeps_the_old_session(sign_in: Callable[..., Any]) -> Callable[..., Any]:
    async def entering(uow: Any, account: str, device: str, **_named: Any) -> Any:
        return await sign_in(uow, account, device, replacing=None)

    return entering


def keeping() -> Callable[..., Any]:
    from node import accounts

    return keeps_the_old_session(accounts.sign_in)


async def only_for_somebody(stored: str | None, text: str) -> bool:
    """Quicker where nobody has that name."""
    from node.accounts import passwords

    return stored is not None and passwords.verify_password(stored, text)


def as_a_template(markup: str) -> str:
    return Environment(autoescape=True).from_string(markup).render()


def with_its_html() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True})


FRAMED_BY_ANYBODY = {
    name: value.replace("frame-ancestors 'none'; ", "") for name, value in SECURITY_HEADERS.items()
}


async def any_answer(uow: Any, received: Any) -> Any:
    from node.referrals import store

    return await store.by_offer(uow, received.activity.object_id or "")


def somebody(*_given: Any) -> dict[str, Any]:
    return {"subject": "acct:rosa@lanehead.localhost", "links": []}


async def _whose_follow_it_is(reader: Any, _actor: str) -> Any:
    of_the_row = Relation.their_follow_id.endswith("/a/follow")
    return await reader.scalar(select(Relation).where(of_the_row))


async def change_whose_follow_it_is(uow: Any, _actor: str, **columns: Any) -> Any:
    """As if a Follow were found by its own id, and not by who says that it is over."""
    known = await _whose_follow_it_is(uow, "")
    return await relations.change(uow, known.actor_uri, **columns)


BY_FOLLOW = SimpleNamespace(**{**vars(relations), "relation": _whose_follow_it_is})
