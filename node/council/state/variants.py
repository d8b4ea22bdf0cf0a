"""Rival texts of one proposal: which stand, how they are named, what is then voted on. Pure.

An amendment is a whole text. If the coop that proposed puts the same words into the proposal, it is
taken; if it changes its mind, the amendment stands again. What stands when notice is given is
ranked together with the original and with "no change".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from node.council.state import rounds
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import charter as charters
from node.council.words import tally
from node.council.words.statements import Statement
from node.voting import motions, variants
from protocol import jcs

NO_CHANGE = "no-change"
ORIGINAL = "original"
MOST_OF_A_COOP = 3
"""Amendments of one coop that stand at once."""
MOST = 12
"""And of all together: more options than anybody can put in order."""
MOST_EVER = 60
SUBSTANCE = ("title", "text", "language", "policies")
"""What an amendment may change."""


class Question(Struct, frozen=True):
    """What a ballot answers: the rule by which it counts, and the options there are."""

    rule: Mapping[str, Any]
    options: tuple[str, ...]


def named(proposal: Proposal) -> dict[str, Statement]:
    """Every amendment that was ever made, by the name that it keeps."""
    return {
        f"amendment-{place}": each for place, each in enumerate(proposal.amendments.values(), 1)
    }


def standing(proposal: Proposal) -> dict[str, Statement]:
    """Amendments that are rivals of the text: not withdrawn, and not what it says already."""
    original = substance(proposal.text)
    return {
        name: each
        for name, each in named(proposal).items()
        if each.content not in proposal.retracted and substance(each) != original
    }


def question(record: Record, proposal: Proposal) -> Question:
    """What is voted on, as the proposal stands; frozen once notice is given."""
    rule, rivals = rounds.rule_of(record, proposal), standing(proposal)
    if not rivals:
        return Question(rule, tuple(proposal.text["options"]))
    ranked = dict(rule) | {"method": variants.METHOD, "no_change": NO_CHANGE}
    return Question(ranked, (ORIGINAL, *rivals, NO_CHANGE))


def texts(proposal: Proposal) -> dict[str, Statement]:
    """The text behind each option of a vote between rivals; nothing where there are none."""
    rivals = standing(proposal)
    return {ORIGINAL: proposal.text, **rivals} if rivals else {}


def carried(proposal: Proposal) -> Statement | None:
    """The text that takes effect by the certificate, if any does."""
    if proposal.certificate is None:
        return None
    found: Mapping[str, Any] = proposal.certificate["result"]["tally"]
    if not tally.is_carried(found):
        return None
    rivals = texts(proposal)
    return rivals.get(found["winners"][0]) if rivals else proposal.text


def substance(statement: Statement) -> bytes:
    """What a text says, as bytes to compare."""
    return jcs.canonical({name: statement[name] for name in SUBSTANCE})


def check_within(record: Record, policies: Sequence[str] | Mapping[str, Any]) -> None:
    """Raises Inadmissible for a policy that the federation may not decide on."""
    outside = [key for key in policies if not charters.is_within(record.competences(), key)]
    if outside:
        raise Inadmissible(
            "outside-competence", f"The federation may not decide on {outside[0]}: see its charter."
        )


def check_revision(record: Record, proposal: Proposal, statement: Statement) -> None:
    """Rivals that may stand cannot be got rid of by another class. Raises Inadmissible."""
    if not set(proposal.amendments) - proposal.retracted:
        return
    _check_amendable(record, statement["class"])
    _check_plain(statement)


def check_amendment(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    proposal = _before_notice(record, statement)
    _check_amendable(record, proposal.text["class"])
    _check_plain(proposal.text)
    if rounds.first_of(proposal.id) != proposal.id:
        raise Inadmissible("not-amendable", "A second vote is on the words of the first.")
    if statement["parent"] not in proposal.texts and statement["parent"] not in proposal.amendments:
        raise Inadmissible("parent-differs", "It changes a text that is not there.", 409)
    check_within(record, statement["policies"])
    rivals = standing(proposal)
    if substance(statement) in map(substance, (proposal.text, *rivals.values())):
        raise Inadmissible("changes-nothing", "This text stands there already.", 409)
    own = sum(each.coop == member.coop for each in rivals.values())
    is_full = len(rivals) >= MOST or len(proposal.amendments) >= MOST_EVER
    if own >= MOST_OF_A_COOP or is_full:
        raise Inadmissible("amendments-many", "There are as many amendments as can be ranked.")


def check_retraction(record: Record, statement: Statement, member: Member) -> None:
    """Raises Inadmissible."""
    proposal = _before_notice(record, statement)
    found = proposal.amendments.get(statement["amendment"])
    if found is None or found.content in proposal.retracted:
        raise Inadmissible("amendment-unknown", "There is no such amendment.", 409)
    if found.coop != member.coop:
        raise Inadmissible("not-the-mover", "Only the coop that made it can withdraw it.", 403)


def check_frozen(proposal: Proposal, frozen: Sequence[str]) -> None:
    """Whether a notice names the amendments that stand. Raises Inadmissible."""
    if list(frozen) != frozen_of(proposal):
        raise Inadmissible("amendments-differ", "It does not name the amendments that stand.", 409)


def frozen_of(proposal: Proposal) -> list[str]:
    """The amendments that a notice must name: their content digests, in order."""
    return sorted(each.content for each in standing(proposal).values())


def _check_plain(text: Statement) -> None:
    """What changes the charter, excludes a coop or confirms an urgent decision is a yes or a no."""
    if {"charter", "confirms", "excludes"} & set(text.document):
        raise Inadmissible("not-amendable", "To what this decides there are no rival texts.")


def _check_amendable(record: Record, class_: str) -> None:
    if record.class_named(class_)["rule"]["method"] != motions.METHOD:
        raise Inadmissible("not-amendable", "This class of decisions knows no rival texts.")


def _before_notice(record: Record, statement: Statement) -> Proposal:
    proposal = record.proposal(statement.proposal)
    if proposal.withdrawn or proposal.notice is not None:
        raise Inadmissible("text-frozen", "The vote is announced: its texts stand.", 409)
    return proposal
