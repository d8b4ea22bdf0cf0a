"""What stands for a value in usage and help: FILE, PROPOSAL; in the operator's language.

Choices are typed as they stand, and stay. A test compares this with the commands that there are.
"""

import re
from collections.abc import Mapping

from node.i18n import Text, _, translate

WORDS = (
    _("ADDRESS"),
    _("AGREEMENT"),
    _("APPLICATION"),
    _("BALLOT"),
    _("CASE"),
    _("CHOICE"),
    _("CLASS"),
    _("COMMENT"),
    _("COOP"),
    _("CURRENCY"),
    _("DIGEST"),
    _("DIRECTORY"),
    _("EVIDENCE"),
    _("FEDERATION"),
    _("FILE"),
    _("HANDLE"),
    _("HANDLES"),
    _("HOLDER"),
    _("HOST"),
    _("ID"),
    _("KEY"),
    _("LISTING"),
    _("NAME"),
    _("NUMBER"),
    _("PORT"),
    _("PROPOSAL"),
    _("REASON"),
    _("RUN"),
    _("SOURCE"),
    _("STEP"),
    _("TEXT"),
    _("TITLE"),
    _("URL"),
    _("VALUE"),
    _("WORDS"),
)
OF_CLICK: Mapping[str, Text] = {
    "INTEGER RANGE": _("NUMBER"),
    "INTEGER": _("NUMBER"),
    "[%Y-%m]": _("YYYY-MM"),
    "[%Y-%m-%d]": _("YYYY-MM-DD"),
    "[%Y-%m-%dT%H:%M:%SZ]": _("YYYY-MM-DDThh:mm:ssZ"),
}
"""What it names after its own types."""
_WORD = re.compile(r"[A-Z]{2,}")


def said(metavar: str) -> str:
    """Each word in the language of the moment; what stands around it says how often it may come."""
    if metavar in OF_CLICK:
        return str(OF_CLICK[metavar])
    return _WORD.sub(lambda found: translate(found[0]), metavar)
