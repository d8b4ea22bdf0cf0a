"""What to type when something is not found: the command that lists what there is."""

from collections.abc import Iterator, Mapping

import click

from node.i18n import Text, _
from node.program import called

# By what the argument is called in the code.
LISTED: Mapping[str, str] = {
    "agreement_id": "agreements list",
    "application": "member applications --all",
    "case": "listings reported",
    "comment": "council show",
    "committee_id": "office committees",
    "coop": "peer list",
    "evidence": "council show",
    "federation": "council show",
    "handle": "account list",
    "key": "policy list",
    "keys": "policy list",
    "listing": "listings find",
    "number": "member list",
    "office_id": "office list --over",
    "proposal": "council show",
    "run": "clearing runs",
    "token_id": "token list",
    "webhook_id": "webhooks list",
}
# And by the words of a command whose argument could be anything.
OF_COMMANDS: Mapping[str, str] = {
    "domain remove": "domain list",
    "peer moved": "peer list",
    "peer suspend": "peer list",
    "token create": "account list",
}


def listing(context: click.Context) -> list[Text]:
    """A line for each thing that the command was given and that may be the missing one."""
    program, data = called(), context.params.get("data")
    return [
        _(
            "What there is: %(program)s %(words)s --data %(data)s",
            program=program,
            words=words,
            data=data,
        )
        for words in dict.fromkeys(_listed(context))
    ]


def _listed(context: click.Context) -> Iterator[str]:
    words = context.command_path.partition(" ")[2]
    if words in OF_COMMANDS:
        yield OF_COMMANDS[words]
    for one in context.command.params:
        if isinstance(one, click.Argument) and one.name in LISTED and context.params.get(one.name):
            yield LISTED[one.name]
