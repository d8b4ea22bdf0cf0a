"""What every page must stand: WCAG 2.2 AA in every look, a screen magnified four times, more room
between letters, and what it costs on a slow line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Page, ViewportSize

from tests.support.chromium import AXE, Axe

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
# What is left of 1280 by 1024 at 400 %, and the width of the smallest phones.
SMALLEST: ViewportSize = {"width": 320, "height": 256}

Look = tuple[str, ViewportSize]
LOOKS: dict[str, Sequence[Look]] = {
    "en": (("light", PHONE), ("dark", DESK)),
    "ar": (("dark", PHONE), ("light", PHONE)),
}
"""By language: each theme in each direction, each width in one. What is left of `EVERY_LOOK`, which
takes as long again, is for `make soak`."""
EVERY_LOOK = tuple(product(("light", "dark"), (PHONE, DESK)))

# What a page weighs on the line, with its style sheet, icons and weaves, but without photographs.
HEAVIEST_BYTES = 50 * 1024
HEAVIEST_FOR_PROGRAMS = 60 * 1024  # the table of every call, which nobody opens on a phone
LIGHTEST_BYTES = 10 * 1024  # below this something was not counted
AGAIN_BYTES = 15 * 1024
"""A page where the browser has kept the look."""
_SENT = """(field => performance.getEntries()
  .filter(entry => !entry.name.includes('/media/'))
  .reduce((sum, entry) => sum + (entry[field] || 0), 0))"""
FIRST, AGAIN = f"{_SENT}('encodedBodySize')", f"{_SENT}('transferSize')"
"""Bytes of a page and all that it loads; and of that, what the browser had not kept."""
_LINE = """() => {
  const loaded = performance.getEntriesByType('resource')
  const scripts = [...document.scripts].filter(one => one.src)
  return {
    waited_for: loaded.filter(one => one.renderBlockingStatus == 'blocking').length,
    in_turn: loaded.filter(one => one.initiatorType == 'css').length,
    stopping: scripts.filter(one => !one.defer && one.type != 'module').length,
  }
}"""
# What a reader finds on every page where it was on the last one (2.4.1, 2.4.6, 3.2.6), and room.
_SAME = """() => {
  const stop = document.querySelector('a[href], button, input:not([type=hidden]), select, textarea')
  const help = document.querySelector('footer.foot a')
  const alone = !document.querySelector('.nav')  // a receipt to print; what shows without a line
  return {
    skips: alone || stop.matches('a.skip[href="#main"]'),
    helps: alone || help?.getAttribute('href') == '/about',
    headed: document.querySelectorAll('h1').length == 1,
    // A form that is more than a few fields has the width of the page.
    roomy: ![...document.querySelectorAll('aside form')].some(one =>
      one.querySelectorAll('input:not([type=hidden]), select, textarea').length > 6),
  }
}"""
# What is wider than the screen; and what is cut off inside a box that hides what has no room.
SPILLED = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page itself'] : []
  const cut = [...document.querySelectorAll('main *, nav *, header *, footer *')].filter(one => {
    const look = getComputedStyle(one)
    return look.overflowX != 'visible' && look.overflowX != 'auto' && one.clientWidth > 1 &&
      one.scrollWidth > one.clientWidth + 1 && !one.matches('input, select, img, .hide')
  })
  return [...wide, ...cut.map(one => one.outerHTML.slice(0, 120))]
}"""
# What a finger has too little of (2.5.5: 44 px; 2.5.8 asks for 24). Links in a text are as high as
# its lines, and axe sees that they are far enough from each other.
_SMALL = """() => {
  const hands = 'button, summary, input:not([type=hidden]), select, textarea, a.btn, a.chip, ' +
    'a.tick, .nav a, .foot a, .kicker a'
  return [...document.querySelectorAll(hands)].filter(one => {
    if (!one.checkVisibility({opacityProperty: true}) || one.closest('.hide, .skip')) return false
    const boxes = [one, ...(one.matches('[type=radio], [type=checkbox]') ? one.labels : [])]
      .map(each => each.getBoundingClientRect())
    const high = Math.max(...boxes.map(box => box.bottom)) - Math.min(...boxes.map(box => box.top))
    const wide = Math.max(...boxes.map(box => box.right)) - Math.min(...boxes.map(box => box.left))
    return wide > 1 && (high < 43.5 || wide < 24)
  }).map(one => `${one.parentElement.outerHTML.slice(0, 60)} … ${one.outerHTML.slice(0, 120)}`)
}"""
# WCAG 1.4.12, by a sheet that our content security policy cannot see.
_MORE_ROOM = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-block-end: 2em !important }`)
  document.adoptedStyleSheets = [sheet]
}"""
# Words that lie on other words: of two boxes of text neither of which is in the other.
_OVERLAPPING = """() => {
  const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const fixed = document.querySelector('.nav')
  while (walk.nextNode()) {
    const text = walk.currentNode, parent = text.parentElement
    if (!text.data.trim() || fixed?.contains(parent) || !parent.checkVisibility()) continue
    if (parent.closest('.hide, .skip, thead, svg, option, script')) continue
    const range = document.createRange()
    range.selectNodeContents(text)
    for (const box of range.getClientRects()) texts.push({box, parent, said: text.data.trim()})
  }
  texts.sort((one, other) => one.box.top - other.box.top)
  const found = []
  texts.forEach((one, at) => {
    for (const other of texts.slice(at + 1)) {
      if (other.box.top > one.box.bottom - 4) break
      const right = Math.min(one.box.right, other.box.right)
      const across = right - Math.max(one.box.left, other.box.left)
      const down = Math.min(one.box.bottom, other.box.bottom) - other.box.top
      if (across > 3 && down > one.box.height / 2) found.push(`${one.said} / ${other.said}`)
    }
  })
  return found.slice(0, 3)
}"""

Fault = tuple[object, ...]


@dataclass(frozen=True)
class Sent:
    """An address that a form is sent to, by the browser itself, and what is to come of it.

    on: the page whose form it is, filled in as it stands there but for what `form` says. files: by
    the name of the field, a file's name and what stands in it.
    """

    url: str
    form: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    status: int = 200
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    on: str = ""


_SEND = """({url, form, files, on}) => {
  const made = document.createElement('form')
  Object.assign(made, {method: 'post', action: url, enctype: 'multipart/form-data'})
  const add = (name, value) =>
    made.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}))
  const here = on ? [...document.forms].find(one => one.action == url) : null
  for (const [name, value] of here ? new FormData(here) : [])
    if (!(name in form) && typeof value == 'string') add(name, value)
  for (const [name, said] of Object.entries(form)) for (const one of [said].flat()) add(name, one)
  for (const [name, [called, text]] of Object.entries(files)) {
    const one = document.createElement('input'), held = new DataTransfer()
    held.items.add(new File([text], called))
    Object.assign(one, {type: 'file', name})
    one.files = held.files
    made.append(one)
  }
  document.body.append(made)
  made.submit()
}"""


async def looked_over(
    page: Page, urls: Iterable[str | Sent], axe: Axe, looks: Sequence[Look] = LOOKS["en"]
) -> list[Fault]:
    """What is wrong with these pages, each with its address.

    The browser should ask for reduced motion: colours that are still changing have no contrast yet.
    """
    faults: list[Fault] = []
    been_at = set[str]()
    await page.add_init_script(path=AXE)
    for url in urls:
        _theme, size = looks[0]
        await page.set_viewport_size(size)
        found = await _opened(page, url)
        host = urlsplit(page.url).netloc
        found += await _costs(page, is_first=host not in been_at)
        been_at.add(host)
        for theme, size in looks:
            await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            await page.set_viewport_size(size)
            found += [(theme, size["width"], one) for one in await axe(page)]
            found += await _moves_sideways(page, size)
            if size == PHONE:
                found += [("is small for a finger", one) for one in await page.evaluate(_SMALL)]
        same = await page.evaluate(_SAME)
        found += [("lacks", name) for name, there in same.items() if not there]
        found += await _magnified(page)
        faults += [(url, *one) for one in found]
    return faults


async def _opened(page: Page, url: str | Sent) -> list[Fault]:
    """Go there, or send what is to be sent from a page of the same coop."""
    if isinstance(url, str):
        await page.goto(url)
        return []
    if url.on or urlsplit(page.url).netloc != urlsplit(url.url).netloc:
        await page.goto(urljoin(url.url, url.on or "/offline"))
    async with page.expect_navigation() as coming:
        await page.evaluate(_SEND, asdict(url))
    answer = await coming.value
    is_it = answer is not None and (answer.request.method, answer.status) == ("POST", url.status)
    return [] if is_it else [("is answered otherwise", page.url, answer and answer.status)]


async def _costs(page: Page, *, is_first: bool) -> list[Fault]:
    """Bytes, and answers that the next request waits for: what a slow line makes of a page."""
    line, first, again = [await page.evaluate(one) for one in (_LINE, FIRST, AGAIN)]
    heaviest = HEAVIEST_FOR_PROGRAMS if page.url.endswith("/api") else HEAVIEST_BYTES
    faults: list[Fault] = []
    if not LIGHTEST_BYTES < first <= heaviest:
        faults.append(("weighs", first))
    if not is_first and again > max(AGAIN_BYTES, heaviest - HEAVIEST_BYTES):
        faults.append(("weighs again", again))
    if (line["waited_for"], line["in_turn"], line["stopping"]) != (1, 0, 0):
        faults.append(("waits for more than its style sheet", line))
    return faults


async def _magnified(page: Page) -> list[Fault]:
    """At 400 %, and with more room between letters, words and lines."""
    await page.set_viewport_size(SMALLEST)
    faults = await _moves_sideways(page, SMALLEST)
    await page.evaluate(_MORE_ROOM)
    faults += [("has no room for it", each) for each in await page.evaluate(SPILLED)]
    faults += [("lies on other words", each) for each in await page.evaluate(_OVERLAPPING)]
    return faults


async def _moves_sideways(page: Page, size: ViewportSize) -> list[Fault]:
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return [("moves sideways", size["width"], wide)] if wide > size["width"] else []
