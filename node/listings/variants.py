"""Kinds and sizes of goods: which of the prices are theirs, what is left of each. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.listings.prices import PriceView

Left = tuple[tuple[str, int], ...]
"""So many of each, by its name."""


def variants_in(details: Mapping[str, Any]) -> tuple[str, ...]:
    """All of a listing's."""
    return tuple(details.get("variants", ()))


def options_of(
    prices: Sequence[PriceView], variants: Sequence[str], variant: str
) -> tuple[int, ...]:
    """Which of the prices, from 0, are those of a kind: those that bear its name, and where none of
    them is for everybody, those that bear none's; where each bears another's, all."""
    every = tuple(range(len(prices)))
    own = tuple(at for at in every if prices[at].label == variant)
    if any(prices[at].whom is None for at in own):
        return own
    named = {one for one in variants if one != variant}
    return tuple(at for at in every if prices[at].label not in named) or every


def counted(left: Left, variants: Sequence[str]) -> Left:
    """What is said of each of these, in their order: none is left of one of which nothing is."""
    said = dict(left)
    return tuple((name, said.get(name, 0)) for name in variants) if left else ()


def new_names(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """Of those that were written anew, by the old ones: one that stands in the place of another
    that is gone is that one."""
    return {
        old: new
        for old, new in zip(before, after, strict=False)
        if len(before) == len(after) and old not in after and new not in before
    }


def renamed(left: Left, before: Sequence[str], after: Sequence[str]) -> Left:
    """What is left of each after they were written anew."""
    names = new_names(before, after)
    return counted(tuple((names.get(name, name), many) for name, many in left), after)
