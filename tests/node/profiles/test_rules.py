"""What a viewer sees of somebody, as a table; and what cannot be told, with what to do about it."""

import pytest

from node.errors import InvalidInput
from node.profiles import EVERYBODY, MEMBER, Audience, Field, Line, Profile, Viewer, shown
from node.profiles.rules import checked, shows_less

ROSA = Viewer("rosa", is_member=True)
ROSA_SUSPENDED = Viewer("rosa")
OTHER = Viewer("maya", is_member=True)
FORMER = Viewer("bruno")


def rosa(audience: Audience, *, is_here: bool = True) -> Profile:
    """Her name is hers alone, so that nothing but one field decides."""
    told = {Field.NAME: Line("", Audience.PRIVATE), Field.SKILLS: Line("Kettles", audience)}
    return Profile("01abc", "rosa", "Rosa", told, is_here=is_here)


@pytest.mark.parametrize(
    ("audience", "seen_by", "hidden_from"),
    [
        (Audience.PRIVATE, [ROSA, ROSA_SUSPENDED], [OTHER, MEMBER, FORMER, EVERYBODY]),
        (Audience.COOP, [ROSA, ROSA_SUSPENDED, OTHER, MEMBER], [FORMER, EVERYBODY]),
        (Audience.PUBLIC, [ROSA, ROSA_SUSPENDED, OTHER, MEMBER, FORMER, EVERYBODY], []),
    ],
)
def test_each_audience_sees_what_is_for_it_and_others_nobody_at_all(
    audience: Audience, seen_by: list[Viewer], hidden_from: list[Viewer]
) -> None:
    for viewer in seen_by:
        seen = shown(rosa(audience), viewer)
        assert seen is not None
        assert seen.texts[Field.SKILLS] == "Kettles"
        assert seen.is_public == (audience is Audience.PUBLIC)
    assert [shown(rosa(audience), viewer) for viewer in hidden_from] == [None] * len(hidden_from)


@pytest.mark.parametrize("audience", Audience)
def test_of_who_does_not_belong_to_us_nobody_else_sees_anything(audience: Audience) -> None:
    gone = rosa(audience, is_here=False)
    assert [shown(gone, viewer) for viewer in (OTHER, MEMBER, EVERYBODY)] == [None] * 3
    own = shown(gone, ROSA_SUSPENDED)
    assert own is not None
    assert (own.texts[Field.SKILLS], own.is_public) == ("Kettles", False)


def test_who_has_said_nothing_goes_by_the_name_of_the_account_among_members() -> None:
    silent = Profile("01abc", "rosa", "Rosa")
    seen = shown(silent, MEMBER)
    assert seen is not None
    assert seen.texts == {Field.NAME: "Rosa"}
    assert shown(silent, EVERYBODY) is None


def test_who_keeps_the_name_to_themselves_is_one_of_our_members() -> None:
    seen = shown(rosa(Audience.PUBLIC), EVERYBODY)
    assert seen is not None
    assert (str(seen.name), Field.NAME in seen.texts) == ("One of our members", False)


@pytest.mark.parametrize(
    ("field", "text", "remedy"),
    [
        (Field.PRONOUNS, "x" * 41, "at most 40"),
        (Field.ABOUT, "x" * 1001, "at most 1000"),
        (Field.NAME, "Ro\x07sa", "type it anew"),
        (Field.EMAIL, "rosa at example", "like rosa@example.org"),
        (Field.TELEPHONE, "ask Maya", "in digits"),
        (Field.TELEPHONE, "+4", "in digits"),
    ],
)
def test_what_cannot_be_told_names_the_field_and_the_remedy(
    field: Field, text: str, remedy: str
) -> None:
    with pytest.raises(InvalidInput) as found:
        checked({field: Line(text, Audience.COOP), Field.SKILLS: Line("Kettles", Audience.COOP)})
    assert list(found.value.fields) == [field.value]
    assert remedy in str(found.value.fields[field.value][0])


def test_words_are_tidied_and_empty_lines_say_nothing() -> None:
    told = {
        Field.SKILLS: Line("  Kettles \u202e and  pans\n", Audience.COOP),
        Field.ABOUT: Line("One.\r\n\r\n\r\nTwo.", Audience.COOP),
        Field.REACH: Line(" \n", Audience.PUBLIC),
        Field.TELEPHONE: Line("(01706) 555-0101", Audience.COOP),
    }
    assert {one: line.text for one, line in checked(told).items()} == {
        Field.SKILLS: "Kettles and pans",
        Field.ABOUT: "One.\n\nTwo.",
        Field.TELEPHONE: "(01706) 555-0101",
    }


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        (Audience.PUBLIC, Audience.COOP, True),
        (Audience.COOP, Audience.PRIVATE, True),
        (Audience.COOP, Audience.PUBLIC, False),
        (Audience.PRIVATE, Audience.PRIVATE, False),
    ],
)
def test_showing_less_is_told_from_showing_more(
    before: Audience, after: Audience, less: bool
) -> None:
    assert shows_less(rosa(before), rosa(after)) is less
