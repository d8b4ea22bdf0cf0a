"""Somebody leaves who only wrote to people, and whose listings the coop keeps; then a restore."""

import asyncio
from pathlib import Path

from node import accounts, backups, deliberation, listings, privacy, threads
from node.accounts import Role
from node.deliberation import store
from node.runtime import open_node
from tests.stories.market import offer
from tests.support.entropy import SeededEntropy
from tests.support.town import Coop, Town
from tests.ui.web.visitor import add_account

COMMENT = "01J0000000000000000COMMENT"


async def account(coop: Coop, name: str) -> accounts.AccountView:
    made: accounts.AccountView = await coop.write(
        accounts.create_account, handle=name.lower(), name=name, roles={Role.MEMBER}
    )
    return made


async def comment(coop: Coop, by: accounts.AccountView) -> None:
    """What somebody said about a proposal, as it stands in the database."""
    await coop.write(
        store.keep,
        id=COMMENT,
        uri=f"{coop.address}/comments/1",
        federation_id="01J00000000000000000000FED",
        proposal="garden",
        coop=coop.uri,
        account_id=by.id,
        byline=by.name,
        parent=None,
        said=b"There is a dog.",
        published_at=coop.node.clock.now(),
    )


async def receipts(coop: Coop, path: str) -> list[tuple[int, int]]:
    done = await coop.read(privacy.confirmation, path.removeprefix(privacy.PATH))
    return [(one.told, one.done) for one in done.receipts]


async def test_conversations_have_receipts_and_no_restore_brings_words_back(
    two: Town, tmp_path: Path
) -> None:
    coop, other = two.coops
    await add_account(coop, "sam", "admin")
    rosa, nora = await account(coop, "Rosa"), await account(coop, "Nora")
    kept = await offer(coop, "Piano lessons", by=rosa.id)
    clean = await offer(other, "Home clean")
    await two.settle()
    topic = listings.topic_of(await coop.read(listings.mirror, clean.uri))
    for to, about in ((topic.provider, topic), (threads.account(nora.id), None)):
        await coop.write(
            threads.open_thread,
            by=threads.account(rosa.id),
            to=to,
            about=about,
            text="Is there a garden?",
        )
    await two.settle()
    file = tmp_path / "backup.tar.gz"
    await comment(coop, rosa)
    await asyncio.to_thread(backups.back_up, coop.node.config, file, two.clock.now())
    # Taken back by herself since: there is no federation here that could be told of it.
    await coop.write(deliberation.leave_again, rosa.id)

    path = await coop.write(privacy.leave, rosa, keep_listings=True)
    assert await receipts(coop, path) == [(1, 0)]
    await two.settle()
    assert await receipts(coop, path) == [(1, 1)]
    await coop.node.chores.log_erasures()
    await coop.go_away()

    again = await asyncio.to_thread(
        backups.restore,
        file,
        tmp_path / "again",
        two.clock.now(),
        last_folder=coop.node.config.data,
    )
    opening = open_node(again.config, clock=two.clock, entropy=SeededEntropy(9))
    async with opening as coop.node:
        said = await coop.read(store.comment, COMMENT)
        assert (said.said, said.byline, said.account_id) == (b"", "", None)
        [read] = await coop.read(threads.threads, nora)
        assert not read.preview
        states = {line.state for line in await coop.read(threads.threads, rosa)}
        assert states == {threads.State.OPEN, threads.State.ERASED}
        stands = await coop.read(listings.listing, kept.id)
        assert (stands.title, stands.state, stands.by) == ("Piano lessons", "published", None)
