pytest_plugins = [
    "tests.support.kinds",
    "tests.support.clock",
    "tests.support.entropy",
    "tests.support.postgresql",
    "tests.support.chromium",
    "tests.support.authority",
    "tests.support.fedify",
]
