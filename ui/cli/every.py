"""All commands of `rochdale`, and whatever adds to their groups."""

import ui.cli.applications
import ui.cli.committees
import ui.cli.deliberation
import ui.cli.keeping
import ui.cli.member_accounts
import ui.cli.member_changes
import ui.cli.moderating  # noqa: F401 - each adds to the commands of a group
from ui.cli import (
    accounts,
    agreements,
    books,
    charter,
    clearing,
    coops,
    council,
    council_after,
    doctor,
    domains,
    exchange,
    keys,
    mail,
    moving,
    offices,
    people,
    policies,
    recovering,
    referrals,
    running,
    showing,
    tokens,
    upkeep,
    verifying,
    webhooks,
)

COMMANDS = (
    running.init,
    recovering.recover,
    running.serve,
    running.worker,
    upkeep.backup,
    upkeep.restore,
    upkeep.go_on,
    upkeep.returned,
    upkeep.upgrade,
    doctor.doctor,
    upkeep.move_database,
    showing.demo,
    people.owner_link,
    people.member,
    offices.group,
    people.invite,
    tokens.token,
    accounts.group,
    coops.peer,
    domains.domain,
    exchange.listings,
    agreements.agreement_commands,
    books.books,
    clearing.setting_off,
    keys.keys,
    referrals.group,
    council_after.group,
    verifying.verify,
    policies.policy,
    webhooks.group,
    mail.group,
    moving.move,
)

charter.add_to(council.group)
