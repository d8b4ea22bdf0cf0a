"""How many votes each coop of a federation has, in words."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from node.i18n import LazyString, Text, _, ngettext

SCHEMES: dict[str, LazyString] = {
    "equal": _("One coop, one vote"),
    "isqrt": _("The square root of its members"),
    "proportional": _("One vote for each member"),
    "base-proportional": _("Some votes for each coop, and more by members"),
    "tiers": _("By steps of size"),
}


def scheme_lines(scheme: Mapping[str, Any]) -> list[Text]:
    """By what votes are given, and within which bounds."""
    return [SCHEMES.get(scheme["scheme"], scheme["scheme"]), *bounds(scheme)] if scheme else []


def bounds(scheme: Mapping[str, Any]) -> list[Text]:
    """Steps, base and cap, as far as a scheme has them: a sentence each."""
    lines: list[Text] = []
    for tier in sorted(scheme.get("tiers", ()), key=lambda each: int(each["from"])):
        votes = ngettext("%(num)d vote", "%(num)d votes", tier["votes"])
        lines.append(
            _("From %(members)s members on: %(votes)s.", members=tier["from"], votes=votes)
        )
    if scheme["scheme"] == "base-proportional":
        lines.append(
            _(
                "Votes for each coop: %(base)s; one more for each %(divisor)s members or part of "
                "them.",
                base=scheme.get("base", 0),
                divisor=str(scheme.get("divisor", 1)).removesuffix("/1"),
            )
        )
    if scheme.get("most"):
        lines.append(_("No coop has more than %(most)s votes.", most=scheme["most"]))
    if cap := scheme.get("cap"):
        lines.append(_("No coop has more than %(part)s of all votes.", part=_part(cap)))
    return lines


def _part(written: str) -> str:
    percent = Fraction(written) * 100
    return f"{percent} %" if percent.denominator == 1 else written
