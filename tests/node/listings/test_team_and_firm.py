"""Where a team and a firm meet: who may decide about their offers, and who may not ask for them."""

from collections import namedtuple

import pytest

from node.accounts import AccountView, Role
from node.agreements.several import not_ones_own
from node.errors import NotAllowed
from node.listings.moderation.life import Act, State
from node.listings.moderation.queries import acts_for
from node.threads.rules import account, check_pair, desk_of
from tests.support.clock import START

Case = namedtuple("Case", "owner team state decided_by")
Offer = namedtuple("Offer", "account team")


def moderator(name: str, **more: frozenset[str]) -> AccountView:
    roles = frozenset({Role.MEMBER, Role.MODERATOR})
    return AccountView(name, name, name, roles, None, START, False, True, **more)


@pytest.mark.parametrize(
    "kinship", [{"teams": frozenset({"Garden"})}, {"colleagues": frozenset({"mo"})}]
)
def test_who_shares_in_an_offer_is_nobody_else_who_could_look_at_it_again(kinship):
    decided, akin = moderator("xi"), moderator("yo", **kinship)
    case = Case("mo", "Garden", State.APPEALED, "xi")
    assert Act.UPHOLD in acts_for(case, "xi", [decided, akin])
    assert Act.UPHOLD not in acts_for(case, "xi", [decided, akin, moderator("zu")])


def test_nobody_asks_for_what_their_team_offers_or_writes_to_its_desk():
    with pytest.raises(NotAllowed):
        not_ones_own(Offer(None, "Garden"), {"mo"}, {"Garden"})
    not_ones_own(Offer(None, "Garden"), {"mo"}, {"Kitchen"})
    not_ones_own(Offer(None, None), {"mo"}, {"Garden"})
    with pytest.raises(NotAllowed):
        check_pair(account("mo"), desk_of("Garden"), {"mo"}, {"Garden"})
    check_pair(account("mo"), desk_of("Kitchen"), {"mo"}, {"Garden"})
