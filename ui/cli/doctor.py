"""Looking a node over: what is wrong, and the line that puts it right."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from node.doctor import Finding, State, examine
from node.i18n import Text, _
from ui.cli.common import drive, log_to_stderr, plainly, settings, show, with_node_folder
from ui.cli.speaking import Command

CHECK_WORDS: Final[Mapping[str, Text]] = {
    "listens": _("Program"),
    "address": _("Address"),
    "keys": _("Keys"),
    "webfinger": _("Name that others look up"),
    "signatures": _("Signed requests"),
    "inbox": _("Inbox"),
    "packing": _("Packing of pages"),
    "visitors": _("Who visits"),
    "database": _("Database"),
    "deliveries": _("Messages that wait"),
    "clock": _("Clock"),
    "mail": _("Mail server"),
    "letters": _("Letters that wait"),
    "disk": _("Disk"),
    "authorities": _("Certificate authorities"),
    "backup": _("Backup"),
    "speaks": _("Sending"),
}
"""What was looked at, for people; programs read the code (`--json`)."""


@click.command(cls=Command)
@with_node_folder
@plainly
def doctor(data: Path, as_json: bool) -> None:
    """Look the node over, from within and from outside; exit status 1 if anything is wrong."""
    log_to_stderr(as_json=as_json)
    found = drive(examine(settings(data)))
    is_well = all(finding.state is not State.FAILED for finding in found)
    result = {
        "well": is_well,
        "checks": [
            {
                "check": finding.check,
                "state": finding.state,
                "said": str(finding.said),
                "remedy": finding.remedy or None,
            }
            for finding in found
        ],
    }
    show(result, as_json, "\n".join(_line(finding) for finding in found))
    if not is_well:
        sys.exit(1)


def _line(finding: Finding) -> str:
    marks = {State.OK: "✓", State.FAILED: "✗", State.UNKNOWN: "?"}
    line = f"{marks[finding.state]} {CHECK_WORDS[finding.check]}: {finding.said}"
    return f"{line}\n    {finding.remedy}" if finding.remedy else line
