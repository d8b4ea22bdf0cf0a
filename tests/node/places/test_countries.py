import pytest

from node.places import country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB", "GB"),
        ("gb", "GB"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Great Britain", "GB"),
        ("england", "GB"),
        ("SCOTLAND", "GB"),
        ("Isle of Man", "IM"),
        ("Deutschland", "DE"),
        ("ITALIA", "IT"),
        ("Portogallo", "PT"),
        ("España", "ES"),
        ("espana", "ES"),
        ("es", "ES"),
        ("Česká republika", "CZ"),
        ("Czech Republic", "CZ"),
        ("ÖSterreich", "AT"),
        ("Osterreich", "AT"),
        ("Belgique", "BE"),
        ("Ελλάδα", "GR"),
        ("EL", "GR"),
        ("România", "RO"),
        ("Republic of Malta", "MT"),
        ("The Netherlands", "NL"),
        ("المغرب", "MA"),
        ("日本", "JP"),
        ("Россия", "RU"),
        ("Türkiye", "TR"),
        ("Côte d’Ivoire", "CI"),
    ],
)
def test_a_country_is_known_by_what_people_call_it(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("slip", "code"), [("Frace", "FR"), ("Italu", "IT"), ("Cypres", "CY"), ("Gremany", "DE")]
)
def test_one_slip_of_the_pen_is_forgiven(slip: str, code: str) -> None:
    assert country_code(slip) == code


@pytest.mark.parametrize("text", ["", " ", "?", "ABERDEEN", "Atlantis", "zz", "Irax", "Xtalia!!!x"])
def test_what_names_no_country_is_none(text: str) -> None:
    assert country_code(text) is None


def test_neighbours_in_spelling_are_not_mixed_up() -> None:
    pairs = {"Niger": "NE", "Nigeria": "NG", "Irland": "IE", "Island": "IS", "Austria": "AT"}
    assert {text: country_code(text) for text in pairs} == pairs
    assert country_code("Australia") == "AU"
