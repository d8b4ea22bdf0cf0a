"""What cannot be read of a call, and where, in the reader's language, by what msgspec and our JSON
say of it.

Names of types and fields stay as they are written in JSON and in the description of the API.
"""

import re

import msgspec
from msgspec.structs import replace

from node.errors import InvalidInput
from node.i18n import LazyString, Text, _
from protocol.errors import ProtocolError

_JSON_AT = re.compile(r".* at line (?P<line>\d+), column (?P<column>\d+)\.")
_AT = re.compile(r"(?P<said>.*?)(?: - at `(?:key` in `)?\$(?P<at>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_MOMENT = _("Write the moment as 2027-03-31T14:30:00Z.")
_NO_JSON_AT = _("That is no JSON: look at line %(line)s, column %(column)s.")
_UNREAD = _("It cannot be read.")
_SIGNS = _("There are signs in it that no text has.")
_TOO_MUCH = _("There is more in it than is read at once.")
_JSON: dict[str, Text] = {
    "not-json": _("That is no JSON."),
    "not-an-object": _("Send one JSON object."),
    "not-utf-8": _("Send JSON in UTF-8."),
    "byte-order-mark": _("Send JSON in UTF-8, without a mark before it."),
    "number-out-of-range": _("A number in it is too large."),
    "duplicate-key": _("A name stands twice in one object."),
    "nul-character": _SIGNS,
    "lone-surrogate": _SIGNS,
    "too-many-members": _TOO_MUCH,
    "too-deep": _TOO_MUCH,
}
_FIELD: list[tuple[re.Pattern[str], LazyString]] = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"Object missing required field `(?P<name>.*)`", _("The field %(name)s is missing.")),
        (r"Object contains unknown field `(?P<name>.*)`", _("There is no field %(name)s.")),
        (
            r"Expected `(?P<wanted>.*)`, got `(?P<given>.*)`",
            _("%(wanted)s is expected here, not %(given)s."),
        ),
        (r"Expected `.*` >= (?P<least>.*)", _("%(least)s is the least here.")),
        (r"Expected `.*` <= (?P<most>.*)", _("%(most)s is the most here.")),
        (r"Expected `.*` > (?P<bound>.*)", _("It must be more than %(bound)s.")),
        (r"Expected `.*` < (?P<bound>.*)", _("It must be less than %(bound)s.")),
        (
            r"Expected `.*` of length >= (?P<least>.*)",
            _("It is too short: %(least)s is the least."),
        ),
        (r"Expected `.*` of length <= (?P<most>.*)", _("It is too long: %(most)s is the most.")),
        (r"Expected `.*` matching regex (?P<form>.*)", _("It is not of the form %(form)s.")),
        (r"Expected `.*` with a timezone component", _MOMENT),
        (r"Invalid RFC3339 encoded datetime", _MOMENT),
        (r"Invalid RFC3339 encoded date", _("Write the day as 2027-03-31.")),
        (r"(?:Integer value|Number) out of range", _("A number in it is too large.")),
        (r"Invalid decimal string", _("Write a number in digits, like 12.50.")),
        (
            r"Invalid enum value (?P<value>.*)",
            _("%(value)s is none of the values that can stand here."),
        ),
    )
]


def of_json(error: ProtocolError) -> str:
    """Why a body is not the JSON that is read here."""
    if place := _JSON_AT.fullmatch(str(error)):
        return str(replace(_NO_JSON_AT, values=place.groupdict()))
    return str(_JSON.get(error.code, _UNREAD))


def of_fields(error: msgspec.ValidationError) -> InvalidInput:
    """What msgspec says of a value, at the path to it: `lines/0/quantity`, or `body` for all."""
    match = _AT.fullmatch(str(error))
    said, at = match.group("said", "at") if match else (str(error), None)
    path = "/".join(name or number for name, number in _STEP.findall(at or ""))
    return InvalidInput({path or "body": [_in_words(said)]})


def _in_words(said: str) -> Text:
    for pattern, words in _FIELD:
        if match := pattern.fullmatch(said):
            return replace(words, values=match.groupdict())
    return _UNREAD
