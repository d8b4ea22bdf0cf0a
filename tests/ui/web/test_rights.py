"""Every address of a node, asked by everybody: as `rights` says, and none without a line there."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import make_mocked_request

from federation.key_files import Generation
from federation.storage import Database, UnitOfWork
from node.accounts import SCOPES, scopes_of
from protocol.media_types import LD_JSON_AS2
from tests.stories.market import hand_of, signature
from tests.support.clock import FixedClock
from tests.support.pseudo import no_language, plain_words
from tests.support.town import open_town
from tests.ui.web import odd_queries as odd
from tests.ui.web.furnished import Furnished, furnished
from tests.ui.web.rights import NO_ONES, PAPERS, WHO, Row, rows
from tests.ui.web.visitor import FROM_OURS, Answer
from ui.web.api.routes import PREFIX, endpoints
from ui.web.middleware import SECRET_PATHS
from ui.web.pace import NAMES as NAMES_ASKED
from ui.web.pace import PACE

FEW = ("stranger", "member", "admin")
"""They ask everywhere; `make test` sends the others where a member gets something else."""
FORM = {"do": "nothing", "step": "decline", "language": "en"}
SECRET_LINK = re.compile(rf"({'|'.join(SECRET_PATHS)})[\w-]{{22,}}")
SAME_FOR_ALL = re.compile(
    r"/(static|weave|worker\.js|manifest\.webmanifest|api/v\d/instance|council/.*\.(ics|atom)$"
    r"|coop$|coop/|node$|node/|nodeinfo|\.well-known|inbox|federations/.*/(in|out)box|activities/)"
)
"""What has nobody in particular in it, what other nodes ask for, and what a key alone opens."""
NOT_FOR_READERS = ("/api",)
"""What is written for programmers, in English."""
NAMES = frozenset(
    [
        "care",
        "housing",
        "emergency",
        "Lanehead",
        "lanehead",
        "Portici",
        "portici",
        "localhost",
        "Toad",
        "Lane",
        "Rochdale",
        "GB",
        "Europe",
        "London",
        "UTC",
        "Femi",
        "femi",
        "Owner",
        "Ines",
        "Ada",
        "Brzezi",
        "ska",
        "Nora",
        "Quiet",
        "Garden",
        "Maya",
        "Member",
        "Moderator",
        "test",
        "Treasurer",
        "Secretary",
        "Home",
        "clean",
        "Window",
        "Key",
        "cupboard",
        "Ironing",
        "Drum",
        "lessons",
        "What",
        "can",
        "you",
        "do",
        "Referral",
        "fees",
        "at",
        "most",
        "five",
        "per",
        "cent",
        "of",
        "referrals",
        "fee",
        "ceiling",
        "percent",
        "default",
        "Beancount",
        "hledger",
        "English",
        "Espa",
        "ol",
        "Fran",
        "ais",
        "assets",
        "bank",
        "cash",
        "mobile",
        "money",
        "clearing",
        "input",
        "tax",
        "liabilities",
        "deposits",
        "running",
        "equity",
        "opening",
        "surplus",
        "reserve",
        "community",
        "education",
        "exchange",
        "income",
        "sales",
        "share",
        "donations",
        "dues",
        "referral",
        "cancellation",
        "kept",
        "platform",
        "expenses",
        "costs",
        "lost",
        "purchases",
        "refunds",
        "time",
        "wages",
    ]
)
"""What people, coops and things of the furnished house are called, codes of accounts and rules, and
what has one name in all languages."""
OF_ASKERS = FORM | {"step": "withdraw"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, town_keys: dict[str, Generation], migrated_file: Path
) -> AsyncGenerator[Furnished]:
    """A furnished coop in which every button may be pressed, and nothing is changed by it."""
    folder = tmp_path_factory.mktemp("rights")
    async with (
        open_town(2, folder, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as made,
    ):
        with rehearsing(made.coop.node.database):
            yield made


class Rehearsed(Exception):
    """Carries what a command returned out of a unit of work that is then rolled back."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


@contextmanager
def rehearsing(database: Database) -> Iterator[None]:
    """Everything is done but the commit."""
    write = database.write

    async def rehearse(work: Callable[[UnitOfWork], Awaitable[Any]], **how: Any) -> Any:
        async def step(uow: UnitOfWork) -> None:
            raise Rehearsed(await work(uow))

        try:
            await write(step, **how)
        except Rehearsed as over:
            return over.result

    database.write = rehearse  # type: ignore[method-assign]
    yield
    database.write = write  # type: ignore[method-assign]


