"""Which commands a page or a call can come to, read off the source: called, passed on or kept in a
table, in whichever module of ui.web that stands."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

Reached = tuple[str | None, Any]
"""A command, and what must be said for it; None is whatever is said."""

_DEFINED = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = _DEFINED | ast.Lambda
_OWNERS = ModuleType | type | Enum
_Seen = set[tuple[CodeType, str | None]]


def commands_of(handler: Any) -> set[Reached]:
    """All that a handler comes to that takes a unit of work, each with its `case`, or its key in a
    table of commands."""
    return set(_reached(handler, None, set()))


def _reached(value: Any, said: str | None, seen: _Seen) -> Iterator[Reached]:
    match value:
        case partial():
            yield from _reached(value.func, said, seen)
        case FunctionType() if value.__module__.startswith("ui.web."):
            yield from _in_function(value, said, seen)
        case FunctionType() if inspect.iscoroutinefunction(value) and _takes_unit_of_work(value):
            yield said, value
        case Mapping():
            for key, each in value.items():
                yield from _reached(each, said or _word(key), seen)
        case tuple() | list() | set() | frozenset():
            for each in value:
                yield from _reached(each, said, seen)
        case Struct() if type(value).__module__.startswith("ui.web."):
            yield from _reached(astuple(value), said, seen)


def _takes_unit_of_work(command: Any) -> bool:
    return next(iter(inspect.signature(command).parameters), "") == "uow"


def _word(key: Any) -> str | None:
    return str(key) if isinstance(key, str) else None


def _in_function(function: FunctionType, said: str | None, seen: _Seen) -> Iterator[Reached]:
    code = function.__code__
    if (code, said) in seen:
        return
    seen.add((code, said))
    for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield from _reached(value, said, seen)
    closed = inspect.getclosurevars(function).nonlocals
    for tree in _trees(code):
        known = function.__globals__ | closed
        known = {name: known[name] for name in known.keys() - _bound(tree)} | _imported(tree)
        for part in _inside(tree):
            for word, value in _named(part, known, said):
                yield from _reached(value, word, seen)


def _inside(tree: Any) -> list[ast.AST]:
    """What a function does, without what stands above it."""
    return tree.body if isinstance(tree.body, list) else [tree.body]


def _bound(tree: ast.AST) -> set[str]:
    """The names that a function gives to its own: they stand for nothing outside."""
    own = {each.name for each in ast.walk(tree) if isinstance(each, _DEFINED) and each is not tree}
    own |= {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    names = [each for each in ast.walk(tree) if isinstance(each, ast.Name)]
    return own | {each.id for each in names if isinstance(each.ctx, ast.Store)}


def _named(tree: ast.AST, known: Mapping[str, Any], said: str | None) -> Iterator[tuple[Any, Any]]:
    """Every value that the source names by a name or a path of names, with its `case` or key."""
    match tree:
        case ast.Name() | ast.Attribute():
            if (value := _resolved(tree, known)) is not None:
                yield said, value
                return
        case ast.match_case():
            words = _words(tree.pattern, known) if said is None else []
            for part in ast.iter_child_nodes(tree):
                for word in words or [said]:
                    yield from _named(part, known, word)
            return
        case ast.Dict():
            for key, value in zip(tree.keys, tree.values, strict=True):
                word = _word(_resolved(key, known)) if key is not None else None
                yield from _named(value, known, said or word)
            return
    for part in ast.iter_child_nodes(tree):
        yield from _named(part, known, said)


def _words(pattern: ast.pattern, known: Mapping[str, Any]) -> list[str]:
    match pattern:
        case ast.MatchValue(value=value):
            return [str(_resolved(value, known))]
        case ast.MatchOr(patterns=patterns):
            return [word for each in patterns for word in _words(each, known)]
    return []


def _resolved(tree: ast.AST, known: Mapping[str, Any]) -> Any:
    """What a name stands for, or a path of names through modules, classes and their members."""
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.Attribute(value=of, attr=name):
            owner = _resolved(of, known)
            return getattr(owner, name, None) if isinstance(owner, _OWNERS) else None
    return None


def _imported(tree: ast.AST) -> dict[str, Any]:
    """What a function imports for itself."""
    own: dict[str, Any] = {}
    for part in ast.walk(tree):
        if isinstance(part, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([part], []), "<import>", "exec"), own)
    return own


def _trees(code: CodeType) -> list[ast.AST]:
    """The functions that begin in the line of this one: one, but for lambdas in a row."""
    of_file = _by_line(code.co_filename)
    return [each for each in of_file.get(code.co_firstlineno, []) if _name(each) == code.co_name]


def _name(tree: ast.AST) -> str:
    return getattr(tree, "name", "<lambda>")


@cache
def _by_line(file: str) -> dict[int, list[ast.AST]]:
    found: dict[int, list[ast.AST]] = {}
    for tree in ast.walk(ast.parse(Path(file).read_text("utf-8"))):
        if isinstance(tree, _FUNCTIONS):
            above = [each.lineno for each in getattr(tree, "decorator_list", [])]
            found.setdefault(min([tree.lineno, *above]), []).append(tree)
    return found
