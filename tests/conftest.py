import gc
import re
from typing import Any

import pytest
from aiohttp import web_app
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.support import quick_files

quick_files.choose()
# So that a failure in one of these shows what was compared.
pytest.register_assert_rewrite("tests.hostile.siege", "tests.hostile.cases")

# Properties are tried on the same examples in every run, and never against the clock.
settings.register_profile("rochdale", derandomize=True, deadline=None, database=None)
# For `make soak`: new examples each time, and many more of them.
settings.register_profile("soak", deadline=None, database=None, max_examples=5_000)
settings.load_profile("rochdale")

pytest_plugins = [
    "tests.support.kinds",
    "tests.support.at_once",
    "tests.support.clock",
    "tests.support.entropy",
    "tests.support.postgresql",
    "tests.support.loaf",
    "tests.support.chromium",
    "tests.support.authority",
    "tests.support.fedify",
    "tests.support.town",
    "tests.support.small_disk",
    "tests.interop.beside",
    "tests.federation.nodes",
]


TOWN = "tests/browser/town/"
SEED = re.compile(r"[\[-]seed\d")


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """A file stays with one worker, for what its tests share; so do all that visit one demo.

    Seeds share nothing: hundreds of them in one file are dealt out one by one.
    """

    def _split_scope(self, nodeid: str) -> str:
        if SEED.search(nodeid):
            return nodeid
        return TOWN if nodeid.startswith(TOWN) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Together(config, log)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: it need not be looked through for garbage
    thousands of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def pytest_runtest_teardown() -> None:
    """The server's library remembers a thousand applications, and each keeps a whole node."""
    web_app._cached_build_middleware.cache_clear()
