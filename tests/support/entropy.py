"""Randomness that comes out the same in every run."""

import random

import pytest


class SeededEntropy:
    """Satisfies `federation.ambient.Entropy`: bytes that follow from the seed alone."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy()
