import stat
from datetime import timedelta
from pathlib import Path

import pytest

from federation import identities as ours
from federation import recovery
from federation.errors import IdentityUnusable
from federation.identities import Identities
from tests.support.clock import FixedClock
from tests.support.loaf import BASE


@pytest.mark.parametrize("passphrase", [None, "four random common words"])
def test_a_coop_is_itself_again(
    tmp_path: Path, identities: Identities, clock: FixedClock, passphrase: str | None
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, passphrase)
    found = recovery.read_recovery(file, passphrase)
    assert found.address == BASE
    recovery.restore(tmp_path / "keys", found)
    restored = ours.load(tmp_path / "keys", BASE, clock.now())
    assert restored.coop.digest == identities.coop.digest
    assert restored.coop.rsa_listed == identities.coop.rsa_listed
    assert restored.node.ed25519_listed == identities.node.ed25519_listed


def test_with_a_passphrase_the_keys_cannot_be_read_without_it(
    tmp_path: Path, identities: Identities
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities, "four random common words")
    assert file.read_text().count("BEGIN ENCRYPTED PRIVATE KEY") == 4
    assert "BEGIN PRIVATE KEY" not in file.read_text()
    with pytest.raises(IdentityUnusable, match="give the passphrase"):
        recovery.read_recovery(file)
    with pytest.raises(IdentityUnusable, match="passphrase is wrong"):
        recovery.read_recovery(file, "four common random words")


def test_only_its_owner_may_read_the_file(tmp_path: Path, identities: Identities) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_during_a_rotation_the_new_keys_are_what_is_kept(
    loaf_keys: Path, tmp_path: Path, clock: FixedClock
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    for each in loaf_keys.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    rotated = ours.rotate(folder, BASE, clock.now())
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, rotated)
    recovery.restore(tmp_path / "again", recovery.read_recovery(file))
    restored = ours.load(tmp_path / "again", BASE, clock.now())
    assert restored.coop.rsa_listed == rotated.coop.rsa_listed[1:]
    settled = ours.load(folder, BASE, clock.advance(timedelta(hours=48)))
    assert restored.coop.digest == settled.coop.digest


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
    recovery.write_recovery(file, identities)
    file.write_text(file.read_text().replace("rochdale-recovery-1", "rochdale-recovery-9"))
    with pytest.raises(IdentityUnusable, match="another version"):
        recovery.read_recovery(file)
    recovery.write_recovery(file, identities)
    file.write_text(file.read_text().replace("PRIVATE", "PUBLIC"))
    with pytest.raises(IdentityUnusable, match="damaged"):
        recovery.read_recovery(file)


def test_existing_keys_are_not_replaced(
    loaf_keys: Path, tmp_path: Path, identities: Identities
) -> None:
    file = tmp_path / "recovery.json"
    recovery.write_recovery(file, identities)
    with pytest.raises(IdentityUnusable, match="already holds"):
        recovery.restore(loaf_keys, recovery.read_recovery(file))
