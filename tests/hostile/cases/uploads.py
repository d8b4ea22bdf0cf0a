"""A file that people send to be kept, and how it is read again."""

import re

from aiohttp import FormData

from node import accounts, referrals
from tests.federation.nodes import Reply
from tests.hostile.siege import Siege, raw
from tests.stories.referring import CARE, PERSON


async def sent(siege: Siege, name: str, content: bytes) -> tuple[str, int]:
    """An admin puts a file to a referral: the address of the file, and the answer's status."""
    account = await siege.coop.read(accounts.by_handle, "femi")
    view = await siege.coop.write(referrals.start, CARE, person=PERSON, by=account.id)
    path = f"/referrals/{view.id}/file"
    form = FormData()
    form.add_field("file", content, filename=name, content_type="image/png")
    return path, (await siege.femi.post(path, form)).status


async def sent_and_fetched(siege: Siege, name: str, content: bytes) -> Reply:
    """The same, and the file as it is served to who may read it, asked for as a peer asks."""
    path, status = await sent(siege, name, content)
    assert status == 303
    return await fetched(siege, path)


async def fetched(siege: Siege, path: str) -> Reply:
    """A file as femi is served it, who asks as a peer does."""
    cookie = "; ".join(f"{key}={value}" for key, value in siege.femi.cookies.items())
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {siege.host}",
        "Accept: application/activity+json",
        f"Cookie: {cookie}",
        "Connection: close",
    ]
    port = int(siege.coop.address.rpartition(":")[2])
    return await raw(port, [("\r\n".join(lines) + "\r\n\r\n").encode()])


def picture_form(content: bytes, name: str = "cat.jpg", then: str = "publish") -> FormData:
    """A new listing with a picture, as a page sends it."""
    form = FormData()
    for field, value in {"title": "Cat", "kind": "goods", "visibility": "public"}.items():
        form.add_field(field, value)
    form.add_field("then", then)
    form.add_field("pictures", content, filename=name, content_type="image/jpeg")
    return form


async def shown_pictures(siege: Siege, content: bytes, name: str = "cat.jpg") -> list[Reply]:
    """A member sends a picture with a listing: what of it is served, to whoever asks as a peer."""
    made = await siege.femi.post("/listings/new", picture_form(content, name))
    page = await siege.femi.get(made.location) if made.status == 303 else made
    assert page.status in (200, 422), page.text[:500]
    found = set(re.findall(r"/media/[\w/.-]+\.webp", page.text))
    return [await fetched(siege, path) for path in sorted(found)]
