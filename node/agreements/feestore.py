"""Fee lines as JSON, for the snapshot that is kept with a version of the terms. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from node.agreements.fees import Destination, FeeLine
from node.agreements.reading import read_money
from node.agreements.sides import Role
from node.agreements.terms import written_money


def written_fees(lines: Iterable[FeeLine]) -> list[dict[str, Any]]:
    """The lines as JSON can hold them exactly."""
    return [
        {
            "name": line.name,
            "payer": line.payer.value,
            "money": written_money(line.money),
            "base": written_money(line.base),
            "percent": f"{line.percent:f}",
            "flat": line.flat and written_money(line.flat),
            "bound": line.bound,
            "destinations": [
                {"name": one.name, "money": written_money(one.money), "project": one.project}
                for one in line.destinations
            ],
        }
        for line in lines
    ]


def read_fees(stored: Iterable[dict[str, Any]]) -> tuple[FeeLine, ...]:
    """`written_fees` the other way round."""
    return tuple(
        FeeLine(
            name=line["name"],
            payer=Role(line["payer"]),
            money=read_money(line["money"]),
            base=read_money(line["base"]),
            percent=Decimal(line["percent"]),
            flat=read_money(line["flat"]) if line["flat"] else None,
            bound=line["bound"],
            destinations=tuple(
                Destination(one["name"], read_money(one["money"]), one["project"])
                for one in line["destinations"]
            ),
        )
        for line in stored
    )
