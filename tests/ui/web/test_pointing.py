"""A place that no table knows, told by a link from a map."""

from tests.support.town import Coop
from tests.ui.web.visitor import signed_in

LINK = "https://www.openstreetmap.org/?mlat=53.748213&mlon=-2.025134#map=16/53.7/-2.0"


async def test_an_offer_stands_where_a_link_points_and_shows_the_town_near_by(coop: Coop) -> None:
    offer = {"kind": "service", "title": "Dry stone walls", "visibility": "public"}
    async with signed_in(coop, "rosa") as rosa:
        unknown = await rosa.post("/listings/new", offer | {"place": "Slack Top"})
        assert "paste a link from a map" in unknown.text
        made = await rosa.post("/listings/new", offer | {"place": LINK, "then": "publish"})
        page = (await rosa.get(made.page)).text
        assert "Hebden Bridge, GB" in page
        assert "openstreetmap" not in page
        assert "53.748" not in page
        for near in ("geo:53.75,-2.03", "Mytholmroyd, GB"):
            found = await rosa.get(f"/search?near={near}&within_km=10")
            assert "Dry stone walls" in found.text


async def test_a_coop_lies_where_a_link_points(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        said = {"name": "Walls", "summary": "", "place": LINK}
        assert (await femi.post("/settings", said)).status == 303
        assert 'value="Hebden Bridge, GB"' in (await femi.get("/settings")).text


async def test_a_short_link_is_to_be_opened_first(coop: Coop) -> None:
    offer = {"kind": "service", "title": "Dry stone walls", "visibility": "public"}
    async with signed_in(coop, "rosa") as rosa:
        page = await rosa.post(
            "/listings/new", offer | {"place": "https://maps.app.goo.gl/Ab3dEf", "then": "publish"}
        )
        assert page.status == 422
        assert "copy the long address" in page.text
        assert "paste a link" not in page.text


async def test_a_search_around_a_link_names_the_town_near_by(coop: Coop) -> None:
    async with signed_in(coop, "rosa") as rosa:
        page = (await rosa.get("/search?q=walls&near=geo:53.75,-2.03&within_km=25")).text
        assert "Within 25 km of Hebden Bridge, GB" in page
