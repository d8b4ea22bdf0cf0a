"""What may be written behind the question mark of an address: which names each page reads, and
values that nobody who means well would send."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from zlib import crc32

import msgspec
import pytest
from aiohttp import web

from tests.ui.web.rights import Row, rows
from ui.web.api.routes import PREFIX, endpoints

VALUES = (
    "",
    "x",
    "0",
    "-1",
    "a-b",
    "9" * 30,
    "0001" + "9" * 4_400,
    "0100000",
    "٣",
    "²",
    "1e400",
    "nan",
    "Infinity",
    "\x0b\x1b",
    "a\0b",
    "\U0001f600" * 300,
    "2027-13-45",
    "9999-12-31",
    "0001-01-01",
    "9999-W52",
    "0001-W01",
    "9999-12",
    "0001-01",
    "9999-12-31T23:59:59Z",
    "'\"*()<>&|!:",
    "\ufeff\u202e",
    "a" * 3_000,
    "http://[::1",
    "urn:x",
    "1,2,3",
    "90,180",
    "99999999999999999999,5",
    "[]",
    "W10",
    "\ud800",
    "../../x",
    "true",
)
LARGEST_ANSWER = 2_000_000
"""Signs; a list that has no end would have more."""


class Noted(Mapping[str, str]):
    """A query that keeps the names that it was asked for."""

    def __init__(self, said: Any, names: set[str]) -> None:
        self._said, self._names = said, names

    def __getitem__(self, name: str) -> str:
        self._names.add(name)
        return str(self._said[name])

    def __contains__(self, name: object) -> bool:
        self._names.add(str(name))
        return name in self._said

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._said, name)

    def getall(self, name: str, *otherwise: Any) -> Any:
        self._names.add(name)
        return self._said.getall(name, *otherwise)


@contextmanager
def noting() -> Iterator[set[str]]:
    """The names that pages ask their query for meanwhile."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            web.BaseRequest, "query", property(lambda asked: Noted(asked.rel_url.query, names))
        )
        yield names


def described(path: str) -> set[str]:
    """The names that the endpoint of the API at an address says it reads."""
    return {
        field.encode_name
        for one in endpoints()
        if one.method == "GET" and one.query is not None
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", PREFIX + one.path), path)
        for field in msgspec.structs.fields(one.query)
    }


def addresses() -> list[Row]:
    """Every address that is looked at, once."""
    return [row for row in rows() if row.method == "GET"]


def chosen(path: str, name: str, turn: int) -> str:
    """One of the values: another for each name, page and turn, and the same at each run."""
    return VALUES[(crc32(f"{path} {name}".encode()) + turn) % len(VALUES)]


def asked(path: str, name: str, value: str) -> str:
    sign = "&" if "?" in path else "?"
    return f"{path}{sign}{name}={quote(value.encode('utf-8', 'surrogatepass'))}"
