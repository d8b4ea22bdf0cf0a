"""The person takes the consent back midway: after that nobody knows who it was, on any node.

The bytes of every file of every node are read, those of the databases, their logs and whatever
lies beside them, and every row of every table there is, whoever made it: kept originals, dead
letters, logs of webhooks; and again after a restore of what was saved before.
"""

import shutil
from base64 import b64encode

import pytest
from sqlalchemy import select

from node import referrals, vault, webhooks
from node.referrals.models import referral_table
from node.runtime import open_node
from node.vault.models import key_table
from node.webhooks import Draft
from tests.stories.market import hand_of, street
from tests.stories.referring import PERSON, Desk, in_touch, passed_on, time_passes
from tests.support.traces import everything_kept, files_of, found_in, found_in_rows

pytestmark = pytest.mark.long

# What could name the person: every value, and the parts that say enough alone.
LETTER = ("Fairfield letter.txt", b"Ward 8841 sends Mr. O. home on Monday")
PERSONAL = [
    *PERSON.values(),
    *("Olatunji", "960088", "Butterworth", "Fairfield", "Ward 8841"),
    b64encode(LETTER[1]).decode(),
]


async def keys_about(coop) -> list[bytes]:
    """The keys under which something about the person is sealed here."""
    r = referral_table.c
    chosen = select(key_table.c.key).join(referral_table, r.subject == key_table.c.subject)
    return await coop.read(lambda reader: reader.scalars(chosen))


@pytest.fixture
async def known(town):
    """Portici took over and knows the person; Pioneer was next in line."""
    lanehead, portici, pioneer = await in_touch(town)
    for coop, other in ((lanehead, portici), (portici, pioneer)):
        guard, told = coop.node.federation.client.guard, Draft(f"{other.address}/hooks")
        await coop.write(webhooks.create, told, guard, by=None)
    case = await passed_on(
        town, lanehead, portici, pioneer, fields=referrals.SHAREABLE, file=LETTER
    )
    desk = Desk(town, portici)
    await desk.accept()
    await desk.work()
    detail = await desk.detail()
    assert (detail.person, detail.file.name) == (PERSON, LETTER[0])
    file = await portici.read(referrals.file_of, detail.referral.subject)
    assert file.content == LETTER[1]
    return town, case, desk


async def test_nothing_personal_is_left_on_any_node(known):
    town, case, desk = known
    keys = [key for coop in town.coops for key in await keys_about(coop)]
    assert len(keys) == 2  # the sender's and the receiver's
    for coop in (case.sender, desk.coop):
        await coop.node.webhooks.settle()
        # The search finds what is there.
        assert await found_in_rows(coop, ["no hot water", *keys])

    await case.withdraw_consent()
    for coop in town.coops:
        await coop.node.run_due()
    assert (await case.states(), (await desk.received()).state) == (["withdrawn"], "withdrawn")
    assert ((await desk.detail()).person, (await desk.detail()).file) == ({}, None)
    for coop in town.coops:
        assert await keys_about(coop) == []
        assert found_in(files_of(coop), [*PERSONAL, *keys]) == []
        assert await found_in_rows(coop, [*PERSONAL, "no hot water"]) == []
        told = bool(await found_in_rows(coop, ["referral.changed"]))
        assert told == (coop in (case.sender, desk.coop))


async def test_the_person_reads_that_it_was_deleted_and_when(known):
    town, case, desk = known
    await case.withdraw_consent()
    page = await case.sender.read(referrals.page, case.code)
    [attempt] = page.attempts
    assert page.consent.withdrawn_at == town.clock.now()
    assert attempt.deleted_at == town.clock.now()
    assert (page.summary, attempt.peer) == ("", desk.coop.uri)
    assert await case.sender.read(referrals.first_fault) is None


async def test_withdrawing_twice_says_it_once(known):
    _town, case, desk = known
    await case.withdraw_consent()
    before = await everything_kept(desk.coop)
    await case.withdraw_consent()
    assert await everything_kept(desk.coop) == before


async def test_nothing_comes_back_with_a_backup_made_before(known, tmp_path):
    town, case, desk = known
    coops = (case.sender, desk.coop)
    keys = {coop.uri: await keys_about(coop) for coop in coops}
    for number, coop in enumerate(coops):
        assert await coop.node.database.empty_log()
        saved = tmp_path / f"saved-{number}"
        saved.mkdir()
        for path in coop.node.config.data.glob("rochdale.sqlite*"):
            shutil.copy(path, saved / path.name)
        assert found_in(saved.iterdir(), keys[coop.uri]), "the backup holds what it is about"

    await case.withdraw_consent()
    for number, coop in enumerate(coops):
        await coop.node.run_due()
        await coop.node.stop()
        await coop.node.database.close()
        data = coop.node.config.data
        for path in data.glob("rochdale.sqlite*"):
            path.unlink()
        for path in (tmp_path / f"saved-{number}").iterdir():
            shutil.copy(path, data / path.name)
        async with open_node(coop.node.config, clock=town.clock) as node, node.reading() as reader:
            for view in await referrals.referrals(reader):
                assert view.box is not None, "the backup has the box, and no key for it"
                assert await vault.unseal(reader, view.subject, view.box) is None
        assert found_in(files_of(coop), [*PERSONAL, *keys[coop.uri]]) == []


async def test_a_withdrawal_finds_a_coop_that_was_away(known):
    town, case, desk = known
    await desk.coop.go_away()
    await case.withdraw_consent()
    assert (await desk.detail()).person == PERSON
    assert (await case.sender.read(referrals.page, case.code)).attempts[0].deleted_at is None
    await desk.coop.come_back()
    await time_passes(town, hours=2)
    assert (await desk.detail()).person == {}
    assert (await case.sender.read(referrals.page, case.code)).attempts[0].deleted_at is not None


async def test_after_a_withdrawal_the_contact_data_are_gone_for_the_coop_too(known):
    _town, case, desk = known
    await case.withdraw_consent()
    view = await case.newest()
    async with street() as passer:
        path = f"/referrals/{view.id}/contact"
        status, body = await passer.get(case.sender, path, signer=hand_of(desk.coop))
    assert status == 410
    assert "Tombstone" in body
    assert not any(needle in body for needle in PERSONAL)


def test_the_search_for_bytes_finds_what_is_there(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text(f"x{PERSON['name']}x", "utf-8")
    assert any("Olatunji" in line for line in found_in([plain], PERSONAL))
