"""Links from maps, for places that no table knows."""

import pytest

from node.places import pointed, whereabouts

HERE = (53.7482, -2.0251)


@pytest.mark.parametrize(
    "text",
    [
        "53.7482,-2.0251",
        " 53.7482 , -2.0251 ",
        "geo:53.7482,-2.0251",
        "geo:53.7482,-2.0251;u=35?z=15",
        "https://www.openstreetmap.org/#map=15/53.7482/-2.0251",
        "https://www.openstreetmap.org/?mlat=53.7482&mlon=-2.0251#map=12/53.1/-2.9",
        "https://www.google.com/maps/@53.7482,-2.0251,15z",
        "https://www.google.com/maps/place/Heptonstall/@53.1,-2.9,14z/data=!3d53.7482!4d-2.0251",
        "https://www.google.com/maps?q=53.7482%2C-2.0251",
        "https://maps.google.com/?q=loc:53.7482,-2.0251",
        "https://maps.apple.com/?ll=53.7482,-2.0251&q=Heptonstall",
    ],
)
def test_a_link_from_a_map_points_somewhere(text):
    assert pointed(text) == HERE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Leeds, GB",
        "12, 14 Mill Lane",
        "53.7482",
        "91,0",
        "geo:0,181",
        "https://www.openstreetmap.org/relation/12345",
        "https://maps.app.goo.gl/AbCd",
        "https://example.org/@rosa,1",
        "1e5,3",
        "٥٣٫٧,٢",
        "https://example.org/?q=" + "1" * 5_000,
    ],
)
def test_other_words_point_nowhere(text):
    assert pointed(text) is None


def test_what_points_is_called_by_the_nearest_town_and_tells_no_more_than_a_kilometre():
    shown, point = whereabouts("geo:53.7482,-2.0251")
    assert (shown, point) == ("Hebden Bridge, GB", (53.75, -2.03))
    assert whereabouts("geo:0,-150") == ("0.0, -150.0", (0.0, -150.0))
    assert whereabouts("Hebden Bridge, GB") == ("Hebden Bridge, GB", (53.74, -2.01))
    assert whereabouts("Xyzzyqwv") == ("Xyzzyqwv", None)
