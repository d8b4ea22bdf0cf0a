"""Why somebody declines, cancels or objects: a few reasons, so that no private word travels."""

from collections.abc import Mapping

from node.errors import InvalidInput
from node.i18n import Text, _

REASONS: Mapping[str, Text] = {
    "time": _("The time does not suit."),
    "taken": _("Somebody was quicker."),
    "capacity": _("There is too much to do at the moment."),
    "area": _("It is too far away."),
    "price": _("The price does not suit."),
    "scope": _("It is not what is offered here."),
    "illness": _("Somebody is ill."),
    "late": _("It was late, or not done in time."),
    "quality": _("It was not as agreed."),
    "damage": _("Something was damaged."),
    "missing": _("Something is missing."),
    "cleaning": _("It had to be cleaned or put in order."),
    "amount": _("The sum is not right."),
    "short": _("It is not had for so short."),
    "unoffered": _("It cannot be had then."),
    "closed": _("It is not offered now."),
    "federation": _("This price is for members of coops in the same federation."),
    "other": _("For another reason."),
}

DEPOSIT_REASONS = ("damage", "missing", "cleaning", "late", "other")
"""Why some of a deposit is kept."""
BY_ITSELF = {
    "too-short": "short",
    "not-offered": "unoffered",
    "listing-not-open": "closed",
    "not-with-us": "federation",
}
"""Why our node declines what its rules do not offer, by the code of the refusal."""
_NOT_CHOSEN = {"damage", "missing", "cleaning", *BY_ITSELF.values()}
STEP_REASONS = tuple(key for key in REASONS if key not in _NOT_CHOSEN)
"""Why anything else is not as it was meant to be."""


def check_reason(reason: str | None) -> str | None:
    """The reason, if it is one. Raises InvalidInput (`reason`)."""
    if reason is None or reason in REASONS:
        return reason
    possible = ", ".join(REASONS)
    raise InvalidInput({"reason": [_("Choose one of: %(possible)s.", possible=possible)]})


def in_english(reason: str | None) -> str | None:
    """The sentence as it was written: what readers of other software are shown."""
    text = REASONS.get(reason or "")
    return getattr(text, "message", None)


def from_english(sentence: str | None) -> str | None:
    """The key of a sentence of ours; "other" for anybody else's words."""
    if not sentence:
        return None
    return next((key for key in REASONS if in_english(key) == sentence), "other")
