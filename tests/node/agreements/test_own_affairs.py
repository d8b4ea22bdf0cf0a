"""Who looks after the coop decides nothing that is their own affair, or a guest's."""

import pytest

from node import agreements
from node.agreements import By, Contact
from node.errors import NotAllowed
from tests.node.agreements.conftest import Coop


async def test_an_admin_who_buys_of_a_member_does_not_answer_in_their_name(coop: Coop):
    made = await coop.ask(await coop.offer(), by=coop.sam)
    for step in ("accept", "counter", "decline"):
        with pytest.raises(NotAllowed):
            await coop.do(made, step, coop.sam)
    assert (await coop.see(made, coop.sam)).buttons == ("withdraw",)
    made = await coop.do(made, "accept", coop.rosa)
    for step in ("deliver", "receive", "request_payment"):
        with pytest.raises(NotAllowed):
            await coop.do(made, step, coop.sam)


async def test_an_admin_still_answers_for_the_coop_itself(coop: Coop):
    """Where there is one admin, nobody else could."""
    made = await coop.ask(await coop.offer(by=None), by=coop.sam)
    assert (await coop.do(made, "accept", coop.sam)).agreed_at is not None


async def test_only_a_guest_lets_stand_what_they_object_to(coop: Coop):
    asked = await coop.asked(await coop.offer(), account=None, contact=Contact("Bode", "07700"))
    made, guest = asked.agreement, agreements.of_guest(str(asked.agreement.guest))
    for step, by in (("accept", coop.rosa), ("deliver", coop.rosa), ("dispute", guest)):
        made = await coop.do(made, step, by)
    assert "uphold" not in (await coop.see(made, coop.sam)).buttons
    for by in (agreements.of_account(coop.sam), By("operator", staff=True)):
        with pytest.raises(NotAllowed, match="Only the guest"):
            await coop.do(made, "uphold", by)
    assert (await coop.do(made, "uphold", guest)).state == "resolved"
