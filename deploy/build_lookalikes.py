#!/usr/bin/env python3
"""Make node/accounts/lookalikes.txt: which letters of other scripts are taken for which of ours.

    python -m venv /tmp/looks && /tmp/looks/bin/pip install --no-deps confusable-homoglyphs
    .venv/bin/python deploy/build_lookalikes.py \
        /tmp/looks/lib/python3*/site-packages/confusable_homoglyphs/confusables.json

The package (MIT) carries the table of UTS #39, Unicode Security Mechanisms (Unicode License v3). Of
it, single letters are kept that can stand in a name as it is compared (`handle_key`). A letter
a–z or a digit is never taken for another: names that coops gave before keep apart.
"""

import json
import sys
from pathlib import Path

from node.text import fold

FILE = Path(__file__).parent.parent / "node" / "accounts" / "lookalikes.txt"
DIGITS = "0123456789"
"""Those of other scripts are told from their value."""
HEAD = """\
# Letters that look alike, by the table of UTS #39 (Copyright © Unicode, Inc., Unicode License v3):
# those of the first line are taken for those of the second. Made by deploy/build_lookalikes.py.
"""


def main() -> None:
    """Write the file anew from the table that is named."""
    [source] = sys.argv[1:]
    table = json.loads(Path(source).read_text("utf-8"))
    pairs = {letter: _stands_for(table, letter) for letter in table if _can_stand(letter)}
    while further := {one: pairs[it] for one, it in pairs.items() if pairs.get(it, it) != it}:
        pairs |= further
    kept = {letter: other for letter, other in pairs.items() if letter != other}
    text = f"{HEAD}{''.join(kept)}\n{''.join(kept.values())}\n"
    FILE.write_text(text, "utf-8")
    sys.stdout.write(f"{len(kept)} letters, {FILE.stat().st_size} bytes\n")


def _can_stand(letter: str) -> bool:
    return len(letter) == 1 and not letter.isascii() and letter.isalpha() and letter == fold(letter)


def _stands_for(table: dict[str, list[dict[str, str]]], letter: str) -> str:
    """The same for all that look alike: each of a group names its first, that names them all."""
    named = [entry["c"] for entry in table[letter]]
    first = named[0] if len(named) == 1 else letter
    group = {first, letter, *(entry["c"] for entry in table.get(first, ()))}
    seen = {one for one in map(fold, group) if len(one) == 1 and (one.isalpha() or one in DIGITS)}
    plain = fold(first)
    return plain if plain in seen and plain.isascii() else min(seen)


if __name__ == "__main__":
    main()
