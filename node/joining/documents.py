"""Documents that the form asks to agree to, in a newer version than somebody agreed to."""

from collections.abc import Sequence

from sqlalchemy import select

from federation.storage import Reader, UnitOfWork
from node import members, notices
from node.joining.models import Application, ApplicationConsent, InvitationConsent
from node.joining.queries import ConsentView, agreed_to, current_form
from node.joining.rules import ConsentText, Form
from node.joining.tongues import told
from node.notices import NoticeKind


async def tell_of_versions(uow: UnitOfWork, form: Form, before: Form) -> None:
    """Tell members who agreed to a document what its version is now. It is found by its title."""
    then = {one.title: one for one in before.consents}
    for one in form.consents:
        old = then.get(one.title)
        if old is None or old.version == one.version:
            continue
        called = {f"title:{tag}": words.title for tag, words in old.others.items()}
        said = {"title": one.title, "version": one.version} | called
        await notices.withdraw(uow, NoticeKind.DOCUMENT_CHANGED, one.title)
        whom = await _of_another_version(uow, one)
        await notices.give_all(uow, NoticeKind.DOCUMENT_CHANGED, one.title, whom, **said)


async def changed_since(
    reader: Reader, member_id: str, language: str
) -> list[tuple[ConsentView, ConsentText]]:
    """What a member agreed to, and how it is now in their language where that is another version;
    of each document the last that they agreed to."""
    agreed = sorted(await agreed_to(reader, member_id), key=lambda one: one.at)
    last = {one.title: one for one in agreed}
    _version, form = await current_form(reader)
    now = zip(form.consents, told(form, language).consents, strict=True)
    return [
        (last[one.title], read)
        for one, read in now
        if one.title in last and last[one.title].version != one.version
    ]


async def _of_another_version(reader: Reader, one: ConsentText) -> Sequence[str]:
    """The accounts of those who belong to the coop and agreed to this in another version."""
    invited, applied = InvitationConsent, ApplicationConsent
    came = select(Application.member_id).join(applied, applied.application_id == Application.id)
    theirs = came.where(applied.title == one.title, applied.version != one.version)
    others = select(invited.member_id)
    others = others.where(invited.title == one.title, invited.version != one.version)
    agreed = {*await reader.scalars(theirs), *await reader.scalars(others)}
    known = await members.some(reader, [each for each in agreed if each])
    return [each.account_id for each in known.values() if each.account_id and each.is_present]
