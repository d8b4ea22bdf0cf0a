"""Somebody at a node's pages without a browser: keeps cookies, follows nothing.

Requests go to the node's own name as a browser sends them, by default from one of our own pages.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from node import accounts
from node.accounts import Purpose, Role
from tests.support.town import Coop

FROM_OURS = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
BY_HAND = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
PASSWORD = "three blue teapots"

ROLES = {
    "member": frozenset({Role.MEMBER}),
    "treasurer": frozenset({Role.MEMBER, Role.TREASURER}),
    "secretary": frozenset({Role.MEMBER, Role.SECRETARY}),
    "moderator": frozenset({Role.MEMBER, Role.MODERATOR}),
    "admin": frozenset({Role.MEMBER, Role.ADMIN}),
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def page(self) -> str:
        """Which page comes next, without what is told there."""
        return self.location.partition("?")[0]

    def holds(self, field: str) -> str:
        """What a field of the page's form has in it, such as a `key` or a `version`."""
        found = set(re.findall(rf'name="{field}"[^>]* value="([^"]*)"', self.text))
        assert len(found) == 1, f"{field}: {sorted(found)}"
        return str(found.pop())

    def leads_to(self, path: str) -> str:
        """The one thing below a path that links of the page lead to: `leads_to("/mirrors/")`."""
        found = set(re.findall(rf'href="({path}\w{{26}})["?#]', self.text))
        assert len(found) == 1, f"{len(found)} below {path}: {sorted(found)}"
        return str(found.pop())


@dataclass
class Visitor:
    """One browser. cookies: what the node set, by name."""

    coop: Coop
    session: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, *, encoded: bool = False, **options: Any) -> Answer:
        """encoded: the path goes out as it is written, also where no browser would write it so."""
        node_port = self.coop.address.rpartition(":")[2]
        headers = {"Host": self.coop.node.config.authority, **options.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        address = URL(f"http://127.0.0.1:{node_port}{path}", encoded=encoded)
        async with self.session.request(
            method, address, headers=headers, allow_redirects=False, **options
        ) as response:
            for name, morsel in response.cookies.items():
                self.cookies[name] = morsel.value
            self.cookies = {name: value for name, value in self.cookies.items() if value}
            text = await response.text(errors="replace")
            return Answer(response.status, response.headers.copy(), text)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, form: Any = None, headers: Any = FROM_OURS) -> Answer:
        return await self.ask("POST", path, data=form or {}, headers=headers)

    async def sign_in(self, handle: str, password: str = PASSWORD) -> Answer:
        """By the form of the door."""
        return await self.post("/sign-in", {"handle": handle, "password": password})

    async def enter(self, account: accounts.AccountView) -> Answer:
        """By a link of one's own."""
        return await self.get(await link_for(self.coop, account), **BY_HAND)

    async def form_token(self) -> str:
        """The hidden field of a page of ours."""
        page = await self.get("/sign-in")
        if page.status == 303:
            page = await self.get("/account")
        found = re.search(r'name="csrf" value="(\w+)"', page.text)
        assert found is not None
        return found[1]


@asynccontextmanager
async def stranger(coop: Coop) -> AsyncGenerator[Visitor]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Visitor(coop, session)


async def add_account(coop: Coop, handle: str, role: str = "member") -> accounts.AccountView:
    """Somebody who can sign in as `handle` with PASSWORD."""
    account = await _new_account(coop, handle, role)
    digest = await accounts.hashed(PASSWORD)
    await coop.write(accounts.set_password, account.id, digest)
    return account


async def link_for(coop: Coop, account: accounts.AccountView) -> str:
    link = await coop.write(accounts.issue_link, purpose=Purpose.SIGN_IN, account_id=account.id)
    path: str = link.path
    return path


@asynccontextmanager
async def signed_in(coop: Coop, handle: str, role: str = "member") -> AsyncGenerator[Visitor]:
    """A new account, come in by a link."""
    async with entered(coop, await _new_account(coop, handle, role)) as visitor:
        yield visitor


@asynccontextmanager
async def entered(coop: Coop, account: accounts.AccountView) -> AsyncGenerator[Visitor]:
    """Somebody who has an account, come in by a link."""
    async with stranger(coop) as visitor:
        assert (await visitor.enter(account)).status == 303
        yield visitor


@asynccontextmanager
async def just_signed_in(coop: Coop, handle: str, role: str = "member") -> AsyncGenerator[Visitor]:
    """A new account with PASSWORD, which was typed a moment ago."""
    await add_account(coop, handle, role)
    async with stranger(coop) as visitor:
        assert (await visitor.sign_in(handle)).status == 303
        yield visitor


async def _new_account(coop: Coop, handle: str, role: str) -> accounts.AccountView:
    made: accounts.AccountView = await coop.write(
        accounts.create_account, handle=handle, name=handle.capitalize(), roles=ROLES[role]
    )
    return made


def alert(page: str) -> str:
    """What the page's alert says, as plain text."""
    [found] = re.findall(r'role="alert">(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found).strip()
