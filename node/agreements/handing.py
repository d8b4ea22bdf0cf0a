"""Who does what the coop, a firm or a team provides: said by whoever may, heard by whom it is.

Admins hand the work to any of ours. Whoever acts for a firm, or has a seat in a team, hands its
work to those who do, too; nobody hands work to others.
"""

from federation.storage import Reader, UnitOfWork
from node import accounts, audit, members, notices
from node.accounts import Role as Account
from node.agreements import store
from node.agreements.parties import By, sides_of
from node.agreements.sides import Role
from node.agreements.tongues import titles
from node.agreements.views import AgreementView
from node.errors import InvalidInput, NotAllowed
from node.i18n import _
from node.notices import NoticeKind
from protocol import datetimes


async def workers(reader: Reader, agreement: AgreementView, by: By) -> dict[str, str]:
    """By account the names of those to whom somebody can hand the work, whoever has it among them;
    empty for whoever cannot hand it to anybody else."""
    if Role.PROVIDER not in {side.role for side in sides_of(agreement, by) or ()}:
        return {}
    if by.staff:
        everybody = await accounts.accounts(reader)
    else:
        ids = by.acts_as if agreement.provider_account in by.acts_as else frozenset()
        if (team := agreement.team_of(Role.PROVIDER)) in by.teams and team is not None:
            ids |= set(await accounts.in_team(reader, team))
        everybody = [*(await accounts.several(reader, ids)).values()]
    customers = await members.together(reader, agreement.customer_account)
    found = {one.id: one.name for one in everybody if not one.disabled and one.id not in customers}
    return found if found.keys() - {agreement.provider_account} else {}


async def assign(uow: UnitOfWork, agreement_id: str, account_id: str, *, by: By) -> None:
    """Let one of ours do what is provided; they hear of it, and so does whoever did it before.

    Raises NotAllowed, NotFound, InvalidInput (`account`) for nobody who can be handed it, as the
    customer.
    """
    agreement = await store.load(uow, agreement_id)
    found = await workers(uow, agreement, by)
    if not found:
        raise NotAllowed(
            _("Only admins, the firm’s people and the team hand out this work."), "not-your-work"
        )
    if account_id in await members.together(uow, agreement.customer_account):
        raise InvalidInput(
            {"account": [_("The customer cannot do their own work: choose somebody else.")]}
        )
    if account_id not in found:
        raise InvalidInput({"account": [_("There is no such account.")]})
    if account_id == agreement.provider_account:
        return
    await store.assign(uow, agreement_id, account_id)
    await _tell(uow, agreement, account_id, by)
    await audit.record(uow, by.recorded, "agreements.assign", agreement_id)


async def _tell(uow: UnitOfWork, agreement: AgreementView, account_id: str, by: By) -> None:
    """Nobody is told what they did themselves."""
    given, gone = NoticeKind.AGREEMENT_ASSIGNED, NoticeKind.AGREEMENT_UNASSIGNED
    called = {f"title:{tag}": said for tag, said in (await titles(uow, agreement)).items()}
    begins = datetimes.format(agreement.start_at) if agreement.start_at else ""
    for who, kind, other in (
        (account_id, given, gone),
        (agreement.provider_account, gone, given),
    ):
        if who is None:
            continue
        await notices.withdraw_from(uow, other, agreement.id, who)
        if who != by.name:
            await notices.give(
                uow,
                kind,
                agreement.id,
                to_role=Account.MEMBER,
                to_account=who,
                quiet=False,
                title=agreement.title,
                **called,
                when=begins,
            )
