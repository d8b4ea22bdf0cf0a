"""What a text would touch at each coop: told by its own node, for members, in numbers alone."""

from typing import Any

from node import council, listings
from node.council.rows import wire
from node.council.rows.wire import Message
from node.listings import ListingDraft
from tests.stories.council import Council
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import signed_in

POLICIES = {"listings.max_age_days": 90, "referrals.fee_ceiling_percent": "5"}


async def counts(coop: Coop) -> dict[str, Any]:
    [row, *_older] = await coop.read(council.proposals)
    digest = (await coop.read(council.proposal, row.id)).digest
    found: dict[str, Any] = await coop.read(council.touched_at, row.id, digest)
    return found


async def say(coop: Coop, to: str, **facts: Any) -> None:
    async def write(uow: Any) -> None:
        await wire.say(uow, Message.TOUCHED, facts, [to], f"{coop.uri}/{uow.new_id()}")

    await coop.write(write)


async def test_each_coop_says_what_a_text_would_touch_there_and_anew_when_it_changes(
    found_town: TownFounder,
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    host, other = pair.town.coops
    made = await pair.submitted("lanehead", policies=POLICIES)
    async with signed_in(host, "rosa", "admin") as rosa:
        page = f"/council/proposals/{made}"
        assert await counts(host) == await counts(other) == {}
        assert "has not said yet" in (await rosa.get(page)).text
        await pair.wait(minutes=6)
        said = {"listings": [0, 0], "referrals": [0, 0]}
        assert await counts(host) == await counts(other) == {host.uri: said, other.uri: said}
        shown = (await rosa.get(page)).text
        assert "has not said yet" not in shown
        assert shown.count("0 of 0") == 2 + 4, "our own, in words, and the table"

    await other.write(listings.create, ListingDraft(title="Windows"), by="rosa")
    row = await pair.row("lanehead")
    detail = await host.read(council.proposal, row.id)
    draft = council.Draft(
        title="Less",
        text="Ninety days.",
        decision_class="ordinary",
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        finalize_by=row.finalize_by,
        policies={"listings.max_age_days": 90},
    )
    assert detail.digest is not None
    await host.write(council.revise, row.id, draft, by="rosa")
    await pair.settle()
    assert await counts(host) == {}, "what was said of the text before is over"
    await pair.wait(minutes=6)
    assert (await counts(host))[other.uri].keys() == {"listings"}


WRONG: tuple[dict[str, Any], ...] = (
    {"counts": {"listings": [1, 2**53 - 1]}},
    {"counts": {"listings": [-1, 3]}},
    {"counts": {"listings": [1.5, 3]}},
    {"counts": {"members": [1, 3]}},
    {"counts": {"listings": [1]}},
    {"counts": ["listings"]},
    {"proposal": "unheard-of"},
    {"proposal": 7},
    {"proposalDigest": "<b>"},
    {"federation": "zQmnone"},
)


async def test_counts_that_are_none_or_a_strangers_are_refused(found_town: TownFounder) -> None:
    two = Council(await found_town(3), "lanehead")
    everybody = two.town.coops
    await two.meet()
    two.coops = dict(list(two.coops.items())[:2])
    two.town.coops = everybody[:-1]
    await two.found()
    await two.submitted("lanehead", policies=POLICIES)
    two.town.coops = everybody
    host, other, stranger = everybody
    row = await two.row("lanehead")
    facts = {
        "federation": two.digest,
        "proposal": row.name,
        "proposalDigest": (await host.read(council.proposal, row.id)).digest,
        "counts": {"listings": [1, 3]},
    }
    await say(stranger, host.uri, **facts)
    for wrong in WRONG:
        await say(other, host.uri, **facts | wrong)
    await two.settle()
    assert await counts(host) == {}
    await say(other, host.uri, **facts)
    await two.settle()
    assert await counts(host) == {other.uri: {"listings": [1, 3]}}
