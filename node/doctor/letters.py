"""Whether letters go out; a node without mail has nothing to look at."""

from datetime import datetime

from node import limits
from node.config import Config
from node.doctor.findings import Finding, failed, ok
from node.i18n import _
from node.mail import MailTrouble, Waiting
from node.mail.sender import way_of
from node.mail.server import opened
from node.program import command


async def server(config: Config) -> list[Finding]:
    """Greet the mail server and sign in, and send nothing."""
    way = way_of(config)
    if way is None:
        return []
    try:
        async with opened(way):
            return [ok("mail", _("%(host)s takes our mail.", host=way.server.host))]
    except MailTrouble as trouble:
        said = _(
            "%(host)s does not take our mail: %(said)s", host=way.server.host, said=trouble.said
        )
        return [failed("mail", said, remedy(config))]


def waiting(config: Config, now: datetime, found: Waiting | None) -> list[Finding]:
    """Letters that could not go for longer than greylisting takes."""
    if config.mail is None or found is None or now - found.since <= limits.MAIL_LATE:
        return []
    return [failed("letters", found.words, remedy(config))]


def remedy(config: Config) -> str:
    """The line that finds out what is wrong."""
    return command(f"mail test YOU@EXAMPLE.ORG --data {config.data}")


def first_line(config: Config) -> str:
    """The line that finds what to write into the settings, where no server stands in them."""
    ours = "NODE@EXAMPLE.ORG"
    return f"{remedy(config)} --server MAIL.EXAMPLE.ORG --user {ours} --from {ours}"
