"""What the options of a vote are called: an id on ballots, a name for people. Pure.

Ids keep to small letters, so that a ballot has one spelling. The statement of a proposal says what
each is called (`names`), in any script; an option that it does not name is called by its id.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from node import content, text
from node.council.words import shapes
from node.errors import InvalidInput
from node.i18n import _

MOST = 200
_LONGEST_ID = 48  # of 64, so that there is room to number those that are alike
_TAKEN = re.compile(r"yes|no|abstain|split|consent|objection|original|no-change|amendment-.*")
"""What ballots and rival texts say already."""


def ids_for(typed: Sequence[str]) -> dict[str, str]:
    """Names by the ids that their options get, in order: of the letters where these are Latin, of
    the place otherwise. Raises InvalidInput."""
    names = [content.name(each, 2 * shapes.LONGEST_LABEL) for each in typed]
    if complaints := _wrong(names):
        raise InvalidInput({"options": complaints})
    found: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        found[_free(_letters(name) or f"option-{place}", found)] = name
    return found


def names_in(proposal: Mapping[str, Any]) -> dict[str, str]:
    """What each option of a proposal's text is called, in order."""
    names = proposal.get("names", {})
    return {option: names.get(option, option) for option in proposal.get("options", ())}


def are_right(proposal: Mapping[str, Any]) -> bool:
    """Whether only options are named, no two alike, and none by what is its id anyway."""
    names, said = proposal.get("names", {}), names_in(proposal)
    are_new = all(said.get(option, option) != option for option in names)
    return are_new and len(set(said.values())) == len(said)


def _wrong(names: Sequence[str]) -> list[Any]:
    if len(names) > MOST:
        return [_("At most %(most)s options can be voted on.", most=MOST)]
    folded = [text.fold(each) for each in names]
    alike = [each for place, each in enumerate(names) if folded[place] in folded[:place]]
    long = [each for each in names if len(each) > shapes.LONGEST_LABEL]
    unseen = [each for each in names if not shapes.label(each)]
    if alike:
        return [_("There are two options called “%(name)s”: tell them apart.", name=alike[0])]
    if long:
        most = shapes.LONGEST_LABEL
        return [_("“%(name)s…” is too long: %(most)s signs at most.", name=long[0][:30], most=most)]
    return [_("One of these lines shows nothing: write a name.")] if unseen else []


def _letters(name: str) -> str:
    """A name as an id; nothing if it has other letters, or says what ballots say already."""
    words = "-".join(text.words(name))
    cut = words[:_LONGEST_ID].rstrip("-")
    return cut if words.isascii() and not _TAKEN.fullmatch(cut) else ""


def _free(wanted: str, taken: Mapping[str, str]) -> str:
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found
