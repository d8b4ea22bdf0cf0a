"""What an answer tells beside its words: how well it packs, where it is kept, how much there is of
it, how long it took."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from statistics import median

from node import accounts
from node.accounts import Role
from tests.hostile.cases.pages import FORM
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.ui.web.visitor import FROM_OURS, Visitor, add_account

rows = Rows()

TRIES = 200
MOST_APART = 0.1
"""Of the longer of two medians."""


@rows.attack("UIX-06", "a page that another site weighs")
async def a_page_that_another_site_weighs(siege: Siege) -> None:
    """Words that others chose stand beside the form's token: how well both pack would tell it."""
    for asked_by in ("cross-site", "same-site", "", "none, cross-site"):
        accepts = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": asked_by}
        for path in ("/search?q=csrf", "/account", "/agreements"):
            answer = await siege.rosa.get(path, **accepts)
            assert "Content-Encoding" not in answer.headers, (asked_by, path)
            assert "Sec-Fetch-Site" in answer.headers["Vary"], (asked_by, path)


@rows.attack("UIX-10", "what a shared computer keeps")
async def what_a_shared_computer_keeps(siege: Siege) -> None:
    """Whoever sits down next finds nothing in the browser, and no proxy hands it on."""
    for path in ("/", "/account", "/agreements", "/search", "/search.json", "/notices", "/nothing"):
        answer = await siege.rosa.get(path)
        assert "no-store" in answer.headers.get("Cache-Control", ""), path


INVITES = b"role=admin&membership_class=&name=Mo&why=x"
OFFERS = b'{"title": "Bread", "kind": "goods"}'


@rows.attack("UIX-10", "a body that comes after the end")
async def a_body_that_comes_after_the_end(siege: Siege) -> None:
    """The head of a request comes, then its sender is shut out, then comes the rest."""

    async def close(who: str) -> None:
        await siege.coop.write(accounts.disable, who, by="femi")

    async def sign_out(who: str) -> None:
        await siege.coop.write(accounts.sign_out_everywhere, who)

    async def take_the_office(who: str) -> None:
        await siege.coop.write(accounts.set_roles, who, {Role.MEMBER}, by="femi")

    for shut_out in (close, sign_out, take_the_office):
        account = await add_account(siege.coop, f"u{siege.number()}", "admin")
        page = Visitor(siege.coop, siege.nobody.session)
        await page.enter(account)
        token = await siege.coop.write(
            accounts.create_token, account.id, label="x", scopes=frozenset({"listings:write"})
        )
        siege.secrets.add(token.secret)
        bearer = {"Authorization": f"Bearer {token.secret}", "Content-Type": "application/json"}
        ended = asyncio.Event()
        sending = [
            asyncio.create_task(page.ask("POST", path, data=in_two(body, ended), headers=headers))
            for path, body, headers in (
                ("/members/invite", INVITES, FORM | FROM_OURS),
                ("/api/v1/listings", OFFERS, bearer),
            )
        ]
        await asyncio.sleep(0.3)  # both heads are there
        await shut_out(account.id)
        async with siege.nothing_happens():
            ended.set()
            answers = [answer.status for answer in await asyncio.gather(*sending)]
        assert set(answers) <= {303, 401, 403}, (shut_out, answers)


async def in_two(body: bytes, between: asyncio.Event) -> AsyncIterator[bytes]:
    yield body[:5]
    await between.wait()
    yield body[5:]


@rows.attack("DOS-05", "as much of a list as one likes")
async def as_much_of_a_list_as_one_likes(siege: Siege) -> None:
    limits = ("0", "101", "-1", "0100000", "1e9", "٣", "²", "0001" + "9" * 4_400)
    for limit in limits:
        for path in ("/search.json", "/coops.json", "/policies.json", "/api/v1/listings"):
            async with siege.nothing_happens():
                answer = await siege.nobody.ask("GET", path, params={"limit": limit})
            assert answer.status == 422, (path, limit[:20], answer.status)


@rows.attack("UIX-22", "by how long it takes", is_long=True)
async def whether_somebody_is_known_by_how_long_it_takes(siege: Siege) -> None:
    """In the median of many tries, by turns: this machine has other things to do as well."""
    names = ("ada", f"nobody{siege.number()}")
    took: dict[str, list[float]] = {name: [] for name in names}
    for _each in range(TRIES):
        for name in names:
            siege.clock.advance(timedelta(hours=2))  # nobody is asked to wait
            form = {"handle": name, "password": "wrong password"}
            began = time.process_time()
            answer = await siege.nobody.post("/sign-in", form, headers=FROM_OURS)
            took[name].append(time.process_time() - began)
            assert answer.status == 422
    known, unknown = (median(took[name]) for name in names)
    assert abs(known - unknown) < MOST_APART * max(known, unknown), (known, unknown)
