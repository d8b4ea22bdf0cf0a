"""Places that listings name."""

from threading import Thread, main_thread

import pytest

from node import places
from tests.node.listings.conftest import Coop
from tests.node.listings.files import bring

LINK = "https://www.openstreetmap.org/?mlat=53.61&mlon=-2.16"


@pytest.mark.parametrize("place", ["Leeds, GB", LINK])
async def test_who_has_the_table_of_towns_at_hand_holds_up_nobody_for_it(
    coop: Coop, reading_towns: list[Thread], place: str
) -> None:
    await places.at_hand()
    view = await coop.create("Rye", place=place)
    assert view.position is not None
    assert reading_towns
    assert main_thread() not in reading_towns


async def test_the_first_import_with_a_place_holds_up_nobody_for_it(
    coop: Coop, reading_towns: list[Thread]
) -> None:
    await bring(coop, f"title,place\nRye,{LINK}\n")
    assert reading_towns
    assert main_thread() not in reading_towns
