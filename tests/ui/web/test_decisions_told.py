"""A member hears at once that they are suspended, reinstated or out: why, and how to object."""

from collections.abc import AsyncGenerator

import pytest

from node import accounts, members, notices, privacy
from node.notices import NoticeKind
from tests.support.postbox import Postbox, letters_of
from tests.support.town import Coop
from tests.ui.web.test_colleagues import comes_in, speaks_for
from tests.ui.web.visitor import signed_in, stranger

WHY = "No insurance since 1 May"


@pytest.fixture
async def box(coop: Coop) -> AsyncGenerator[Postbox]:
    async with letters_of(coop) as box:
        yield box


async def told(coop: Coop, handle: str) -> set[NoticeKind]:
    account = await coop.read(accounts.by_handle, handle)
    return {one.kind for one in await coop.read(notices.notices, account)}


async def test_a_suspended_member_hears_of_it_with_why_and_how_to_object(
    coop: Coop, box: Postbox
) -> None:
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "rosa") as rosa,
        stranger(coop) as ben,
    ):
        firm = await speaks_for(coop, "rosa", email="bakery@example.org")
        await comes_in(ben, rosa, "ben")
        assert "The letter about it" not in (await femi.get(f"/members/{firm}")).text
        await femi.post(f"/members/{firm}", {"do": "suspend", "reason": WHY})
        await coop.node.mail.settle()

        letter = box.text()
        assert box.newest()["To"] == "bakery@example.org"
        for words in (WHY, "nothing new", "right to be heard", "Object by"):
            assert words in " ".join(letter.split()), words
        for handle in ("rosa", "ben"):
            assert NoticeKind.MEMBERSHIP_SUSPENDED in await told(coop, handle)
        page = await ben.get(f"/members/{firm}/letter")
        assert (page.status, WHY in page.text, "Object by" in page.text) == (200, True, True)
        assert "Object by" in (await rosa.get("/")).text
        assert "They have it by e-mail." in (await femi.get(f"/members/{firm}")).text

        await femi.post(f"/members/{firm}", {"do": "reinstate", "reason": "It is there"})
        assert await told(coop, "ben") == {NoticeKind.MEMBERSHIP_REINSTATED}
        assert "counts again" in (await rosa.get(f"/members/{firm}/letter")).text


async def test_whose_account_is_closed_with_the_membership_reads_why_in_a_letter(
    coop: Coop, box: Postbox
) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "rosa"):
        line = await speaks_for(coop, "rosa", email="rosa@example.org")
        ended = {"do": "end", "why": "expelled", "reason": WHY, "close": "y"}
        await femi.post(f"/members/{line}", ended)
        await coop.node.mail.settle()
        assert WHY in box.text()
        assert (await coop.read(accounts.by_handle, "rosa")).disabled


async def test_whom_no_mail_reaches_is_given_the_letter_on_paper(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "sam") as sam:
        made = await coop.write(
            members.add_member, name="Ada", membership_class="worker", admit=members.Event.ADMIT
        )
        await femi.post(f"/members/{made.id}", {"do": "suspend", "reason": WHY})
        assert "print the letter" in (await femi.get(f"/members/{made.id}")).text
        sheet = (await femi.get(f"/members/{made.id}/letter")).text
        assert "<bdi>Ada</bdi>" in sheet
        assert WHY in sheet
        assert (await sam.get(f"/members/{made.id}/letter")).status == 403


async def test_who_leaves_at_their_own_wish_is_told_nothing_of_it(coop: Coop, box: Postbox) -> None:
    async with signed_in(coop, "femi", "admin"), signed_in(coop, "rosa"):
        await speaks_for(coop, "rosa", email="rosa@example.org")
        await coop.write(
            privacy.leave, await coop.read(accounts.by_handle, "rosa"), keep_listings=False
        )
        await coop.node.mail.settle()
        assert box.letters == []
