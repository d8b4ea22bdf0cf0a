"""The coop as an app on a phone: what its manifest says is so, and all that it names is there."""

import io
import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from PIL import Image

from tests.support.town import Coop
from tests.ui.web.test_pictures import picture
from tests.ui.web.test_style_sheet import palette
from tests.ui.web.visitor import Visitor, signed_in, stranger

ADDRESSES = ("id", "start_url", "scope")


async def manifest_of(visitor: Visitor, tag: str) -> dict[str, Any]:
    """As the browser finds it: by the link of a page."""
    [path] = re.findall(r'<link rel="manifest" href="([^"]+)"', (await visitor.get("/about")).text)
    answer = await visitor.get(path, **{"Accept-Language": tag})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    told: dict[str, Any] = json.loads(answer.text)
    return told


@pytest.mark.parametrize(("tag", "direction"), [("en", "ltr"), ("ar", "rtl")])
async def test_it_says_how_the_coop_is_called_and_looks(
    coop: Coop, tag: str, direction: str
) -> None:
    async with stranger(coop) as visitor:
        told = await manifest_of(visitor, tag)
        page = (await visitor.get("/about", **{"Accept-Language": tag})).text
    assert f'<html lang="{told["lang"]}" dir="{told["dir"]}"' in page
    assert (told["lang"], told["dir"]) == (tag, direction)
    assert (told["name"], told["display"]) == ("Lanehead", "standalone")
    colours = palette("")
    assert (told["background_color"], told["theme_color"]) == (colours["paper"], colours["green"])


async def test_it_begins_within_its_scope_and_is_one_app_whoever_looks(coop: Coop) -> None:
    async with stranger(coop) as visitor, signed_in(coop, "rosa") as rosa:
        found = [await manifest_of(visitor, "en"), await manifest_of(rosa, "ar")]
    assert len({tuple(one[name] for name in ADDRESSES) for one in found}) == 1
    at = f"{coop.address}/manifest.webmanifest"
    begins, scope = (urljoin(at, found[0][name]) for name in ("start_url", "scope"))
    assert begins.startswith(scope)
    assert urlsplit(urljoin(begins, found[0]["id"])).netloc == urlsplit(coop.address).netloc


async def test_all_that_it_names_is_there_and_its_icons_are_what_it_says(coop: Coop) -> None:
    async with stranger(coop) as visitor:
        told = await manifest_of(visitor, "en")
        for name in ADDRESSES:
            assert (await visitor.get(told[name])).status == 200, name
        for icon in told["icons"]:
            status, headers, drawn = await picture(visitor, icon["src"])
            assert (status, headers["Content-Type"].partition(";")[0]) == (200, icon["type"])
            if icon["type"] == "image/png":
                seen = Image.open(io.BytesIO(drawn))
                assert icon["sizes"] == f"{seen.width}x{seen.height}", icon
            if icon["purpose"] == "maskable":
                shape = seen.convert("RGBA").getchannel("A")
                assert shape.getextrema() == (255, 255), "it is cut to any shape"
    purposes = [icon["purpose"] for icon in told["icons"]]
    assert {"any", "maskable"} == set(purposes)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
