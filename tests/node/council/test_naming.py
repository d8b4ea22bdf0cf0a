"""Options have names for people, in any script, and ids for ballots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.council.count import archive
from node.council.words import naming, shapes, statements
from node.errors import InvalidInput
from protocol.errors import MalformedDocument
from tests.node.council.chamber import QUICK, Chamber

CLASSES = {"ordinary": QUICK, "dates": QUICK | {"rule": {"method": "approval"}}}
BOTH = {"class": "dates", "options": ["a", "b"]}


@pytest.fixture(scope="module")
def chamber() -> Chamber:
    return Chamber(("camara", "lanehead", "mawimbi")).found(classes=CLASSES)


def test_a_name_in_any_script_gets_an_id_of_its_own() -> None:
    typed = ["José  Álvarez", "ليلى حداد", "Łódź", "Jose-Alvarez!", "No", "tue"]
    assert naming.ids_for(typed) == {
        "jose-alvarez": "José Álvarez",
        "option-2": "ليلى حداد",
        "lodz": "Łódź",
        "jose-alvarez-2": "Jose-Alvarez!",
        "option-5": "No",
        "tue": "tue",
    }


@given(st.lists(st.text(max_size=120), max_size=6))
def test_whatever_is_typed_can_be_put_to_the_vote_or_is_complained_of(typed: list[str]) -> None:
    try:
        found = naming.ids_for(typed)
    except InvalidInput:
        return
    names = {option: name for option, name in found.items() if option != name}
    assert all(map(shapes.name, found))
    assert all(map(shapes.label, names.values()))
    assert naming.are_right({"options": list(found), "names": names})
    assert len(found) == len(typed)


@pytest.mark.parametrize(
    "typed", [["Ada", "ADA"], ["x" * 101], ["\u200d"], list(map(str, range(201)))]
)
def test_two_names_alike_a_long_one_an_unseen_one_and_too_many_are_complained_of(typed) -> None:
    with pytest.raises(InvalidInput) as refused:
        naming.ids_for(typed)
    assert set(refused.value.fields) == {"options"}


@pytest.mark.parametrize(
    "names", [{"x": "Nobody"}, {"a": "Ada", "b": "Ada"}, {"a": "a"}, {"a": "b"}]
)
def test_only_options_are_named_each_once_and_none_by_its_id(chamber: Chamber, names) -> None:
    assert chamber.why_not(chamber.propose("p9", **BOTH, names=names)) == "bad-options"


@pytest.mark.parametrize(
    "name", ["", " Ada", "A  da", "A\nda", "\u202eada", "\u200d", "e\u0301", "x" * 101, None]
)
def test_a_name_has_one_spelling_and_nothing_hidden(chamber: Chamber, name) -> None:
    said = chamber.propose(**BOTH, names={} if name is None else {"a": name})
    with pytest.raises(MalformedDocument, match="Its names is not as it must be"):
        statements.read(said.text)


def test_an_archive_tells_what_options_are_called() -> None:
    chamber = Chamber(("camara", "lanehead", "mawimbi")).found(classes=CLASSES)
    votes = {name: ["a"] for name in chamber.coops}
    data = chamber.decided(votes, **BOTH, names={"a": "ليلى حداد"}).archive()
    verdict = archive.verify(data, chamber.record.federation)
    assert verdict.result["tally"]["winners"] == ["a"]
    assert verdict.labels == {"a": "ليلى حداد", "b": "b"}
