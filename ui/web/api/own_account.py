"""One's own account by API: recovery codes, passkeys, all that is known of oneself.

A token needs the scope `account` by name: `admin` does not stand for it. Whoever made the token on
a page has shown then who they are; a session is asked for a proof as on the pages (`step_up`).
"""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from node import accounts, limits, privacy
from node.accounts import hashed
from ui.web import own_data
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()
SCOPE = "account"


class Codes(Struct, frozen=True):
    """Shown now and never again."""

    codes: list[str]


class PasskeyItem(Struct, frozen=True):
    """doubted: it may have been copied, and opens nothing."""

    id: str
    name: str
    made_at: datetime
    used_at: datetime | None
    doubted: bool


class PasskeyList(Struct, frozen=True):
    items: list[PasskeyItem]
    next: str | None = None


class PasskeyChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=limits.TOKEN_LABEL_LONGEST)]


@table.add(
    "POST",
    "/account/recovery-codes",
    "Ten new recovery codes; the earlier ones open nothing any more",
    scope=SCOPE,
    answer=Codes,
    status=201,
)
async def make_codes(call: Call) -> Codes:
    codes = accounts.recovery_codes(call.node.entropy)
    hashes = [await hashed(code) for code in codes]
    account_id = call.account.id
    await call.node.write(lambda uow: accounts.set_recovery_codes(uow, account_id, hashes))
    return Codes(codes)


@table.add("GET", "/account/passkeys", "Your passkeys", scope=SCOPE, answer=PasskeyList)
async def passkeys(call: Call) -> PasskeyList:
    async with call.node.reading() as reader:
        found = await accounts.passkeys(reader, call.account.id)
    return PasskeyList(
        [PasskeyItem(one.id, one.name, one.made_at, one.used_at, one.is_doubted) for one in found]
    )


@table.add(
    "PATCH",
    "/account/passkeys/{id}",
    "Call a passkey otherwise",
    scope=SCOPE,
    body=PasskeyChange,
    status=204,
    example={"name": "Phone with the cracked glass"},
)
async def rename(call: Call) -> None:
    given: PasskeyChange = call.body
    passkey_id, account_id = call.path["id"], call.account.id
    await call.node.write(
        lambda uow: accounts.rename_passkey(uow, account_id, passkey_id, given.name)
    )


@table.add(
    "DELETE",
    "/account/passkeys/{id}",
    "Remove a passkey: it opens nothing any more",
    scope=SCOPE,
    status=204,
)
async def remove(call: Call) -> None:
    passkey_id, account_id = call.path["id"], call.account.id
    await call.node.write(lambda uow: accounts.remove_passkey(uow, account_id, passkey_id))


@table.add(
    "GET",
    "/account/data",
    "All that is known of you, as JSON and tables in one file; that you took it is noted",
    scope=SCOPE,
    media=(own_data.MEDIA,),
)
async def take_along(call: Call) -> web.StreamResponse:
    account = call.account
    file = await own_data.own_data(call.node, account)
    await call.node.write(lambda uow: privacy.note_taken(uow, account.id))
    return file
