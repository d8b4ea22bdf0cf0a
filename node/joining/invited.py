"""Whoever is invited as a member agrees to what applicants agree to."""

from federation.storage import UnitOfWork
from node import audit, members
from node.errors import Conflict
from node.i18n import _
from node.joining.agreeing import note_consents
from node.joining.models import InvitationConsent
from node.joining.queries import current_form


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
    await note_consents(uow, InvitationConsent, form, read_in, member_id=member.id)
    await audit.record(uow, account_id, "members.agree", member.id, {"form": version})
