"""Letters to a mail server on loopback: which go, when, once, and what becomes of the others."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select

from federation.storage import Database
from node import accounts, joining, limits, mail, notices, vault
from node.accounts import AccountView, Role
from node.config import from_values
from node.data_map import Person
from node.doctor import letters
from node.errors import Closed, Conflict, NotFound
from node.joining import Actor, Event, Particulars
from node.mail import Hours, How, Sender, State, outbox, personal
from node.mail.models import MailLetter
from node.mail.rules import Outcome, Verdict
from node.mail.server import MailTrouble, Way, opened
from node.mail_settings import MailServer, Security
from node.notices import NoticeKind
from tests.support.asking import Asking
from tests.support.authority import LocalCA
from tests.support.clock import FixedClock
from tests.support.postbox import Postbox, postbox
from ui.web.letters import typeset
from ui.web.words import ROLES

ROSA = "rosa@example.org"
LONG = timedelta(days=1)


class House(Asking):
    """A coop with a mail server."""

    def __init__(self, database: Database, clock: FixedClock, box: Postbox, data: Path) -> None:
        super().__init__(database)
        self.clock, self.box = clock, box
        values = {
            "name": "Loaf",
            "address": "https://loaf.example",
            "mail_server": "127.0.0.1",
            "mail_port": box.port,
            "mail_security": "none",
            "mail_from": "post@loaf.example",
        }
        self.config = from_values(data, values)
        self.sender = self.new_sender()

    def new_sender(self) -> Sender:
        async def called(_reader: Any) -> str:
            return "Loaf"

        sender = Sender(self.database, self.config, self.clock, called)
        sender.typesetter = typeset
        return sender

    async def write(self, command: Any, *given: Any, **named: Any) -> Any:
        self.clock.advance(1)
        return await super().write(command, *given, **named)

    async def somebody(self, handle: str, *roles: Role, address: str = "") -> AccountView:
        """Somebody with an address that they confirmed; nothing is left in the box of it."""
        made: AccountView = await self.write(
            accounts.create_account, handle=handle, name=handle, roles=roles or [Role.MEMBER]
        )
        if address:
            await self.write(mail.set_address, made.id, address, zone="Europe/London")
            await self.write(mail.confirm, await self.link("/mail/confirm/"))
            await self.sender.settle()
            self.box.taken.clear()
        return made

    async def link(self, path: str) -> str:
        """The code of the link in the next letter."""
        await self.sender.settle()
        return re.findall(f"https://loaf.example{path}([\\w-]+)", text(self.box.newest()))[0]

    async def tell(
        self, who: AccountView, kind: NoticeKind = NoticeKind.MESSAGE, **named: Any
    ) -> None:
        given = {"name": "Bread", "to_account": who.id} | named
        await self.write(notices.give, kind, given.pop("subject", "7"), **given)

    async def subjects_after(self, wait: timedelta = limits.MAIL_WAITS) -> list[str]:
        """The subjects of what came in a while."""
        self.box.taken.clear()
        self.clock.advance(wait)
        await self.sender.settle()
        return [str(one["Subject"]) for one in self.box.letters]

    async def told(self, who: AccountView) -> str:
        """What stands on somebody's list."""
        return "\n".join(str(one.text) for one in await self.read(notices.notices, who))

    async def states(self) -> list[str]:
        return list(await self.read(lambda reader: reader.scalars(select(MailLetter.state))))


