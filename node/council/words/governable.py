"""Whether a federation can decide by a charter, and change it again. Pure.

Of what founders agree on, as of each change, it is asked that one coop alone, there or gone for
good, can neither stop the others for ever nor decide for them. Founders may do without a class that
changes the charter; nobody may take it away.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from node.council.words import charter as charters
from node.council.words import procedure, tally
from node.council.words.charter import CHARTER_CLASS, Rules
from node.errors import InvalidInput
from node.i18n import Text, _

_ENOUGH = 4
"""Coops from which on all but one are a quorum."""


def check(agreed: Rules, coops: int, before: Mapping[str, Any]) -> None:
    """before: the rules that these take the place of. Raises InvalidInput."""
    found = [*_faults(agreed, coops), *_losses(before, agreed, coops)]
    if found:
        raise InvalidInput({"charter": found})


def check_founding(agreed: Rules, coops: int) -> None:
    """coops: how many found it. Raises InvalidInput."""
    found = {
        "classes": [*_faults(agreed, coops), *_charter_stopped_by_one(agreed, coops)],
        "witness_quorum": [*_all_needed(agreed, coops)],
    }
    if any(found.values()):
        raise InvalidInput({field: said for field, said in found.items() if said})


def _faults(agreed: Rules, coops: int) -> Iterator[Text]:
    """What no rules should say."""
    for name, each in agreed.classes.items():
        if not tally.can_carry(each["rule"], coops, coops):
            yield _("In the class “%(name)s” not even all coops together could decide.", name=name)
        if each["rollHours"] > each["noticeHours"]:
            yield _("In the class “%(name)s” the roll would be made before notice.", name=name)
    longest = max(charters.hours(each, "noticeHours") for each in agreed.classes.values())
    if agreed.delegate_term_days and timedelta(days=agreed.delegate_term_days) < longest:
        yield _("A delegate’s term must be at least as long as the longest notice of a vote.")
    of_charter = agreed.classes.get(CHARTER_CLASS)
    if of_charter is None:
        return
    by_one = 1 + procedure.of(of_charter).proxies
    if tally.can_carry(of_charter["rule"], min(by_one, coops), coops):
        yield _(
            "One coop, with those for whom it stands in, could change the charter alone: let it "
            "stand in for fewer."
        )


def _losses(before: Mapping[str, Any], agreed: Rules, coops: int) -> Iterator[Text]:
    """What a federation may not take from itself: its members of then cannot undo it."""
    of_charter = agreed.classes.get(CHARTER_CLASS)
    if of_charter is None:
        if CHARTER_CLASS in before["classes"]:
            yield _(
                "The class “charter” must stay: without it nothing of the charter could ever be "
                "changed again."
            )
        return
    yield from _all_needed(agreed, coops)
    yield from _charter_stopped_by_one(agreed, coops)


def _all_needed(agreed: Rules, coops: int) -> Iterator[Text]:
    if coops >= _ENOUGH and charters.quorum(coops, agreed.witness_quorum) == coops:
        yield _(
            "With so large a quorum all coops would have to be there all the time: one that is "
            "gone would stop everything for good."
        )


def _charter_stopped_by_one(agreed: Rules, coops: int) -> Iterator[Text]:
    of_charter = agreed.classes.get(CHARTER_CLASS)
    if of_charter is None or coops < _ENOUGH:
        return
    if not tally.can_carry(of_charter["rule"], coops - 1, coops):
        yield _("One coop that is gone would stop every further change of the charter.")
