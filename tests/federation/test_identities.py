import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation import identities as ours
from federation import key_files
from federation.errors import IdentityUnusable
from protocol import keys, succession
from tests.support.clock import FixedClock
from tests.support.loaf import BASE


@pytest.fixture
def folder(loaf_keys: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    copy = tmp_path / "keys"
    copy.mkdir()
    for file in loaf_keys.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def test_the_two_actors_of_a_node(loaf_keys: Path, clock: FixedClock) -> None:
    loaf = ours.load(loaf_keys, BASE, clock.now())
    assert loaf.authority == "loaf.example"
    assert (loaf.coop.uri, loaf.coop.kind) == (f"{BASE}/coop", "Organization")
    assert (loaf.node.uri, loaf.node.kind) == (f"{BASE}/node", "Application")
    assert loaf.coop.shared_inbox == loaf.node.shared_inbox == f"{BASE}/inbox"
    assert loaf.coop.rsa_key_id == f"{BASE}/coop#main-key"
    assert loaf.node.ed25519_key_id == f"{BASE}/node#ed25519-key"
    assert loaf.coop.digest == keys.digest_of(loaf.coop.ed25519_key.public_key())
    assert loaf.of(f"{BASE}/node") is loaf.node
    assert loaf.of("https://grocer.example/coop") is None


def test_only_the_owner_may_read_the_keys(loaf_keys: Path) -> None:
    assert {stat.S_IMODE(file.stat().st_mode) for file in loaf_keys.iterdir()} == {0o600}


def test_keys_are_not_shown_by_accident(loaf_keys: Path, clock: FixedClock) -> None:
    loaf = ours.load(loaf_keys, BASE, clock.now())
    assert "PrivateKey" not in repr(loaf)


def test_existing_keys_are_never_overwritten(loaf_keys: Path) -> None:
    with pytest.raises(IdentityUnusable, match="already holds the keys"):
        ours.create(loaf_keys, BASE)


def test_keys_of_another_address_are_refused(loaf_keys: Path, clock: FixedClock) -> None:
    with pytest.raises(IdentityUnusable, match="made for https://loaf") as refusal:
        ours.load(loaf_keys, "https://grocer.example", clock.now())
    assert refusal.value.code == "keys-of-another-address"


@pytest.mark.parametrize("file", ["identity.json", "coop-1-rsa.pem"])
def test_a_missing_or_damaged_file_is_named_with_the_remedy(
    folder: Path, clock: FixedClock, file: str
) -> None:
    (folder / file).write_text("not a key")
    with pytest.raises(IdentityUnusable, match=rf"{file} is damaged .* recovery file"):
        ours.load(folder, BASE, clock.now())
    (folder / file).unlink()
    with pytest.raises(IdentityUnusable, match=f"{file} is missing"):
        ours.load(folder, BASE, clock.now())


def test_for_two_days_both_generations_are_listed_and_the_old_one_signs(
    folder: Path, clock: FixedClock
) -> None:
    before = ours.load(folder, BASE, clock.now())
    rotated = ours.rotate(folder, BASE, clock.now())
    assert rotated.epoch == 2
    assert rotated.retired == ()
    assert rotated.coop.rsa_key_id == f"{BASE}/coop#main-key"
    assert numbers(rotated.coop.rsa_key) == numbers(before.coop.rsa_key)
    assert rotated.coop.digest == before.coop.digest
    assert [key.id for key in rotated.coop.rsa_listed] == [
        f"{BASE}/coop#main-key",
        f"{BASE}/coop#main-key-2",
    ]
    assert rotated.settles_at == clock.now() + timedelta(hours=48)


def test_after_two_days_the_new_keys_sign_and_the_old_ones_are_listed_as_retired(
    folder: Path, clock: FixedClock
) -> None:
    before = ours.rotate(folder, BASE, clock.now())
    after = ours.load(folder, BASE, clock.advance(timedelta(hours=48)))
    assert after.settles_at is None
    assert after.coop.rsa_key_id == f"{BASE}/coop#main-key-2"
    assert after.coop.ed25519_key_id == f"{BASE}/coop#ed25519-key-2"
    assert after.coop.ed25519_listed == before.coop.ed25519_listed[1:]
    assert after.coop.digest != before.coop.digest
    assert [key.id for key in after.retired] == [
        f"{BASE}/coop#main-key",
        f"{BASE}/coop#ed25519-key",
        f"{BASE}/node#main-key",
        f"{BASE}/node#ed25519-key",
    ]
    assert after.retired[0].public == before.coop.rsa_listed[0].public
    assert {key.retired_at for key in after.retired} == {clock.now()}


def test_a_stolen_key_stops_at_once_even_while_another_change_is_under_way(
    folder: Path, clock: FixedClock
) -> None:
    ours.rotate(folder, BASE, clock.now())
    with pytest.raises(IdentityUnusable, match="change them again after"):
        ours.rotate(folder, BASE, clock.now())
    fresh = ours.rotate(folder, BASE, clock.now(), overlap=timedelta(0))
    assert fresh.epoch == 3
    assert fresh.coop.rsa_key_id == f"{BASE}/coop#main-key-3"
    assert len(fresh.coop.rsa_listed) == 1
    assert len(fresh.retired) == 8
    assert {key.retired_at for key in fresh.retired} == {clock.now()}


def test_a_change_of_keys_cut_short_leaves_the_old_ones(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ours.load(folder, BASE, clock.now())
    write = key_files.write_private

    def power_cut(path: Path, data: bytes) -> None:
        if path.name == key_files.STATE_FILE:
            raise InterruptedError
        write(path, data)

    monkeypatch.setattr(key_files, "write_private", power_cut)
    with pytest.raises(InterruptedError):
        ours.rotate(folder, BASE, clock.now())
    after = ours.load(folder, BASE, clock.now())
    assert after.epoch == 1
    assert after.coop.digest == before.coop.digest


def numbers(key: RSAPrivateKey) -> int:
    return key.public_key().public_numbers().n


def test_two_who_change_the_keys_at_once_change_them_one_after_the_other(
    folder: Path, clock: FixedClock
) -> None:
    """Else the files are of both, and the vouchers of one."""
    before = ours.proof_keys(ours.load(folder, BASE, clock.now()))

    def rotate(_who: str) -> int:
        return ours.rotate(folder, BASE, clock.now(), overlap=ours.AT_ONCE).epoch

    with ThreadPoolExecutor() as both:
        assert sorted(both.map(rotate, ("ada", "rosa"))) == [2, 3]
    now = ours.load(folder, BASE, clock.now())
    coop = now.coop
    fresh = [keys.public_from_multikey(each.public) for each in coop.ed25519_listed]
    assert succession.follow(fresh, before, now.vouchers_of(coop), coop.uri)


def test_a_recovery_key_that_is_made_while_keys_change_is_kept(
    folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, registered, make = Event(), Event(), key_files.new_generation
    recovery = keys.generate_ed25519().public_key()

    def slowly(number: int) -> key_files.Generation:
        begun.set()
        registered.wait(0.3)  # in vain, since the other one waits for us
        return make(number)

    def register() -> None:
        ours.register_recovery(folder, recovery)
        registered.set()

    monkeypatch.setattr(key_files, "new_generation", slowly)
    with ThreadPoolExecutor() as both:
        changing = both.submit(ours.rotate, folder, BASE, clock.now())
        assert begun.wait(5)
        both.submit(register).result()
        changing.result()
    now = ours.load(folder, BASE, clock.now())
    assert (now.epoch, now.recovery_key) == (2, keys.multikey_of(recovery))