def text(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


@pytest.fixture
async def house(database: Database, clock: FixedClock, tmp_path: Path) -> AsyncGenerator[House]:
    async with postbox() as box:
        made = House(database, clock, box, tmp_path)
        yield made
        await made.sender.stop()


MESSAGE = "A message about “Bread”."


async def test_nothing_but_the_link_goes_to_an_address_before_it_is_used(house: House) -> None:
    rosa = await house.somebody("rosa")
    await house.write(mail.set_address, rosa.id, "Rosa@bäckerei.example", zone="UTC")
    await house.tell(rosa)
    code = await house.link("/mail/confirm/")
    [letter] = house.box.letters
    assert letter["To"] == "Rosa@xn--bckerei-5wa.example"
    assert letter["List-Unsubscribe"] is None
    assert not await house.read(mail.can_confirm, "made-up")
    with pytest.raises(NotFound):
        await house.write(mail.confirm, "made-up")
    house.clock.advance(limits.MAIL_CONFIRM_WITHIN)
    with pytest.raises(Closed):
        await house.write(mail.confirm, code)
    for nr in range(limits.MAIL_CONFIRMS_A_DAY):
        await house.write(mail.set_address, rosa.id, f"r{nr}@example.org", zone="UTC")
    with pytest.raises(Conflict):
        await house.write(mail.set_address, rosa.id, "more@example.org", zone="UTC")
    assert await house.subjects_after() == ["Is this your address?"], "the earlier ones are dropped"
    assert house.box.newest()["To"] == "r4@example.org"


async def test_a_letter_says_a_title_and_gives_links_once(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa)
    assert await house.subjects_after(timedelta(minutes=1)) == []
    assert await house.subjects_after() == [MESSAGE]
    letter = house.box.newest()
    assert (letter["From"], letter["To"]) == ("Loaf <post@loaf.example>", ROSA)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://loaf.example/threads/7" in text(letter)
    assert await house.subjects_after(LONG) == []
    # Given anew while it waits, it is one letter; read here, it is none.
    await house.tell(rosa)
    await house.tell(rosa)
    assert len(await house.subjects_after()) == 1
    await house.tell(rosa)
    await house.write(notices.mark_read, rosa)
    assert await house.subjects_after() == []
    # One click ends them, but not what is about who comes in.
    await house.write(mail.stop, re.findall(r"/mail/stop/([\w-]+)", text(letter))[0])
    await house.tell(rosa)
    assert await house.subjects_after() == []
    await house.write(accounts.set_password, rosa.id, "hash")
    await house.write(notices.mark_read, rosa)  # a thief would, at once
    assert "new password" in (await house.subjects_after())[0]
    assert house.box.newest()["List-Unsubscribe"] is None
    await house.write(mail.forget_account, rosa.id)
    assert await house.states() == []


async def test_letters_wait_until_morning_but_for_what_is_about_safety(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    house.clock.advance(timedelta(hours=12))  # 22:00
    await house.tell(rosa)
    await house.write(accounts.set_password, rosa.id, "hash")
    assert len(await house.subjects_after()) == 1
    assert await house.subjects_after(timedelta(hours=8)) == []
    assert await house.subjects_after(timedelta(hours=1)) == [MESSAGE]


async def test_each_of_many_has_one_letter_of_what_all_are_told_but_for_who_read_it_here(
    house: House,
) -> None:
    rosa, maya = [
        await house.somebody(one, address=f"{one}@example.org") for one in ("rosa", "maya")
    ]
    for name in ("Rye", "Bread"):
        told = [rosa.id, maya.id]
        await house.write(notices.give_all, NoticeKind.MESSAGE, "7", told, name=name)
    await house.write(notices.mark_read, rosa)
    assert await house.subjects_after() == [MESSAGE]
    assert house.box.newest()["To"] == "maya@example.org"


async def test_one_letter_a_day_holds_what_was_not_read(house: House) -> None:
    rosa = await house.somebody("rosa", Role.MEMBER, Role.ADMIN, address=ROSA)
    await house.write(mail.choose, rosa.id, How.DAILY, Hours("UTC", 21, 7))
    when = {"title": "Rye", "when": "2027-01-07T10:00:00Z"}
    await house.tell(rosa, NoticeKind.AGREEMENT_REQUESTED, **when)
    await house.tell(rosa, subject="read")
    await house.write(notices.mark_seen, rosa, NoticeKind.MESSAGE, "read")
    for role in (Role.ADMIN, Role.SECRETARY):
        await house.write(notices.give, NoticeKind.APPLICATION_CAME, "1", to_role=role)
    assert await house.subjects_after(timedelta(hours=20)) == []
    assert await house.subjects_after(timedelta(hours=1)) == ["2 things wait for you at Loaf"]
    said = text(house.box.newest())
    assert said.index("By tomorrow") < said.index("Rye") < said.index("Without a day")
    assert await house.subjects_after(LONG) == []


async def test_nobody_can_flood_a_mailbox(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    monkeypatch.setattr(limits, "MAIL_NOTICES_A_DAY", 2)
    for subject in ("1", "2", "3", "4"):
        await house.tell(rosa, subject=subject)
    assert await house.subjects_after() == [MESSAGE] * 2
    await house.write(accounts.set_password, rosa.id, "hash")
    assert len(await house.subjects_after()) == 1, "safety is not held back"
    await house.write(mail.choose, rosa.id, How.AT_ONCE, Hours("UTC", 21, 7))
    assert await house.subjects_after(LONG) == ["2 things wait for you at Loaf"]
    assert "threads/4" in text(house.box.newest())


async def test_later_means_later_and_no_means_no(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    femi = await house.somebody("femi", address="femi@example.org")
    house.box.scripted["RCPT"] = ["451 4.7.1 greylisted", "550 5.1.1 no such user Femi@Example.org"]
    await house.tell(rosa)
    await house.tell(femi)
    assert await house.subjects_after() == []
    waiting = await house.read(mail.waiting)
    assert (waiting.count, waiting.said) == (1, "451 4.7.1 greylisted")
    [trouble] = await house.read(mail.troubles)
    assert (trouble.name, trouble.state) == ("femi", State.FAILED)
    assert trouble.said == "550 5.1.1 no such user …"
    assert await house.subjects_after(limits.MAIL_LONGEST_WAIT) == [MESSAGE]
    assert await house.read(mail.waiting) is None
    # Nobody is reached there: nothing more is written, until the address is confirmed anew.
    await house.tell(femi)
    assert await house.subjects_after() == []
    assert (await house.read(mail.mail_of, femi.id)).refused_at is not None
    await house.write(mail.set_address, femi.id, "femi@example.org", zone="UTC")
    await house.write(mail.confirm, await house.link("/mail/confirm/"))
    await house.tell(femi)
    assert await house.subjects_after() == [MESSAGE]


async def test_what_the_server_may_have_is_never_sent_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa)

    async def power_cut(*_given: Any) -> None:
        raise SystemError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr("node.mail.outbox.record", power_cut)
        assert await house.subjects_after() == [MESSAGE]
    house.sender = house.new_sender()
    assert await house.subjects_after(LONG) == []
    await house.sender.keep()
    # The same when the server falls silent after all was said.
    await house.tell(rosa)
    house.box.scripted["."] = [""]
    assert await house.subjects_after() == [MESSAGE]
    assert await house.subjects_after(LONG) == []
    assert [one.state for one in await house.read(mail.troubles)] == [State.UNSURE] * 2


@pytest.mark.parametrize("verb", ["RCPT", "RSET"])
async def test_a_letter_at_which_the_server_hangs_up_puts_off_no_other(
    house: House, verb: str
) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa)
    await house.tell(rosa, subject="8")
    house.box.scripted[verb] = [""]
    house.box.scripted["RCPT"] += ["550 5.7.1 no"] if verb == "RSET" else []
    assert await house.subjects_after() == [MESSAGE]
    assert "threads/8" in text(house.box.newest())


async def test_a_server_that_says_nothing_does_not_hold_up_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    dialled = asyncio.Event()

    @asynccontextmanager
    async def silent(_way: Way) -> AsyncGenerator[None]:
        dialled.set()
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr("node.mail.sender.opened", silent)
    await house.write(accounts.set_password, rosa.id, "hash")
    await house.sender.attend()
    await dialled.wait()
    async with asyncio.timeout(5):
        await house.sender.stop()


async def test_a_refusal_says_nothing_of_an_address_that_came_meanwhile(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    no = Outcome(Verdict.REFUSED, "550 5.1.1 unknown", is_address=True)
    await house.write(accounts.set_password, rosa.id, "hash")
    await house.write(mail.set_address, rosa.id, "mistyped@example.org", zone="UTC")
    notice, mistyped = await house.read(outbox.due)
    for letter in (notice, mistyped):
        assert await house.write(outbox.claim, letter)
    await house.write(mail.set_address, rosa.id, "right@example.org", zone="UTC")
    await house.write(outbox.record, mistyped, no)
    assert (await house.read(mail.mail_of, rosa.id)).wanted == "right@example.org"
    await house.write(mail.confirm, await house.link("/mail/confirm/"))
    await house.write(outbox.record, notice, no)
    assert (await house.read(mail.mail_of, rosa.id)).refused_at is None


async def test_an_address_to_be_confirmed_outlives_a_first_password_alone(house: House) -> None:
    rosa = await house.somebody("rosa")
    await house.write(mail.set_address, rosa.id, ROSA, zone="UTC")
    await house.write(accounts.set_password, rosa.id, "first")
    await house.write(mail.confirm, await house.link("/mail/confirm/"))
    assert (await house.read(mail.mail_of, rosa.id)).address == ROSA
    await house.write(mail.set_address, rosa.id, "thief@example.org", zone="UTC")
    await house.write(accounts.set_password, rosa.id, "second")
    assert (await house.read(mail.mail_of, rosa.id)).wanted is None


async def test_whoever_recovers_an_account_without_a_password_confirms_nothing_of_before(
    house: House,
) -> None:
    rosa = await house.somebody("rosa")
    await house.write(mail.set_address, rosa.id, "thief@example.org", zone="UTC")
    link = await house.write(
        accounts.issue_link, purpose=accounts.Purpose.RECOVERY, account_id=rosa.id
    )
    await house.write(accounts.redeem_link, link.code, password_hash="hers")
    assert (await house.read(mail.mail_of, rosa.id)).wanted is None


async def test_what_is_too_late_or_was_never_confirmed_goes_nowhere(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.write(mail.set_address, rosa.id, "new@example.org", zone="UTC")
    kept = personal.mail(Person(rosa.id, None))["address"]
    [known] = await house.read(kept.read)
    assert (known["address"], known["not_confirmed"]) == (ROSA, "new@example.org")
    await house.write(mail.ask_way_in, "rosa")
    assert await house.subjects_after(limits.MAIL_CONFIRM_WITHIN + timedelta(hours=1)) == []
    await house.sender.keep()
    assert (await house.read(mail.mail_of, rosa.id)).wanted is None


async def test_a_letter_that_cannot_be_made_holds_up_no_other(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa, name="poison")
    await house.tell(rosa, subject="8")

    def fails(letter: mail.Letter, sheet: Any) -> mail.Typeset:
        if any("poison" in str(one.text) for one in letter.told):
            raise ValueError("poison")
        return typeset(letter, sheet)

    house.sender.typesetter = fails
    assert await house.subjects_after() == [MESSAGE]
    assert await house.subjects_after(LONG) == []
    [trouble] = await house.read(mail.troubles)
    assert "its log says why" in trouble.said


async def test_letters_wait_for_a_server_that_is_away_and_end_some_day(house: House) -> None:
    await house.somebody("femi", Role.ADMIN)
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa)
    house.box.scripted["EHLO"] = ["", "421 4.3.0 too busy"]
    house.box.scripted["HELO"] = ["421 4.3.0 too busy"]
    assert await house.subjects_after() == []
    assert await house.subjects_after(limits.MAIL_LONGEST_WAIT) == []
    assert (await house.read(mail.waiting)).count == 1
    assert await house.subjects_after(limits.MAIL_LONGEST_WAIT) == [MESSAGE]
    await house.sender.keep()
    await house.tell(rosa)
    house.box.scripted["MAIL"] = ["550 5.7.1 not your address"] * 60
    for _day in range(4):
        assert await house.subjects_after(LONG) == []
    [trouble] = await house.read(mail.troubles)
    assert trouble.said == "550 5.7.1 not your address"


@pytest.mark.parametrize("office", sorted(set(Role) - {Role.MEMBER}))
async def test_a_letter_opens_an_account_and_tells_nobody_who_has_one(
    house: House, office: Role
) -> None:
    await house.somebody("rosa", address=ROSA)
    await house.somebody("femi", office, address="femi@example.org")
    for handle in ("Rosa ", "nobody", "femi", *["rosa"] * limits.MAIL_WAYS_IN_A_DAY):
        await house.write(mail.ask_way_in, handle)
    await house.sender.settle()
    to = [str(one["To"]) for one in house.box.letters]
    assert to == [ROSA, "femi@example.org", *[ROSA] * (limits.MAIL_WAYS_IN_A_DAY - 1)]
    refused = text(house.box.letters[1])
    assert ("/in/" in refused, f"({ROLES[office]})" in refused) == (False, True)
    code = re.findall(r"/in/([\w-]+)", text(house.box.letters[0]))[0]
    opened_by = await house.write(accounts.redeem_link, code, password_hash="hash")
    assert opened_by.account.handle == "rosa"


async def test_who_lost_an_account_hears_that_no_letter_opens_it_any_more(house: House) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.write(accounts.set_password, rosa.id, "known")
    await house.write(mail.set_address, rosa.id, "thief@example.org", zone="UTC")
    asked = await house.link("/mail/confirm/")
    await house.write(accounts.set_password, rosa.id, "new")
    with pytest.raises(NotFound):
        await house.write(mail.confirm, asked)
    await house.write(accounts.set_recovery_codes, rosa.id, ["hash"])
    code = await house.read(accounts.recovery_code, "rosa", 0)
    await house.write(accounts.recover, code, "newer", device="Mac")
    assert await house.subjects_after() == ["No letters come here any more"]
    assert house.box.newest()["To"] == ROSA
    assert "none opens your account" in await house.told(rosa)
    await house.write(mail.ask_way_in, "rosa")
    assert await house.subjects_after() == []


async def test_a_letters_link_ends_when_its_account_becomes_an_officers_who_hears_of_it(
    house: House,
) -> None:
    await house.somebody("femi", Role.ADMIN)
    rosa = await house.somebody("rosa", address=ROSA)
    await house.write(mail.ask_way_in, "rosa")
    await house.sender.settle()
    [code] = re.findall(r"/in/([\w-]+)", text(house.box.letters[0]))
    assert await house.read(accounts.look_at_link, code)
    house.box.taken.clear()
    await house.write(accounts.set_office_roles, rosa.id, [Role.TREASURER], by="femi")
    assert await house.read(accounts.look_at_link, code) is None
    await house.sender.settle()
    [told] = house.box.letters
    assert "work no more" in text(told)


async def test_no_letter_opens_an_account_that_was_closed_and_is_opened_again(
    house: House,
) -> None:
    await house.somebody("femi", Role.ADMIN)
    rosa = await house.somebody("rosa", address=ROSA)
    await house.write(accounts.disable, rosa.id, by="femi")
    await house.write(accounts.reopen, rosa.id, by="femi")
    await house.sender.settle()
    house.box.taken.clear()
    await house.write(mail.ask_way_in, "rosa")
    await house.sender.settle()
    assert house.box.letters == []


async def test_deleting_an_address_does_not_begin_the_count_of_letters_anew(house: House) -> None:
    rosa = await house.somebody("rosa")
    house.box.scripted["RCPT"] = ["550 5.1.1 unknown"]
    for nr in range(limits.MAIL_CONFIRMS_A_DAY):
        await house.write(mail.set_address, rosa.id, f"r{nr}@example.org", zone="UTC")
        await house.sender.settle()
        await house.write(mail.remove, rosa.id)
    with pytest.raises(Conflict):
        await house.write(mail.set_address, rosa.id, "more@example.org", zone="UTC")


async def test_whoever_applies_hears_in_their_language(house: House) -> None:
    form = joining.Form(True, "", (joining.rules.MembershipClass.USER,), (), ())
    rosa = await house.somebody("rosa", Role.SECRETARY)
    await house.write(joining.set_form, form)
    given = Particulars("Ada\r\nBcc: x", email="ada@example.org")
    applied = await house.write(joining.apply, given, membership_class="user", language="ar")
    await house.write(
        joining.step, applied.id, Event.DECLINE, actor=Actor.REVIEWER, by=rosa.id, message="No room"
    )
    await house.sender.settle()
    receipt, decision = house.box.letters
    assert f"https://loaf.example{applied.path}" in text(receipt)
    assert receipt["Content-Language"] == decision["Content-Language"] == "ar"
    assert receipt["References"] == decision["References"]
    assert "No room" not in text(decision)
    assert applied.path not in text(decision)
    await house.write(
        joining.step, applied.id, Event.APPEAL, actor=Actor.APPLICANT, by="applicant", message="!"
    )
    await house.write(vault.destroy, applied.id)
    assert await house.subjects_after() == []


async def test_certificates_are_verified(local_ca: LocalCA) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(local_ca.certificate, local_ca.key)
    for security, at_once in ((Security.STARTTLS, False), (Security.TLS, True)):
        async with postbox(tls=context, wants=("rosa", "s3cret"), at_once=at_once) as box:
            server = MailServer("localhost", box.port, security, "rosa", ROSA, "s3cret")
            async with opened(Way(server, "loaf.example", local_ca.ca)) as line:
                assert (await line.send(ROSA, b"Subject: a\r\n\r\n.dots\r\n")).said == ""
            assert box.taken == [b"Subject: a\r\n\r\n.dots"]
            with pytest.raises(MailTrouble, match="certificate"):
                async with opened(Way(server, "loaf.example")):
                    pass
            with pytest.raises(MailTrouble, match="No such file"):
                async with opened(Way(server, "loaf.example", Path("gone.pem"))):
                    pass
    async with postbox(wants=("rosa", "s3cret")) as box:
        server = MailServer("localhost", box.port, Security.STARTTLS, "rosa", ROSA, "s3cret")
        with pytest.raises(MailTrouble, match="STARTTLS"):
            async with opened(Way(server, "loaf.example")):
                pass
        assert not any(line.startswith("AUTH") for line in box.heard), "nothing is said in clear"


async def test_doctor_says_whether_the_server_lets_us_in(tmp_path: Path) -> None:
    now = datetime(2027, 1, 5, 10, tzinfo=UTC)
    config = from_values(tmp_path, {"name": "Loaf", "address": "https://loaf.example"})
    assert await letters.server(config) == []
    async with postbox(wants=("node", "s3cret")) as box:
        server = MailServer("127.0.0.1", box.port, Security.NONE, "node", ROSA, "s3cret")
        config = structs.replace(config, mail=server)
        [good] = await letters.server(config)
        [bad] = await letters.server(
            structs.replace(config, mail=replace(server, password="guess"))
        )
        gone = replace(server, password="", password_file=tmp_path / "gone")
        [unread] = await letters.server(structs.replace(config, mail=gone))
    assert (good.state, bad.state) == ("ok", "failed")
    assert "535 5.7.8 not you" in str(bad.said)
    assert bad.remedy.startswith("rochdale mail test ")
    assert "No such file" in str(unread.said)
    late = mail.Waiting(2, now, "421 busy")
    assert letters.waiting(config, now, late) == []
    [told] = letters.waiting(config, now + LONG, late)
    assert "421 busy" in str(told.said)


async def test_without_a_server_nothing_is_kept_to_be_sent(house: House, tmp_path: Path) -> None:
    rosa = await house.somebody("rosa", address=ROSA)
    await house.tell(rosa)
    config = from_values(tmp_path, {"name": "Loaf", "address": "https://loaf.example"})
    house.config = config
    off = house.new_sender()
    assert not off.is_on
    await off.settle()
    await off.keep()
    assert State.WAITING not in await house.states()
