"""`python -m tests.benchmarks.plain` is `rochdale` as people install it.

Tools of the tests bring a library that structlog loads wherever it finds it.
"""

import sys

MODULE = "tests.benchmarks.plain"

if __name__ == "__main__":
    sys.modules["rich"] = None  # type: ignore[assignment]  # as if it were not there
    from ui.cli import main

    main()
