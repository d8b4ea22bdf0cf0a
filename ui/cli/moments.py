"""Days, months and moments as they are typed."""

from datetime import datetime
from typing import Any

import click

from node.i18n import _


class Typed(click.DateTime):
    """A moment in one spelling; another is refused with an example of it."""

    def __init__(self, spelling: str, example: str) -> None:
        super().__init__([spelling])
        self.example = example

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            said = _(
                "“%(value)s” cannot be read. Write it like %(example)s.",
                value=value,
                example=self.example,
            )
            self.fail(str(said), param, ctx)


DAY = Typed("%Y-%m-%d", "2027-01-31")
MONTH = Typed("%Y-%m", "2027-01")
MOMENT = Typed("%Y-%m-%dT%H:%M:%SZ", "2027-01-31T10:00:00Z")
