"""What a member wrote when they applied, and what they agreed to then."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from federation.storage import Reader
from node import limits, vault
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    stored,
)
from node.i18n import _
from node.joining.models import (
    Application,
    ApplicationConsent,
    ApplicationSponsor,
    ApplicationStep,
    InvitationConsent,
)
from node.joining.queries import particulars


@data_map.about(
    "application",
    what=_("Your application: what you wrote, and what was answered"),
    why=_("So that the coop can decide whom to take in"),
    basis=Basis.CONTRACT,
    kept=Kept.MATTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.DELETED,
    tables=("application", "application_step"),
    after=limits.APPLICATION_KEPT,
)
def application(person: Person) -> Lists:
    mine = of(Application.member_id, person.member_id)
    readable = Application.id.not_in(vault.destroyed())
    written = select(Application.id, Application.particulars).where(mine, readable)
    steps = select(ApplicationStep).where(
        ApplicationStep.application_id.in_(select(Application.id).where(mine))
    )
    return {
        "applications": stored(Application, mine),
        "written": Chosen(written.order_by(Application.id), _written),
        "steps": Chosen(
            steps.order_by(ApplicationStep.application_id, ApplicationStep.nr), _said_then
        ),
    }


@data_map.about(
    "sponsors",
    what=_("Members you named when you applied, and whom you vouched for"),
    why=_("So that the coop takes in whom its members know"),
    basis=Basis.CONTRACT,
    kept=Kept.MATTER,
    seen=Seen.REVIEWERS,
    leaving=Leaving.NAMELESS,
    tables=("application_sponsor",),
)
def sponsors(person: Person) -> Lists:
    mine = select(Application.id).where(of(Application.member_id, person.member_id))
    own = select(ApplicationSponsor.vouches, ApplicationSponsor.said_at).where(
        ApplicationSponsor.application_id.in_(mine)
    )
    return {
        "sponsors": Chosen(own.order_by(ApplicationSponsor.id), _as_said),
        "sponsored": stored(ApplicationSponsor, of(ApplicationSponsor.member_id, person.member_id)),
    }


@data_map.about(
    "consents",
    what=_("What you agreed to when you became a member"),
    why=_("So that it can be shown that you agreed, and to which version"),
    basis=Basis.LAW,
    kept=Kept.FOR_GOOD,
    seen=Seen.REVIEWERS,
    leaving=Leaving.NAMELESS,
    tables=("application_consent", "invitation_consent"),
)
def consents(person: Person) -> Lists:
    mine = select(Application.id).where(of(Application.member_id, person.member_id))
    agreed = ApplicationConsent.application_id.in_(mine)
    as_invited = of(InvitationConsent.member_id, person.member_id)
    return {
        "consents": stored(ApplicationConsent, agreed),
        "consents_as_invited": stored(InvitationConsent, as_invited),
    }


async def _written(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    opened = await vault.unseal_many(reader, {row.id: row.particulars for row in rows})
    return [
        {"application_id": row.id, **msgspec.to_builtins(particulars(opened[row.id]))}
        for row in rows
    ]


async def _as_said(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
    return [{"vouches": row.vouches, "at": row.said_at} for row in rows]


async def _said_then(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    steps: list[ApplicationStep] = [step for (step,) in rows]
    with_words = [(step.application_id, step.message) for step in steps if step.message]
    words = iter(await vault.unseal_each(reader, with_words))
    return [
        {
            "event": step.event,
            "at": step.at,
            "message": (next(words) or {}).get("text") if step.message else None,
        }
        for step in steps
    ]
