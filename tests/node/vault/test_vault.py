"""What is personal can be opened while its key is there, and by nobody after."""

import pytest

from node import vault
from node.errors import Conflict
from node.vault import ErasureLog
from tests.support.asking import read

RUBY = {"name": "Ruby Ashworth", "phone": "+44 1632 960018"}


async def sealed(database, subject="ruby", content=RUBY) -> bytes:
    return await database.write(lambda uow: vault.seal(uow, subject, content))


async def unsealed(database, subject, box):
    return await read(database, vault.unseal, subject, box)


async def test_what_was_sealed_can_be_opened(database):
    assert await unsealed(database, "ruby", await sealed(database)) == RUBY


async def test_a_box_opens_for_its_own_subject_only(database):
    box = await sealed(database)
    await sealed(database, "tom")
    assert await unsealed(database, "tom", box) is None


async def test_nothing_personal_is_readable_in_the_files(database, tmp_path):
    await sealed(database)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("slice.sqlite*"))
    assert b"Ashworth" not in written
    assert b"960018" not in written


async def test_after_destruction_nothing_opens_and_nothing_is_added(database):
    first, second = await sealed(database), await sealed(database)
    await database.write(lambda uow: vault.destroy(uow, "ruby"))
    assert await unsealed(database, "ruby", first) is None
    assert await unsealed(database, "ruby", second) is None
    with pytest.raises(Conflict, match="deleted"):
        await sealed(database)


async def test_the_key_itself_is_gone_from_every_file(database, tmp_path, entropy):
    given = []
    entropy_token = entropy.token
    entropy.token = lambda size: given.append(entropy_token(size)) or given[-1]
    await sealed(database)
    [key] = [token for token in given if len(token) == 32]
    assert any(key in path.read_bytes() for path in tmp_path.glob("slice.sqlite*"))
    await database.write(lambda uow: vault.destroy(uow, "ruby"))
    assert await database.empty_log()
    assert not any(key in path.read_bytes() for path in tmp_path.glob("slice.sqlite*"))


async def test_destroying_twice_is_as_good_as_once(database):
    await sealed(database)
    await database.write(lambda uow: vault.destroy(uow, "ruby"))
    await database.write(lambda uow: vault.destroy(uow, "ruby", "nobody"))
    async with database.reading() as reader:
        assert set(await vault.unlogged(reader)) == {"ruby", "nobody"}
        assert await vault.is_destroyed(reader, "ruby")


def test_the_log_keeps_each_erasure_with_its_time(tmp_path, clock):
    log = ErasureLog(tmp_path)
    assert log.read() == {}
    log.add({"ruby": clock.now()})
    log.add({"tom": clock.advance(60)})
    assert list(log.read()) == ["ruby", "tom"]
    assert log.read()["tom"] == clock.now()


def test_a_line_cut_short_by_a_crash_spoils_no_other(tmp_path, clock):
    log = ErasureLog(tmp_path)
    log.add({"ruby": clock.now()})
    with log.path.open("a", encoding="utf-8") as file:
        file.write("2027-01-0")
    log.add({"tom": clock.now()})
    assert list(log.read()) == ["ruby", "tom"]
