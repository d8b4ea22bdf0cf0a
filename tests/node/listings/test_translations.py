"""A listing in several languages: which one is read, what may be said, and that all are found."""

from typing import Any

import pytest
from msgspec.structs import replace

from node.errors import InvalidInput
from node.listings import Kind, ListingDraft, Translation, rules, translations, wire
from node.listings.rules import Terms
from protocol.jcs import canonical
from protocol.vocabulary.listings import TranslationOnWire, listing_document
from tests.node.listings.conftest import MEMBER, Coop
from tests.node.listings.test_inbox import FLOUR, hear, held, said

POLISH = Translation("pl", "Sprzątanie mieszkań", "We dwójkę", "Własne *środki*.")
AT_THE_MILL = {"pickup": ["At the mill"]}
PORTUGUESE = Translation("pt-BR", "Limpeza de casas")


@pytest.mark.parametrize(
    ("reader", "own", "shown"),
    [
        ("pl", "en", "pl"),
        ("pl-PL", "en", "pl"),
        ("pt", "en", "pt-BR"),
        ("pt-BR", "pt", "pt-BR"),
        ("pt-PT", "pt", None),
        ("en", "en", None),
        ("en-GB", "en", None),
        ("fr", "en", None),
        ("pl", "", None),
    ],
)
def test_whoever_reads_a_language_better_sees_it_so(
    reader: str, own: str, shown: str | None
) -> None:
    found = translations.best(reader, own, (POLISH, PORTUGUESE))
    assert (found and found.language) == shown


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("", (POLISH,)),
        ("pl", (POLISH,)),
        ("en", (POLISH, replace(POLISH, title="Inaczej", language="PL"))),
        ("en", (replace(POLISH, language="klingon"),)),
        ("en", (replace(POLISH, title=""),)),
        ("en", (replace(POLISH, body="x" * 20_001),)),
        ("en", tuple(replace(POLISH, language=tag, body="x" * 11_000) for tag in ("pl", "de"))),
    ],
)
def test_what_no_reader_could_use_is_refused(own: str, said: tuple[Translation, ...]) -> None:
    draft = ListingDraft("Home clean", language=own, translations=said)
    assert list(rules.check(draft, Terms())) == ["translations"]


async def test_every_language_is_found_and_each_reader_sees_theirs(coop: Coop) -> None:
    view = await coop.create(
        "Home clean", body="We come as two.", language="en", translations=(POLISH, PORTUGUESE)
    )
    for q in ("clean", "sprzatanie", "srodki", "limpeza"):
        [hit] = (await coop.search(q)).hits
        assert hit.telling("pl").title == POLISH.title
        assert (hit.telling("pl").of, hit.telling("en").of) == ("en", None)
    assert {one.value for one in (await coop.search(lang="pl")).facets["language"]} == {"en"}
    assert view.telling("pl").body_html == "<p>Własne <em>środki</em>.</p>\n"
    assert view.telling("fr").title == "Home clean"


@pytest.mark.parametrize("sign", ["ż", "&", "- *x*\n"])
async def test_no_listing_is_longer_on_its_way_for_what_was_typed(coop: Coop, sign: str) -> None:
    listing = await coop.create("Home clean", language="en", publish=False)

    def longest(own: int, other: int) -> tuple[int, bool]:
        said = replace(POLISH, body=sign * (other // len(sign)))
        view = replace(listing, body=sign * (own // len(sign)), translations=(said,))
        document = listing_document(wire.on_wire(view, "1", coop.database.identities))
        return len(canonical(document)), "contentMap" in document["source"]

    most, has_sources = longest(20_000, 20_000)
    assert not has_sources
    for own, other in ((20_000, 9_000), (9_000, 20_000)):
        size, has_sources = longest(own, other)
        assert has_sources
        assert size <= most


async def test_a_translation_says_again_what_the_listing_says_in_words(coop: Coop) -> None:
    own = {"rules": ["No smoking"], "registration": "CIN 058", "mode": []}
    polish = {"rules": ["Zakaz palenia"], "registration": "CIN", "questions": ["Kiedy?"]}
    told = (replace(POLISH, details=polish),)
    view = await coop.create("Loft", kind="stay", language="en", details=own, translations=told)
    [kept] = view.translations
    assert kept.details == {"rules": ["Zakaz palenia"]}
    assert view.telling("pl").details == {"rules": ["Zakaz palenia"], "registration": "CIN 058"}
    assert (view.telling("pl").told, view.telling("en").told) == ({"rules"}, frozenset())
    assert [hit.title for hit in (await coop.search("palenia")).hits] == ["Loft"]
    [kept_so] = translations.stored((POLISH,)) or []
    assert "details" not in kept_so


@pytest.mark.parametrize(
    "said",
    [
        {"colour": "red"},
        {"rules": [1]},
        {"rules": ["x" * 201]},
        ["rules"],
        {"rules": list("abcdefghijklmnopqrstu")},
    ],
)
def test_what_a_translation_says_of_the_kind_is_bounded(said: Any) -> None:
    told = (replace(POLISH, details=said),)
    own = {"rules": ["No smoking"]}
    draft = ListingDraft("Loft", Kind.STAY, language="en", details=own, translations=told)
    with pytest.raises(InvalidInput) as refused:
        rules.clean(draft, Terms())
    assert list(refused.value.fields) == ["translations"]


def test_all_words_of_translations_together_have_one_bound() -> None:
    long = {"rules": [f"{number:03}{'x' * 197}" for number in range(20)]}
    told = tuple(
        replace(PORTUGUESE, language=tag, details=long)
        for tag in ("pl", "de", "fr", "es", "it", "nl")
    )
    assert list(translations.faults("en", told, {})) != []
    assert list(translations.faults("en", told[:5], {})) == []
    assert not translations.travel_as_typed("x" * 9_001, told[:5])


async def test_a_peers_translations_are_kept_harmless(followed: Coop) -> None:
    told = (
        TranslationOnWire(
            *("pl", "Mąka", "Z młyna", "<p onclick=x>Żytnia<script>x</script></p>"),
            details={"pickup": ["U młynarza", 5], "variants": ["x"], "colour": "?", "mode": "x"},
        ),
        TranslationOnWire("xx-nothing", "?"),
    )
    await hear(
        followed,
        said("Create", replace(FLOUR, language="en", translations=told, details=AT_THE_MILL)),
    )
    kept = await held(followed)
    assert kept is not None
    assert kept.telling("pl") == translations.Telling(
        *("pl", "Mąka", "Z młyna", "<p>Żytnia</p>"),
        of="en",
        details={"pickup": ["U młynarza"]},
        told=frozenset({"pickup"}),
    )
    assert await followed.titles("zytnia", viewer=MEMBER) == [FLOUR.title]
