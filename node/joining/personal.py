"""What a member wrote when they applied, and what they agreed to then."""

import msgspec
from sqlalchemy import select

from federation.storage import Reader
from node.data_map import Basis, Found, Kept, Leaving, Person, Seen, data_map, of, stored
from node.i18n import _
from node.joining.models import Application, ApplicationConsent
from node.joining.queries import whole


@data_map.about(
    "application",
    what=_("Your application: what you wrote, and what was answered"),
    why=_("So that the coop can decide whom to take in"),
    basis=Basis.CONTRACT,
    kept=Kept.MATTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.DELETED,
    tables=("application", "application_step"),
)
async def application(reader: Reader, person: Person) -> Found:
    mine = of(Application.member_id, person.member_id)
    ids = await reader.scalars(select(Application.id).where(mine))
    wholes = [await whole(reader, one) for one in ids]
    written = [
        {"application_id": one.application.id, **msgspec.to_builtins(one.application.given)}
        for one in wholes
        if one.application.given
    ]
    return {
        "applications": await stored(reader, Application, mine),
        "written": written,
        "steps": [
            {"event": step.event, "at": step.at, "message": step.message}
            for one in wholes
            for step in one.steps
        ],
    }


@data_map.about(
    "consents",
    what=_("What you agreed to when you applied"),
    why=_("So that it can be shown that you agreed, and to which version"),
    basis=Basis.LAW,
    kept=Kept.FOR_GOOD,
    seen=Seen.REVIEWERS,
    leaving=Leaving.NAMELESS,
    tables=("application_consent",),
)
async def consents(reader: Reader, person: Person) -> Found:
    mine = select(Application.id).where(of(Application.member_id, person.member_id))
    agreed = ApplicationConsent.application_id.in_(mine)
    return {"consents": await stored(reader, ApplicationConsent, agreed)}
