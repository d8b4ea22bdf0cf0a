import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import identities as ours
from federation import recovery
from federation.errors import IdentityUnusable
from federation.identities import Identities
from protocol import keys
from tests.support.clock import FixedClock
from tests.support.loaf import BASE

SPARE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CRUMB = "https://crumb.example/coop"


@pytest.mark.parametrize("passphrase", [None, "four random common words"])
def test_a_coop_is_itself_again(
    tmp_path: Path, identities: Identities, clock: FixedClock, passphrase: str | None
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, SPARE, passphrase, name="Loaf", peers=[CRUMB])
    found = recovery.read_recovery(file, passphrase)
    assert (found.name, found.address, found.peers) == ("Loaf", BASE, (CRUMB,))
    assert found.recovery_key.private_bytes_raw() == SPARE.private_bytes_raw()
    recovery.restore(tmp_path / "keys", found)
    restored = ours.load(tmp_path / "keys", BASE, clock.now())
    assert restored.coop.digest == identities.coop.digest
    assert restored.coop.rsa_listed == identities.coop.rsa_listed
    assert restored.node.ed25519_listed == identities.node.ed25519_listed
    assert restored.recovery_key == keys.multikey_of(SPARE.public_key())


def test_with_a_passphrase_the_keys_cannot_be_read_without_it(
    tmp_path: Path, identities: Identities
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, SPARE, "four random common words")
    assert file.read_text().count("BEGIN ENCRYPTED PRIVATE KEY") == 5
    assert "BEGIN PRIVATE KEY" not in file.read_text()
    with pytest.raises(IdentityUnusable, match="give the passphrase"):
        recovery.read_recovery(file)
    with pytest.raises(IdentityUnusable, match="passphrase is wrong"):
        recovery.read_recovery(file, "four common random words")


def test_only_its_owner_may_read_the_file(tmp_path: Path, identities: Identities) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, SPARE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_during_a_rotation_the_new_keys_are_what_is_kept_and_the_old_ones_are_remembered(
    loaf_keys: Path, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    for each in loaf_keys.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    rotated = ours.rotate(folder, BASE, clock.now())
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, rotated, SPARE)
    recovery.restore(tmp_path / "again", recovery.read_recovery(file))
    restored = ours.load(tmp_path / "again", BASE, clock.now())
    assert restored.coop.rsa_listed == rotated.coop.rsa_listed[1:]
    settled = ours.load(folder, BASE, clock.advance(timedelta(hours=48)))
    assert restored.coop.digest == settled.coop.digest
    assert restored.retired == settled.retired != ()


def test_a_file_that_is_no_recovery_file_is_refused_in_words(
    tmp_path: Path, identities: Identities
) -> None:
    file = tmp_path / "recovery.json"
    with pytest.raises(IdentityUnusable, match="No such file"):
        recovery.read_recovery(file)
    for text in ("", "{}", "[1]", "PEM"):
        file.write_text(text)
        with pytest.raises(IdentityUnusable, match="not a whole recovery file"):
            recovery.read_recovery(file)
    recovery.write_recovery(file, identities, SPARE)
    file.write_text(file.read_text().replace("rochdale-recovery-1", "rochdale-recovery-9"))
    with pytest.raises(IdentityUnusable, match="another version"):
        recovery.read_recovery(file)
    recovery.write_recovery(file, identities, SPARE)
    file.write_text(file.read_text().replace("PRIVATE", "PUBLIC"))
    with pytest.raises(IdentityUnusable, match="damaged"):
        recovery.read_recovery(file)


def test_a_recovery_that_was_cut_short_goes_on(tmp_path: Path, identities: Identities) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, SPARE)
    for _time in range(2):
        recovery.restore(tmp_path / "keys", recovery.read_recovery(file))
    assert (tmp_path / "keys" / "identity.json").exists()


def test_the_recovery_key_outlives_a_rotation(loaf_keys: Path, tmp_path: Path, clock: FixedClock):
    folder = tmp_path / "keys"
    shutil.copytree(loaf_keys, folder)
    ours.register_recovery(folder, SPARE.public_key())
    rotated = ours.rotate(folder, BASE, clock.now())
    assert rotated.recovery_key == keys.multikey_of(SPARE.public_key())


def test_existing_keys_are_not_replaced(
    loaf_keys: Path, tmp_path: Path, identities: Identities
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, SPARE)
    with pytest.raises(IdentityUnusable, match="already holds"):
        recovery.restore(loaf_keys, recovery.read_recovery(file))
