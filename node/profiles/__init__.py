"""Profiles: what people tell of themselves, field by field, each for an audience of its own.

`rules` (the fields, and `shown`: what a viewer sees; pure) · `models` (one row for each account) ·
`commands` · `queries`. None of it ever leaves the node, and the register knows nothing of it.
"""

from node.profiles import personal  # noqa: F401 - it registers itself
from node.profiles.commands import clear, forget_account, show_less_again, tell
from node.profiles.queries import (
    of_accounts,
    people,
    pictures_of,
    profile,
    profile_of,
    used_pictures,
    viewer,
    viewer_as,
)
from node.profiles.rules import (
    AUDIENCE_WORDS,
    EVERYBODY,
    FIELD_WORDS,
    LONGEST,
    MEMBER,
    Audience,
    Cleared,
    Field,
    Line,
    Profile,
    Shown,
    Told,
    Viewer,
    checked,
    place,
    shown,
)

__all__ = [
    "AUDIENCE_WORDS",
    "EVERYBODY",
    "FIELD_WORDS",
    "LONGEST",
    "MEMBER",
    "Audience",
    "Cleared",
    "Field",
    "Line",
    "Profile",
    "Shown",
    "Told",
    "Viewer",
    "checked",
    "clear",
    "forget_account",
    "of_accounts",
    "people",
    "pictures_of",
    "place",
    "profile",
    "profile_of",
    "show_less_again",
    "shown",
    "tell",
    "used_pictures",
    "viewer",
    "viewer_as",
]
