"""What one can ask about a discussion."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from federation.storage import Reader
from node import content, council
from node.accounts import AccountView
from node.deliberation import rules, store
from node.deliberation.life import Scope, State
from node.deliberation.models import comment_table, hiding_table
from node.deliberation.rules import laid_out

_c, _h = comment_table.c, hiding_table.c


class HidingView(Struct, frozen=True):
    """That a coop hides a comment, and how far an appeal has come. can_appeal: for its author."""

    id: str
    coop: str
    scope: Scope
    state: State
    reason: str
    hidden_at: datetime
    appeal_by: datetime
    appeal: str
    answer: str
    is_ours: bool
    can_appeal: bool


class CommentView(Struct, frozen=True):
    """A comment as one reader sees it. text: None when it was taken back.

    depth: how far it is set in. is_mine: the reader wrote it. hidden: why it is not shown here;
    its author and whoever may decide about it read it all the same. hidings: all that are known.
    """

    id: str
    uri: str
    coop: str
    byline: str
    text: str | None
    published_at: datetime
    edited_at: datetime | None
    parent: str | None
    depth: int
    is_mine: bool
    is_ours: bool
    hidden: HidingView | None
    hidings: tuple[HidingView, ...]

    @property
    def html(self) -> str:
        """Safe to be shown as it is."""
        return content.markdown_html(self.text or "")


class Discussion(Struct, frozen=True):
    """All that was said about a proposal. is_open: more can be said."""

    comments: tuple[CommentView, ...]
    is_open: bool


class Appealed(Struct, frozen=True):
    """That the author of a comment about a proposal asks our coop why it is hidden."""

    proposal: council.ProposalView
    hidden_at: datetime


class _Line(Struct, frozen=True):
    uri: str
    parent: str | None
    row: Row[Any]


async def discussion(reader: Reader, proposal_id: str, account: AccountView) -> Discussion:
    """What was said about a proposal, in reading order. Raises NotFound."""
    view = await council.place(reader, proposal_id)
    chosen = select(comment_table).where(
        _c.federation_id == view.federation_id, _c.proposal == view.name
    )
    rows = await reader.rows(chosen.order_by(_c.published_at, _c.id))
    hidings = await _hidings(reader, view.federation_id, [row.uri for row in rows])
    lines = laid_out(_Line(row.uri, row.parent, row) for row in rows)
    return Discussion(
        tuple(
            _view(reader, line.row, depth, account, hidings.get(line.uri, []))
            for line, depth in lines
        ),
        view.state in rules.TALK,
    )


async def remark(reader: Reader, comment_id: str, account: AccountView) -> CommentView:
    """One comment. Raises NotFound."""
    row = await store.comment(reader, comment_id)
    hidings = await _hidings(reader, row.federation_id, [row.uri])
    return _view(reader, row, 0, account, hidings.get(row.uri, []))


async def appealed(reader: Reader) -> list[Appealed]:
    """Proposals with comments that our coop is asked to look at again, each once."""
    ours = reader.identities.coop.uri
    asked = (
        select(_c.federation_id, _c.proposal, _h.hidden_at)
        .join(hiding_table, _h.comment == _c.uri)
        .where(_h.state == State.APPEALED, _h.coop == ours)
    )
    since = {(row.federation_id, row.proposal): row.hidden_at for row in await reader.rows(asked)}
    known = await council.proposals(reader) if since else []
    return [
        Appealed(one, since[one.federation_id, one.name])
        for one in known
        if (one.federation_id, one.name) in since
    ]


async def _hidings(
    reader: Reader, federation_id: str, uris: list[str]
) -> dict[str, list[Row[Any]]]:
    chosen = select(hiding_table).where(_h.federation_id == federation_id, _h.comment.in_(uris))
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in await reader.rows(chosen.order_by(_h.hidden_at, _h.id)):
        found[row.comment].append(row)
    return found


def _view(
    reader: Reader, row: Row[Any], depth: int, account: AccountView, hidings: list[Row[Any]]
) -> CommentView:
    ours, is_mine = reader.identities.coop.uri, row.account_id == account.id
    told = tuple(_hiding(each, ours, now=reader.now, is_mine=is_mine) for each in hidings)
    holds = [each for each in told if each.state is not State.SHOWN]
    here = [each for each in holds if each.is_ours or each.scope is Scope.FEDERATION]
    return CommentView(
        row.id,
        row.uri,
        row.coop,
        row.byline,
        None if row.erased_at else row.said.decode(),
        row.published_at,
        row.edited_at,
        row.parent,
        depth,
        is_mine,
        row.coop == ours,
        here[0] if here else None,
        told,
    )


def _hiding(row: Row[Any], ours: str, *, now: datetime, is_mine: bool) -> HidingView:
    state = State(row.state)
    return HidingView(
        row.id,
        row.coop,
        Scope(row.scope),
        state,
        row.reason,
        row.hidden_at,
        row.appeal_by,
        row.appeal,
        row.answer,
        row.coop == ours,
        is_mine and state is State.HIDDEN and now <= row.appeal_by,
    )
