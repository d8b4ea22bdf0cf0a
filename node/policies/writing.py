"""Values as people type them, in a form or on the command line. Pure."""

import json
import re
from collections.abc import Sequence

from node.errors import InvalidInput
from node.i18n import _
from node.policies.fees import FeeRules
from node.policies.kinds import Kind, WholeNumber, Words, YesNo

_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_YES = {"yes": True, "true": True, "no": False, "false": False}


def stored_from(kind: Kind[object], text: str) -> object:
    """What was typed, as the kind reads it: lists with commas or lines, fee rules as JSON.

    What does not fit is left as it is, for the kind to refuse in its own words. Raises InvalidInput
    for JSON that cannot be read.
    """
    said = text.strip()
    if isinstance(kind, WholeNumber):
        return int(said) if _NUMBER.fullmatch(said) else said
    if isinstance(kind, YesNo):
        return _YES.get(said.lower(), said)
    if isinstance(kind, Words):
        return [word for part in re.split(r"[,،\n]", said) if (word := part.strip())]
    if isinstance(kind, FeeRules):
        return _json(said)
    return said


def typed_from(kind: Kind[object], stored: object) -> str:
    """A stored value as somebody would type it."""
    if isinstance(kind, FeeRules):
        return json.dumps(stored, ensure_ascii=False, indent=1) if stored else ""
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    if isinstance(stored, Sequence) and not isinstance(stored, str):
        return ", ".join(map(str, stored))
    return str(stored)


def _json(text: str) -> object:
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        complaint = _('Write the rules as JSON, such as [{"name": …}].')
        raise InvalidInput({"value": [complaint]}) from None
