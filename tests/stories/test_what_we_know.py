"""A member takes along all that is known about them, and nothing of anybody else."""

import io
import json
import zipfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import String, cast, or_, select

import node.tables  # noqa: F401 - registers the tables
from federation.storage import Base, Reader
from node import (
    accounts,
    joining,
    limits,
    listings,
    members,
    notices,
    offices,
    privacy,
    profiles,
    threads,
    vouching,
)
from node.accounts import AccountView, Role
from node.accounts.webauthn import Credential
from node.agreements import Contact
from node.data_map import Leaving, Person, data_map
from node.joining import Actor, ConsentText, Event, Form, Particulars, Question
from node.members import MembershipClass
from node.notices import NoticeKind
from node.offices import Given, Office
from node.profiles import Audience, Field, Line
from tests.stories import dealing
from tests.stories.dealing import Deal
from tests.stories.market import found, offer
from tests.support.clock import START
from tests.support.photos import photo
from tests.support.statements import sql_meanwhile
from tests.support.town import Coop
from tests.ui.web.visitor import PASSWORD, Visitor, add_account, stranger

FORM = Form(
    is_open=True,
    intro="We clean together.",
    classes=(MembershipClass.WORKER,),
    questions=(Question("What can you do?"),),
    consents=(ConsentText("Our statutes", "One member, one vote.", "2027-03"),),
)
GIVEN = Particulars("Giulia Ferri", "giulia@portici.example", "0339 11", answers=("Windows =1+1",))
SAID = {
    "0339 11",
    "Windows =1+1",
    "Our statutes",
    "0339 22",
    "Is there a garden?",
    "There is a dog.",
    "Piano lessons",
    "=the spreadsheet",
    "A red piano",
    "Kettles",
    "0339 44",
    "An unkind joke",
}
"""What giulia wrote or was told, in as many slices."""


TOLD = {
    Field.SKILLS: Line("Kettles", Audience.PUBLIC),
    Field.TELEPHONE: Line("0339 44", Audience.PRIVATE),
    Field.REACH: Line("Shout", Audience.COOP),
}


@dataclass
class Life:
    """What giulia of Portici did so far."""

    deal: Deal
    member_id: str

    @property
    def person(self) -> Person:
        return Person(self.deal.giulia.account.id, self.member_id)


@pytest.fixture
async def life(found_town: Any) -> Life:
    deal = await dealing.begin(await found_town(3))
    portici, me = deal.portici, deal.giulia.account
    await add_account(portici, "sam", "admin")
    member_id = await _admitted(deal)
    await portici.write(members.link_account, member_id, me.id)
    await deal.agreed(contact=Contact("Giulia", "0339 22", "Is there a garden?", shared=True))
    mirror = await portici.read(listings.mirror, deal.listing.uri)
    topic = listings.topic_of(mirror)
    await portici.write(
        threads.open_thread,
        by=threads.account(me.id),
        to=topic.provider,
        about=topic,
        text="There is a dog.",
    )
    digest = await portici.node.pictures.take(photo(), by=me.id)
    shown = listings.Picture(digest, "A red piano", 400, 300)
    await offer(portici, "Piano lessons", by=me.id, pictures=(shown,))
    await portici.write(accounts.create_token, me.id, label="=the spreadsheet", scopes={"read"})
    kind = NoticeKind.COMMENT_ANSWERED
    await portici.write(notices.give, kind, "01J", to_account=me.id, title="Rules")
    await portici.write(profiles.tell, me.id, TOLD)
    own = await portici.read(profiles.profile_of, me.id)
    why = {"by": "sam", "reason": "An unkind joke"}
    await portici.write(profiles.clear, own.id, Field.REACH, **why)
    await _ways_in(portici, me)
    await deal.town.settle()
    return Life(deal, member_id)


async def _ways_in(coop: Coop, me: AccountView) -> None:
    """One of each: a passkey, a challenge, a code; a wish to be let in that two vouch for."""
    challenge = await coop.write(accounts.new_challenge, me.id)
    key = Credential(b"a credential", b"data", 0)
    await coop.write(accounts.add_passkey, me.id, challenge, key, "Phone")
    await coop.write(accounts.new_challenge, me.id)
    await coop.write(accounts.set_recovery_codes, me.id, ["hash"])
    await coop.write(vouching.ask, me.handle, "It is me, on 0339 33")


async def _admitted(deal: Deal) -> str:
    portici = deal.portici
    await portici.write(joining.set_form, FORM)
    applied = await portici.write(
        joining.apply, GIVEN, membership_class=MembershipClass.WORKER, agreed=(0,)
    )
    admitted = await portici.write(
        joining.step, applied.id, Event.ADMIT, actor=Actor.REVIEWER, by="operator"
    )
    member_id: str = admitted.member_id
    return member_id


