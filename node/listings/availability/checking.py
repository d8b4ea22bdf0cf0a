"""What keeps from being taken what an owner says of when a listing can be had. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from node import limits
from node.i18n import Text, _
from node.listings.availability import clocks
from node.listings.availability.clocks import DAY
from node.listings.availability.models import WAYS, Way
from node.listings.availability.rules import Availability, Closed, Hours, closed_fault, is_near
from node.listings.models import Kind

_OUT_OF_ORDER = _("Write hours such as 09:00–12:00, 14:00–18:00, one after the other.")
_RANGES = {
    "slot": (5, DAY),
    "before": (0, DAY),
    "after": (0, DAY),
    "lead": (0, limits.LEAD_DAYS_MOST * DAY),
    "ahead_days": (1, limits.AHEAD_DAYS_MOST),
    "capacity": (1, limits.CAPACITY_MOST),
    "least": (1, 366),
    "most": (1, 366),
    "check_in": (0, DAY),
    "check_out": (0, DAY),
    "stock": (0, limits.STOCK_MOST),
}


def check(said: Availability, kind: Kind) -> dict[str, list[Text]]:
    """Everything that keeps it from being taken, by field; empty if nothing does."""
    faults: dict[str, list[Text]] = {}
    if said.way not in WAYS.get(kind, ()) or (said.by_variant and said.way is not Way.STOCK):
        return {"way": [_("Something of this kind cannot be had that way.")]}
    if not clocks.is_zone(said.zone):
        faults["zone"] = [_("Name a time zone such as Europe/Rome or Africa/Nairobi.")]
    for name, (low, high) in _RANGES.items():
        value = getattr(said, name)
        if value is not None and not low <= value <= high:
            faults[name] = [_("This is a number from %(low)s to %(high)s.", low=low, high=high)]
    if any(not 0 <= left <= limits.STOCK_MOST for _name, left in said.by_variant):
        most = limits.STOCK_MOST
        faults["stock"] = [_("This is a number from %(low)s to %(high)s.", low=0, high=most)]
    if said.least > said.most:
        faults.setdefault("most", []).append(_("The most is below the least."))
    if said.way is Way.NIGHTS and said.check_out > said.check_in:
        faults["check_out"] = [_("Guests must leave before the next ones come, on the same day.")]
    hours_said = said.weekly or said.shifts or any(one.hours for one in said.other_days)
    if said.way is Way.SLOTS and not hours_said:
        faults["weekly"] = [_("Say on which days and hours, such as 09:00–12:00.")]
    if lengths_wrong := _lengths_fault(said):
        faults["lengths"] = [lengths_wrong]
    if wrong := [why for one in said.closed if (why := closed_fault(one))]:
        faults["closed"] = wrong[:1]
    return faults | _hours_faults(said)


def _hours_faults(said: Availability) -> dict[str, list[Text]]:
    faults: dict[str, list[Text]] = {}
    by_weekday: dict[int, list[Hours]] = {}
    for one in said.weekly:
        by_weekday.setdefault(one.weekday, []).append(one.hours)
    in_range = all(0 <= weekday < 7 for weekday in by_weekday)
    if not in_range or not all(map(_in_order, by_weekday.values())):
        faults["weekly"] = [_OUT_OF_ORDER]
    if not _shifts_fit(said):
        faults["shifts"] = [_OUT_OF_ORDER]
    if len(said.shifts) > limits.SHIFTS_MOST:
        most = limits.SHIFTS_MOST
        faults["shifts"] = [_("At most %(most)s lines.", most=most)]
    days = [one.day for one in said.other_days]
    if len(days) != len(set(days)) or not all(_in_order(one.hours) for one in said.other_days):
        faults["other_days"] = [_OUT_OF_ORDER]
    if max(len(days), len(said.closed)) > limits.OTHER_DAYS_MOST:
        most = limits.OTHER_DAYS_MOST
        faults["other_days"] = [_("At most %(most)s days can be named.", most=most)]
    return faults


def _shifts_fit(said: Availability) -> bool:
    """Each repeats within a year, and on no day do hours meet that overlap."""
    if not all(1 <= one.weeks <= limits.SHIFT_WEEKS_MOST and one.hours for one in said.shifts):
        return False
    days = (Closed(one.first, one.first) for one in said.shifts)
    if not all(map(is_near, days)):
        return False
    for at, one in enumerate(said.shifts):
        weekly = (each.hours for each in said.weekly if each.weekday == one.first.weekday())
        meeting = (each.hours for each in said.shifts[:at] if each.meets(one))
        if not all(_in_order((*one.hours, *others)) for others in (tuple(weekly), *meeting)):
            return False
    return True


def _lengths_fault(said: Availability) -> Text | None:
    """What is wrong with the lengths that one can choose."""
    if not said.lengths:
        return None
    low, high = _RANGES["slot"]
    if len(said.lengths) > limits.LENGTHS_MOST or len(set(said.lengths)) < len(said.lengths):
        return _("At most %(most)s lengths, each once.", most=limits.LENGTHS_MOST)
    if not all(low <= one <= high for one in said.lengths):
        return _("A length is from %(low)s to %(high)s minutes.", low=low, high=high)
    if said.slot < limits.LENGTHS_STEP_LEAST:
        least = limits.LENGTHS_STEP_LEAST
        return _("Where one can choose how long, a slot takes %(n)s minutes or more.", n=least)
    if (said.least, said.most) != (1, 1):
        return _("Who can choose how long takes one, not several in a row: write 1 and 1 there.")
    return None


def _in_order(hours: Sequence[Hours]) -> bool:
    """Each begins on its day, ends at most a day later, and after that begins the next."""
    whole = all(0 <= one.start < DAY and one.start < one.end <= one.start + DAY for one in hours)
    ordered = sorted(hours)
    apart = all(one.end <= two.start for one, two in pairwise(ordered))
    return whole and apart and len(hours) <= limits.HOURS_A_DAY_MOST
