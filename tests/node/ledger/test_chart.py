import pytest

from node.errors import InvalidInput
from node.ledger.chart import (
    CHART,
    FUND_WORDS,
    AccountType,
    check_code,
    code_for,
    party_key,
    type_of,
)


def test_every_account_of_the_chart_has_a_code_that_could_be_given_by_hand():
    for line in CHART.values():
        code = code_for(line.code, "rosa")
        assert check_code(code) == code
        assert line.fund in FUND_WORDS
    assert {type_of(code) for code in CHART} == set(AccountType)


@pytest.mark.parametrize(
    "code",
    ["rent", "expenses", "expenses:", "expenses:Büro", "expenses: a", "costs:rent", "a" * 200],
)
def test_a_code_that_says_no_type_or_has_strange_letters_is_refused(code):
    with pytest.raises(InvalidInput) as refused:
        check_code(code)
    assert list(refused.value.fields) == ["code"]


def test_a_code_is_kept_in_small_letters():
    assert check_code(" Expenses:Rent-2 ") == "expenses:rent-2"


def test_a_party_is_the_last_word_of_its_accounts():
    assert code_for("assets:bank", None) == "assets:bank"
    assert code_for("assets:dues:{party}", "01k0rosa") == "assets:dues:01k0rosa"
    with pytest.raises(ValueError, match="say whose"):
        code_for("assets:dues:{party}", None)


def test_two_parties_never_share_an_account():
    parties = [
        "https://pioneer.example/coop",
        "https://pioneer.example/other",
        "https://pioneer.example:8443/coop",
        "http://pioneer.example/coop",
        "https://مخبز.example/coop",
        "ROSA",
        "rosa",
        "rosa-",
        "🥖",
        "a" * 300,
    ]
    keys = [party_key(party) for party in parties]
    assert len(set(keys)) == len(parties)
    assert keys[0].startswith("pioneer-example-")
    for key in keys:
        assert check_code(f"assets:receivable:{key}")
