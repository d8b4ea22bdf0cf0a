"""Tests that need a browser, PostgreSQL, a foreign peer, a web server: skipped, demanded, counted.

`ROCHDALE_REQUIRE=browser,postgres,interop,caddy,nginx` (or some of them) turns a lack into a
failure. With `--hold-to-required`, which `make test` passes, a required kind of which no test ran
fails the run, so that a renamed folder or a lost marker cannot pass for success.
"""

import os
from collections import Counter, defaultdict
from typing import NoReturn

import pytest

from tests.support import lacking

# A test that takes one of these fixtures is of that kind, whether it is marked or not.
KIND_OF_FIXTURE = {
    "browser": "browser",
    "postgres_server": "postgres",
    "postgres_crash": "postgres",
    "fedify": "interop",
}


def required() -> frozenset[str]:
    """The kinds named in ROCHDALE_REQUIRE."""
    named = frozenset(os.environ.get("ROCHDALE_REQUIRE", "").replace(",", " ").split())
    if unknown := named - set(lacking.KINDS):
        raise pytest.UsageError(
            f"ROCHDALE_REQUIRE names {', '.join(sorted(unknown))}; "
            f"it knows {', '.join(lacking.KINDS)}"
        )
    return named


def give_up(kind: str, reason: str) -> NoReturn:
    """Skip the running test, or fail it where its kind is required."""
    if kind in required():
        pytest.fail(f"{kind} is required, but: {reason}", pytrace=False)
    pytest.skip(f"{kind}: {reason}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hold-to-required",
        action="store_true",
        help="fail when no test ran of a kind that ROCHDALE_REQUIRE names (for full runs)",
    )


def pytest_configure(config: pytest.Config) -> None:
    required()
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        config.pluginmanager.register(Summary(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for kind in kinds_of(item):
            item.add_marker(kind)
            item.user_properties.append(("kind", kind))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for kind in kinds_of(item):
        if reason := lacking.reason(kind):
            give_up(kind, reason)


def kinds_of(item: pytest.Item) -> list[str]:
    names = {marker.name for marker in item.iter_markers()}
    fixtures = getattr(item, "fixturenames", ())
    names |= {KIND_OF_FIXTURE[name] for name in fixtures if name in KIND_OF_FIXTURE}
    return [kind for kind in lacking.KINDS if kind in names]


class Summary:
    """Counts per kind, in the process that hears of every test."""

    def __init__(self, config: pytest.Config) -> None:
        self.held = required() if config.getoption("--hold-to-required") else frozenset()
        self.ran: Counter[str] = Counter()
        self.skipped: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, kind in report.user_properties:
            if name == "kind":
                self._count(str(kind), report)

    def _count(self, kind: str, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self.skipped[kind][report.longrepr[2].removeprefix(f"Skipped: {kind}: ")] += 1
        elif report.when == "call":
            self.ran[kind] += 1

    @property
    def unmet(self) -> list[str]:
        return [kind for kind in lacking.KINDS if kind in self.held and not self.ran[kind]]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unmet and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("tests that need more than Python")
        for kind in lacking.KINDS:
            missed = sum(self.skipped[kind].values())
            terminalreporter.line(f"{kind:<9} {self.ran[kind]} ran, {missed} skipped")
            for reason, count in self.skipped[kind].most_common():
                terminalreporter.line(f"{'':<9} {count} skipped: {reason}", yellow=True)
        for kind in self.unmet:
            terminalreporter.line(
                f"ROCHDALE_REQUIRE names {kind}, and not one such test ran", red=True, bold=True
            )