@pytest.fixture
async def giulia(life: Life) -> AsyncGenerator[Visitor]:
    """She signs in with her password; a day later nobody knows any more who sits there."""
    coop, me = life.deal.portici, life.deal.giulia.account
    await coop.write(accounts.set_password, me.id, await accounts.hashed(PASSWORD))
    async with stranger(coop) as visitor:
        answer = await visitor.sign_in("giulia")
        assert answer.status == 303
        yield visitor


async def taken(visitor: Visitor, password: str = PASSWORD) -> tuple[int, dict[str, bytes]]:
    """The answer to "Take it along": its status, and the files in it."""
    token = await visitor.form_token()
    coop, port = visitor.coop, visitor.coop.address.rpartition(":")[2]
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"Host": coop.node.config.authority, "Cookie": cookies} | {
        "Sec-Fetch-Site": "same-origin"
    }
    url = f"http://127.0.0.1:{port}/account/data"
    form = {"csrf": token, "present": password}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=form, headers=headers) as answer,
    ):
        body = await answer.read()
        if answer.content_type != "application/zip":
            return answer.status, {}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return answer.status, {name: archive.read(name) for name in archive.namelist()}


async def where_named(reader: Reader, person: Person) -> set[str]:
    """Every table in which one of somebody's ids stands."""
    found = set()
    for table in Base.metadata.sorted_tables:
        texts = [cast(one, String) for one in table.columns if one.type.python_type is not bytes]
        ids = (person.account_id, person.member_id)
        named = or_(*(text.contains(each) for text in texts for each in ids))
        if await reader.scalar(select(1).select_from(table).where(named).limit(1)):
            found.add(table.name)
    return found


async def test_all_of_it_comes_and_nothing_of_others(life: Life, giulia: Visitor) -> None:
    files = (await taken(giulia))[1]
    whole = json.loads(files["about-you.json"])
    assert [one["key"] for one in whole["known"]] == [entry.key for entry in data_map]
    text = files["about-you.json"].decode()
    assert {said for said in SAID if said not in text} == set()
    tables = b"".join(content for name, content in files.items() if name.endswith(".csv")).decode()
    assert {said for said in SAID if said not in tables} == set()
    assert "argon2" not in text
    assert "What Portici" in files["read-me.txt"].decode()
    assert b",'=the spreadsheet," in files["devices-keys.csv"]

    other = await life.deal.portici.write(
        accounts.create_account, handle="bruno", name="Bruno", roles={Role.MEMBER}
    )
    known = await life.deal.portici.read(privacy.what_we_know, Person(other.id, None))
    counted = {one.entry.key: one.count for one in known if one.count}
    assert counted == {"account": 1, "deeds": 1, "profile": 1}
    nobody = await life.deal.portici.read(privacy.what_we_know, Person(None, None))
    assert sum(one.count for one in nobody) == 0

    # Whoever finds a signed-in phone takes nothing along.
    life.deal.town.clock.advance(limits.SIGN_IN_FRESH)
    assert (await taken(giulia, "a guess, no more"))[0] == 422
    assert (await taken(giulia))[0] == 200
    async with stranger(life.deal.portici) as nobody:
        assert (await nobody.get("/account/data")).status == 303

    # Every table in which an id of hers stands is in the map.
    named = {table for entry in data_map for table in entry.tables}
    found = await life.deal.portici.read(where_named, life.person)
    assert found - named == set()
    assert len(found) > 12


async def told_of(reader: Reader, request_id: str) -> set[str]:
    """Where more stands about a wish to be let in, under its id."""
    found = set()
    for name in ("notice", "timer", "vault_key"):
        subject = Base.metadata.tables[name].c.subject
        if await reader.scalar(select(1).where(subject == request_id).limit(1)):
            found.add(name)
    return found


