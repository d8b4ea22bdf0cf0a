import hashlib
import importlib
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateIndexOp, UpgradeOps
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text

import node.tables
from federation.errors import StorageUnavailable
from federation.models import Delivery, OutboxEntry
from federation.ourselves import software_version
from federation.storage import metadata
from federation.storage.base import add_conditions, table_of
from federation.storage.database import migration_engine
from node.listings import index
from node.migrations import HEAD, RELEASES, VERSIONS, SchemaTooNewError, migrate, revision_of
from node.migrations.running import configuration, include_name
from protocol.vocabulary.actors import parse_actor
from tests.node.migrations import releases
from tests.support.clock import START
from tests.support.tables import lay

RELEASED = {"0001_first": "ff8527b4125cb51b819ae7d612e24efa840c648a45c995f17f77b7ba783fb7f1"}
"""By its SHA-256; a release adds its own."""


async def inside(url: str, look: Any) -> Any:
    engine = migration_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found


def differences(connection: Connection) -> list[Any]:
    options = {"include_name": include_name, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return compare_metadata(context, metadata)


def filled(table: Table) -> dict[str, Any]:
    """A value of its type for each column that must have one."""
    values = {str: "", int: 1, float: 0.0, bool: False, object: {}, datetime: START, bytes: b""}
    needed = [column for column in table.columns if not column.nullable]
    return {column.name: values[column.type.python_type] for column in needed}


def conditions(connection: Connection) -> dict[str, str]:
    """The indexes of only some rows: which rows."""
    look, option = inspect(connection), f"{connection.dialect.name}_where"
    indexes = (index for table in look.get_table_names() for index in look.get_indexes(table))
    options = {str(index["name"]): index.get("dialect_options", {}) for index in indexes}
    return {name: str(said[option]) for name, said in options.items() if option in said}


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_a_migrated_database_is_what_the_models_say(database_url: str) -> None:
    """When it is not: `python -m node.migrations revision "what changes"`."""
    await migrate(database_url)
    assert await inside(database_url, differences) == []


def test_a_migration_is_written_with_the_rows_of_an_index_for_either_database() -> None:
    add_conditions()
    [index] = [each for each in table_of(OutboxEntry).indexes if "private" in str(each.name)]
    written = render_python_code(UpgradeOps([CreateIndexOp.from_index(index)]))
    assert "sqlite_where=sa.text('private = 1')" in written
    assert "postgresql_where=sa.text('private')" in written


async def test_a_migrated_database_has_indexes_of_the_rows_that_the_models_say(
    database_url: str,
) -> None:
    await migrate(database_url)
    migrated = await inside(database_url, conditions)
    await lay(database_url)
    assert await inside(database_url, conditions) == migrated
    assert {"ix_delivery_due", "ix_outbox_entry_private"} < set(migrated)


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    await migrate(database_url)
    before = await inside(database_url, tables)
    await migrate(database_url)
    assert await inside(database_url, revision_of) == HEAD
    assert await inside(database_url, tables) == before


async def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    await migrate(database_url)
    newer = text("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    await inside(database_url, lambda connection: connection.execute(newer))
    with pytest.raises(SchemaTooNewError, match="newer Rochdale"):
        await migrate(database_url)


async def test_a_migration_that_fails_half_way_has_not_happened(database_url: str) -> None:
    in_the_way = text("CREATE TABLE tombstone (uri TEXT)")
    await inside(database_url, lambda connection: connection.execute(in_the_way))
    with pytest.raises(StorageUnavailable, match="left as it was"):
        await migrate(database_url)
    assert await inside(database_url, tables) == {"tombstone"}
    remove = text("DROP TABLE tombstone")
    await inside(database_url, lambda connection: connection.execute(remove))
    await migrate(database_url)
    assert await inside(database_url, differences) == []


async def test_a_database_that_is_not_there_cannot_be_migrated(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="folder does not exist"):
        await migrate(f"sqlite:///{tmp_path}/missing/node.sqlite")


def test_every_slice_with_tables_is_known_to_the_migrations() -> None:
    known = Path(node.tables.__file__).read_text()
    root = Path(node.tables.__file__).parents[1]
    for path in root.glob("node/*/*.py"):
        if "__tablename__" in path.read_text() or "Base.metadata" in path.read_text():
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            assert f"import {module}" in known, f"add {module} to node/tables.py"


def test_the_revisions_have_the_raw_statements_that_the_models_have() -> None:
    """What changes of them is a revision written by hand; its `RAW_DDL` is compared here then."""
    first, words = (
        importlib.import_module(f"node.migrations.versions.{name}").RAW_DDL
        for name in ("0001_first", "0003_teams_firms_pictures")
    )
    triggers = first["sqlite"][1:]
    assert (*words["sqlite"], *triggers) == index.SQLITE_DDL
    assert first["postgresql"] == index.POSTGRESQL_DDL


def test_a_revision_that_was_released_stays_as_it_is() -> None:
    """Nodes are at it. What is to change now belongs into the next one."""
    for name, digest in RELEASED.items():
        assert hashlib.sha256((VERSIONS / f"{name}.py").read_bytes()).hexdigest() == digest, name


def test_a_revision_that_was_released_is_known_by_its_release() -> None:
    assert RELEASES.keys() == RELEASED.keys()
    assert sorted(RELEASES.values()) == releases.NAMES
    assert HEAD in RELEASES or "dev" in software_version(), "what is being made is no release"


async def test_an_actor_that_was_stored_whole_is_cut_to_what_is_shown_and_read(
    database_url: str,
) -> None:
    """One who asked, before that was done when an actor is recorded."""
    uri = "https://evil.example/coop"
    short = {"id": "https://small.example/coop", "type": "Organization", "inbox": "x"}
    document = short | {
        "id": uri,
        "summary": "<p>Bread &amp; beans</p>" + "".join(f"<b id={n}>" for n in range(30_000)),
        "location": {"type": "Place", "name": "Shipley", "latitude": 53.8, "longitude": -1.8},
        "generator": {"type": "Application", "id": "https://evil.example/node"},
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": "x" * 1_000},
        "padding": "x" * 100_000,
    }

    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0002_details_alerts_colleagues")
        actor = Table("remote_actor", MetaData(), autoload_with=connection)
        given = {
            "authority": "evil.example",
            "type": "Organization",
            "name": "Evil\u202e" + "\u0301" * 9_000,
            "preferred_username": "p" * 900_000,
            "inbox": f"{uri}/inbox",
            "implements": [],
            "first_seen_at": START,
            "fetched_at": START,
        }
        many = [
            given | {"uri": f"https://{n}.example/coop", "name": f"{n}", "document": short}
            for n in range(45)
        ]
        connection.execute(insert(actor), [given | {"uri": uri, "document": document}, *many])

    def look(connection: Connection) -> Any:
        actor = Table("remote_actor", MetaData(), autoload_with=connection)
        [row] = connection.execute(select(actor).where(actor.c.uri == uri)).all()
        names = connection.execute(select(actor.c.name).where(actor.c.uri != uri)).scalars().all()
        return row, names

    await inside(database_url, plant)
    started = time.process_time()
    await migrate(database_url)
    assert time.process_time() - started < 5
    row, names = await inside(database_url, look)
    assert sorted(names, key=int) == [str(n) for n in range(45)]
    assert (row.summary, row.place) == ("Bread & beans", "Shipley")
    assert (row.lat, row.lon, row.node) == (53.8, -1.8, "https://evil.example/node")
    assert row.name == "Evil\u0301\u0301\u0301"
    assert len(row.preferred_username) == 100
    assert len(json.dumps(row.document)) < 32 * 1024
    assert row.document["publicKey"] == [f"{uri}#main-key"]
    assert parse_actor(row.document).node == "https://evil.example/node"


async def test_what_was_refused_keeps_its_moment(database_url: str) -> None:
    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0009_forms_and_calendars")
        entries, deliveries = (
            Table(name, MetaData(), autoload_with=connection)
            for name in ("outbox_entry", "delivery")
        )
        connection.execute(insert(entries), [filled(entries) | {"seq": 1}])
        row = filled(deliveries) | {"outbox_seq": 1, "leased_until": START}
        told = [("refused", 1), ("sending", 2)]
        rows = [row | {"seq": seq, "id": str(seq), "state": state} for state, seq in told]
        connection.execute(insert(deliveries), rows)

    def look(connection: Connection) -> Any:
        c = table_of(Delivery).c
        return connection.execute(select(c.leased_until, c.refused_at).order_by(c.seq)).all()

    await inside(database_url, plant)
    await migrate(database_url)
    assert await inside(database_url, look) == [(None, START), (START, None)]


async def test_names_to_sign_in_with_stay_who_had_them(database_url: str) -> None:
    names = ["rosa.w", "al", "a1", "gone-01jx"]
    plain = {"roles": [], "office_roles": [], "teams": [], "created_at": START}

    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0004_short_actors")
        account = Table("account", MetaData(), autoload_with=connection)
        rows = [plain | {"id": name, "handle": name, "name": name} for name in names]
        connection.execute(insert(account), rows)

    def look(connection: Connection) -> Any:
        account = Table("account", MetaData(), autoload_with=connection)
        return connection.execute(select(account.c.handle, account.c.handle_key)).all()

    await inside(database_url, plant)
    await migrate(database_url)
    assert sorted(await inside(database_url, look)) == sorted((name, name) for name in names)


async def test_who_stands_in_is_asked_in_votes_that_are_open_at_the_upgrade(
    database_url: str,
) -> None:
    times = dict.fromkeys(("opens_at", "closes_at", "finalize_by", "created_at"), START)
    plain = times | {"federation_id": "f", "mover": "m", "title": "t", "decision_class": "ordinary"}

    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0004_short_actors")
        proposal = Table("council_proposal", MetaData(), autoload_with=connection)
        rows = [
            plain | {"id": state, "proposal": state, "state": state, "is_public": False}
            for state in ("open", "notice", "rejected")
        ]
        connection.execute(insert(proposal), rows)

    def look(connection: Connection) -> Any:
        timer = Table("timer", MetaData(), autoload_with=connection)
        chosen = select(timer.c.subject, timer.c.failures)
        return connection.execute(chosen.where(timer.c.kind == "council-stand-in")).all()

    await inside(database_url, plant)
    await migrate(database_url)
    assert await inside(database_url, look) == [("open", 0)]


async def test_needs_that_are_out_at_the_upgrade_are_watched_from_then_on(
    database_url: str,
) -> None:
    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0004_short_actors")
        listing = Table("listing", MetaData(), autoload_with=connection)
        entry = Table("search_entry", MetaData(), autoload_with=connection)
        given = filled(listing)
        rows = [
            given | {"id": f"{kind}-{state}", "kind": kind, "state": state}
            for kind in ("request", "goods")
            for state in ("published", "paused")
        ]
        connection.execute(insert(listing), rows)
        connection.execute(insert(entry).values(filled(entry) | {"id": 7}))

    def look(connection: Connection) -> Any:
        watch = Table("listing_watch", MetaData(), autoload_with=connection)
        return connection.execute(select(watch.c.listing_id, watch.c.seen, watch.c.told)).all()

    await inside(database_url, plant)
    await migrate(database_url)
    assert await inside(database_url, look) == [("request-published", 7, None)]


async def test_a_no_of_before_the_upgrade_is_of_the_day_of_the_last_change(
    database_url: str,
) -> None:
    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0004_short_actors")
        relation = Table("relation", MetaData(), autoload_with=connection)
        given = filled(relation) | {"note": "from before"}
        states = ("refused", "accepted", "none")
        rows = [given | {"actor_uri": one, "follower_state": one} for one in states]
        connection.execute(insert(relation), rows)

    def look(connection: Connection) -> Any:
        relation = Table("relation", MetaData(), autoload_with=connection)
        chosen = select(relation.c.actor_uri, relation.c.updated_at, relation.c.declined_at)
        assert "note" not in relation.c
        rows = connection.execute(chosen)
        return {row.actor_uri: row.declined_at == row.updated_at for row in rows}

    await inside(database_url, plant)
    await migrate(database_url)
    found = await inside(database_url, look)
    assert found == {"refused": True, "accepted": False, "none": False}


async def test_words_with_digits_are_known_after_the_upgrade(database_url: str) -> None:
    def plant(connection: Connection) -> None:
        command.upgrade(configuration(connection), "0006_tries_and_conversations")
        entry = Table("search_entry", MetaData(), autoload_with=connection)
        said = {"title_words": "room12 at 1830", "facets": "=kstay =g3u10"}
        connection.execute(insert(entry).values(filled(entry) | said))
        word = Table("search_word", MetaData(), autoload_with=connection)
        connection.execute(insert(word).values(word="room", backwards="moor"))

    def look(connection: Connection) -> Any:
        word = Table("search_word", MetaData(), autoload_with=connection)
        return connection.execute(select(word).order_by(word.c.word)).all()

    await inside(database_url, plant)
    await migrate(database_url)
    assert await inside(database_url, look) == [("room", "moor"), ("room12", "21moor")]
