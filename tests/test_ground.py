"""The ground under the other tests: clock, randomness, databases, and the count of what ran."""

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from tests.support import lacking
from tests.support.clock import FixedClock
from tests.support.entropy import SeededEntropy
from tests.support.postgresql import empty_database

pytest_plugins = ["pytester"]


def test_the_clock_stands_until_it_is_moved(clock: FixedClock) -> None:
    assert clock.now() == clock.now() == datetime(2027, 1, 5, 10, tzinfo=UTC)
    assert clock.advance(90) == clock.now() == datetime(2027, 1, 5, 10, 1, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_the_same_seed_gives_the_same_randomness(entropy: SeededEntropy) -> None:
    first, second = entropy.token(16), entropy.token(16)
    assert first != second
    assert SeededEntropy().token(16) == first
    assert SeededEntropy(seed=1).token(16) != first


async def test_each_test_gets_an_empty_database(database_url: str, tmp_path: Path) -> None:
    if database_url.startswith("sqlite:///"):
        assert Path(database_url.removeprefix("sqlite:///")).parent == tmp_path
        return
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE loaf (id integer)")
    assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 1
    await connection.close()


@pytest.mark.postgres
async def test_two_who_need_a_database_have_one_each_and_leave_none(postgres_server: str) -> None:
    async with empty_database(postgres_server) as one, empty_database(postgres_server) as other:
        assert one != other
        connection = await asyncpg.connect(other)
    connection.terminate()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(other)


async def test_a_database_of_one_test_is_not_that_of_another(
    postgres_server: str, postgres_url: str
) -> None:
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM pg_stat_user_tables") == 0
    ours = await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname ~ '^test_'")
    assert ours == 1, "databases of tests that ended are dropped"
    await connection.close()


A_TEST_OF_PAGES = """
import pytest

@pytest.mark.browser
def test_a_page():
    pass
"""


@pytest.fixture
def no_chromium(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytest of its own, with our rules and one browser test, on a machine without Chromium."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("ROCHDALE_CHROMIUM", raising=False)
    monkeypatch.delenv("ROCHDALE_REQUIRE", raising=False)
    pytester.makeini("[pytest]\nmarkers =\n browser: b\n postgres: p\n interop: i")
    pytester.makepyfile(A_TEST_OF_PAGES)
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "tests.support.kinds", *arguments)


def test_what_a_machine_lacks_is_skipped_loudly(no_chromium: pytest.Pytester) -> None:
    result = run(no_chromium, "--hold-to-required")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["browser   0 ran, 1 skipped", "*1 skipped: no Chromium: install Debian's chromium*"]
    )


def test_a_required_kind_that_is_lacking_fails(
    no_chromium: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROCHDALE_REQUIRE", "browser,postgres")
    result = run(no_chromium)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["browser is required, but: no Chromium: *"])


def test_a_required_kind_of_which_nothing_ran_fails_a_full_run(
    no_chromium: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROCHDALE_REQUIRE", "postgres")
    assert run(no_chromium).ret == 0
    result = run(no_chromium, "--hold-to-required")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["ROCHDALE_REQUIRE names postgres, and not one such test ran"])


def test_an_unknown_kind_is_refused(
    no_chromium: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROCHDALE_REQUIRE", "browsers")
    result = run(no_chromium)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*ROCHDALE_REQUIRE names browsers; it knows browser, *"])


def test_debians_postgresql_is_found_outside_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("no PostgreSQL of Debian's here")
    folder = lacking.postgres_folder()
    assert folder
    assert (folder / "postgres").exists()
