"""What a browser is told once a node has an https address: cookies for this host alone, and no way
back to an open connection (ASVS 3.3.3, 3.4.1, 3.4.8)."""

from collections.abc import AsyncGenerator

import pytest
from msgspec import structs

from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import Visitor, add_account, stranger


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    """Behind a web server that speaks https for it."""
    coop.node.config = structs.replace(
        coop.node.config, address=coop.address.replace("http://", "https://")
    )
    return coop


@pytest.fixture
async def browser(coop: Coop) -> AsyncGenerator[Visitor]:
    async with stranger(coop) as visitor:
        yield visitor


def cookies(answer) -> list[str]:
    return list(answer.headers.getall("Set-Cookie", ()))


async def test_every_cookie_is_bound_to_this_host(coop: Coop, browser: Visitor) -> None:
    account = await add_account(coop, "ada")
    answers = [
        await browser.get("/sign-in"),
        await browser.post("/theme", {"theme": "dark"}),
        await browser.post("/language", {"language": "es"}),
        await browser.sign_in("ada"),
        await browser.enter(account),
        await browser.post("/sign-out"),
    ]
    told = [cookie for answer in answers for cookie in cookies(answer)]
    assert {cookie.partition("=")[0] for cookie in told} >= {
        "__Host-rochdale-seed",
        "__Host-rochdale-session",
        "__Host-rochdale-theme",
        "__Host-rochdale-language",
    }
    for cookie in told:
        assert cookie.startswith("__Host-")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in cookie, cookie
        assert "Domain" not in cookie


async def test_a_session_by_another_name_is_none(coop: Coop, browser: Visitor) -> None:
    """A neighbour under the same domain can set the plain name; the bound one it cannot."""
    await add_account(coop, "ada")
    await browser.sign_in("ada")
    token = browser.cookies["__Host-rochdale-session"]
    for name in ("rochdale-session", f"rochdale-session-{coop.node.config.port}", "session"):
        async with stranger(coop) as other:
            other.cookies[name] = token
            assert (await other.get("/account")).status == 303
    assert (await browser.get("/account")).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/account", "/nothing-here", "/api/v1/coop", "/static/x"]
)
async def test_every_answer_tells_to_come_by_https_and_alone(browser: Visitor, path: str) -> None:
    answer = await browser.get(path)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")


async def test_without_https_nothing_is_said_of_it(found_town: TownFounder) -> None:
    """On a computer of one's own it would lock the browser out of every other program there."""
    async with stranger((await found_town(1)).coops[0]) as browser:
        assert "Strict-Transport-Security" not in (await browser.get("/")).headers