async def test_pages_count_without_reading_and_the_file_is_read_in_batches(
    life: Life, giulia: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, portici = life.deal, life.deal.portici

    with sql_meanwhile() as asked:
        before = await portici.read(privacy.all_we_know, life.person)
    with_one = len(asked)
    known = await portici.read(privacy.what_we_know, life.person)
    assert [one.count for one in known] == [sum(map(len, found.values())) for _e, found in before]
    monkeypatch.setattr("node.data_map.AT_ONCE", 1)
    assert await portici.read(privacy.all_we_know, life.person) == before
    monkeypatch.undo()

    me = threads.account(deal.giulia.account.id)
    for name in ("bruno", "carla"):
        to = threads.account((await add_account(portici, name)).id)
        await portici.write(threads.open_thread, by=me, to=to, text="Hello")
    with sql_meanwhile() as asked:
        await portici.read(privacy.all_we_know, life.person)
    assert len(asked) == with_one, "a conversation more takes no query more"

    def unread(*_given: Any) -> None:
        raise AssertionError("A page that counts opened what was sealed.")

    monkeypatch.setattr("node.vault.queries.opened", unread)
    for path in ("/account/data", "/account/leave"):
        assert (await giulia.get(path)).status == 200


async def words_left(reader: Reader) -> set[str]:
    """What giulia said that still stands anywhere in the database, sealed or not."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.type.python_type is bytes:
                continue
            for said in SAID - {"Our statutes"}:
                there = select(1).select_from(table).where(cast(column, String).contains(said))
                if await reader.scalar(there.limit(1)):
                    found.add(f"{table.name}.{column.name}: {said}")
    return found


async def test_who_leaves_is_gone_here_and_elsewhere_and_gets_receipts(
    life: Life, giulia: Visitor
) -> None:
    deal, portici = life.deal, life.deal.portici
    form = {"csrf": await giulia.form_token(), "offers": "gone", "sure": "y"}
    assert "Others count on you" in (await giulia.get("/account/leave")).text
    assert (await giulia.post("/account/leave", form)).status == 409
    await deal.say(deal.rosa, "deliver")
    await deal.say(deal.giulia, "confirm")
    assert "Piano lessons" in await found(deal.lanehead)

    deleted = {table for one in data_map if one.leaving is Leaving.DELETED for table in one.tables}
    ways_in = {"passkey", "passkey_challenge", "recovery_code", "recovery_request"}
    assert ways_in <= await portici.read(where_named, life.person) & deleted
    [asked] = await portici.read(vouching.about, deal.giulia.account.id)
    assert await portici.read(told_of, asked.id) == {"notice", "timer", "vault_key"}

    assert (await giulia.post("/account/leave", {**form, "sure": ""})).status == 422
    own = await portici.read(profiles.profile_of, deal.giulia.account.id)
    address = f"/people/{own.id}"
    assert (await giulia.get(address)).status == 200
    left = await giulia.post("/account/leave", form)
    assert left.status == 303
    assert left.headers["Clear-Site-Data"] == '"storage"'
    async with stranger(portici) as nobody:
        waiting = await nobody.get(left.location)
        assert "on its way" in waiting.text
        assert waiting.headers["X-Robots-Tag"] == "noindex, nofollow"
        await deal.town.settle()
        page = (await nobody.get(left.location)).text
        assert "all deleted" in page
        assert "1 of 1 time that it had your contact data" in page
        assert "2 of 2 things that you published or wrote" in page
        assert "2037" in page
        assert (await nobody.get(address)).status == 404
        back = await nobody.sign_in("giulia")
        assert back.status == 422

    assert await portici.read(words_left) == set()
    assert await portici.read(where_named, life.person) & ways_in == set()
    assert await portici.read(told_of, asked.id) == set()
    assert "Piano lessons" not in await found(deal.lanehead)
    assert (await deal.rosa.see()).theirs is None
    [thread] = await deal.lanehead.read(threads.threads, deal.rosa.account)
    assert not thread.preview
    assert await deal.portici.read(members.first_fault) is None

    # The register names her for ten years, and then no more.
    assert (await portici.read(members.member, life.member_id)).name == "Giulia Ferri"
    deal.town.clock.advance(timedelta(days=3660))
    [register, *_others] = await portici.read(privacy.due)
    assert (register.kept, register.due) == (1, 1)
    await portici.write(privacy.keep_retention)
    assert (await portici.read(members.member, life.member_id)).name == "—"


async def test_a_restore_brings_nobody_back_who_left(coop: Coop) -> None:
    await add_account(coop, "sam", "admin")
    rosa = await coop.write(
        accounts.create_account, handle="rosa", name="Rosa", roles={Role.MEMBER}
    )
    member = await coop.write(
        members.add_member,
        name="Rosa W.",
        membership_class="user",
        account_id=rosa.id,
        phone="0339 11",
        admit=members.Event.ADMIT,
    )
    await offer(coop, "Piano lessons", by=rosa.id)
    await coop.write(privacy.leave_again, dict.fromkeys((rosa.id, member.id), START))
    assert await coop.read(words_left) == set()
    assert (await coop.read(accounts.account, rosa.id)).disabled
    assert (await coop.read(members.member, member.id)).status == members.Status.ENDED
    assert await found(coop, origin="local") == []

    # Whose office alone keeps the node stays until the operator has made another admin.
    nora = await add_account(coop, "nora")
    named = {"name": "Nora", "membership_class": "user", "account_id": nora.id}
    keeper = await coop.write(members.add_member, **named, admit=members.Event.ADMIT)
    today = coop.node.clock.now().date()
    term = Given(Office.ADMIN, today, today + timedelta(days=365), "Meeting of 1 May")
    await coop.write(offices.give, keeper.id, term, by=nora.id)
    sam = await coop.read(accounts.by_handle, "sam")
    await coop.write(accounts.set_roles, sam.id, {Role.MEMBER}, by=nora.id)
    await coop.write(privacy.leave_again, {nora.id: START})
    still = await coop.read(accounts.account, nora.id)
    assert (still.is_admin, still.disabled) == (True, False)
    assert (await coop.read(members.member, keeper.id)).status == members.Status.ACTIVE
