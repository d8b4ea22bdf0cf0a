"""A backup of a node in which something changes meanwhile, and what a killed one leaves behind."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from federation import identities as keyring
from federation.errors import IdentityUnusable
from node import backups
from node.backups import archive
from node.backups.workshops import BACKUP, workshop
from node.config import Config
from node.errors import Conflict
from node.making import create_node
from tests.support.small_disk import SmallDisk

NOW = datetime(2027, 1, 5, 10, tzinfo=UTC)
DATABASE = "database.sqlite"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    making = create_node(tmp_path / "node", name="Loaf", address="http://loaf.localhost")
    return asyncio.run(making).config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "loaf.tar.gz"


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """Have something happen when a file of that name has just been packed."""
    add = archive._add

    def set_up(which: str, happens: Callable[[], object]) -> None:
        def add_and_more(tar: Any, name: str, source: Path) -> archive.FileEntry:
            entry = add(tar, name, source)
            if name == which:
                happens()
            return entry

        monkeypatch.setattr(archive, "_add", add_and_more)

    return set_up


def test_a_picture_that_goes_meanwhile_keeps_nothing_else_from_being_backed_up(
    config: Config, file: Path, after: Callable[..., None]
) -> None:
    pictures = config.media / "aa"
    pictures.mkdir(parents=True)
    gone, stays = pictures / "1.webp", pictures / "2.webp"
    for picture in (gone, stays):
        picture.write_bytes(b"a picture")
    after(DATABASE, gone.unlink)
    made = backups.back_up(config, file, NOW)
    assert {each.name for each in made.manifest.files if "media" in each.name} == {
        "data/media/aa/2.webp"
    }


@pytest.mark.parametrize(
    "moment", [DATABASE, "data/keys/identity.json", "data/keys/coop-1-rsa.pem"]
)
def test_keys_that_change_meanwhile_are_all_there_or_not_yet(
    config: Config, file: Path, tmp_path: Path, after: Callable[..., None], moment: str
) -> None:
    after(moment, lambda: keyring.rotate(config.keys, config.address, NOW))
    backups.back_up(config, file, NOW)
    assert keyring.load(config.keys, config.address, NOW).epoch == 2
    again = backups.restore(file, tmp_path / "again", NOW)
    keyring.load(again.config.keys, config.address, NOW)


def test_a_backup_without_keys_that_can_be_read_replaces_no_other(
    config: Config, file: Path
) -> None:
    backups.back_up(config, file, NOW)
    before = file.read_bytes()
    (config.keys / "coop-1-rsa.pem").write_bytes(b"no key any more")
    with pytest.raises(IdentityUnusable, match=r"coop-1-rsa\.pem is damaged"):
        backups.back_up(config, file, NOW)
    assert file.read_bytes() == before


def test_what_a_killed_backup_left_goes_with_the_next_one(config: Config, file: Path) -> None:
    left = file.parent / f"{BACKUP}killed"
    left.mkdir(parents=True)
    (left / DATABASE).write_bytes(b"everything that members confided")
    backups.back_up(config, file, NOW)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_another_backup_works_on_stays(config: Config, file: Path) -> None:
    file.parent.mkdir()
    with workshop(file.parent, BACKUP) as other:
        backups.back_up(config, file, NOW)
        assert other.is_dir()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_backup_is_restored_into_a_disk_of_its_own(
    config: Config, file: Path, small_disk: SmallDisk
) -> None:
    """Or into the volume of a container: neither can be put in another folder's place."""
    backups.back_up(config, file, NOW)
    (small_disk.folder / ".restoring-killed").mkdir()
    if small_disk.is_own:
        (small_disk.folder / "lost+found").mkdir()
    again = backups.restore(file, small_disk.folder, NOW)
    assert again.config.data == small_disk.folder
    assert keyring.load(again.config.keys, config.address, NOW).epoch == 2
    assert not list(small_disk.folder.glob(".restoring-*"))
    with pytest.raises(Conflict, match="is not empty"):
        backups.restore(file, small_disk.folder, NOW)


def test_a_restore_into_a_disk_that_is_too_small_leaves_nothing_there(
    config: Config, file: Path, small_disk: SmallDisk
) -> None:
    backups.back_up(config, file, NOW)
    with small_disk.full(300_000), pytest.raises(Conflict, match="Nothing was left there"):
        backups.restore(file, small_disk.folder / "node", NOW)
    assert not list(small_disk.folder.iterdir())
