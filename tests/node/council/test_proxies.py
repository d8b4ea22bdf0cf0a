"""Coops that stand in for each other, and coops that give some votes to each side."""

from datetime import timedelta
from typing import Any

import pytest

from node.council.count import archive, counting
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from tests.node.council.chamber import NAMES, QUICK, START, Chamber, uri


def grant(
    chamber: Chamber, name: str, holder: str | None, sequence: int = 1, **changes: Any
) -> Statement:
    fields = {
        "sequence": sequence,
        "class": "ordinary",
        "only": None,
        "holder": uri(holder) if holder else None,
        "until": datetimes.format(START + timedelta(days=300)),
    }
    return chamber.say(name, Kind.PROXY, **(fields | changes))


def counted(chamber: Chamber) -> dict[str, Any]:
    """What each coop's votes say, and by whose ballot."""
    found = counting.recount(chamber.record, chamber.record.proposals["p1"])
    return {
        each["coop"].split("/")[2].split(".")[0]: (each["choice"], "proxy" in each)
        for each in found["counted"]
    }


@pytest.fixture
def chamber() -> Chamber:
    return Chamber().found(classes={"ordinary": QUICK | {"proxies": 2}})


def test_a_proxy_speaks_where_its_holder_votes_and_the_coop_itself_does_not(
    chamber: Chamber,
) -> None:
    for name in ("camara", "pioneer"):
        chamber.must(grant(chamber, name, "lanehead"))
    chamber.must(grant(chamber, "mawimbi", "portici"))
    chamber.must(grant(chamber, "lanehead", "camara"))  # not used: it votes itself
    chamber.decided({"lanehead": "yes", "camara": "no"})
    own, by_proxy = False, True
    assert counted(chamber) == {
        "lanehead": ("yes", own),
        "camara": ("no", own),
        "pioneer": ("yes", by_proxy),
    }
    result = archive.verify(chamber.archive()).result
    assert result["tally"]["turnout"]["votes"] == 3


def test_a_proxy_goes_one_step_and_ends_when_it_is_taken_back_or_its_day_is_over(
    chamber: Chamber,
) -> None:
    chamber.must(grant(chamber, "pioneer", "lanehead"))
    chamber.must(grant(chamber, "lanehead", "camara"))  # so nobody votes for pioneer
    chamber.must(grant(chamber, "mawimbi", "camara"))
    chamber.must(grant(chamber, "mawimbi", None, 2))
    soon = datetimes.format(chamber.now + timedelta(days=1))
    chamber.must(grant(chamber, "portici", "camara", until=soon))
    chamber.decided({"camara": "yes"})
    assert set(counted(chamber)) == {"camara", "lanehead"}


def test_one_proposal_can_have_a_proxy_of_its_own(chamber: Chamber) -> None:
    chamber.must(grant(chamber, "mawimbi", "camara"))
    chamber.must(grant(chamber, "mawimbi", "portici", 2, only="p1"))
    chamber.must(grant(chamber, "mawimbi", "lanehead", 3, only="p2"))
    chamber.decided({"camara": "yes", "portici": "no", "lanehead": "yes"})
    assert counted(chamber)["mawimbi"] == ("no", True)


def test_nobody_stands_in_for_more_than_the_charter_allows(chamber: Chamber) -> None:
    for name in ("camara", "pioneer"):
        chamber.must(grant(chamber, name, "lanehead"))
    assert chamber.why_not(grant(chamber, "mawimbi", "lanehead")) == "too-many-proxies"
    chamber.must(grant(chamber, "pioneer", None, 2))
    chamber.must(grant(chamber, "mawimbi", "lanehead"))
    assert chamber.why_not(grant(chamber, "mawimbi", "lanehead")) == "sequence-used"
    assert chamber.why_not(grant(chamber, "pioneer", "pioneer", 3)) == "no-such-holder"
    plain = Chamber().found()
    assert not plain.log(grant(plain, "camara", "lanehead"))


def test_a_coop_gives_some_of_its_votes_to_each_side() -> None:
    by_size = {"scheme": "proportional"}
    chamber = Chamber(NAMES[:2]).found(scheme=by_size)
    chamber.opened()
    yes, no = {"weight": 6, "choice": "yes"}, {"weight": 3, "choice": "no"}
    for bad in (
        [yes],
        [yes, no, {"weight": 2, "choice": "no"}],  # eleven of ten votes
        [yes, {"weight": 0, "choice": "no"}],
        [yes, {"weight": 1, "choice": "maybe"}],
        [yes, {"weight": 1, "choice": {"split": [yes, no]}}],
    ):
        assert not chamber.log(chamber.ballot("camara", {"split": bad}, weight=10)), bad
    chamber.must(chamber.ballot("camara", {"split": [yes, no]}, weight=10))
    head = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    chamber.must(chamber.close([head]))
    found = counting.recount(chamber.record, chamber.record.proposals["p1"])["tally"]
    assert found["stages"][0]["votes"] == {"yes": 6, "no": 3, "abstain": 0, "invalid": 0}

    heads = QUICK | {"rule": QUICK["rule"] | {"use_weights": False}}
    chamber = Chamber(NAMES[:2]).found(scheme=by_size, classes={"ordinary": heads})
    chamber.opened()
    assert not chamber.log(chamber.ballot("camara", {"split": [yes, no]}, weight=10))
