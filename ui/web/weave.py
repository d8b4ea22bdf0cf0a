"""A coop's weave: the cloth drawn from the digest of its public key, as SVG.

People recognise a neighbour by it at a glance, and a changed key shows. It helps the eye and proves
nothing: the colours of two coops among a few dozen may well be the same, so the name always stands
beside it. The cloth of a digest never changes: its picture may be cached for good.
"""

from itertools import pairwise

from msgspec import Struct

_DEEP = (
    "8f2d2a 26407c 0f5f63 4b2a63 3d6227 a4491b 5a3a22 2f6690 "
    "a3234f 1f5138 6d2a5d 39464f 80560f 1b4f8a 55601c 2b2b33"
)
_PALE = (
    "efe3c8 f2cf73 f3b8b0 a9d3ea aee0c2 d2c1ee f8bb82 f7f4ec "
    "d3dc8e f6d5df bfe6e4 f0b83d e7c9a3 c9dcc0 c3cdf2 f5dfae"
)
_ENTRY = (0, 1, 2, 3, 3, 2, 1, 0)  # the threads mirror the cloth left to right
_DIAMONDS = _ENTRY
_CHEVRONS = (0, 1, 2, 3, 0, 1, 2, 3)
_TWILL = (0b0011, 0b0110, 0b1100, 0b1001)
_SIDE = 8
"""Threads, each way."""


class Cloth(Struct, frozen=True):
    """What is drawn: three colours as #rrggbb, and every float as (thread, start, end) in cells.

    ground: what shows between the threads.
    """

    ground: str
    weft: str
    warp: str
    weft_floats: tuple[tuple[int, int, int], ...]
    warp_floats: tuple[tuple[int, int, int], ...]


def cloth(digest: bytes) -> Cloth:
    """The cloth of a key's digest. Raises ValueError unless that has 32 bytes."""
    if len(digest) != 32:
        raise ValueError(f"a weave is drawn from 32 bytes of key digest, not from {len(digest)}")
    deep, pale = _DEEP.split()[digest[30] % 16], _PALE.split()[digest[31] % 16]
    rows = _cloth(digest)
    return Cloth(
        f"#{_darkened(deep)}",
        f"#{pale}",
        f"#{deep}",
        tuple(
            (y, start, end)
            for y in range(_SIDE)
            for start, end in _floats([not warp_on_top for warp_on_top in rows[y]])
        ),
        tuple(
            (x, start, end)
            for x in range(_SIDE)
            for start, end in _floats([row[x] for row in rows])
        ),
    )


def svg(digest: bytes) -> str:
    """The weave as a square picture of about 1 KB.

    `digest` is the SHA-256 of the key's SubjectPublicKeyInfo (`protocol.keys.digest_of`).
    Raises ValueError unless it has 32 bytes.
    """
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="160" height="160">'
        f"{_art(digest)}</svg>"
    )


def band(digest: bytes) -> str:
    """The same cloth as a strip 16 px high: the selvedge on top of a coop's own pages."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%">'
        '<pattern id="w" width="16" height="16" patternUnits="userSpaceOnUse">'
        f'<g transform="scale(2)">{_art(digest)}</g></pattern>'
        '<path fill="url(#w)" d="M0 0h6000v64H0z"/></svg>'
    )


def _art(digest: bytes) -> str:
    made = cloth(digest)
    warp = "".join(f"M{x}.5 {start + 0.06:g}V{end - 0.06:g}" for x, start, end in made.warp_floats)
    weft = "".join(f"M{start + 0.06:g} {y}.5H{end - 0.06:g}" for y, start, end in made.weft_floats)
    return (
        f'<path fill="{made.ground}" d="M0 0h8v8H0z"/><g fill="none" stroke-width=".86">'
        f'<path stroke="{made.weft}" d="{weft}"/><path stroke="{made.warp}" d="{warp}"/></g>'
        f'<path fill="none" stroke="#fff" stroke-opacity=".2" stroke-width=".14" d="{warp}"/>'
    )


def _cloth(digest: bytes) -> list[list[bool]]:
    """Eight rows of eight: True where the warp lies on top, False where the weft does."""
    tie_up = _tie_up(digest)
    treadling = _DIAMONDS if digest[29] & 1 else _CHEVRONS
    return [[bool(tie_up[tread] >> shaft & 1) for shaft in _ENTRY] for tread in treadling]


def _tie_up(digest: bytes) -> tuple[int, ...]:
    """The first four bytes in a row that make sound cloth: no thread all over or all under."""
    for start in range(29):
        rows = tuple(1 + byte % 14 for byte in digest[start : start + 4])
        if all(0 < sum(row >> column & 1 for row in rows) < 4 for column in range(4)):
            return rows
    return _TWILL


def _floats(thread: list[bool]) -> list[tuple[int, int]]:
    """Start and end of each stretch where the thread lies on top."""
    cuts = [at for at in range(_SIDE + 1) if at in (0, _SIDE) or thread[at] != thread[at - 1]]
    return [(start, end) for start, end in pairwise(cuts) if thread[start]]


def _darkened(colour: str) -> str:
    return "".join(f"{int(colour[at : at + 2], 16) * 5 // 9:02x}" for at in (0, 2, 4))
