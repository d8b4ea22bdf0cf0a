"""`rochdale demo`: coops that federate on this computer, seeded, with links to sign in."""

from pathlib import Path

import click

from ui.cli.common import drive, log_to_stderr, plainly
from ui.cli.speaking import Command


@click.command(cls=Command)
@click.option(
    "--coops", type=click.IntRange(1, 12), default=5, show_default=True, help="How many coops."
)
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the nodes here."
)
@click.option("--headless", is_flag=True, help="Print one JSON line when ready; run until stopped.")
@plainly
def demo(coops: int, keep: Path | None, headless: bool) -> None:
    """Start coops that work together, on this computer only; nothing is left behind.

    All five of them have founded a federation, and vote; fewer have not.
    """
    from ui.demo import town

    log_to_stderr(as_json=headless)
    drive(town.run(coops, keep=keep, headless=headless))
