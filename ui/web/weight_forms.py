"""What a form asks about votes: steps of size, votes for each coop, and a cap."""

from fractions import Fraction
from typing import Any

from wtforms import IntegerField, TextAreaField, validators

from node.errors import InvalidInput
from node.i18n import Text, _
from ui.web.forms import PlainForm
from ui.web.numbers import whole
from ui.web.reading import lines_of

_MOST = 10_000_000
_MOST_STEPS = 50


def _number(label: Text, least: int, most: int, hint: Text = "") -> IntegerField:
    def within(_form: PlainForm, entry: IntegerField) -> None:
        if entry.data is None or not least <= entry.data <= most:
            said = _("Between %(least)s and %(most)s.", least=least, most=most)
            raise validators.StopValidation(str(said))

    return IntegerField(
        label,
        [validators.Optional(), within],
        description=hint,
        render_kw={"inputmode": "numeric", "min": least, "max": most},
    )


class WeightsForm(PlainForm):
    """What the schemes need beside their name. The form that has it has a field `scheme`."""

    cap = _number(
        _("The most of all votes that a coop can have, in per cent"), 1, 100, _("Empty: no cap.")
    )
    tiers = TextAreaField(
        _("Steps of size"),
        description=_("One a line: “100 = 2” gives two votes from 100 members on."),
        default="0 = 1\n100 = 2\n1000 = 3",
        render_kw={"rows": 4, "dir": "ltr"},
    )
    base = _number(_("Votes that each coop has anyway"), 0, _MOST)
    divisor = _number(_("One vote more for so many members"), 1, _MOST)
    most = _number(_("Most votes of one coop"), 1, _MOST, _("Empty: no limit."))

    def weights(self, scheme: str) -> dict[str, Any]:
        """The scheme with what belongs to it. Raises InvalidInput."""
        written: dict[str, Any] = {"scheme": scheme}
        if scheme == "tiers":
            written["tiers"] = self._steps()
        if scheme == "base-proportional":
            written |= {"base": self.base.data or 0, "divisor": f"{self.divisor.data or 1}/1"}
            written |= {"most": self.most.data} if self.most.data else {}
        if self.cap.data:
            part = Fraction(self.cap.data, 100)
            written["cap"] = f"{part.numerator}/{part.denominator}"
        return written

    def _steps(self) -> list[dict[str, int]]:
        found: dict[int, int] = {}
        for line in lines_of(self.tiers.data):
            typed, _equals, given = (part.strip() for part in line.partition("="))
            start, votes = whole(typed, _MOST - 1), whole(given, _MOST - 1)
            if start is None or votes is None or start in found:
                said = _("Write each step once, like: 100 = 2")
                raise InvalidInput({"tiers": [said]})
            found[start] = votes
        if not any(found.values()) or len(found) > _MOST_STEPS:
            raise InvalidInput({"tiers": [_("Write at least one step that gives a vote.")]})
        return [{"from": start, "votes": votes} for start, votes in sorted(found.items())]
