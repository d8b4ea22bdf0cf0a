from hypothesis import settings

from tests.support import quick_files

quick_files.choose()

# Properties are tried on the same examples in every run, and never against the clock.
settings.register_profile("rochdale", derandomize=True, deadline=None, database=None)
# For `make soak`: new examples each time, and many more of them.
settings.register_profile("soak", deadline=None, database=None, max_examples=5_000)
settings.load_profile("rochdale")

pytest_plugins = [
    "tests.support.kinds",
    "tests.support.clock",
    "tests.support.entropy",
    "tests.support.postgresql",
    "tests.support.loaf",
    "tests.support.chromium",
    "tests.support.authority",
    "tests.support.fedify",
    "tests.support.town",
    "tests.interop.beside",
    "tests.federation.nodes",
]
