#!/usr/bin/env python3
"""Make node/accounts/common_passwords.txt.gz from zxcvbn-ts. Run by hand when it has a new release.

    npm pack @zxcvbn-ts/language-common && tar xzf zxcvbn-ts-language-common-*.tgz
    .venv/bin/python deploy/build_passwords.py package/src/passwords.json

Its list (MIT) is counted from what was stolen and published. Of it, all of eight characters or more
are kept, in lower case: ours have ten at least, and many are one of these with a number behind it.
What the file has had besides, long rows of keys and digits, stays.
"""

import gzip
import json
import sys
from pathlib import Path

FILE = Path(__file__).parent.parent / "node" / "accounts" / "common_passwords.txt.gz"
SHORTEST = 8
HEAD = """\
# Passwords that many people use, in lower case, of eight characters or more. From
# @zxcvbn-ts/language-common: Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.,
# Copyright (c) 2021 @zxcvbn-ts, MIT licence. And rows of keys and digits.
# Made by deploy/build_passwords.py.
"""


def main() -> None:
    """Write the file anew from the list that is named."""
    [source] = sys.argv[1:]
    found = {word.casefold() for word in json.loads(Path(source).read_text("utf-8"))}
    if FILE.exists():
        found |= set(gzip.decompress(FILE.read_bytes()).decode().splitlines())
    kept = sorted(word for word in found if len(word) >= SHORTEST and not word.startswith("#"))
    text = HEAD + "".join(f"{word}\n" for word in kept)
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{len(kept)} passwords, {FILE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
