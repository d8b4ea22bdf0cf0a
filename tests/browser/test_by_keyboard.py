"""Every page there is, by Tab from end to end (docs/accessibility.md): all of it is reached, in the
order of the page, and at each stop something shows where one is."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from federation.key_files import Generation
from tests.browser.every_page import pages, seen_by
from tests.browser.hands import WHERE
from tests.browser.looking import PHONE
from tests.support.clock import FixedClock
from tests.support.town import open_town
from tests.ui.web.furnished import furnished

PARTS = 90
"""More stops than the days and times on a page have parts."""
# What can be reached; of radio buttons that belong together one. What is folded cannot.
_STOPS = """() => {
  const can = 'a[href], button:enabled, input:not([type=hidden]):enabled, select, textarea, summary'
  const groups = new Set()
  return [...document.querySelectorAll(can)].filter(one => {
    const folded = one.closest('details:not([open])')
    if (one.tabIndex < 0 || !one.checkVisibility({visibilityProperty: true})) return false
    if (folded && !(one.tagName == 'SUMMARY' && one.parentElement == folded)) return false
    const group = one.type == 'radio' && one.form?.action + one.name
    if (group && groups.has(group)) return false
    groups.add(group)
    return true
  }).length
}"""
_STILL = """() => [...document.querySelectorAll('*')].every(one => {
  const look = getComputedStyle(one)
  const changes = look.transitionDuration.split(',').some(span => parseFloat(span) > 0)
  return look.animationName == 'none' && !changes && !one.matches('video, audio, [tabindex="1"]')
})"""


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_every_page_is_gone_through_by_keyboard(
    browser: Browser,
    language: str,
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> None:
    faults: list[tuple[object, ...]] = []
    async with (
        open_town(2, tmp_path, FixedClock(), town_keys, migrated_file) as town,
        furnished(town) as house,
    ):
        found = await pages(house, twice=False)
        look: dict[str, Any] = {"locale": language, "viewport": PHONE, "reduced_motion": "reduce"}
        for who in sorted({who for who, _path in found}):
            async with seen_by(browser, house, who, **look) as context:
                page = await context.new_page()
                for path in (path for sees, path in found if sees == who):
                    await page.goto(house.coop.address + path)
                    faults += [(path, *fault) for fault in await gone_through(page)]
    assert not faults, "\n".join(map(str, faults))[:6000]


async def gone_through(page: Page) -> list[tuple[object, ...]]:
    faults: list[tuple[object, ...]] = []
    if not await page.evaluate(_STILL):
        faults.append(("moves, or has an order of its own",))
    stops, order = await page.evaluate(_STOPS), list[int]()
    for _key in range(stops + PARTS):
        await page.keyboard.press("Tab")
        where = await page.evaluate(WHERE)
        if where["at"] == -1 or where["at"] in order[:1]:
            break
        if where["at"] in order[-1:]:  # another part of a day
            continue
        order.append(where["at"])
        faults += [(name, where["said"]) for name in ("shown", "free") if not where[name]]
    if order != sorted(order) or len(order) < stops:
        faults.append(("reaches", len(order), "of", stops))
    return faults
