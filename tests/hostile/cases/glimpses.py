"""What an answer tells beside its words: how well it packs, where it is kept, how much there is of
it, how long it took."""

import time
from datetime import timedelta
from statistics import median

from tests.hostile.rows import Rows
from tests.hostile.siege import Siege
from tests.ui.web.visitor import FROM_OURS

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
