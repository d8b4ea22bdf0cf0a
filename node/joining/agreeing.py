"""Which wording somebody agreed to, noted for applicants and for whoever is invited alike."""

from sqlalchemy import insert

from federation.storage import UnitOfWork
from node.joining.models import ApplicationConsent, InvitationConsent
from node.joining.rules import Form
from node.joining.tongues import told


async def note_consents(
    uow: UnitOfWork,
    table: type[ApplicationConsent] | type[InvitationConsent],
    form: Form,
    read_in: str,
    **whose: str,
) -> None:
    """All that the form asks was agreed to, as it stands there for who reads this language."""
    read = told(form, read_in).consents
    rows = [
        {
            "nr": nr,
            "title": one.title,
            "version": one.version,
            "language": read[nr].language,
            "at": uow.now,
            **whose,
        }
        for nr, one in enumerate(form.consents)
    ]
    if rows:
        await uow.execute(insert(table), rows)
