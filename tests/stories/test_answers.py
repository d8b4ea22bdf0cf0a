"""Answers to a listing's questions travel with the words of an order, and go with them."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from node import accounts, agreements, privacy, threads
from node.accounts import Role
from node.agreements import Answer, Contact, State, Wanted, WantedLine
from node.data_map import Person
from node.errors import InvalidInput, NotAllowed
from node.listings import Kind
from node.threads.models import message_table
from tests.stories.dealing import begin
from tests.stories.market import offer

ASKS = {"questions": ["How many rooms?", "Are there pets?"]}
PETS = Answer("Are there pets?", "A dog")
WORDS = Contact("Giulia", "", "The key is under the pot.", answers=(PETS,))


async def asking(town, words=WORDS):
    """Giulia of Portici has asked for what Rosa of Lanehead offers, and answered."""
    deal = await begin(town)
    deal.listing = await offer(deal.lanehead, "Deep clean", by=deal.rosa.account.id, details=ASKS)
    await town.settle()
    await deal.asked(contact=words)
    return deal


async def test_they_stand_on_both_sides_and_in_the_words_for_a_node_that_knows_no_answers(town):
    deal = await asking(town)
    assert (await deal.giulia.see()).mine.answers == (PETS,)
    assert (await deal.rosa.see()).theirs == Contact(answers=(PETS,))
    asked = await deal.rosa.newest()
    [said] = await deal.lanehead.read(threads.last_said, asked.uri, deal.rosa.account)
    assert said.text == "The key is under the pot.\n\nAre there pets?\nA dog"
    signed = (await deal.rosa.see()).version
    assert "dog" not in f"{signed.terms.document} {signed.documents}"


async def test_they_are_in_the_file_of_whoever_gave_them_until_they_delete_what_was_said(town):
    deal = await asking(town)
    giulia, asked = deal.giulia, await deal.giulia.newest()

    async def given() -> str:
        known = await deal.portici.read(privacy.all_we_know, Person(giulia.account.id, None))
        [found] = [found for entry, found in known if entry.key == "contact-data"]
        return str(found)

    assert "'answer': 'A dog'" in await given()
    await deal.portici.write(agreements.forget_contact, asked.id, giulia.by)
    assert "A dog" not in await given()
    assert (await giulia.see()).mine is None


@pytest.mark.parametrize("words", [WORDS, replace(WORDS, answers=())], ids=["answers", "words"])
async def test_who_deletes_what_was_said_takes_it_back_at_the_other_coop(town, words):
    """There stays that something was written, and nothing of it."""
    deal = await asking(town, words)
    asked = await deal.giulia.newest()
    there = await deal.rosa.newest()
    assert await what_is_read(deal) != (None, None)
    await deal.portici.write(agreements.forget_contact, asked.id, deal.giulia.by)
    assert (await what_is_read(deal))[0] is not None, "not there yet"
    await town.settle()
    assert await what_is_read(deal) == (None, None)
    for coop in (deal.portici, deal.lanehead):
        [row] = await coop.read(lambda reader: reader.rows(select(message_table)))
        assert (row.box, row.withdrawn_at is not None) == (b"", True)
    assert (await deal.rosa.newest()).id == there.id, "what is agreed stays"


async def what_is_read(deal) -> tuple[str | None, Contact | None]:
    """By Rosa: the words that came with the request, and the answers beside the agreement."""
    asked = await deal.rosa.newest()
    [said] = await deal.lanehead.read(threads.last_said, asked.uri, deal.rosa.account)
    return said.text, (await deal.rosa.see()).theirs


async def test_who_was_asked_deletes_what_came_with_the_request_on_their_side_alone(town):
    deal = await asking(town)
    there = await deal.rosa.newest()
    await deal.lanehead.write(agreements.forget_contact, there.id, deal.rosa.by)
    assert await what_is_read(deal) == (None, None)
    await town.settle()
    assert (await deal.giulia.see()).mine.answers == (PETS,)
    [row] = await deal.portici.read(lambda reader: reader.rows(select(message_table)))
    assert row.withdrawn_at is None


async def test_a_message_that_is_taken_back_takes_them_along(town):
    deal = await asking(town)
    thread = select(message_table.c.id, message_table.c.thread_id)
    [row] = await deal.portici.read(lambda reader: reader.rows(thread))
    seat = await deal.portici.read(threads.seat, row.thread_id, deal.giulia.account)
    await deal.portici.write(threads.withdraw, seat, row.id)
    await town.settle()
    assert (await deal.rosa.see()).theirs is None


@pytest.mark.parametrize("who", ["the operator", "an admin"])
async def test_who_only_looks_after_the_coop_sends_nobody_elses_words(town, who):
    """Rosa of Lanehead answers a need of Portici, and has not sent it yet."""
    deal = await begin(town)
    lanehead, rosa = deal.lanehead, deal.rosa
    need = await offer(deal.portici, "A clean wanted", by=deal.giulia.account.id, kind=Kind.REQUEST)
    await town.settle()
    wanted, words = Wanted((WantedLine(need.uri),)), Contact(message="I can come on Friday.")
    made = await lanehead.write(
        agreements.ask, wanted, account=rosa.account, contact=words, send=False
    )
    admin = await lanehead.write(
        accounts.create_account, handle="ada", name="Ada", roles={Role.ADMIN}
    )
    by = agreements.OPERATOR if who == "the operator" else agreements.of_account(admin)
    with pytest.raises(NotAllowed, match="Let them send the request themselves"):
        await lanehead.write(agreements.do, made.agreement.id, "request", by)
    assert await lanehead.read(lambda reader: reader.rows(select(message_table))) == []
    assert (await rosa.newest()).state is State.DRAFTED
    await rosa.do("request")
    [said] = await lanehead.read(threads.last_said, made.agreement.uri, rosa.account)
    assert (said.text, said.mine) == ("I can come on Friday.", True)


async def test_those_for_one_order_are_not_shown_with_another(town):
    deal = await asking(town)
    more = Answer("How many rooms?", "3")
    second = await deal.asked(contact=Contact("Giulia", answers=(more,)))
    for one in await deal.rosa.all():
        seen = await deal.lanehead.read(agreements.agreement, one.id, deal.rosa.by)
        assert seen.theirs.answers == ((more,) if one.their_uri == second.uri else (PETS,))


async def test_with_the_words_they_are_at_most_a_message_long_which_the_preview_says(town):
    deal = await begin(town)
    asks = [f"What about room {number}?" for number in range(3)]
    details = {"questions": asks}
    deal.listing = await offer(
        deal.lanehead, "Deep clean", by=deal.rosa.account.id, details=details
    )
    await town.settle()
    given = tuple(Answer(one, "x" * 400) for one in asks)
    words = Contact("Giulia", "", "x" * 4000, answers=given)
    wanted = Wanted((WantedLine(deal.listing.uri),))
    account = deal.giulia.account
    for send in (True, False):
        with pytest.raises(InvalidInput, match="together"):
            await deal.portici.write(
                agreements.ask, wanted, account=account, contact=words, send=send
            )
    with pytest.raises(InvalidInput, match="together") as refused:
        await deal.portici.read(agreements.preview, wanted, account.id, words)
    assert list(refused.value.fields) == ["message"]
