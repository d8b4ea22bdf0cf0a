"""The pages of a node that was restored: they can be read, and say why nothing can be changed."""

from datetime import timedelta

from node import accounts, limits, members, offices, quarantine
from node.accounts import Role
from node.members import Event
from node.offices import Given, Office
from node.quarantine import WORDS
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, add_account, signed_in, stranger


async def test_a_restored_node_can_be_read_and_takes_no_change(coop: Coop) -> None:
    now = coop.node.clock.now()
    quarantine.begin(coop.node.config.data, restored_at=now, made_at=now)
    await coop.node.quarantine.begin()
    async with signed_in(coop, "ada", "admin") as ada:
        page = await ada.get("/settings")
        assert str(WORDS) in page.text
        assert "rochdale backup" in page.text
        form = {"name": "Others", "csrf": await ada.form_token()}
        refused = await ada.post("/settings", form)
        assert (refused.status, str(WORDS) in refused.text) == (503, True)
        assert (await coop.read(coop.node.profile)).name == "Lanehead"

        await coop.node.attend()  # there is nobody to listen to
        assert (await ada.post("/settings", form)).status == 303
        assert str(WORDS) not in (await ada.get("/settings")).text


async def test_people_show_who_they_are_at_a_restored_node(coop: Coop, clock: FixedClock) -> None:
    account = await add_account(coop, "rosa", "admin")
    now = coop.node.clock.now()
    member = await coop.write(
        members.add_member,
        name="Rosa",
        membership_class="worker",
        account_id=account.id,
        admit=Event.ADMIT,
    )
    term = Given(Office.TREASURER, now.date(), now.date() + timedelta(days=30), "Board")
    await coop.write(offices.give, member.id, term, by=account.id)
    quarantine.begin(coop.node.config.data, restored_at=now, made_at=now)
    await coop.node.quarantine.begin()
    async with stranger(coop) as rosa:
        await rosa.sign_in("rosa")
        clock.advance(limits.SIGN_IN_FRESH)
        register = "/members/contacts.vcf"
        assert (await rosa.get(register)).status == 422
        shown = await rosa.post("/confirm", {"next": register, "present": PASSWORD})
        assert (shown.status, shown.headers.get("Location")) == (303, register)
        assert (await rosa.get(register)).status == 200
        assert Role.TREASURER in (await coop.read(accounts.account, account.id)).roles
        clock.advance(timedelta(days=30))
        await coop.node.run_due()
        assert coop.node.quarantine.is_on
        assert Role.TREASURER not in (await coop.read(accounts.account, account.id)).roles
