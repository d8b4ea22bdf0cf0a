"""A delegate's key on their own device: by a program, and what the pages say without one."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node import accounts, council
from node.council import Named, VoteTurn
from node.council.words import statements
from node.errors import InvalidInput, NotAllowed
from protocol.keys import multikey_of
from tests.stories.council import Council
from tests.support.town import TownFounder
from tests.ui.web.visitor import add_account, entered, stranger
from ui.web.council_words import NOT_THIS_DEVICE

DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@pytest.fixture
async def pair(found_town: TownFounder) -> Council:
    """Two coops; Portici's delegate looks after the node, too."""
    founded = await Council(await found_town(2), "lanehead").found()
    number = founded.delegates["portici"]
    roles = {accounts.Role.MEMBER, accounts.Role.DELEGATE, accounts.Role.ADMIN}
    await founded.coops["portici"].write(accounts.set_roles, number, roles, by="operator")
    return founded


async def test_a_program_names_its_key_and_signs_the_ballots(pair: Council) -> None:
    portici, by = pair.coops["portici"], pair.delegates["portici"]
    scopes = frozenset({"council:read", "council:write", "admin"})
    token = await portici.write(accounts.create_token, by, label="key", scopes=scopes)
    headers = {"Authorization": f"Bearer {token.secret}"}
    async with stranger(portici) as program:

        async def say(path: str, body: Any, method: str = "POST") -> tuple[int, Any]:
            answer = await program.ask(method, f"/api/v1{path}", json=body, headers=headers)
            return answer.status, json.loads(answer.text)

        named = {
            "event": "delegates",
            "accounts": [by],
            "keys": {by: multikey_of(DEVICE.public_key())},
        }
        federation = f"/federations/{await pair.id_at('portici')}"
        stray = named | {"keys": {"somebody": multikey_of(DEVICE.public_key())}}
        assert (await say(federation, stray, "PATCH"))[0] == 422
        assert (await say(federation, named, "PATCH"))[0] == 200
        await pair.settle()
        await pair.opened()
        path = f"/proposals/{(await pair.row('portici')).id}/ballots"
        assert (await say(path, {"choice": "yes"}))[0] == 409  # the node has no key to sign with
        status, unsigned = await say(f"{path}/unsigned", {"choice": "no"})
        ballot = unsigned["ballot"]
        assert (status, ballot["choice"]) == (200, "no")
        for key, answer in ((OTHER, 422), (DEVICE, 201), (DEVICE, 409)):
            text = statements.signed(ballot, key, created=pair.town.clock.now()).text
            assert (await say(path, {"choice": None, "signed": text}))[0] == answer
    await pair.vote("lanehead", "no")
    await pair.settle()
    for name in pair.coops:
        row = await pair.row(name)
        cast = await pair.coops[name].read(council.ballots, row.id)
        assert {each.coop: each.choice for each in cast}[portici.uri] == "no"


async def test_who_has_the_key_elsewhere_is_told_so_and_nobody_moves_anothers_key(
    pair: Council,
) -> None:
    portici, by = pair.coops["portici"], pair.delegates["portici"]
    number = await pair.id_at("portici")
    [key] = [each.key for each in await portici.read(council.our_delegates, number)]
    member = await add_account(portici, "ben")
    form = {"do": "device", "key": key, "device_key": multikey_of(DEVICE.public_key())}
    path = f"/council/federations/{number}/keys"
    async with entered(portici, member) as ben:
        assert (await ben.post(path, form | {"csrf": await ben.form_token()})).status == 403
    account = await portici.read(accounts.account, by)
    async with entered(portici, account) as ines:
        token = {"csrf": await ines.form_token()}
        assert "Keep my key on this device" in (await ines.get(path.removesuffix("/keys"))).text
        wrong = await ines.post(path, form | token | {"device_key": "z6Mk"})
        assert wrong.status == 422
        assert (await ines.post(path, form | token)).status == 303
        await pair.settle()
        await pair.opened()
        at = f"/council/proposals/{(await pair.row('portici')).id}"
        page = await ines.get(at)
        assert "vote in the browser in which you made" in page.text
        looked = await ines.post(f"{at}/ballot", token | {"choice": "yes"})
        assert "data-ballot" in looked.text
        cast = await ines.post(f"{at}/ballot", token | {"choice": "yes", "do": "cast"})
        assert cast.status == 409
        assert str(NOT_THIS_DEVICE) in cast.text
    assert (await pair.detail("portici")).ours == ()


async def test_a_key_on_a_device_has_a_name_and_stays_when_delegates_are_named_anew(
    pair: Council,
) -> None:
    portici, by = pair.coops["portici"], pair.delegates["portici"]
    number, key = await pair.id_at("portici"), multikey_of(DEVICE.public_key())
    stands_in = await add_account(portici, "ben")
    roles = {accounts.Role.MEMBER, accounts.Role.DELEGATE}
    await portici.write(accounts.set_roles, stands_in.id, roles, by="operator")
    stands_in = await portici.read(accounts.account, stands_in.id)
    for said in (Named(by, key), Named(by)):
        also = [Named(stands_in.id)]
        await portici.write(council.name_delegates, number, [said], also, by="operator")
        await pair.settle()
        named = await portici.read(council.our_delegates, number)
        assert [(one.account_id, one.custody) for one in named] == [
            (by, "device"),
            (stands_in.id, "node"),
        ]
    taken = [Named(stands_in.id, key)]
    with pytest.raises(InvalidInput):
        await portici.write(council.name_delegates, number, taken, by="operator")
    await pair.wait(minutes=1)
    mine = multikey_of(OTHER.public_key())
    await portici.write(
        council.name_delegates, number, [Named(by)], [Named(stands_in.id, mine)], by="operator"
    )
    await pair.settle()
    await pair.opened()
    row = await pair.row("portici")
    assert await portici.read(council.turn_of, row.id, stands_in) is VoteTurn.NOT_YET
    assert await portici.read(council.waiting, stands_in) == []
    await pair.wait(hours=49)
    assert await portici.read(council.turn_of, row.id, stands_in) is VoteTurn.ON_DEVICE
    assert [one.id for one in await portici.read(council.waiting, stands_in)] == [row.id]
    theirs = await portici.read(council.for_device, row.id, "yes", by=stands_in.id)
    text = statements.signed(theirs, OTHER, created=pair.town.clock.now()).text
    with pytest.raises(NotAllowed):
        await portici.write(council.endorse, row.id, text, by=by)
    await portici.write(council.endorse, row.id, text, by=stands_in.id)


async def test_a_key_that_is_found_again_votes_again_and_terms_are_counted_for_it(
    pair: Council,
) -> None:
    portici, by = pair.coops["portici"], pair.delegates["portici"]
    number, key = await pair.id_at("portici"), multikey_of(DEVICE.public_key())

    async def names(*said: Named) -> None:
        await portici.write(council.name_delegates, number, said, by="operator")
        await pair.settle()

    await names(Named(by, key))
    await pair.wait(days=1)
    lost = {"account_id": by, "by": "operator"}
    await portici.write(council.lost_key, number, key, **lost)
    await pair.settle()
    await names(Named(by, key))
    await pair.opened()
    row = await pair.row("portici")
    ines = await portici.read(accounts.account, by)
    assert await portici.read(council.turn_of, row.id, ines) is VoteTurn.ON_DEVICE
    assert (await portici.read(council.for_device, row.id, "yes", by=by))["delegate"] == key
    for _term in range(2):
        await pair.wait(days=730)
        await names(Named(by))
    await pair.wait(days=730)
    with pytest.raises(NotAllowed, match="3 terms in a row"):
        await names(Named(by))
