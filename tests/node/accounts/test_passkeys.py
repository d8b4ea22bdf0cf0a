"""A passkey opens one account, at one node, for one challenge; a copy of it opens nothing."""

import copy
from dataclasses import replace

import pytest
from fido2.cose import CoseKey
from fido2.webauthn import AttestedCredentialData

from node import accounts, limits, notices
from node.accounts import Role, Site, webauthn
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.asking import Asking
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator

SITE = Site("https://sunrise.coop:8443", "Sunrise Bakers")
HOST = "sunrise.coop"
EXTENDED = 0x80


class Door(Asking):
    def __init__(self, database):
        super().__init__(database)
        self.phone = Authenticator(SITE.address, HOST)

    async def add(self, device=None, name="Phone", account_id=None):
        account_id = account_id or self.rosa.id
        challenge = await self.write(accounts.new_challenge, account_id)
        said = webauthn.read((device or self.phone).make(challenge))
        made = webauthn.registered(SITE, said)
        await self.write(accounts.add_passkey, account_id, said.challenge, made, name)

    async def come_in(self, device=None, challenge=None):
        challenge = challenge or await self.write(accounts.new_challenge)
        said = webauthn.read((device or self.phone).show(challenge))
        passkey = await self.read(accounts.passkey_by_credential, said.credential_id)
        count = webauthn.verified(SITE, said, passkey.data)
        return await self.write(
            accounts.sign_in_by_passkey, passkey.id, said.challenge, count, device="phone"
        )


@pytest.fixture
async def door(database):
    door = Door(database)
    for handle in ("rosa", "femi"):
        made = await door.write(
            accounts.create_account, handle=handle, name=handle, roles=[Role.ADMIN]
        )
        setattr(door, handle, made)
    return door


async def test_a_passkey_opens_the_account_it_was_made_for(door, clock):
    await door.add()
    signed_in = await door.come_in()
    assert signed_in.account.id == door.rosa.id
    [passkey] = await door.read(accounts.passkeys, door.rosa.id)
    assert (passkey.name, passkey.used_at) == ("Phone", clock.now())
    with pytest.raises(Conflict, match="Nothing else opens"):
        await door.write(accounts.remove_passkey, door.rosa.id, passkey.id)
    await door.write(accounts.set_recovery_codes, door.rosa.id, ["hash"])
    await door.write(accounts.remove_passkey, door.rosa.id, passkey.id)
    with pytest.raises(NotAllowed):
        await door.come_in()


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "https://sunrise.coop"},
        {"address": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
)
async def test_what_is_not_for_us_or_verified_nobody_opens_nothing(door, wrong):
    with pytest.raises(NotAllowed):
        await door.add(replace(door.phone, **wrong))
    await door.add()
    with pytest.raises(NotAllowed):
        await door.come_in(replace(door.phone, **wrong))
    assert await door.come_in()


async def test_another_key_under_the_same_name_is_refused(door):
    await door.add()
    with pytest.raises(NotAllowed):
        await door.come_in(Authenticator(SITE.address, HOST))


async def test_a_challenge_is_good_once_and_soon_and_for_what_it_was_made(door, clock):
    await door.add()
    challenge = await door.write(accounts.new_challenge)
    assert await door.come_in(challenge=challenge)
    with pytest.raises(NotAllowed):
        await door.come_in(challenge=challenge)
    with pytest.raises(NotAllowed):
        await door.come_in(challenge=b"a challenge that nobody made....")
    with pytest.raises(NotAllowed):
        await door.come_in(challenge=await door.write(accounts.new_challenge, door.rosa.id))
    late = await door.write(accounts.new_challenge)
    clock.advance(limits.PASSKEY_CHALLENGE)
    with pytest.raises(NotAllowed):
        await door.come_in(challenge=late)
    theirs = await door.write(accounts.new_challenge, door.femi.id)
    made = webauthn.registered(SITE, webauthn.read(door.phone.make(theirs)))
    with pytest.raises(NotAllowed):
        await door.write(accounts.add_passkey, door.rosa.id, theirs, made, "Phone")


