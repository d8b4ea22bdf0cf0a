"""A message that our own program failed on is seen by people, and taken in when it is mended."""

import pytest

from tests.stories.market import found, offer
from tests.ui.web.visitor import signed_in


@pytest.fixture
async def failed(town, monkeypatch):
    """Portici's program fails on listings; one of Lanehead's came meanwhile. `mend` ends it."""
    lanehead, portici, _pioneer = town.coops
    await town.introduce(lanehead, portici)
    heard = portici.node.federation.handlers._handlers

    async def fail(_uow, _received):
        raise ZeroDivisionError("a defect of ours")

    with monkeypatch.context() as defect:
        defect.setitem(heard, ("Create", "Proposal"), fail)
        await offer(lanehead, "Home clean")
        await town.settle()
        yield town, portici, defect.undo


async def test_it_stands_on_the_page_and_is_taken_in_by_its_button(failed):
    town, portici, mend = failed
    assert await found(portici) == []
    async with signed_in(portici, "femi", "admin") as femi:
        page = (await femi.get("/peers")).text
        assert "Came, but not taken in yet" in page
        assert "a defect of ours" in page
        entry_id = page.partition('action="/peers/replay"')[2].partition('name="id" value="')[2]

        mend()
        answer = await femi.post("/peers/replay", {"id": entry_id.partition('"')[0]})
        assert answer.status == 303
        await town.settle()
        assert await found(portici) == ["Home clean"]
        assert "Came, but not taken in yet" not in (await femi.get("/peers")).text


async def test_what_is_not_there_cannot_be_taken_in(failed):
    _town, portici, _mend = failed
    async with signed_in(portici, "femi", "admin") as femi:
        assert (await femi.post("/peers/replay", {"id": "nothing"})).status == 404
    async with signed_in(portici, "rosa") as rosa:
        assert (await rosa.post("/peers/replay", {"id": "nothing"})).status == 403
