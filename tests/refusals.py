"""The codes that peers are refused with, as they stand in the source."""

import ast
from pathlib import Path

from protocol import errors
from protocol.errors import ProtocolError

_REFUSING = ("Refused", "RefusedBy", "Refusal", "Answer", "problem")


def refusals(root: Path) -> dict[int, set[str]]:
    """Every code that a peer can be refused with, by status. root: where the source lies."""
    found: dict[int, set[str]] = {}
    sources = (
        "protocol/**/*.py",
        "federation/**/*.py",
        "node/**/inbox.py",
        "node/**/hearing.py",
        "node/clearing/*.py",
        "node/council/*.py",
        "node/deliberation/*.py",
    )
    for path in (path for pattern in sources for path in root.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (refusal := _refusal(node)):
                status, code = refusal
                found.setdefault(status, set()).add(code)
    for error in ProtocolError.__subclasses__():
        found.setdefault(error.status_hint, set()).add(error.default_code)
    return found


def _refusal(call: ast.Call) -> tuple[int, str] | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "Inadmissible":
        said = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        codes = [each for each in said if isinstance(each, str)]
        status = next((each for each in said if isinstance(each, int)), 422)
        return (status, codes[0]) if len(codes) > 1 else None
    constants = [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant)]
    if name in _REFUSING:
        match constants:
            case [int(status), str(code)] if status >= 400:
                return status, code
    error = getattr(errors, name, None)
    if isinstance(error, type) and issubclass(error, ProtocolError):
        for keyword in call.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                return error.status_hint, str(keyword.value.value)
    return None
