"""Who did what, in words: no codes, names that lead somewhere, and nobody who has left."""

import re
from datetime import timedelta
from pathlib import Path

from node import accounts, agreements, audit, joining, members, privacy, referrals
from node.audit import AuditLine
from node.members import Event
from node.policies import Answer
from tests.support.clock import START
from tests.support.town import Coop
from tests.ui.web.visitor import add_account, signed_in
from ui.web.audit_words import SENTENCES, sentence

ROOT = Path(__file__).parents[3]
RECORDED = re.compile(r"audit\.record(?:_each)?\([^\"']*?(f?)\"([a-z]+\.[^\"]+)\"", re.DOTALL)
STEPS = {
    "agreements": agreements.Event,
    "joining": joining.Event,
    "referrals": referrals.Event,
    "policies": Answer,
    "members": Event,
}


def recorded() -> set[str]:
    """What the source writes into the list by its plain name."""
    found = set()
    for path in (ROOT / "node").rglob("*.py"):
        for is_made_up, name in RECORDED.findall(path.read_text("utf-8")):
            if not is_made_up:
                found.add(name)
    return found


def test_everything_that_is_recorded_has_a_sentence() -> None:
    assert len(recorded()) > 90
    assert sorted(recorded() - set(SENTENCES)) == []
    steps = {f"{area}.{step.value}" for area, events in STEPS.items() for step in events}
    assert sorted(steps - set(SENTENCES)) == []


def test_what_only_a_later_program_knows_is_told_by_its_area() -> None:
    line = AuditLine("1", START, "node", "ledger.new-thing", "x", {})
    assert str(sentence(line)) == "Something else: Books"


async def test_the_list_says_who_did_what_to_whom_and_can_be_narrowed_down(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi:
        account = await coop.read(accounts.by_handle, "femi")
        named = {"name": "Ada Brown", "membership_class": "worker", "admit": Event.ADMIT}
        ada = await coop.write(members.add_member, by=account.id, **named)
        suspend = {"do": "suspend", "reason": "rent unpaid"}
        await femi.post(f"/members/{ada.id}", suspend)
        page = (await femi.get("/audit")).text
        assert re.search(r"A membership was suspended</strong>.*?Ada Brown", page, re.DOTALL)
        assert "A link to come in by was made" in page
        assert not re.search(r">[^<]*(issue-link|[0-9a-z]{26})[^<]*<", page)
        of_femi = (await femi.get(f"/audit?actor={account.id}&area=members")).text
        assert "A membership was suspended" in of_femi
        assert "A link to come in by was made" not in of_femi
        today = coop.node.clock.now().date()
        until = today - timedelta(days=1)
        assert "Nothing like that" in (await femi.get(f"/audit?last={until}")).text
        assert "Ada Brown" in (await femi.get(f"/audit?first={today}&last={today}")).text
        assert (await femi.get("/audit?first=soon")).status == 200
        assert "Ada Brown" in (await femi.get("/audit?last=9999-12-31")).text


async def test_of_whoever_deleted_their_account_no_line_says_who_it_was(coop: Coop) -> None:
    await add_account(coop, "femi", "admin")
    ada = await add_account(coop, "ada")
    named = {"name": "Ada Brown", "membership_class": "worker", "admit": Event.ADMIT}
    member = await coop.write(members.add_member, account_id=ada.id, **named)
    await coop.write(members.link_account, member.id, ada.id)
    await coop.write(privacy.note_taken, ada.id)
    await coop.write(privacy.leave, ada, keep_listings=False)
    lines = await coop.read(audit.entries, limit=100)
    assert not [line for line in lines if ada.id in f"{line.actor} {line.subject} {line.detail}"]
    gone = [line.what for line in lines if line.actor == audit.LEFT]
    assert {"privacy.take-along", "members.leave", "accounts.erase"} <= set(gone)
