"""What the operator types to run this program: for the lines that they are told to type next."""

import shutil
import sys
from pathlib import Path

NAME = "rochdale"


def command(words: str) -> str:
    """The line that runs a command of this program, as the operator runs it themselves."""
    return f"{called()} {words}"


def called() -> str:
    """The program's name where the shell finds it by that, else the path by which it was started;
    for one that was started in another way, such as a test, its name."""
    started = Path(sys.argv[0])
    if started.name != NAME:
        return NAME
    found = shutil.which(NAME)
    is_found = found is not None and Path(found).resolve() == started.resolve()
    return NAME if is_found else str(started)
