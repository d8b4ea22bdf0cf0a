"""How many made-up examples a property is tried with."""

from hypothesis import settings


def examples(count: int) -> settings:
    """So many in every run, the same each time; in `make soak` as many as its profile says, and
    new ones."""
    return settings(max_examples=max(count, settings.default.max_examples))
