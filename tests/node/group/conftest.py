"""A council without servers."""

from tests.node.council.hall import assemble, one_generation

__all__ = ["assemble", "one_generation"]