async def test_every_page_has_somebody_who_sees_it() -> None:
    """Else whatever looks at every page looks at it never."""
    pages = [row for row in rows() if row.method == "GET" and not row.is_api]
    blind = {row.path for row in pages if "in" not in row.answers}
    assert blind == NO_ONES, "let `furnished` have somebody who is let in there"


NOT_IN_THE_SITEMAP = {
    "/api": "for programmers",
    "/search": "what it finds stands there, page by page",
    "/mirrors/{mirror}": "stands in its own coop's",
    **dict.fromkeys(
        ("/language", "/sign-in", "/sign-in/code", "/sign-in/lost", "/sign-in/mail", "/offline"),
        "nobody looks for it",
    ),
    **dict.fromkeys(
        (
            "/write",
            "/listings/{listing}/ask",
            "/listings/{listing}/report",
            "/mirrors/{mirror}/ask",
            "/mirrors/{mirror}/free",
            "/mirrors/{mirror}/report",
        ),
        "a step from another page",
    ),
}
"""Pages for everybody that a search engine need not know, and why."""


async def test_each_page_for_everybody_stands_in_the_sitemap_with_a_card_or_says_why_not(
    house: Furnished,
) -> None:
    """A new one fails until it has an entry in `crawling`, or a reason here."""
    stranger = house.visitors["stranger"]
    listed = re.findall("<loc>([^<]+)</loc>", (await stranger.get("/sitemap.xml")).text)
    paths = {one.removeprefix(house.coop.address) for one in listed}
    missing, bare, needless = [], [], dict(NOT_IN_THE_SITEMAP)
    for row in rows():
        if row.method != "GET" or row.is_api or row.answers[0] != "in":
            continue
        path = row.path.format_map(house.things)
        answer = await stranger.ask("GET", path, headers=FROM_OURS | {"Accept": "text/html"})
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or answer.status != 200 or "noindex" in str(answer.headers):
            continue
        if needless.pop(row.path, None) is None and path not in paths:
            missing.append(row.path)
        if path in paths and "ld+json" not in answer.text:
            bare.append(row.path)
    assert (missing, bare, needless) == ([], [], {})
    for path in paths:
        assert (await stranger.get(path)).status == 200, path


