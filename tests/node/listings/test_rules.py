"""Who may see a listing, and how results are ordered: pure, by table."""

import pytest

from node.listings import ANYBODY, ListingDraft, State, Viewer, Visibility, rules
from node.listings.circles import audience, visible_to
from node.listings.ranking import Formula, Wanted, Weights, text_mark, wanted
from node.listings.rules import Terms

OWNER = Viewer("member", "ada")
MEMBER = Viewer("member", "bob")
MODERATOR = Viewer("member", "mo", moderates=True)
PEER = Viewer("peer")


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("visibility", list(Visibility))
def test_who_sees_what(state: State, visibility: Visibility) -> None:
    def sees(viewer: Viewer) -> bool:
        return visible_to(visibility, state, viewer, "ada")

    out = state in (State.PUBLISHED, State.PAUSED, State.EXPIRED)
    assert sees(OWNER)
    assert sees(MEMBER) == out
    assert sees(MODERATOR) == (out or state in (State.IN_REVIEW, State.WITHHELD))
    assert sees(PEER) == (out and visibility is not Visibility.MEMBER)
    assert sees(ANYBODY) == (out and visibility is Visibility.PUBLIC)
    assert (audience(state, visibility) is not None) == sees(PEER)


def test_a_listing_without_an_owner_is_nobodys_draft() -> None:
    assert not visible_to(Visibility.PUBLIC, State.DRAFT, Viewer("member", None), None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", Wanted((), None)),
        ("Oven clean", Wanted(("oven",), "clean")),
        ("oven oven ove", Wanted(("oven",), "ove")),
        ("oven oven ov", Wanted(("oven", "ov"), None)),  # two Latin letters are a word
        ("vitamin c", Wanted(("vitamin", "c"), None)),  # a lone letter begins nearly everything
        ("車", Wanted((), "車")),
        ("!!!", Wanted((), None)),
    ],
)
def test_the_words_of_a_query(query: str, found: Wanted) -> None:
    assert wanted(query) == found


def test_a_query_of_many_words_is_cut() -> None:
    assert wanted(" ".join(f"word{n}" for n in range(500))).count == 12


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("oven clean", ""), ("oven and hob clean", "")),  # says little else
        (("oven clean", ""), ("oven", "clean")),
        (("oven clean", ""), ("oven cleaning", "")),  # the whole word before its beginning
        (("oven", "clean"), ("oven", "")),
        (("hob", "oven clean"), ("hob", "")),
    ],
)
def test_what_fits_better_gets_the_higher_mark(
    better: tuple[str, str], worse: tuple[str, str]
) -> None:
    looked_for = wanted("oven clean")
    assert 1 >= text_mark(looked_for, *better) > text_mark(looked_for, *worse) > 0


def test_marks_are_shares_and_their_weights_are_a_policy() -> None:
    now, day = 1_800_000_000, 86_400
    nowhere = Wanted((), None)
    near = Formula(nowhere, (53.8, -1.55), now, Weights(text=0, nearness=10, freshness=0))
    assert near.marks((0, "", "", now - 400 * day, 53.8, -1.55)).score == 1
    fifteen_km = (0, "", "", now, 53.8, -1.3226)
    assert near.marks(fifteen_km).score == pytest.approx(0.5, abs=0.01)
    assert near.marks((0, "", "", now, None, None)).score == 0
    words = Formula(wanted("rye"), None, now, Weights())
    assert words.marks((0, "rye", "", now, None, None)) == (1.0, None, 1.0, 1.0)
    assert words.marks((0, "rye", "", now - 60 * day, None, None)).freshness == 0.5
    assert words.marks((0, "rye", "", now + day, None, None)).freshness == 1
    nothing_counts = Formula(nowhere, None, now, Weights(0, 0, 0))
    assert nothing_counts.marks((0, "", "", now, None, None)).score == 0


def test_all_that_is_wrong_with_a_field_is_said() -> None:
    long = "x" * 300
    draft = ListingDraft("Bread", category=long)
    faults = rules.check(draft, Terms(banned_categories=(long,)))
    assert len(faults["category"]) == 2
