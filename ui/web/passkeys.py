"""What browsers say of passkeys, read and verified off the event loop."""

import asyncio

from aiohttp import web
from msgspec import Struct

from node import accounts
from node.accounts import PasskeyView, Site, webauthn
from node.accounts.webauthn import Credential
from ui.web.context import node_of

FIELD = "passkey"
"""Where a form brings what the browser said of a passkey that was shown."""
PROOFS = ("present", FIELD)
"""Where a form brings what shows who sends it: the present password, or a passkey."""


class Shown(Struct, frozen=True):
    """A passkey that has signed a challenge; whether that was ours is seen when it is used up."""

    passkey: PasskeyView
    challenge: bytes
    count: int


class Made(Struct, frozen=True):
    """A new passkey; whether the challenge that it signed was ours is seen when it is used up."""

    credential: Credential
    challenge: bytes


async def site_of(request: web.Request) -> Site:
    """Whose passkeys these are."""
    node = node_of(request)
    async with node.reading() as reader:
        profile = await node.profile(reader)
    return Site(node.config.address, profile.name)


async def shown(request: web.Request, text: str) -> Shown:
    """The passkey that a form brings. Raises NotAllowed, with one answer for every no."""
    said = await asyncio.to_thread(webauthn.read, text)
    async with node_of(request).reading() as reader:
        passkey = await accounts.passkey_by_credential(reader, said.credential_id)
    site = await site_of(request)
    count = await asyncio.to_thread(webauthn.verified, site, said, passkey.data)
    return Shown(passkey, said.challenge, count)


async def made(request: web.Request, text: str) -> Made:
    """The passkey that a form says was made. Raises NotAllowed."""
    said = await asyncio.to_thread(webauthn.read, text)
    site = await site_of(request)
    return Made(await asyncio.to_thread(webauthn.registered, site, said), said.challenge)
