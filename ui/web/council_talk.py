"""What a proposal's page shows of its rival texts and of what is said about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from federation.storage import Reader
from node import council, deliberation, policies
from node.accounts import AccountView
from node.council import AmendmentView, Background, ProposalDetail, ProposalView, State
from node.deliberation import CommentView
from node.errors import InvalidInput
from node.probes import Touched
from ui.web.marking import Run, marked

CHANGEABLE = frozenset({State.DISCUSSION, State.FROZEN})
DECIDED = frozenset(
    {
        State.RATIFYING,
        State.IN_FORCE,
        State.REJECTED,
        State.WITHDRAWN,
        State.LAPSED,
        State.OVER,
    }
)
SHOWN = 12
"""Comments on the page of a proposal; the others have a page of their own."""
AMENDABLE = frozenset({"motion", "variants"})


class Rival(Struct, frozen=True):
    """A rival text beside the original. coop: its name. runs: the original with changes marked.

    touched: what it would touch of ours, before it is decided.
    """

    view: AmendmentView
    coop: str
    runs: Sequence[Run]
    touched: Sequence[Touched]


class Said(Struct, frozen=True):
    """Some of a discussion. total: how many comments there are. is_open: more can be said."""

    comments: Sequence[CommentView]
    total: int
    is_open: bool


async def rivals(reader: Reader, detail: ProposalDetail, names: Mapping[str, str]) -> list[Rival]:
    """Every rival text, in the order in which they came."""
    original = str(detail.text.get("text", ""))
    return [
        Rival(
            each,
            names.get(each.coop, each.coop),
            marked(original, each.text),
            await touched(reader, detail.proposal, each.policies) if each.stands else [],
        )
        for each in await council.amendments(reader, detail.proposal.id)
    ]


async def newest(reader: Reader, detail: ProposalDetail, account: AccountView) -> Said:
    """The beginning of the discussion, in reading order."""
    return await part(reader, detail.proposal, account, 0, SHOWN)


async def part(
    reader: Reader, view: ProposalView, account: AccountView, start: int, most: int
) -> Said:
    """So many comments from somewhere on."""
    found = await deliberation.discussion(reader, view.id, account)
    return Said(found.comments[start : start + most], len(found.comments), found.is_open)


async def touched(
    reader: Reader, view: ProposalView, drafted: Mapping[str, Any]
) -> Sequence[Touched]:
    """What policies would touch of our own, while nothing is decided."""
    if not drafted or view.state in DECIDED:
        return []
    try:
        return await policies.dry_run(reader, drafted)
    except InvalidInput:
        return []


async def counts(
    reader: Reader, detail: ProposalDetail, ours: Sequence[Touched]
) -> Mapping[str, Mapping[str, Sequence[int]]]:
    """What each coop says that it would touch there, and what we count now; nothing where the text
    touches nothing that is counted."""
    if detail.digest is None or not ours:
        return {}
    told = await council.touched_at(reader, detail.proposal.id, detail.digest)
    counted = {one.what: (one.affected, one.total) for one in ours}
    return {**told, reader.identities.coop.uri: counted}


def can_amend(view: ProposalView, behind: Background) -> bool:
    """Whether a rival text can be put beside a proposal now."""
    return view.state in CHANGEABLE and behind.rule.get("method") in AMENDABLE
