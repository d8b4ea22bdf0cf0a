"""Whoever is invited as a member agrees to what applicants agree to."""

from sqlalchemy import insert

from federation.storage import UnitOfWork
from node import audit, members
from node.errors import Conflict
from node.i18n import _
from node.joining.models import InvitationConsent
from node.joining.queries import current_form
from node.joining.tongues import told


async def agree_as_invited(uow: UnitOfWork, account_id: str, version: int, read_in: str) -> None:
    """They have ticked all that the form of this version asks, which they read in this language.

    Raises Conflict for one that holds no longer: nobody agrees to what they have not read.
    """
    current, form = await current_form(uow)
    if version != current:
        raise Conflict(
            _(
                "The coop has changed this form meanwhile. Please look through it and send it "
                "again."
            ),
            "form-changed",
        )
    member = await members.by_account(uow, account_id)
    if member is None or not form.consents:
        return
    agreed = [
        {
            "title": one.title,
            "version": one.version,
            "nr": nr,
            "at": uow.now,
            "language": read.language,
        }
        for nr, (one, read) in enumerate(
            zip(form.consents, told(form, read_in).consents, strict=True)
        )
    ]
    await uow.execute(
        insert(InvitationConsent), [{"member_id": member.id, **one} for one in agreed]
    )
    await audit.record(uow, account_id, "members.agree", member.id, {"form": version})