@pytest.mark.parametrize(
    "who_asks",
    [pytest.param("those who differ", id="short"), pytest.param("all", marks=pytest.mark.long)],
)
async def test_every_address_answers_everybody_as_the_table_says(
    house: Furnished, who_asks: str
) -> None:
    wrong = []
    for row in rows():
        of_members = row.answers[WHO.index("member")]
        for who, expected in zip(WHO, row.answers, strict=True):
            if expected == of_members and who not in FEW and who_asks != "all":
                continue
            answer = await asked(house, row, who)
            if not fits(answer, expected, row.path):
                wrong.append(f"{row.method} {row.path}: {who} gets {answer.status}, not {expected}")
            if may_show_a_secret(row, answer) and not is_kept_by_nobody(answer):
                wrong.append(f"{row.method} {row.path}: {who} gets what caches may keep")
            if not goes_into_the_right_caches(row, who, answer):
                told = answer.headers.get("Cache-Control")
                wrong.append(f"{row.method} {row.path}: {who} is told {told}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "which", [pytest.param("of their own", id="short"), pytest.param("all", marks=pytest.mark.soak)]
)
async def test_no_page_says_a_word_that_the_catalogue_does_not_have(
    house: Furnished, which: str
) -> None:
    """In words of no language, to a reader of Arabic, whose months and currencies are spelt with
    other letters: what is left in plain ones was written past gettext."""
    wrong = []
    with no_language():
        for row in rows():
            if row.method != "GET" or row.is_api or row.path in NOT_FOR_READERS:
                continue
            if which != "all" and "{" in row.path:
                continue  # pages about one thing
            allowed = [who for who, got in zip(WHO, row.answers, strict=True) if got == "in"]
            if not allowed:
                continue
            path = row.path.format_map(house.things)
            headers = FROM_OURS | {"Accept": "text/html", "Accept-Language": "ar"}
            answer = await house.visitors[allowed[-1]].ask("GET", path, headers=headers)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                wrong += [(path, word) for word in sorted(plain_words(answer.text) - NAMES)]
    assert not wrong, "\n".join(map(str, wrong))[:4000]


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param(1, id="short"),
        pytest.param(
            len(odd.VALUES), id="all", marks=[pytest.mark.soak, pytest.mark.timeout(3_600)]
        ),
    ],
)
async def test_whatever_stands_behind_the_question_mark_is_answered(
    house: Furnished, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every name that a page reads, with values that are none: to a stranger, and to an admin."""
    for buckets in (PACE, NAMES_ASKED):
        monkeypatch.setattr(house.coop.server.app[buckets], "burst", 10**9)
    wrong = []
    for number, who in enumerate(("stranger", "admin")):
        async for row, name in names_read(house, who):
            path = row.path.format_map(house.things)
            for turn in range(turns):
                value = odd.chosen(row.path, name, number + turn)
                answer = await asked(house, row, who, at=odd.asked(path, name, value))
                is_long = len(answer.text) > odd.LARGEST_ANSWER
                if answer.status in (429, *range(500, 600)) or is_long:
                    wrong.append(f"{row.path}: {who} gets {answer.status} for {name}={value[:20]}")
    assert not wrong, "\n".join(wrong)


async def names_read(house: Furnished, who: str) -> AsyncGenerator[tuple[Row, str]]:
    """Each address to which somebody is let in, with each name that it reads of its query."""
    for row in odd.addresses():
        if row.answers[WHO.index(who)] != "in":
            continue
        with odd.noting() as names:
            await asked(house, row, who)
        for name in sorted(names | odd.described(row.path)):
            yield row, name


async def test_a_token_opens_what_its_scope_names_and_all_others_do_not(house: Furnished) -> None:
    wrong = []
    for row in rows():
        if row.scope is None:
            continue
        allowed = [who for who, found in zip(WHO, row.answers, strict=True) if found == "in"][-1]
        others = scopes_of(house.accounts[allowed].roles) - {row.scope, "admin"}
        for scopes, expected in ((frozenset({row.scope}), "in"), (others, "no")):
            answer = await asked(house, row, allowed, scopes)
            if not fits(answer, expected, row.path):
                wrong.append(f"{row.method} {row.path}: {answer.status} with {', '.join(scopes)}")
    assert not wrong, "\n".join(wrong)
    assert {row.scope for row in rows()} >= set(SCOPES)


async def test_a_token_opens_no_page(house: Furnished) -> None:
    bearer = {"Authorization": f"Bearer {await house.token('admin', frozenset(SCOPES))}"}
    for row in rows():
        if row.answers[1] != "door" == row.answers[0] and not row.is_api:
            path = row.path.format_map(house.things)
            headers = FROM_OURS | bearer | kind_of(path)
            answer = await house.visitors["stranger"].ask(row.method, path, headers=headers)
            assert fits(answer, "door", path), (row.method, path, answer.status)


async def test_what_nodes_read_is_for_those_it_was_written_for(house: Furnished) -> None:
    wrong, covered = [], set()
    documents = house.coop.node.federation.documents
    peer = hand_of(house.neighbour)
    for expected, path in PAPERS:
        at = path.format_map(house.things)
        got = []
        for signed in ({}, signature(peer, house.coop, at)):
            headers = {**signed, "Accept": LD_JSON_AS2}
            got.append((await house.visitors["stranger"].ask("GET", at, headers=headers)).status)
        if tuple(got) != expected:
            wrong.append(f"{path}: {got}, not {expected}")
        covered |= {each for each in documents.paths if re.fullmatch(pattern(each), at)}
    assert not wrong, "\n".join(wrong)
    assert sorted(set(documents.paths) - covered) == [], "say in rights.PAPERS who may read that"


async def test_every_route_has_a_line_and_every_line_a_route(house: Furnished) -> None:
    router = house.coop.server.app.router
    covered = set()
    for row in rows():
        path = row.path.format_map(house.things)
        match = await router.resolve(make_mocked_request(row.method, path))
        assert match.http_exception is None, f"nothing answers {row.method} {row.path}"
        covered.add((row.method, match.route.resource.canonical))
    there = {
        (route.method, route.resource.canonical)
        for route in router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    assert sorted(there - covered) == [], "say in tests/ui/web/rights.py who may do that"


def fits(answer: Answer, expected: str, path: str) -> bool:
    """Whether an answer is what the table calls so."""
    match answer.status:
        case 401:
            return expected == "door"
        case 303 if answer.location.startswith("/sign-in"):
            return expected == "door"
        case 403:
            return expected == "no"
        case 404:
            return expected == "gone" or (expected == "in" and "nothing" in path)
    return expected == "in" and answer.status in (*range(200, 500), 502)


def may_show_a_secret(row: Row, answer: Answer) -> bool:
    """What is made is shown in the answer to what was sent; others stand anywhere."""
    if answer.status >= 300 or row.path.endswith("/inbox"):
        return False
    return row.method != "GET" or SECRET_LINK.search(answer.text) is not None


def goes_into_the_right_caches(row: Row, who: str, answer: Answer) -> bool:
    """What is shown to somebody signed in stays in none; a stranger's page is nobody else's."""
    told = answer.headers.get("Cache-Control", "")
    if who == "stranger":
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        return not is_page or told.startswith("private")
    return "no-store" in told or SAME_FOR_ALL.match(row.path) is not None


def is_kept_by_nobody(answer: Answer) -> bool:
    told = [answer.headers.get(name) for name in ("Cache-Control", "Referrer-Policy")]
    return told == ["private, no-store", "no-referrer"]


async def asked(
    house: Furnished,
    row: Row,
    who: str,
    scopes: frozenset[str] | None = None,
    at: str | None = None,
) -> Answer:
    """What somebody is answered, on a page by their session and in the API by a token.

    scopes: those of the token, all that the account can give unless some are named. at: the address
    with what it asks for.
    """
    visitor, path = house.visitors[who], at or row.path.format_map(house.things)
    cookies = dict(visitor.cookies)
    # Whoever would be refused is told so without a page around it, which takes most of the time.
    headers = FROM_OURS | {"Accept": "text/html, application/json"} | kind_of(path)
    options: dict[str, Any] = {"headers": headers}
    if row.is_api:
        visitor.cookies = {}
        options["json"] = example(row.method, path)
        if who in house.accounts:
            secret = await house.token(who, scopes or scopes_of(house.accounts[who].roles))
            options["headers"]["Authorization"] = f"Bearer {secret}"
    elif path.endswith("/inbox"):
        options["data"] = b"{}"
    elif row.method != "GET":
        options["data"] = OF_ASKERS if path.startswith("/asked/") else FORM
    answer = await visitor.ask(row.method, path, **options)
    visitor.cookies = cookies
    return answer


def kind_of(path: str) -> dict[str, str]:
    return {"Content-Type": "application/activity+json"} if path.endswith("/inbox") else {}


def example(method: str, path: str) -> Mapping[str, Any]:
    """The body that the description of an endpoint shows."""
    return next((body for known, at, body in examples() if known == method and at(path)), {})


@cache
def examples() -> list[tuple[str, Callable[[str], Any], Mapping[str, Any]]]:
    return [
        (each.method, re.compile(pattern(PREFIX + each.path)).fullmatch, each.example or {})
        for each in endpoints()
    ]


def pattern(template: str) -> str:
    return re.sub(r"\{\w+\}", "[^/]+", template)


async def test_what_waits_for_somebody_stands_on_their_first_page_what_ends_first_first(
    house: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = house.things
    with monkeypatch.context() as few:
        few.setattr("ui.web.waiting.MOST_SHOWN", 1)
        few.setattr("ui.web.waiting.LEAST_ENDLESS", 1)
        short = (await house.visitors["admin"].get("/")).text
        [every] = re.findall(r'<a href="([^"]+)">See all \d+</a></p>', short)
        whole = (await house.visitors["admin"].get(every)).text
    page = (await house.visitors["admin"].get("/")).text
    counted = re.findall(r"\d+ things", page)
    assert re.findall(r"\d+ things", short)[:1] == counted[:1] != []
    named, waiting, all_of_it = map(named_in, (short, page, whole))
    assert (len(named), all_of_it) == (1, waiting)
    endless = [f"/applications/{things['application']}", f"/reports/{things['report']}"]
    assert {*endless} < {*waiting}
    ends = [each for each in waiting if each.startswith(("/agreements/", "/council/"))]
    assert ends
    assert max(map(waiting.index, ends)) < min(map(waiting.index, endless))
    for who in ("stranger", "member"):
        page = (await house.visitors[who].get("/")).text
        assert "/applications/" not in page


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("secretary", {"/applications/"}),
        ("moderator", {"/reports/"}),
        ("owner", {"/agreements/", "/moderation/"}),
    ],
)
async def test_each_officer_sees_what_waits_for_them(
    house: Furnished, who: str, sees: set[str]
) -> None:
    named = named_in((await house.visitors[who].get("/")).text)
    assert sees <= {re.sub(r"\w+$", "", path) for path in named}


def named_in(page: str) -> list[str]:
    """Where the buttons lead of what waits for somebody."""
    block = page.partition('<ol class="waiting">')[2].partition("</ol>")[0]
    return re.findall(r'class="btn[^"]*" href="([^"]+)"', block)
