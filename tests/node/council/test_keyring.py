"""Our own keys in a federation."""

from sqlalchemy import text

from federation.storage import Database, UnitOfWork
from node.council.rows import keyring
from node.council.rows.keyring import Use
from protocol.keys import multikey_of
from tests.support.asking import read

ID = "01j0000000000000000000000f"
BY_DICTIONARY = 'ALTER TABLE council_key ALTER COLUMN public TYPE varchar(100) COLLATE "en-x-icu"'
"""As many servers of PostgreSQL sort: a, B, c."""


async def test_of_keys_made_at_once_each_database_finds_the_same(either_database: Database) -> None:
    async def make(uow: UnitOfWork) -> list[str]:
        if uow.dialect == "postgresql":
            await uow.execute(text(BY_DICTIONARY))
        made: list[str] = []
        while not made or max(made) == max(made, key=str.lower):  # until the two orders differ
            key = await keyring.make(uow, ID, Use.DELEGATE, "ines")
            made.append(multikey_of(key.public_key()))
        return made

    made = await either_database.write(make)
    found = await read(either_database, keyring.held, ID, Use.DELEGATE, "ines")
    assert found is not None
    assert multikey_of(found.public_key()) == min(made)
