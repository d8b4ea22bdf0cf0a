import pytest

from node.text import fold, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Leeds", "leeds"),
        ("PÃO de Açúcar", "pao de acucar"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Sønderjylland", "sonderjylland"),
        ("Đakovo", "dakovo"),
        ("Œuvre & Ægir", "oeuvre & aegir"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "fine"),
        ("ΑΘΉΝΑΣ", "αθηνασ"),
        ("Ёлка", "елка"),
        ("مُدَرِّسَة", "مدرسه"),
        ("أحمد", "احمد"),
        ("co\u00adop", "coop"),
    ],
)
def test_spellings_of_one_word_fold_to_one_form(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_vowel_signs_that_are_letters_stay() -> None:
    assert fold("दिल्ली") == "दिल्ली"
    assert fold("ทำงาน") == fold("ทำงาน".upper())
    assert fold("서울") == "서울"


@pytest.mark.parametrize("text", ["Łódź", "Straße", "ﬃ", "𝐀bc", "ΐ", "مدرسة", "が", "각", "ǅ"])
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_composed_and_decomposed_text_fold_alike() -> None:
    assert fold("Pa\u0303o") == fold("P\u00e3o") == "pao"


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("L'eau, 2-hour clean_up (Łódź)!") == [
        "l",
        "eau",
        "2",
        "hour",
        "clean",
        "up",
        "lodz",
    ]


def test_words_keep_indic_vowel_signs_and_drop_the_danda() -> None:
    assert words("नमस्ते दुनिया।") == ["नमस्ते", "दुनिया"]


def test_scripts_without_spaces_become_pairs() -> None:
    assert words("東京都") == ["東京", "京都"]
    assert words("水") == ["水"]
    assert words("東京2024年 bakery") == ["東京", "2024", "年", "bakery"]
    assert words("ขนม") == ["ขน", "นม"]


def test_korean_has_spaces_and_stays_whole() -> None:
    assert words("서울 빵집") == ["서울", "빵집"]


def test_no_words_in_nothing() -> None:
    assert words(" ,.!—") == []
