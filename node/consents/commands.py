"""Asking members, agreeing, taking it back."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update

from federation.storage import UnitOfWork
from node import audit, content, limits, notices, vault
from node.consents.models import ConsentGiven, ConsentText
from node.consents.wording import Words, only_adds, tidied
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import Text, _
from node.notices import NoticeKind

_t = ConsentText
_TAKEN_BACK = ".taken-back"
"""After an id in the erasure log, which a restore leaves as it is."""
_NAME_IT = _("Give it a name in at most %(n)s characters.", n=limits.NAME_LONGEST)
_SAY_IT = _("Say in at most %(n)s characters what they agree to.", n=limits.CONSENT_TEXT_LONGEST)


async def ask(
    uow: UnitOfWork,
    title: str,
    text: str,
    *,
    matter: str | None = None,
    language: str = "",
    others: Mapping[str, Words] | None = None,
    by: str,
) -> str:
    """Ask members this from now on; with `matter`, in place of how it was worded before.

    language: in which that is written; empty: in the coop's main one. others: the same in others.
    Where only languages are added, it is the same wording, and nobody is asked anew.

    Returns the id of the wording. Raises InvalidInput by field, NotFound for a matter that nobody
    is asked, Conflict for more matters than people read.
    """
    title = content.name(title, limits.NAME_LONGEST + 1)
    text = content.paragraphs(text, limits.CONSENT_TEXT_LONGEST + 1)
    said = tidied(others or {})
    _check(title, text, said)
    fresh, version = uow.new_id(), 1
    if matter is None:
        await _check_room(uow)
    else:
        standing = await _current(uow, matter)
        if only_adds(standing, title, text, said):
            return await _say_in(uow, standing, said, by)
        version = standing.version + 1
        await _end(uow, matter)
    await uow.execute(
        insert(ConsentText).values(
            id=fresh,
            matter=matter or fresh,
            version=version,
            title=title,
            text=text,
            language=language,
            others=msgspec.to_builtins(said),
            asked_at=uow.now,
            ended_at=None,
        )
    )
    await audit.record(uow, by, "consents.ask", matter or fresh, {"version": version})
    if matter is not None:
        await _tell_holders(uow, matter, Words(title, text), said)
    return fresh


async def stop_asking(uow: UnitOfWork, matter: str, *, by: str) -> None:
    """Ask nobody any more; what was given ends with it. Raises NotFound."""
    await _current(uow, matter)
    await _end(uow, matter)
    of_matter = select(_t.id).where(_t.matter == matter)
    await _take_back(uow, ConsentGiven.text_id.in_(of_matter))
    await notices.withdraw(uow, NoticeKind.CONSENT_REWORDED, matter)
    await audit.record(uow, by, "consents.stop-asking", matter)


async def give(
    uow: UnitOfWork, account_id: str, text_id: str, *, language: str | None = None
) -> None:
    """Agree to a wording; twice is once. language: in which it was read. Raises Conflict for one
    that is asked no longer: nobody agrees to what they have not read."""
    asked = await uow.scalar(select(_t).where(_t.id == text_id, _t.ended_at.is_(None)))
    if asked is None:
        raise Conflict(_("This has been worded anew. Please read it again."), "consent-changed")
    standing = select(ConsentGiven.id).where(
        ConsentGiven.account_id == account_id,
        ConsentGiven.text_id == text_id,
        ConsentGiven.withdrawn_at.is_(None),
    )
    if await uow.scalar(standing) is not None:
        return
    await _withdraw(uow, account_id, asked.matter)  # what was agreed to before, in other words
    row = {"id": uow.new_id(), "text_id": text_id, "account_id": account_id, "at": uow.now}
    # Of wordings from before languages were kept nobody knows which it is.
    row["language"] = language if language in asked.others else asked.language or None
    await uow.execute(insert(ConsentGiven).values(row | {"withdrawn_at": None}))
    await audit.record(uow, account_id, "consents.give", text_id)


async def withdraw(uow: UnitOfWork, account_id: str, matter: str) -> None:
    """Take back what somebody agreed to about a matter, however it was worded then."""
    if await _withdraw(uow, account_id, matter):
        await audit.record(uow, account_id, "consents.withdraw", matter)


async def withdraw_all(uow: UnitOfWork, account_id: str) -> None:
    """Whoever leaves agrees to nothing any more."""
    await _take_back(uow, ConsentGiven.account_id == account_id)


async def withdraw_again(uow: UnitOfWork, erased: Mapping[str, datetime]) -> None:
    """After a restore: what was taken back since that backup is taken back again."""
    taken = {
        mark.removesuffix(_TAKEN_BACK): at
        for mark, at in erased.items()
        if mark.endswith(_TAKEN_BACK)
    }
    if not taken:
        return
    standing = select(ConsentGiven.id).where(ConsentGiven.withdrawn_at.is_(None))
    for given in taken.keys() & set(await uow.scalars(standing)):
        this = update(ConsentGiven).where(ConsentGiven.id == given)
        await uow.execute(this.values(withdrawn_at=taken[given]))


async def _withdraw(uow: UnitOfWork, account_id: str, matter: str) -> bool:
    """Whether there was something to take back."""
    of_matter = select(_t.id).where(_t.matter == matter)
    theirs = (ConsentGiven.account_id == account_id, ConsentGiven.text_id.in_(of_matter))
    await notices.withdraw_from(uow, NoticeKind.CONSENT_REWORDED, matter, account_id)
    return await _take_back(uow, *theirs)


async def _take_back(uow: UnitOfWork, *which: ColumnElement[bool]) -> bool:
    """Whether there was something to take back. A restore does not bring it to life again."""
    standing = update(ConsentGiven).where(ConsentGiven.withdrawn_at.is_(None), *which)
    taken = await uow.scalars(standing.values(withdrawn_at=uow.now).returning(ConsentGiven.id))
    await vault.destroy(uow, *(f"{one}{_TAKEN_BACK}" for one in taken))
    return bool(taken)


async def _tell_holders(
    uow: UnitOfWork, matter: str, words: Words, others: Mapping[str, Words]
) -> None:
    """Whoever agreed to it in other words reads it again."""
    of_matter = select(_t.id).where(_t.matter == matter)
    standing = (ConsentGiven.withdrawn_at.is_(None), ConsentGiven.text_id.in_(of_matter))
    called = {"title": words.title} | {f"title:{tag}": one.title for tag, one in others.items()}
    holders = await uow.scalars(select(ConsentGiven.account_id).where(*standing))
    await notices.give_all(uow, NoticeKind.CONSENT_REWORDED, matter, holders, **called)


async def _say_in(
    uow: UnitOfWork, standing: ConsentText, said: Mapping[str, Words], by: str
) -> str:
    if (others := msgspec.to_builtins(said)) != standing.others:
        standing.others = others
        await uow.session.flush()
        await audit.record(uow, by, "consents.ask", standing.matter, {"version": standing.version})
    return standing.id


async def _current(uow: UnitOfWork, matter: str) -> ConsentText:
    row = await uow.scalar(select(_t).where(_t.matter == matter, _t.ended_at.is_(None)))
    if row is None:
        raise NotFound(_("Members are not asked this."))
    return row


async def _end(uow: UnitOfWork, matter: str) -> None:
    standing = update(ConsentText).where(_t.matter == matter, _t.ended_at.is_(None))
    await uow.execute(standing.values(ended_at=uow.now))


async def _check_room(uow: UnitOfWork) -> None:
    count = await uow.scalar(select(func.count(_t.id)).where(_t.ended_at.is_(None)))
    if (count or 0) >= limits.CONSENTS_ASKED:
        raise Conflict(
            _(
                "At most %(most)s things can be asked: nobody reads more.",
                most=limits.CONSENTS_ASKED,
            ),
            "too-many-consents",
        )


def _check(title: str, text: str, others: Mapping[str, Words]) -> None:
    faults: dict[str, list[Text]] = {}
    if not title or len(title) > limits.NAME_LONGEST:
        faults["title"] = [_NAME_IT]
    if not text or len(text) > limits.CONSENT_TEXT_LONGEST:
        faults["text"] = [_SAY_IT]
    for tag, said in others.items():
        if not said.title or len(said.title) > limits.NAME_LONGEST:
            faults[f"title-{tag}"] = [_NAME_IT]
        if not said.text or len(said.text) > limits.CONSENT_TEXT_LONGEST:
            faults[f"text-{tag}"] = [_SAY_IT]
    if faults:
        raise InvalidInput(faults)
