"""Answers to the questions of a listing that came with a message: sealed with its words, and gone
with them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, select

from federation.storage import Reader
from node import content, limits, vault
from node.threads.models import PartyKind, message_table, side_table, thread_table
from protocol.vocabulary.messages import Answers

_t, _s, _m = thread_table.c, side_table.c, message_table.c
Given = Sequence[tuple[str, str]]
"""Question and answer, one by one."""


def boxed(text: str, answers: Answers | None) -> dict[str, Any]:
    """What of a message is sealed."""
    given = [list(one) for one in _bounded(answers.given)] if answers else []
    return {"text": text} | ({"answers": given} if given else {})


def unboxed(message: Any, said: dict[str, Any]) -> Answers | None:
    """`boxed` the other way round. message: its row."""
    return Answers(message.answers_for, _given(said)) if message.answers_for else None


async def answered(reader: Reader, agreement: str, by: str) -> Given:
    """What an actor elsewhere has answered for an agreement of theirs, and not taken back."""
    theirs = and_(_s.thread_id == _t.id, _s.role == _m.role, _s.kind == PartyKind.ACTOR)
    rows = await reader.rows(
        select(_t.subject, _m.box)
        .join(thread_table, _t.id == _m.thread_id)
        .join(side_table, theirs)
        .where(_m.answers_for == agreement, _s.ref == by, _m.withdrawn_at.is_(None))
        .order_by(_m.number.desc())
        .limit(1)
    )
    if not rows or not rows[0].box:
        return ()
    [said] = await vault.unseal_each(reader, [(rows[0].subject, rows[0].box)])
    return _given(said or {})


def _given(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((question, answer) for question, answer in said.get("answers", ()))


def _bounded(given: Given) -> list[tuple[str, str]]:
    """What a peer sent, as tidy and as short as our own."""
    tidy = partial(content.paragraphs, longest=limits.ANSWER_LONGEST)
    return [(tidy(question), tidy(answer)) for question, answer in given[: limits.ANSWERS_MOST]]
