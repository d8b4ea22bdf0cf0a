from datetime import timedelta

import pytest

from node import accounts, notices
from node.accounts import Role
from node.i18n import speaking
from node.notices import NoticeKind

PORTICI = "https://portici.example/coop"


@pytest.fixture
async def rosa(database):
    return await database.write(
        lambda uow: accounts.create_account(uow, handle="rosa", name="Rosa", roles=[Role.ADMIN])
    )


@pytest.fixture
async def femi(database):
    return await database.write(
        lambda uow: accounts.create_account(uow, handle="femi", name="Femi", roles=[Role.MEMBER])
    )


async def give(database, kind=NoticeKind.PEER_ASKS, subject=PORTICI, name="Portici", **named):
    await database.write(lambda uow: notices.give(uow, kind, subject, name=name, **named))


async def read(database, who):
    async with database.reading() as reader:
        return await notices.notices(reader, who), await notices.count_unread(reader, who)


async def test_admins_are_told_and_members_are_not(database, rosa, femi):
    await give(database)
    [notice], unread = await read(database, rosa)
    assert str(notice.text) == "Portici asks to be in touch with us."
    assert (notice.subject, unread) == (PORTICI, 1)
    assert await read(database, femi) == ([], 0)


async def test_a_notice_can_be_for_one_account(database, rosa, femi):
    await give(database, to_account=femi.id)
    assert (await read(database, femi))[1] == 1
    assert (await read(database, rosa))[1] == 0


async def test_the_same_told_twice_is_one_notice_and_unread_again(database, rosa):
    await give(database)
    await database.write(lambda uow: notices.mark_read(uow, rosa))
    assert (await read(database, rosa))[1] == 0
    await give(database, name="Portici Ospitalità")
    found, unread = await read(database, rosa)
    assert (len(found), unread) == (1, 1)
    assert "Ospitalità" in str(found[0].text)


async def test_one_is_read_and_the_other_waits(database, rosa, femi):
    await give(database)
    await give(database, kind=NoticeKind.PEER_ACCEPTED)
    (newest, _older), _unread = await read(database, rosa)
    await database.write(lambda uow: notices.mark_read(uow, femi, newest.id))
    assert (await read(database, rosa))[1] == 2, "what is not yours you cannot read away"
    await database.write(lambda uow: notices.mark_read(uow, rosa, newest.id))
    assert (await read(database, rosa))[1] == 1


async def test_what_is_settled_is_withdrawn(database, rosa):
    await give(database)
    await database.write(lambda uow: notices.withdraw(uow, NoticeKind.PEER_ASKS, PORTICI))
    assert await read(database, rosa) == ([], 0)


PLACES = (
    "address",
    "currency",
    "field",
    "key",
    "left",
    "limit",
    "longest",
    "name",
    "wanted",
    "number",
    "office",
    "seconds",
    "shortest",
    "sum",
    "taken",
    "title",
    "version",
)
# Who asks to be passed on is named on the page of the referral alone.
WITHOUT_A_NAME = {
    kind
    for kind in NoticeKind
    if kind.value.startswith(("referral", "application", "membership", "register-corrected"))
} | {
    NoticeKind.HOURS_SENT_BACK,
    NoticeKind.POLICY_CONTRADICTION,
    NoticeKind.COUNCIL_TERM_OVER,
    NoticeKind.NODE_REPLACED,
    NoticeKind.PASSWORD_CHANGED,
    NoticeKind.CODES_MADE,
    NoticeKind.PASSKEY_ADDED,
    NoticeKind.PASSKEY_REMOVED,
    NoticeKind.PASSKEY_DOUBTED,
    NoticeKind.LINKS_ENDED,
    NoticeKind.VOUCHING_ASKED,
    NoticeKind.MAIL_ADDRESS_SET,
    NoticeKind.MAIL_ADDRESS_GONE,
    NoticeKind.CONSENTS_DOUBTED,
    NoticeKind.ALERT,
    NoticeKind.ALERT_OVER,
}


def test_every_kind_has_its_sentence():
    from node.notices.sentences import sentence

    for kind in NoticeKind:
        said = dict.fromkeys(PLACES, "Portici") | {"when": "2027-03-05", "sum": "12.50"}
        text = str(sentence(kind, said))
        assert "%(" not in text
        assert "Portici" in text or kind in WITHOUT_A_NAME
    said = {"name": "Rosa", "office": "Another office", "when": "2027-03-05"}
    with speaking("es"):
        assert "Moderator" in str(sentence(NoticeKind.OFFICE_ENDED, said | {"called": "Moderator"}))
        assert "Another office" not in str(sentence(NoticeKind.OFFICE_ENDED, said))


async def test_who_looks_at_what_a_notice_is_about_has_read_it(database, rosa, femi):
    await give(database, kind=NoticeKind.MESSAGE, subject="one", to_account=rosa.id)
    await give(database, kind=NoticeKind.MESSAGE, subject="two", to_account=rosa.id)
    for who in (rosa, femi):
        await database.write(
            lambda uow, who=who: notices.mark_seen(uow, who, NoticeKind.MESSAGE, "one")
        )
    assert [one.subject for one in (await read(database, rosa))[0] if not one.read] == ["two"]


async def test_the_same_told_to_two_roles_of_somebody_is_one_notice_read_once(database, rosa, femi):
    await database.write(
        lambda uow: accounts.set_roles(uow, rosa.id, {Role.ADMIN, Role.MEMBER}, by="operator")
    )
    both = await database.write(lambda uow: accounts.account(uow, rosa.id))
    for role in (Role.ADMIN, Role.MEMBER):
        await give(database, to_role=role)
    [notice], unread = await read(database, both)
    assert (notice.read, unread) == (False, 1)
    await database.write(lambda uow: notices.mark_read(uow, both, notice.id))
    [notice], unread = await read(database, both)
    assert (notice.read, unread) == (True, 0)


async def test_what_asks_for_an_act_stands_however_old_and_read_until_it_is_taken_back(
    database, rosa, clock
):
    for kind in (NoticeKind.PEER_LEFT, *notices.ASKING):
        await give(database, kind=kind)
    await database.write(lambda uow: notices.mark_read(uow, rosa))
    clock.advance(timedelta(days=400))
    async with database.reading() as reader:
        assert await notices.count_read(reader, clock.now()) == 1
    assert await database.write(lambda uow: notices.forget(uow, clock.now())) == 1
    async with database.reading() as reader:
        found = await notices.standing(reader, rosa, NoticeKind)
    assert {one.kind for one in found} == notices.ASKING
    await database.write(lambda uow: notices.withdraw(uow, NoticeKind.OFFICE_ENDS, PORTICI))
    async with database.reading() as reader:
        assert len(await notices.standing(reader, rosa, NoticeKind)) == len(notices.ASKING) - 1