async def test_a_copy_shuts_the_passkey_and_its_owner_is_told(door):
    await door.add()
    stolen = copy.copy(door.phone)
    await door.come_in()
    await door.come_in()
    assert await door.come_in(stolen) is None
    for device in (door.phone, stolen):
        with pytest.raises(NotAllowed):
            await door.come_in(device)
    told = {one.kind.value for one in await door.read(notices.notices, door.rosa)}
    assert "passkey-doubted" in told
    [passkey] = await door.read(accounts.passkeys, door.rosa.id)
    await door.write(accounts.remove_passkey, door.rosa.id, passkey.id)


async def test_one_that_never_counts_is_good_each_time(door):
    await door.add()
    for _again in range(2):
        door.phone.count = -1
        assert await door.come_in()


async def test_there_is_an_end_to_passkeys_and_each_is_one_accounts(door, monkeypatch):
    await door.add()
    with pytest.raises(Conflict):
        await door.add(account_id=door.femi.id)
    [passkey] = await door.read(accounts.passkeys, door.rosa.id)
    with pytest.raises(NotFound):
        await door.write(accounts.remove_passkey, door.femi.id, passkey.id)
    other = replace(door.phone, credential_id=b"another")
    with pytest.raises(InvalidInput):
        await door.add(other, name=" ")
    monkeypatch.setattr(limits, "PASSKEYS_PER_ACCOUNT", 1)
    with pytest.raises(Conflict):
        await door.add(other)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 5000, '{"rawId": 5, "response": {}}', "x" * 30_000]
)
def test_what_no_browser_says_is_refused_in_words(text):
    with pytest.raises(NotAllowed, match="does not open"):
        webauthn.read(text)


@pytest.mark.parametrize("garbled", [b"\x19", b"\x81" * 9000], ids=["short", "deep"])
async def test_what_no_passkey_says_is_refused_in_words(door, garbled):
    """Their own library fails at it in ways of its own."""
    challenge = await door.write(accounts.new_challenge, door.rosa.id)
    made = door.phone.said("webauthn.create", challenge, attestationObject=garbled)
    with pytest.raises(NotAllowed, match="does not open"):
        webauthn.registered(SITE, webauthn.read(made))
    await door.add()
    [passkey] = await door.read(accounts.passkeys, door.rosa.id)
    head = door.phone.rp + bytes([PRESENT | VERIFIED | EXTENDED, 0, 0, 0, 1])
    parts = {"authenticatorData": head + garbled, "signature": b""}
    shown = door.phone.said("webauthn.get", challenge, **parts)
    with pytest.raises(NotAllowed, match="does not open"):
        webauthn.verified(SITE, webauthn.read(shown), passkey.data)


async def test_a_key_that_nobody_can_verify_here_is_not_taken(door):
    foreign = CoseKey({1: 2, 3: -9999, -1: 1, -2: bytes(32), -3: bytes(32)})
    challenge = await door.write(accounts.new_challenge, door.rosa.id)
    made = webauthn.read(door.phone.make(challenge, foreign))
    with pytest.raises(NotAllowed, match="does not open"):
        webauthn.registered(SITE, made)
    data = AttestedCredentialData.create(bytes(16), door.phone.credential_id, foreign)
    shown = webauthn.read(door.phone.show(challenge))
    with pytest.raises(NotAllowed, match="does not open"):
        webauthn.verified(SITE, shown, bytes(data))


async def test_who_came_in_by_the_last_way_has_lost_the_others(door):
    await door.add()
    await door.write(accounts.set_recovery_codes, door.rosa.id, ["hash"])
    code = await door.read(accounts.recovery_code, "rosa", 0)
    await door.write(accounts.recover, code, "new", device="")
    assert await door.read(accounts.passkeys, door.rosa.id) == []
