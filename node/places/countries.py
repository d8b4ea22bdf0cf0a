"""Which country is meant: in any of fifty languages, by code, with a slip of the pen."""

import gzip
import re
from functools import cache, lru_cache
from importlib.resources import files

from node.places.names import key_of

_LONG_ENOUGH_TO_MISSPELL = 5  # "Iran" and "Iraq" are one letter apart
_TITLE = re.compile(
    r"^(the|(the )?(federal |democratic |people s )?(republic|kingdom|state) of( the)?"
    r"|republika|republica( de| di| da| do)?|repubblica( di| d)?|republique (de |du |d )?"
    r"|republik|reino de|regno di|royaume de) "
)


@lru_cache(maxsize=1024)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code of the country that a person would read in `text`, or None.

    Knows codes of two and three letters, "UK", "EL" and the nations of the United Kingdom, names
    in the languages of CLDR that the builder lists, and one wrong, missing or added letter where
    only one country can be meant. Two letters are always a code: "SR" is Suriname.
    """
    name = key_of(text)
    if not name:
        return None
    known = _names()
    exact = known.get(name) or known.get(_TITLE.sub("", name))
    if exact or len(name) < _LONG_ENOUGH_TO_MISSPELL:
        return exact
    near = {code for other, code in known.items() if _one_slip_apart(name, other)}
    return near.pop() if len(near) == 1 else None


def _one_slip_apart(one: str, other: str) -> bool:
    if len(other) < _LONG_ENOUGH_TO_MISSPELL or abs(len(one) - len(other)) > 1:
        return False
    pairs = enumerate(zip(one, other, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, other_rest = one[same:], other[same:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or rest[1::-1] + rest[2:] == other_rest  # two letters swapped
    )


@cache
def _names() -> dict[str, str]:
    packed = files("node.places").joinpath("data/countries.tsv.gz").read_bytes()
    names = dict[str, str]()
    for line in gzip.decompress(packed).decode().split("\n"):
        code, *spellings = line.split("\t")
        names.update(dict.fromkeys(spellings, code))
        names[code.lower()] = code
    names.update(uk="GB", el="GR")  # CLDR's languages know these letters; no country has them
    return names
