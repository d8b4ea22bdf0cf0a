"""Languages that somebody writes, by their names or by tags."""

import pytest

from node import i18n
from ui.web.language_field import names_of, tags_of


@pytest.mark.parametrize("reader", i18n.available_languages())
def test_a_tag_is_a_tag_though_another_language_is_called_so(reader: str) -> None:
    """Ga is spoken in Ghana; "ga" is Irish."""
    with i18n.speaking(reader):
        assert tags_of(["ga", "en", "irish", "Ga", "zh-Hant"]) == ("ga", "en", "gaa", "zh-Hant")
        for tags in (("ga",), ("gaa",), ("ga", "gaa")):
            assert tags_of(names_of(tags).split(", ")) == tags
