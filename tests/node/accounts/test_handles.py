"""Names to sign in with, in any script."""

import pytest

from node import accounts
from node.accounts import Role, check_handle, handle_key
from node.accounts.handles import _lookalikes
from node.errors import Conflict, InvalidInput
from node.text import fold


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("rosa", "rosa"),
        (" Rosa.W ", "rosa.w"),
        ("a", "a"),
        ("x_1-2", "x_1-2"),
        ("a\n", "a"),  # a pasted line end is not meant
        ("José", "josé"),
        ("ΝΊΚΟΣ", "νίκος"),
        ("نادية", "نادية"),
        ("أحمد٣", "أحمد٣"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("महेश", "महेश"),
        ("山田さくら", "山田さくら"),
        ("ｒｏｓａ", "rosa"),
        ("İrem", "irem"),
        ("Ọ̀ṣun", "ọ̀ṣun"),
    ],
)
def test_a_handle_is_kept_in_small_letters_of_its_own_script(given, kept):
    assert check_handle(given) == check_handle(kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ros a",
        "@rosa",
        ".rosa",
        "rosa-",
        "a" * 31,
        "r\u043esa",  # one letter of it is Cyrillic
        "rosaさくら",
        "rosa\u202e",
        "a\u0301\u0301\u0301",
        "\u0301",
        "\u3164",  # a letter that nobody sees
        "ក\u17b4",
        "3٣",
        "a\ufe0f",
        "\ud800",
        "\u0640",  # nothing of these is compared
        "\u06e5",
        "\ufe77",
        "🌹",
    ],
)
def test_a_handle_people_could_not_type_again_is_refused(given):
    with pytest.raises(InvalidInput) as refused:
        check_handle(given)
    assert list(refused.value.fields) == ["handle"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("josé", "JOSE"),
        ("josé", "jose\u0301"),
        ("нора", "НОРА"),
        ("рора", "popa"),
        ("ορα", "opa"),
        ("groß", "gross"),
        ("نادية", "ناديه"),
        ("مُحَمَّد", "محمد"),
        ("rosa3", "rosa٣"),
        ("口", "ロ"),
    ],
)
def test_names_that_are_taken_for_each_other_are_one(one, other):
    assert handle_key(one) == handle_key(other)


def test_names_of_before_are_compared_as_they_stand():
    for name in ("al", "a1", "rn", "m", "gone-01jx", "o_0"):
        assert handle_key(name) == name


def test_a_key_is_its_own_key():
    """What was typed is kept as a key where a letter waits, and looked up by it."""
    assert [one for one in _lookalikes().values() if handle_key(one) != one] == []
    assert [chr(one) for one in _lookalikes() if fold(chr(one)) != chr(one)] == []


async def test_nobody_gets_a_name_that_looks_like_anothers(either_database):
    async def make(handle: str) -> accounts.AccountView:
        return await either_database.write(
            lambda uow: accounts.create_account(
                uow, handle=handle, name="Somebody", roles={Role.MEMBER}
            )
        )

    jose = await make("José")
    assert jose.handle == "josé"
    for taken in ("jose", "JOSÉ", "јоѕе"):
        with pytest.raises(Conflict, match="signs in as josé"):
            await make(taken)
    async with either_database.reading() as reader:
        assert await accounts.by_handle(reader, " Jose ") == jose
        assert await accounts.by_handle(reader, "josef") is None
