"""Into pages: scripts, dangerous addresses, markdown and templates."""

import re
from typing import Any

from node import listings
from tests.hostile.rows import Rows
from tests.hostile.siege import Siege

rows = Rows()
SCRIPTS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button></form>',
)
ALIVE = re.compile(
    r"<(?:script(?! (?:defer )?src=\"/static/| type=\"application/ld\+json\">[^<]*</script>)"
    r"|img src=x|iframe|svg><style|math|mglyph"
    r"|object|embed|base |style>|form action=\"javascript|meta http-equiv)"
    r"|<[a-z][^>\"]*(?:\"[^\"]*\"[^>\"]*)*\son\w+\s*="
    r"|href=\"\s*(?:javascript|data|vbscript):",
    re.IGNORECASE,
)


def harmless(text: str) -> None:
    """Nothing in the page runs, but for our own files."""
    found = ALIVE.search(text)
    assert found is None, text[max(found.start() - 80, 0) : found.end() + 80] if found else ""


async def shown(siege: Siege, path: str) -> None:
    for visitor in (siege.nobody, siege.rosa):
        page = await visitor.get(path)
        assert page.status == 200, path
        harmless(page.text)
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


async def kept_of_the_farm(siege: Siege, **said: Any) -> str:
    """A peer says this of a listing of its own; the page where it is shown here."""
    document = siege.listing(**said)
    await siege.taken(siege.signed(siege.activity(obj=document)))
    return f"/mirrors/{(await siege.coop.read(listings.mirror, document['id'])).id}"


async def written(siege: Siege, **said: Any) -> str:
    """A member writes a listing by its form; the address of its page."""
    form = {"title": "Bread", "kind": "goods", "visibility": "public", "then": "publish"} | said
    async with siege.watched():
        made = await siege.rosa.post("/listings/new", form)
    assert made.status == 303, made.text
    return made.page


@rows.attack("UIX-01")
async def scripts_in_a_listing(siege: Siege) -> None:
    for script in SCRIPTS:
        path = await written(siege, title=script[:80], summary=script, body=script)
        await shown(siege, path)
        await shown(siege, f"/search?q={script[:20]}")


@rows.attack("UIX-01", "of a peer")
async def scripts_of_a_peer(siege: Siege) -> None:
    for script in SCRIPTS:
        said = {
            "name": script,
            "summary": script,
            "content": script,
            "source": {"content": script, "mediaType": "text/markdown"},
            "tag": [{"type": "Hashtag", "name": script}],
            "location": {"type": "Place", "name": script},
            "category": script,
            "providerName": script,
        }
        await shown(siege, await kept_of_the_farm(siege, **said))
        await shown(siege, "/search?origin=remote")


@rows.attack("UIX-01", "in a message of a peer")
async def scripts_in_a_message(siege: Siege) -> None:
    for script in SCRIPTS:
        note = {
            "id": f"{siege.farm.base}/notes/{siege.number()}",
            "type": "Note",
            "attributedTo": siege.farm.coop,
            "to": [siege.coop.uri],
            "content": script,
            "name": script,
            "summary": script,
            "context": f"{siege.farm.base}/threads/{siege.number()}",
        }
        said = siege.activity("Create", note, to=[siege.coop.uri])
        async with siege.watched():
            assert (await siege.send(siege.signed(said))).status in (202, 422)
    page = await siege.femi.get("/threads")
    harmless(page.text)
    kept = set(re.findall(r'href="(/threads/[\w-]+)"', page.text))
    assert kept
    for path in kept:
        harmless((await siege.femi.get(path)).text)


@rows.attack("UIX-02")
async def dangerous_addresses(siege: Siege) -> None:
    for url in (
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
    ):
        path = await written(siege, body=f"[x]({url}) <{url}>\n\n[y]: {url}\n[y]")
        await shown(siege, path)
        said = {"url": url, "icon": url, "image": url, "attachment": {"type": "Image", "url": url}}
        link = f'<a href="{url}">x</a>'
        await shown(siege, await kept_of_the_farm(siege, content=link, **said))


@rows.attack("UIX-02", "of a coop")
async def dangerous_addresses_of_a_coop(siege: Siege) -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example", 'x" onclick="y'):
        siege.farm.publish(url=url, icon={"type": "Image", "url": url}, summary=f'<a href="{url}">')
        siege.clock.advance(3600 * 25)
        await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)
        for path in ("/coops", f"/coops/{siege.farm.peer.authority}"):
            await shown(siege, path)
        harmless((await siege.femi.get("/peers")).text)
    siege.farm.publish()
    await siege.coop.node.federation.actors.actor(siege.farm.coop, refresh=True)


@rows.attack("UIX-03")
async def markdown(siege: Siege) -> None:
    for body in (
        "[x](javascript:alert(1))",
        "<script>alert(1)</script>",
        "[a[b](javascript:alert(1))](javascript:alert(2))",
        "<javascript:alert(1)>",
        '![x](x" onerror="alert(1))',
        '[x](http://x.example/" onmouseover="alert(1))',
        "[x]: javascript:alert(1)\n\n[x]",
        '`<img src=x onerror="alert(1)">`',
        "<!-- --><script>alert(1)</script>",
        "[x](<javascript:alert(1)>)",
    ):
        await shown(siege, await written(siege, body=body))


@rows.attack("UIX-03", "nested without end")
async def markdown_nested_without_end(siege: Siege) -> None:
    for body in (
        "> " * 2_000,
        "[" * 4_000,
        "*" * 4_000,
        "- " * 2_000,
        "[a](" * 1_000,
        "`" * 4_000 + "a",
    ):
        await shown(siege, await written(siege, body=body + "x"))


@rows.attack("UIX-05")
async def templates(siege: Siege) -> None:
    for told in (
        "{{7777*7}}",
        "{% raw %}{{7777*7}}",
        "{{config}}",
        "${7777*7}",
        "#{7777*7}",
        "<%= 7777*7 %>",
    ):
        path = await written(siege, title=f"Bread {told}", summary=told, body=told)
        page = await siege.nobody.get(path)
        assert "54439" not in page.text
        harmless(page.text)


@rows.attack("UIX-05", "in sentences with gaps")
async def gaps_in_sentences(siege: Siege) -> None:
    """Names are put into sentences: what looks like a gap of a sentence is no gap."""
    for told in ("%(name)s", "%s%s%s%n", "{name}", "%", "100%d"):
        path = await written(siege, title=f"Bread {told}")
        assert (await siege.nobody.get(path)).status == 200
        found = await siege.nobody.ask("GET", "/search", params={"q": told, "near": told})
        assert found.status == 200
