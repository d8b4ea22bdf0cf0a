"""All commands, under one."""

from collections.abc import MutableMapping
from functools import cached_property
from typing import Any

import click

from ui.cli import running
from ui.cli.loading import loading
from ui.cli.speaking import Group

# These run for weeks, and the modules of all others would cost them 2 MB the while.
_RUN_LONG = {"serve": running.serve, "worker": running.worker}


class _Root(Group):
    """Loads its commands once another one is asked for than those, or which there are."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        del self.commands

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _RUN_LONG.get(cmd_name) or super().get_command(ctx, cmd_name)

    @cached_property
    def commands(self) -> MutableMapping[str, click.Command]:  # type: ignore[override]
        with loading():
            from ui.cli.every import COMMANDS
        return {str(one.name): one for one in COMMANDS}


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="rochdale", message="%(prog)s %(version)s")
def main() -> None:
    """Run a cooperative's node: its members, its listings, its neighbours."""


__all__ = ["main"]
